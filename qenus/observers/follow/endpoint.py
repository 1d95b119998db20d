"""One endpoint of a chain: what is known of it, what it may cost, and what is reported of it."""

from collections import deque
from itertools import islice
from typing import Final

import attrs
import trio

from qenus.observers.address import NodeAddress
from qenus.observers.follow.alarms import EndpointView
from qenus.observers.follow.budget import Allowance, Overspent
from qenus.observers.follow.head_queue import HeadQueue
from qenus.observers.rpc import RpcSession, RpcStatistics
from qenus.observers.rpc.claims import Announced
from qenus.observers.session_bounds import DEFAULT_BOUNDS, SessionBounds

__all__ = ["READING_PERCENT", "Endpoint", "EndpointReport"]

_SLOW_SECONDS: Final = 1.0
# After a false answer others are preferred for so long; so they are to an endpoint that leaves many
# questions open, or did not give so many of the blocks that it announced.
_DISTRUSTED_SECONDS: Final = 60.0
_OPEN_OF_A_TRUSTED: Final = 8
_WITHHELD_OF_A_TRUSTED: Final = 4
# Over so many of the blocks that it announced one sees whether an endpoint gives them.
_JUDGED_BLOCKS: Final = 16
# Heads: a node that comes back from a pause announces hundreds at once, none as many for long.
_HEADS_AT_ONCE: Final = 1024
_HEADS_PER_SECOND: Final = 100.0
# Reading an endpoint's messages may take this share of a core, in percent, over this window.
READING_PERCENT: Final = 25
_READING_WINDOW_SECONDS: Final = 10.0
# Seconds spent on checking what turned out to be false.
_FALSE_SECONDS_AT_ONCE: Final = 1.0
_FALSE_SECONDS_PER_SECOND: Final = 0.02


def _address_of(url: str | NodeAddress) -> NodeAddress:
    return NodeAddress.of(url)


@attrs.frozen
class EndpointReport:
    """What came of an endpoint since the observer began, for people.

    `blocks` are those that were taken from it, `mean_ms` and `slowest_ms` how long calls took.
    """

    name: str
    connected: bool
    latest: int | None
    blocks: int
    rejections: int
    sessions: int
    calls: int
    answered: int
    refused: int
    timed_out: int
    received_bytes: int
    mean_ms: float
    slowest_ms: float


@attrs.define(eq=False)
class Endpoint:
    """One address of a node and what is known of it. `session` is None while it is away.

    `away` says why, "" while it is there, None before the first try. `latest` is the newest head
    that it announced, `rose_at` when that last was higher than the one before, `pending_lag` how
    far below it the block that it builds was when last asked. `silent` says how its subscription
    was found to say nothing, "" while it speaks.
    """

    address: NodeAddress = attrs.field(converter=_address_of)
    session: RpcSession | None = None
    away: str | None = None
    silent: str = ""
    latest: Announced | None = None
    rose_at: float | None = None
    pending_lag: int | None = None
    safe: Announced | None = None
    finalized: Announced | None = None
    rejections: int = 0
    rejected_at: float | None = None
    blocks: int = 0
    heads: HeadQueue = attrs.field(factory=HeadQueue)
    statistics: RpcStatistics = attrs.field(factory=RpcStatistics)
    # Of the last blocks that it announced itself and was asked for: whether it gave them.
    given: deque[bool] = attrs.field(factory=lambda: deque(maxlen=_JUDGED_BLOCKS))
    # While it is waited for to announce a head.
    waiting: trio.CancelScope | None = None
    # When each question that is still open was asked.
    questions: dict[object, float] = attrs.field(factory=dict)
    # Ways to a block's receipts that it refused for good, and until when they are not tried again.
    refused_ways: dict[object, float] = attrs.field(factory=dict)
    # What crashed over it, each once.
    crashes: set[str] = attrs.field(factory=set)
    reading_percent: int = READING_PERCENT
    bounds: SessionBounds = DEFAULT_BOUNDS
    _scope: trio.CancelScope | None = None
    _ejected: Exception | None = None
    _announcing: Allowance = attrs.field(
        factory=lambda: Allowance(_HEADS_AT_ONCE, _HEADS_PER_SECOND)
    )
    _proving: Allowance = attrs.field(
        factory=lambda: Allowance(_FALSE_SECONDS_AT_ONCE, _FALSE_SECONDS_PER_SECOND)
    )

    _reading: Allowance = attrs.field(
        default=attrs.Factory(lambda self: _reading_of(self.reading_percent), takes_self=True)
    )

    @property
    def name(self) -> str:
        """The address as others may see it."""
        return str(self.address)

    def announce(self, head: Announced, now: float) -> None:
        """Take its newest head.

        Raises:
            Overspent: it announces more heads than any chain has.
        """
        if not self._announcing.spend(1, now):
            raise Overspent(
                f"{self.name}: newHeads: expected at most {_HEADS_AT_ONCE} heads at once and "
                f"{_HEADS_PER_SECOND:.0f} a second, found more"
            )
        if self.latest is not None and head.number > self.latest.number:
            self.rose_at = now
        self.latest = head
        self.heads.put(head)

    def charge(self, seconds: float, now: float) -> None:
        """Count time that was spent on checking something false; over its share it is sent away."""
        if not self._proving.spend(seconds, now):
            self.eject(
                Overspent(
                    f"{self.name}: expected false answers to cost at most "
                    f"{_FALSE_SECONDS_AT_ONCE:.0f} s of checking, found more"
                )
            )

    def charge_reading(self, seconds: float) -> None:
        """Count CPU time that reading its messages took; over its share it is sent away."""
        if not self._reading.spend(seconds, trio.current_time()):
            self.eject(
                Overspent(
                    f"{self.name}: expected its messages to cost at most {self.reading_percent} % "
                    f"of CPU time over {_READING_WINDOW_SECONDS:.0f} s, found more"
                )
            )

    def connection(self) -> trio.CancelScope:
        """Give the scope to run a connection in: `eject` cancels it."""
        self._ejected = None
        self._scope = trio.CancelScope()
        return self._scope

    def eject(self, error: Exception) -> None:
        """End the connection; it fails with `error`."""
        if self._scope is not None and self._ejected is None:
            self._ejected = error
            self._scope.cancel()

    def raise_ejected(self) -> None:
        """Raise what the connection was ended for, if it was."""
        if self._ejected is not None:
            raise self._ejected

    def look_again(self) -> None:
        """Have it asked for its newest head, soon, instead of waiting until it announces one."""
        if self.waiting is not None:
            self.waiting.cancel()

    def is_slow(self, now: float) -> bool:
        """Whether it has left a question open for long. Others are not to wait for it."""
        return self.open_seconds(now) > _SLOW_SECONDS

    def is_trusted(self, now: float) -> bool:
        """Whether what it says is usually true and comes in time; if not, others are preferred."""
        false_lately = self.rejected_at is not None and now - self.rejected_at < _DISTRUSTED_SECONDS
        return not (
            false_lately
            or self.is_slow(now)
            or len(self.questions) > _OPEN_OF_A_TRUSTED
            or self.given.count(False) >= _WITHHELD_OF_A_TRUSTED
        )

    def open_seconds(self, now: float) -> float:
        """How long its oldest open question has been open."""
        return max((now - asked for asked in islice(self.questions.values(), 1)), default=0.0)

    def view(self, now: float) -> EndpointView:
        """What alarms are decided from."""
        return EndpointView(
            self.name,
            self.away,
            _height_of(self.latest),
            self.pending_lag,
            _height_of(self.safe),
            _height_of(self.finalized),
            self.open_seconds(now),
            self.given.count(False),
            self.silent,
        )

    def report(self) -> EndpointReport:
        """What people are shown."""
        calls = self.statistics
        return EndpointReport(
            name=self.name,
            connected=self.session is not None,
            latest=_height_of(self.latest),
            blocks=self.blocks,
            rejections=self.rejections,
            sessions=calls.sessions,
            calls=calls.calls,
            answered=calls.answered,
            refused=calls.refused,
            timed_out=calls.timed_out,
            received_bytes=calls.received_bytes,
            mean_ms=round(1000 * calls.seconds / max(calls.answered, 1), 2),
            slowest_ms=round(1000 * calls.slowest_seconds, 2),
        )


def _reading_of(percent: int) -> Allowance:
    share = percent / 100
    return Allowance(share * _READING_WINDOW_SECONDS, share)


def _height_of(block: Announced | None) -> int | None:
    return None if block is None else block.number
