"""What the endpoints of a chain gave reason to do and what is not done yet."""

from collections import deque
from typing import Final

import attrs
import trio

from qenus.errors import RemoteProtocolError
from qenus.observers.follow.endpoint import Endpoint

__all__ = ["Watch"]

# More evidence than this of one moment makes nothing clearer.
_MAX_EVIDENCE: Final = 256


@attrs.define(eq=False)
class Watch:
    """Evidence to send, whether finality moved, and a bell for who acts on it."""

    evidence: deque[tuple[Endpoint, RemoteProtocolError]] = attrs.field(
        factory=lambda: deque(maxlen=_MAX_EVIDENCE)
    )
    finality_moved: bool = False
    _news: trio.Event = attrs.field(factory=trio.Event)

    def reject(self, endpoint: Endpoint, error: RemoteProtocolError) -> None:
        """Take evidence against an endpoint."""
        endpoint.rejections += 1
        endpoint.rejected_at = trio.current_time()
        self.evidence.append((endpoint, error))
        self.ring()

    def finality(self) -> None:
        """An endpoint's safe or finalized block has changed."""
        self.finality_moved = True
        self.ring()

    def ring(self) -> None:
        """Something is new."""
        self._news.set()

    async def wait(self) -> None:
        """Wait until something is new."""
        await self._news.wait()
        self._news = trio.Event()
