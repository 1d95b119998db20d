"""One running supervisor: a loop over events that never waits for a child's start.

The loop handles one event at a time: a child is ready, a child has ended, a backoff is over,
a command arrived, stop. What to do is read from the specification and the outcome's type;
the meanings are OTP's (erlang/otp, lib/stdlib/src/supervisor.erl) with backoff added.
Children start left to right, each when the one before is ready, and stop right to left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import attrs
import trio

from supervisors._child import ChildRun
from supervisors._errors import (
    Cause,
    ErrorInfo,
    IntensityExceeded,
    LocalProtocolError,
    StartFailed,
)
from supervisors._events import EventKind
from supervisors._mailbox import MailboxSnapshot
from supervisors._nodes import Ending, Environment, Node, NodeSnapshot, Outcome, Parent, State
from supervisors._specs import AutoShutdown, Child, Restart, Strategy, Supervisor


@attrs.frozen
class _Exited:
    node: Node
    incarnation: int
    outcome: Outcome


@attrs.frozen
class _Ready:
    node: Node


@attrs.define(eq=False)
class _Pending:
    """A restart whose backoff runs."""

    group: list[Node]
    over: bool = False


class SupervisorRun(Node):
    """A supervisor of a running tree."""

    kind = "supervisor"

    def __init__(self, spec: Supervisor, path: str, env: Environment) -> None:
        super().__init__(spec.name, path, spec.policy, env)
        self.spec = spec
        self.nodes: list[Node] = [self._node_of(child) for child in spec.children]
        self.wants_end = False
        self._parent: Parent | None = None
        self._scope = trio.CancelScope()
        self._reset()

    def _reset(self) -> None:
        self._events: deque[_Exited | _Ready | _Pending] = deque()
        self._wake = trio.Event()
        self._to_start: list[Node] = []
        self._starting: Node | None = None
        self._pending: list[_Pending] = []
        self._restart_times: deque[float] = deque()
        self._first_start_done = False
        self._incarnations_before: dict[str, int] = {}
        self._nursery: trio.Nursery | None = None

    def _node_of(self, spec: Child | Supervisor) -> Node:
        path = f"{self.path}/{spec.name}"
        if isinstance(spec, Supervisor):
            return SupervisorRun(spec, path, self.env)
        return ChildRun(spec, path, self.env)

    def walk(self) -> Iterable[Node]:
        """Yield this node and everything below it, parents first."""
        yield self
        for node in self.nodes:
            if isinstance(node, SupervisorRun):
                yield from node.walk()
            else:
                yield node

    # -- being a node ------------------------------------------------------------------------

    def start(self, nursery: trio.Nursery, parent: Parent) -> None:
        """Begin a new incarnation, with the children of the specification."""
        self._parent = parent
        if self.incarnation:
            self._forget_dynamic_children()
        self._reset()
        self._scope = trio.CancelScope()
        self.begin()
        nursery.start_soon(self._run, name=self.path)

    def _forget_dynamic_children(self) -> None:
        old = {node.name: node for node in self.nodes}
        self.nodes = [old.get(spec.name) or self._node_of(spec) for spec in self.spec.children]

    def request_stop(self) -> None:
        """Stop the children in order, then end."""
        if self.is_alive and not self.stop_requested:
            self.stop_requested = True
            self.move_to(State.STOPPING, EventKind.STOPPING)
            self._wake.set()

    def kill(self) -> None:
        """Cancel everything below at once, in no order."""
        self._scope.cancel()

    def child_ready(self, node: Node) -> None:
        """Take note that a child is ready."""
        self._post(_Ready(node))

    def child_exited(self, node: Node, incarnation: int, outcome: Outcome) -> None:
        """Take note that an incarnation of a child ended."""
        self._post(_Exited(node, incarnation, outcome))

    def _post(self, event: _Exited | _Ready | _Pending) -> None:
        self._events.append(event)
        self._wake.set()

    def _child_snapshots(self) -> tuple[NodeSnapshot, ...]:
        return tuple(node.snapshot() for node in self.nodes)

    def _inbox_snapshots(self) -> tuple[MailboxSnapshot, ...]:
        return ()

    # -- the loop ----------------------------------------------------------------------------

    @trio.lowlevel.enable_ki_protection
    async def _run(self) -> None:
        incarnation = self.incarnation
        outcome = Outcome(Ending.STOPPED)
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    outcome = await self._supervise()
                    nursery.cancel_scope.cancel()  # timers
        finally:
            self._leave(incarnation, outcome)

    def _leave(self, incarnation: int, outcome: Outcome) -> None:
        if outcome.ending is Ending.FAILED:
            assert outcome.error is not None
            self.last_error = ErrorInfo.of(outcome.error)
            self.move_to(State.FAILED, EventKind.ESCALATED, "", self.last_error)
        elif outcome.ending is Ending.NORMAL:
            self.move_to(State.ENDED, EventKind.ENDED)
        else:
            self.move_to(State.STOPPED, EventKind.STOPPED)
        self.done.set()
        if self._parent is not None:
            self._parent.child_exited(self, incarnation, outcome)

    async def _supervise(self) -> Outcome:
        self._to_start = list(self.nodes)
        self._incarnations_before = {node.name: node.incarnation for node in self.nodes}
        self._note_started()
        while True:
            outcome: Outcome | None = None
            if self.env.fenced is not None:
                outcome = Outcome(Ending.FAILED, self.env.fenced, Cause.FENCED)
            elif self.stop_requested:
                outcome = Outcome(Ending.STOPPED)
            elif self._events:
                outcome = await self._handle(self._events.popleft())
                if outcome is None:
                    continue
            if outcome is not None:
                await self.stop_nodes(self.nodes)
                if self.env.fenced is not None:  # by now, and more than what we ended for
                    return Outcome(Ending.FAILED, self.env.fenced, Cause.FENCED)
                return outcome
            if self._starting is None and self._to_start:
                self._start_next()
            else:
                await self._wake.wait()
                self._wake = trio.Event()

    def _start_next(self) -> None:
        node = self._to_start.pop(0)
        self._starting = node
        self._start(node)

    def _start(self, node: Node) -> None:
        assert self._nursery is not None
        if self.env.fenced is not None:
            return  # the loop sees it next, and ends
        if self.env.draining and isinstance(node, ChildRun) and node.spec.is_source:
            node.move_to(State.STOPPED, EventKind.STOPPED, "draining")
            self._end_of_start(node)
            return
        if node.incarnation:
            node.restarts += 1
        node.start(self._nursery, self)

    def _note_started(self) -> None:
        """Become ready when every child has been started once."""
        if not self._first_start_done and not self._to_start and self._starting is None:
            self._first_start_done = True
            if not self.stop_requested:
                self.move_to(State.READY, EventKind.READY)
                if self._parent is not None:
                    self._parent.child_ready(self)

    async def _handle(self, event: _Exited | _Ready | _Pending) -> Outcome | None:
        if isinstance(event, _Ready):
            self._end_of_start(event.node)
            return None
        if isinstance(event, _Pending):
            if not event.over:
                event.over = True
                self._pending.remove(event)
                self._start_group(event.group)
            return None
        node = event.node
        if node.incarnation != event.incarnation or node.settled or node not in self.nodes:
            return None
        node.settled = True
        return await self._judge(node, event.outcome)

    def _end_of_start(self, node: Node) -> None:
        if self._starting is node:
            self._starting = None
            self._note_started()

    # -- policy ------------------------------------------------------------------------------

    async def _judge(self, node: Node, outcome: Outcome) -> Outcome | None:
        """Decide what an ended child means; an outcome returned ends the supervisor."""
        failed = outcome.ending is Ending.FAILED
        if failed and outcome.cause is Cause.FENCED:
            return Outcome(Ending.FAILED, outcome.error, Cause.FENCED)
        is_first = node.incarnation == self._incarnations_before.get(node.name, 0) + 1
        if failed and self._starting is node and is_first and not self._first_start_done:
            return self._failed_start(node, outcome)
        self._end_of_start(node)
        if failed and node.on_trial:
            return None
        if not self._wants_restart(node, failed):
            return self._settle_for_good(node)
        if self._counts(outcome) and self._too_many_restarts():
            error = IntensityExceeded(
                f"{self.path}: more than {self.spec.intensity} restarts within "
                f"{self.spec.period_seconds} s, the last one of {node.path}"
            )
            error.__cause__ = outcome.error
            return Outcome(Ending.FAILED, error)
        await self._restart(node, outcome)
        return None

    def _failed_start(self, node: Node, outcome: Outcome) -> Outcome:
        error = outcome.error
        if not isinstance(error, StartFailed):
            failure = StartFailed(f"{node.path} failed before it was ready: {error!r}")
            failure.__cause__ = error
            error = failure
        return Outcome(Ending.FAILED, error)

    def _wants_restart(self, node: Node, failed: bool) -> bool:
        if not failed and (self.env.draining or node.state is State.STOPPED):
            return False
        restart = node.policy.restart
        return restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and failed)

    def _settle_for_good(self, node: Node) -> Outcome | None:
        """Leave an ended child as it is, unless its significance ends the supervisor.

        A temporary child leaves the tree, so that dynamic ones do not pile up.
        """
        if node.policy.restart is Restart.TEMPORARY:
            self._forget(node)
        if not node.policy.significant or self.spec.auto_shutdown is AutoShutdown.NEVER:
            return None
        if self.spec.auto_shutdown is AutoShutdown.ALL_SIGNIFICANT and any(
            other.policy.significant
            and (other.is_alive or not other.settled or other.state is State.BACKOFF)
            for other in self.nodes
        ):
            return None
        return Outcome(Ending.NORMAL)

    def _counts(self, outcome: Outcome) -> bool:
        """Whether a restart counts towards intensity.

        Waiting for the world to come back does not, and neither does a failure whose message
        has been taken out: both would end a healthy tree.
        """
        return outcome.cause is not Cause.TRANSIENT and not outcome.blamed_message

    def _too_many_restarts(self) -> bool:
        now = trio.current_time()
        times = self._restart_times
        times.append(now)
        while times and times[0] < now - self.spec.period_seconds:
            times.popleft()
        return len(times) > self.spec.intensity

    def _affected_by(self, node: Node) -> list[Node]:
        if self.spec.strategy is Strategy.ONE_FOR_ONE:
            return [node]
        if self.spec.strategy is Strategy.ONE_FOR_ALL:
            return list(self.nodes)
        return self.nodes[self.nodes.index(node) :]

    async def _restart(self, node: Node, outcome: Outcome) -> None:
        group = self._affected_by(node)
        self._withdraw(group)
        await self.stop_nodes([other for other in group if other is not node])
        for other in group:
            if other is not node and other.policy.restart is Restart.TEMPORARY:
                self._forget(other)
        group = [other for other in group if other in self.nodes]
        delay = 0.0
        if not outcome.blamed_message:
            failures = node.count_failure()
            self._reset_cells(node, failures)
            delay = node.policy.backoff.delay_seconds(failures, self.env.rng)
        if delay <= 0.0:
            node.emit(EventKind.RESTARTING)
            self._start_group(group)
            return
        node.move_to(State.BACKOFF, EventKind.BACKOFF, f"{delay:.3f} s", node.last_error)
        pending = _Pending(group)
        self._pending.append(pending)
        assert self._nursery is not None
        self._nursery.start_soon(self._wait_for_backoff, pending, delay)

    async def _wait_for_backoff(self, pending: _Pending, delay_seconds: float) -> None:
        await trio.sleep(delay_seconds)
        self._post(pending)

    def _withdraw(self, group: Sequence[Node]) -> None:
        """Forget starts and restarts that a wider restart now includes."""
        self._to_start = [node for node in self._to_start if node not in group]
        if self._starting in group:
            self._starting = None
        for pending in list(self._pending):
            if any(node in group for node in pending.group):
                pending.over = True
                self._pending.remove(pending)

    def _start_group(self, group: list[Node]) -> None:
        group = [node for node in group if node in self.nodes and not node.is_alive]
        if self.spec.strategy is Strategy.ONE_FOR_ONE:
            for node in group:  # independent: nobody waits for anybody's readiness
                self._start(node)
            return
        waiting = [node for node in group if node not in self._to_start] + self._to_start
        self._to_start = sorted(waiting, key=self.nodes.index)

    def _reset_cells(self, node: Node, failures: int) -> None:
        if not isinstance(node, ChildRun):
            return
        for cell in node.spec.cells:
            if cell.reset_after is not None and failures % cell.reset_after == 0:
                try:
                    cell._reset()
                except Exception as error:  # noqa: BLE001  the factory is the application's
                    info = ErrorInfo.of(error)
                    node.emit(EventKind.CELL_RESET_FAILED, cell.name, info)
                else:
                    node.emit(EventKind.CELL_RESET, cell.name)

    # -- stopping ----------------------------------------------------------------------------

    async def stop_nodes(self, nodes: Sequence[Node]) -> None:
        """Stop children right to left, each within its shutdown time.

        If cancelled, some of them may still run.
        """
        if self.spec.stop_together:
            await self._stop_together(nodes)
            return
        for node in reversed(nodes):
            await self._stop_node(node)

    async def _stop_node(self, node: Node) -> None:
        node.settled = True
        if not node.is_alive:
            if node.state is State.BACKOFF:
                node.move_to(State.STOPPED, EventKind.STOPPED)
            return
        node.request_stop()
        with trio.move_on_after(node.stop_limit_seconds):
            await node.done.wait()
        if not node.done.is_set():
            node.emit(EventKind.STUCK, f"still alive after {node.stop_limit_seconds} s")
            node.kill()
            await node.done.wait()
        node.settled = True

    async def _stop_together(self, nodes: Sequence[Node]) -> None:
        async with trio.open_nursery() as nursery:
            for node in reversed(nodes):
                nursery.start_soon(self._stop_node, node)

    # -- changes while running ---------------------------------------------------------------

    def node_named(self, name: str) -> Node:
        """Return the child of that name; KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"{self.path} has no child named {name!r}")

    def add(self, spec: Child | Supervisor) -> Node:
        """Add a child at the right end and start it."""
        if any(node.name == spec.name for node in self.nodes):
            raise LocalProtocolError(f"{self.path} already has a child named {spec.name!r}")
        if not self.is_alive or self.stop_requested or self._nursery is None:
            raise LocalProtocolError(f"{self.path} does not run: it cannot take a child")
        node = self._node_of(spec)
        self.nodes.append(node)
        node.emit(EventKind.ADDED)
        self._start(node)
        return node

    async def remove(self, name: str) -> None:
        """Stop a child and forget it.

        If cancelled, the child may be stopping still, and stays in the tree.
        """
        node = self.node_named(name)
        self._withdraw([node])
        await self._stop_node(node)
        self._forget(node)
        self._note_started()
        self._wake.set()

    def _forget(self, node: Node) -> None:
        if node in self.nodes:  # a command may have been faster than a restart
            self.nodes.remove(node)
            node.emit(EventKind.REMOVED)
