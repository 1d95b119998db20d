"""Transitions as events, and a bus whose subscribers can never hurt an actor.

Emitting appends to a bounded queue and never fails, never waits. A task of the tree hands
events to the subscribers; one that raises is counted and the event goes on to the next.
When subscribers are slower than the tree, the oldest events are lost and counted.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

import attrs
import trio

from supervisors._error_info import ErrorInfo


class EventKind(enum.Enum):
    """What happened."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    WELL = "well"
    CRASHED = "crashed"
    ENDED = "ended"
    BACKOFF = "backoff"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REMOVED = "removed"
    ADDED = "added"
    STUCK = "stuck"
    ESCALATED = "escalated"
    DROPPED = "dropped"
    QUARANTINED = "quarantined"
    QUARANTINE_FAILED = "quarantine_failed"
    UNDO_FAILED = "undo_failed"  # an action given to on_abort raised
    CELL_RESET = "cell_reset"
    CELL_RESET_FAILED = "cell_reset_failed"  # the old value stays
    DRAINING = "draining"
    DRAINED = "drained"
    LOOP_BLOCKED = "loop_blocked"
    LOOP_RECOVERED = "loop_recovered"
    RECONFIGURED = "reconfigured"
    ROLLED_BACK = "rolled_back"


@attrs.frozen
class Event:
    """One transition.

    `at` is the reading of trio's clock in seconds; `path` names a child by its place in the
    tree, or a mailbox by its name; `count` is how many messages a drop concerned.
    """

    at: float
    kind: EventKind
    path: str
    incarnation: int = 0
    detail: str = ""
    count: int = 1
    error: ErrorInfo | None = None


class EventBus:
    """A bounded queue of events and the subscribers that read it."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._queue: deque[Event] = deque(maxlen=capacity)
        self._subscribers: list[Callable[[Event], None]] = []
        self._wake = trio.Event()
        self.lost = 0
        self.subscriber_failures = 0

    def subscribe(self, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        """Call subscriber for every event from now on; call the result to end that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def emit(self, event: Event) -> None:
        """Queue an event."""
        if not self._subscribers:
            return
        if len(self._queue) == self._queue.maxlen:
            self.lost += 1
        self._queue.append(event)
        self._wake.set()

    def flush(self) -> None:
        """Hand out what is queued."""
        while self._queue:
            event = self._queue.popleft()
            for subscriber in tuple(self._subscribers):
                try:
                    subscriber(event)
                except KeyboardInterrupt:
                    raise  # not the subscriber's: this is where Ctrl-C found the loop
                except BaseException:  # noqa: BLE001  telemetry never reaches an actor
                    self.subscriber_failures += 1

    async def run(self) -> None:
        """Hand out events as they come, until cancelled; what is queued then stays queued."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            self.flush()
