"""The heads that one endpoint has announced and that are not followed yet.

Each endpoint has a queue of its own, followed in a task of its own: one that announces much, or
whose heads lead nowhere, holds up no other. Heads that were pushed out are reached by walking back,
as if they had never been announced.

While a head is followed, a head that does not descend from the newest one before it says that the
endpoint's chain has turned elsewhere: then waiting for what the endpoint does not have yet is over.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import attrs
import trio

from qenus.observers.rpc.claims import Announced

__all__ = ["HeadQueue", "Standing"]

_MAX_HEADS: Final = 64


@attrs.define(eq=False)
class Standing:
    """Whether a head that is followed still stands; `on_end` is called once when it does not."""

    ended: bool = False
    on_end: list[Callable[[], None]] = attrs.field(factory=list)

    def end(self) -> None:
        """The endpoint has turned to another branch."""
        if not self.ended:
            self.ended = True
            for call in tuple(self.on_end):
                call()


@attrs.define(eq=False)
class HeadQueue:
    """Heads in the order in which they were announced; the newest are kept."""

    _heads: deque[Announced] = attrs.field(factory=lambda: deque(maxlen=_MAX_HEADS))
    _newest: Announced | None = None
    _standing: Standing = attrs.field(factory=Standing)
    _news: trio.Event = attrs.field(factory=trio.Event)

    def put(self, head: Announced) -> None:
        """Add the newest head."""
        newest = self._newest
        if newest is not None and head.hash != newest.hash and head.parent_hash != newest.hash:
            self._standing.end()
        self._newest = head
        self._heads.append(head)
        self._news.set()

    @property
    def is_empty(self) -> bool:
        """Whether no head waits."""
        return not self._heads

    async def take(self) -> tuple[Announced, Standing]:
        """Wait for a head; give the oldest, and whether it stands, from now on."""
        while not self._heads:
            await self.wait()
        head = self._heads.popleft()
        self._standing = Standing(ended=not self._leads_on(head))
        return head, self._standing

    async def wait(self) -> None:
        """Wait until a head waits."""
        if not self._heads:
            self._news = trio.Event()
            await self._news.wait()

    def _leads_on(self, head: Announced) -> bool:
        """Whether all that was announced after a head descends from it, one after the other."""
        before = head
        for after in self._heads:
            if after.hash != before.hash and after.parent_hash != before.hash:
                return False
            before = after
        return True
