"""One block on its way from several endpoints, and why it is not there yet.

A `Fetch` is shared by all heads that lead to its block. It is settled with the block as soon as one
endpoint gave it, or with nothing once no endpoint is asked any more.
"""

from typing import Final

import attrs
import trio

from qenus.errors import TransientError
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.head_queue import Standing
from qenus.observers.rpc.claims import Announced
from qenus.wire import Block

__all__ = ["Cause", "Fetch", "MissingBlock"]

_MAX_SHOWN: Final = 300


@attrs.frozen
class Cause:
    """Why an endpoint did not give a block. `for_good`: asking again soon will not help.

    `gave` says that it did give something, which was false; `failure` that it could not be asked.
    """

    text: str
    for_good: bool = False
    retry_after_seconds: float | None = None
    failure: TransientError | None = None
    gave: bool = False


@attrs.frozen
class MissingBlock:
    """A block that is waited for: since when, in seconds, and why each endpoint did not give it."""

    number: int
    hash: bytes
    seconds: float
    causes: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The causes as one text."""
        return "; ".join(f"{name}: {cause[:_MAX_SHOWN]}" for name, cause in self.causes)


@attrs.define(eq=False)
class Fetch:
    """One block that is fetched; `pending` are the endpoints that may still give it."""

    wanted: Announced
    asked: tuple[Endpoint, ...]
    since: float
    began: float
    until: float
    pending: set[Endpoint]
    # The heads that lead to it, each with who announced it.
    seekers: dict[Standing, Endpoint] = attrs.field(factory=dict)
    settled: trio.Event = attrs.field(factory=trio.Event)
    block: Block | None = None
    failure: TransientError | None = None
    # The JSON of block and receipts that was proven first.
    proven: tuple[bytes, bytes] | None = None
    # Blocks whose receipts were not there yet.
    held: dict[Endpoint, bytes] = attrs.field(factory=dict)
    causes: dict[Endpoint, Cause] = attrs.field(factory=dict)
    failures: dict[Endpoint, int] = attrs.field(factory=dict)
    rejected: set[object] = attrs.field(factory=set)
    _stirred: trio.Event = attrs.field(factory=trio.Event)

    @classmethod
    def of(
        cls,
        wanted: Announced,
        asked: list[Endpoint],
        now: float,
        until: float,
        before: "Fetch | None" = None,
    ) -> "Fetch":
        """Begin to fetch a block, or go on where an earlier fetch of it gave up."""
        fetch = cls(wanted, tuple(asked), now, now, until, set(asked))
        if before is not None:
            fetch.since = before.since
            fetch.causes, fetch.failures = before.causes, before.failures
        return fetch

    def is_sought(self, now: float) -> bool:
        """Whether a head that stands still needs it, and it is not late for long."""
        return now < self.until and any(not standing.ended for standing in self.seekers)

    async def rest(self, seconds: float) -> None:
        """Wait before an endpoint is asked again; not on when that may be over."""
        with trio.move_on_after(seconds):
            await self._stirred.wait()

    def stir(self) -> None:
        """Who wants it has changed: those that rest look whether it is still sought."""
        self._stirred.set()
        self._stirred = trio.Event()

    def settle(self, block: Block | None) -> None:
        """End it with the block, or with nothing."""
        self.block = block
        self.settled.set()
        self.stir()

    def common_failure(self) -> TransientError | None:
        """Give why none of the endpoints could answer; None when one of them did."""
        failures = [self.causes[e].failure for e in self.asked if e in self.causes]
        if len(failures) < len(self.asked) or None in failures:
            return None
        return failures[0]

    def missing(self, now: float) -> MissingBlock:
        """Give it as a block that is waited for."""
        causes = tuple((e.name, cause.text) for e, cause in self.causes.items())
        return MissingBlock(self.wanted.number, self.wanted.hash, now - self.since, causes)
