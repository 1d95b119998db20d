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
    """Evidence to report, whether finality moved, and what wakes the tasks that act on either."""

    evidence: deque[tuple[Endpoint, RemoteProtocolError]] = attrs.field(
        factory=lambda: deque(maxlen=_MAX_EVIDENCE)
    )
    finality_moved: bool = False
    _news: trio.Event = attrs.field(factory=trio.Event)
    _rejected: trio.Event = attrs.field(factory=trio.Event)

    def reject(self, endpoint: Endpoint, error: RemoteProtocolError) -> None:
        """Take evidence against an endpoint."""
        endpoint.rejections += 1
        endpoint.rejected_at = trio.current_time()
        self.evidence.append((endpoint, error))
        self._rejected.set()

    async def next_evidence(self) -> tuple[Endpoint, RemoteProtocolError]:
        """Wait for evidence and take it; one task may wait.

        Cancellation takes none.
        """
        while not self.evidence:
            self._rejected = trio.Event()
            await self._rejected.wait()
        return self.evidence.popleft()

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
