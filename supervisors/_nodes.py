"""What a running child and a running supervisor have in common."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import attrs
import trio

from supervisors._error_info import ErrorInfo
from supervisors._errors import FailureTypes, StartFailed
from supervisors._events import Event, EventBus, EventKind
from supervisors._faults import FaultInjector
from supervisors._life import ALIVE, BELOW_ITS_PROMISE, WORKING, Outcome, State
from supervisors._queue import MailboxSnapshot
from supervisors._specs import Policy
from supervisors._trial import Trial
from supervisors._wiring import Wiring


@attrs.frozen
class NodeSnapshot:
    """One child or supervisor as data; `since_seconds` is the time in the present state.

    A tree may be deeper than Python recurses, so nothing here recurses but the comparison of
    two snapshots, which is the tuples' own.
    """

    name: str
    path: str
    kind: str
    state: State
    incarnation: int
    restarts: int
    since_seconds: float
    degraded_reason: str | None
    last_error: ErrorInfo | None
    pid: int | None
    inboxes: tuple[MailboxSnapshot, ...]
    outlets: tuple[str, ...]
    children: tuple[NodeSnapshot, ...] = attrs.field(repr=lambda nodes: f"<{len(nodes)} nodes>")

    def walk(self) -> Iterator[NodeSnapshot]:
        """Yield this node and everything below it, parents first."""
        pending: list[NodeSnapshot] = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    @property
    def live(self) -> bool:
        """Whether it runs."""
        return self.state in ALIVE

    @property
    def ready(self) -> bool:
        """Whether it does its work, degraded or not, or has done it; a supervisor: all children."""
        pending: list[NodeSnapshot] = [self]
        while pending:
            node = pending.pop()
            if node.state not in WORKING:
                return False
            if node.state is not State.ENDED:
                pending.extend(node.children)
        return True

    @property
    def degraded(self) -> bool:
        """Whether it, or anything below it, works below its promise or not at all."""
        return any(node.state in BELOW_ITS_PROMISE for node in self.walk())


@attrs.define
class Environment:
    """What all nodes of one tree share."""

    failures: FailureTypes
    rng: random.Random
    bus: EventBus
    faults: FaultInjector | None
    wiring: Wiring
    kill_grace_seconds: float
    draining: bool = False
    fenced: BaseException | None = None  # the right to act is lost: nothing starts any more
    on_change: Callable[[], None] = lambda: None
    timed: set[Node] = attrs.Factory(set)  # children whose steps have a time limit


class Parent(Protocol):
    """The supervisor of a node, as the node sees it."""

    def child_ready(self, node: Node, /) -> None:
        """Take note that the node is ready."""

    def child_exited(self, node: Node, incarnation: int, outcome: Outcome, /) -> None:
        """Take note that an incarnation ended."""


class Node:
    """State and transitions common to children and supervisors."""

    kind = "child"

    def __init__(self, name: str, path: str, policy: Policy, env: Environment) -> None:
        self.name = name
        self.path = path
        self.policy = policy
        self.env = env
        self.state = State.WAITING
        self.incarnation = 0
        self.restarts = 0
        self.failures_in_a_row = 0
        self.last_error: ErrorInfo | None = None
        self.degraded_reason: str | None = None
        self.done = trio.Event()
        self.settled = True  # the end of the present incarnation has been dealt with
        self.stop_requested = False
        self.is_dynamic = False  # added while running: not in its supervisor's specification
        self.is_leaving = False  # it is being removed: it must not be restarted any more
        self.trial: Trial | None = None  # who waits for the first start; it is not tried again
        self._since = trio.current_time()
        self._ready_at: float | None = None

    @property
    def is_alive(self) -> bool:
        """Whether a task of this node runs."""
        return self.state in ALIVE

    def begin(self) -> None:
        """Enter a new incarnation."""
        self.incarnation += 1
        self.done = trio.Event()
        self.settled = False
        self.stop_requested = False
        self.degraded_reason = None
        self._ready_at = None
        self.move_to(State.STARTING, EventKind.STARTING)

    def move_to(
        self, state: State, kind: EventKind, detail: str = "", error: ErrorInfo | None = None
    ) -> None:
        """Change state and tell the bus."""
        now = trio.current_time()
        self.state = state
        self._since = now
        if state is State.READY and self._ready_at is None:
            self._ready_at = now
            self.end_trial()
        self.emit(kind, detail, error)
        self.env.on_change()

    def emit(self, kind: EventKind, detail: str = "", error: ErrorInfo | None = None) -> None:
        """Tell the bus about something that happened to this node."""
        self.env.bus.emit(
            Event(trio.current_time(), kind, self.path, self.incarnation, detail, 1, error)
        )

    def end_trial(self, failure: StartFailed | None = None) -> None:
        """Tell who waits for the start that it holds, or why it does not."""
        trial, self.trial = self.trial, None
        if trial is None:
            return
        if failure is None:
            trial.holds()
        else:
            trial.fails(failure)

    @property
    def below(self) -> Iterable[Node]:
        """The nodes right below this one, in order."""
        return ()

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything below it, parents first."""
        pending: list[Node] = [self]
        while pending:  # not by recursion: a tree may be deeper than Python recurses
            node = pending.pop()
            yield node
            pending.extend(reversed(list(node.below)))

    @property
    def works(self) -> bool:
        """Whether it, with all below it, does its work, degraded or not, or has done it."""
        pending: list[Node] = [self]
        while pending:
            node = pending.pop()
            if node.state not in WORKING:
                return False
            if node.state is not State.ENDED:  # what ended by itself has stopped what is below
                pending.extend(node.below)
        return True

    def count_failure(self) -> int:
        """Add a failure to the row, or begin a new row after a healthy spell."""
        healthy = self.policy.backoff.healthy_seconds
        if self._ready_at is not None and trio.current_time() - self._ready_at >= healthy:
            self.failures_in_a_row = 0
        self.failures_in_a_row += 1
        return self.failures_in_a_row

    def start(self, nursery: trio.Nursery, parent: Parent) -> None:
        """Begin a new incarnation in the nursery."""
        raise NotImplementedError

    def request_stop(self) -> None:
        """Ask the present incarnation to end; `done` tells when it has."""
        raise NotImplementedError

    def kill(self) -> None:
        """Do the last that can be done to end the present incarnation."""
        raise NotImplementedError

    def check_step(self, now: float, lost_since: Callable[[float], float]) -> None:
        """Crash an actor that works on one message for longer than its policy allows."""
        raise NotImplementedError

    @property
    def stop_limit_seconds(self) -> float:
        """How long a stop may take before it is called stuck."""
        return self.policy.shutdown_seconds

    def snapshot(self) -> NodeSnapshot:
        """Describe the node and everything below it."""
        described: dict[Node, NodeSnapshot] = {}
        for node in reversed(list(self.walk())):  # children before their parents
            below = tuple(described.pop(child) for child in node.below)
            described[node] = node._described(below)
        return described[self]

    def _described(self, children: tuple[NodeSnapshot, ...]) -> NodeSnapshot:
        return NodeSnapshot(
            name=self.name,
            path=self.path,
            kind=self.kind,
            state=self.state,
            incarnation=self.incarnation,
            restarts=self.restarts,
            since_seconds=trio.current_time() - self._since,
            degraded_reason=self.degraded_reason,
            last_error=self.last_error,
            pid=self._pid(),
            inboxes=self._inbox_snapshots(),
            outlets=self._outlet_names(),
            children=children,
        )

    def _pid(self) -> int | None:
        return None

    def _inbox_snapshots(self) -> tuple[MailboxSnapshot, ...]:
        return ()

    def _outlet_names(self) -> tuple[str, ...]:
        return ()
