"""One running supervisor: a loop over events that never waits for a child's start.

The loop handles one event at a time: a child is ready, a child has ended, a backoff is over,
a command arrived, stop. What an end means is decided in `_policy.py`, who is started next in
`_start_order.py`; here it is done. Children start left to right, each when the one before is
ready, and stop right to left.

Two tasks may change the children: this loop, and a command (add, remove, reconfigure) in the
task of its caller. Both wait only while something stops. So after each such wait the loop
looks again at who is here, and a command marks who leaves (`is_leaving`) before its first
wait; nothing else needs a lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import attrs
import trio

from supervisors._child import ChildRun
from supervisors._children import Children
from supervisors._containment import lone_cancelled
from supervisors._error_info import ErrorInfo
from supervisors._errors import (
    Cause,
    IntensityExceeded,
    LocalProtocolError,
    StartFailed,
)
from supervisors._events import EventKind
from supervisors._lane import Charge
from supervisors._life import Ending, Outcome, State
from supervisors._nodes import Environment, Node, Parent
from supervisors._policy import (
    Ended,
    Restart,
    RestartWindow,
    Strategy,
    Verdict,
    ends_the_supervisor,
    judge,
    taken_along,
)
from supervisors._roster import Roster, without
from supervisors._specs import Child, Supervisor, check_depth
from supervisors._start_order import PendingRestart, StartOrder
from supervisors._stopping import stop_node, stop_nodes
from supervisors._trial import Trial, start_failure


@attrs.frozen
class _Exited:
    node: Node
    incarnation: int
    outcome: Outcome


@attrs.frozen
class _Ready:
    node: Node


_Event = _Exited | _Ready | PendingRestart[Node]


class SupervisorRun(Node):
    """A supervisor of a running tree."""

    kind = "supervisor"

    def __init__(self, spec: Supervisor, path: str, env: Environment) -> None:
        super().__init__(spec.name, path, spec.policy, env)
        self.spec = spec
        self.children = Children(env, lambda spec: node_of(spec, f"{path}/{spec.name}", env))
        self._parent: Parent | None = None
        self._scope = trio.CancelScope()
        self._reset()

    def _reset(self) -> None:
        self._events: deque[_Event] = deque()
        self._wake = trio.Event()
        self._order: StartOrder[Node] = StartOrder()
        self._restarts = RestartWindow()
        self._incarnations_before: dict[str, int] = {}
        self._ending = False
        self._nursery: trio.Nursery | None = None

    @property
    def nodes(self) -> Roster:
        """The nodes right below, in the order of their start; node_of fills it."""
        return self.children.nodes

    @property
    def below(self) -> Iterable[Node]:
        """The nodes right below this one, in order."""
        return self.children.nodes

    def children_in_play(self) -> Iterable[ChildRun]:
        """Yield every child below that runs or may run again, and those that ended by themselves.

        What a supervisor stopped when it ended by itself is out of play.
        """
        pending = list(self.nodes)[::-1]
        while pending:
            node = pending.pop()
            if isinstance(node, ChildRun):
                yield node
            elif isinstance(node, SupervisorRun) and node.state is not State.ENDED:
                pending.extend(reversed(tuple(node.nodes)))

    # -- being a node ------------------------------------------------------------------------

    def start(self, nursery: trio.Nursery, parent: Parent) -> None:
        """Begin a new incarnation, with the children of the specification."""
        self._parent = parent
        if self.incarnation:
            self.children.begin_again(self.spec.children)
        self._reset()
        self._scope = trio.CancelScope()
        self.begin()
        nursery.start_soon(self._run, name=self.path)

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

    def _post(self, event: _Event) -> None:
        self._events.append(event)
        self._wake.set()

    # -- the loop ----------------------------------------------------------------------------

    @trio.lowlevel.enable_ki_protection
    async def _run(self) -> None:
        incarnation = self.incarnation
        outcome = Outcome(Ending.STOPPED)
        cancelled: BaseException | None = None
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    outcome = await self._supervise()
                    nursery.cancel_scope.cancel()  # timers
        except BaseException as raised:
            cancelled = lone_cancelled(raised)
            if cancelled is None:
                raise
        finally:
            self._leave(incarnation, outcome)
        if cancelled is not None:
            raise cancelled

    def _leave(self, incarnation: int, outcome: Outcome) -> None:
        for node in self.nodes:
            node.end_trial(StartFailed(f"{node.path}: its supervisor ended before it was ready"))
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
        self._order = StartOrder(self.nodes)
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
                self._ending = True
                await self.stop_nodes(list(self.nodes))
                if self.env.fenced is not None:  # by now, and more than what we ended for
                    return Outcome(Ending.FAILED, self.env.fenced, Cause.FENCED)
                return outcome
            if (node := self._order.next()) is not None:
                self._start(node)
            else:
                # Everything is looked at again after a wait, so what was posted to the Event
                # that is given up here is not missed.
                await self._wake.wait()
                self._wake = trio.Event()

    def _start(self, node: Node) -> None:
        assert self._nursery is not None
        if self.env.fenced is not None:
            return  # the loop sees it next, and ends
        if node.is_leaving or node.is_alive:  # somebody was faster
            if node.state is not State.STARTING:
                self._end_of_start(node)
            return
        if self.env.draining and isinstance(node, ChildRun) and node.spec.is_source:
            node.move_to(State.STOPPED, EventKind.STOPPED, "draining")
            node.end_trial(StartFailed(f"{node.path}: a source does not start while draining"))
            self._end_of_start(node)
            return
        if node.incarnation:
            node.restarts += 1
        node.start(self._nursery, self)

    def _note_started(self) -> None:
        """Become ready when every child has been started once."""
        # A child may be removed before the supervisor starts, and while it stops.
        if self.state is State.STARTING and self._order.is_now_through():
            self.move_to(State.READY, EventKind.READY)
            if self._parent is not None:
                self._parent.child_ready(self)

    async def _handle(self, event: _Event) -> Outcome | None:
        if isinstance(event, _Ready):
            self._end_of_start(event.node)
            return None
        if isinstance(event, PendingRestart):
            self._start_group(self._order.due(event))
            return None
        node = event.node
        if node.incarnation != event.incarnation or node.settled or node not in self.nodes:
            return None
        node.settled = True
        return await self._judge(node, event.outcome)

    def _end_of_start(self, node: Node) -> None:
        if self._order.current is node:
            self._order.started(node)
            self._note_started()

    # -- policy ------------------------------------------------------------------------------

    async def _judge(self, node: Node, outcome: Outcome) -> Outcome | None:
        """Do what the end of a child means; an outcome returned ends the supervisor."""
        is_first = (
            not self._order.has_been_through
            and self._order.current is node
            and node.incarnation == self._incarnations_before.get(node.name, 0) + 1
        )
        if outcome.ending is Ending.NORMAL and node.state is State.STOPPED:
            # It had ended, and then a drain did not let it start again.
            outcome = attrs.evolve(outcome, ending=Ending.STOPPED)
        on_trial = node.trial is not None
        ended = Ended(outcome, node.policy.restart, is_first, on_trial)
        verdict = judge(ended, draining=self.env.draining)
        if verdict is Verdict.ESCALATE:
            return Outcome(Ending.FAILED, outcome.error, Cause.FENCED)
        if verdict is Verdict.FAIL_START:
            return Outcome(Ending.FAILED, start_failure(node.path, outcome))
        self._end_of_start(node)
        if verdict is Verdict.FAIL_TRIAL:
            node.end_trial(start_failure(node.path, outcome))
            self.children.forget(node)  # it leaves no other trace
            return None
        if verdict is Verdict.REST:
            node.end_trial()  # it has done its work
            return self._settle_for_good(node)
        if verdict is Verdict.COUNTED_RESTART and self._too_many_restarts():
            error = IntensityExceeded(
                f"{self.path}: more than {self.spec.intensity} restarts within "
                f"{self.spec.period_seconds} s, the last one of {node.path}"
            )
            error.__cause__ = outcome.error
            return Outcome(Ending.FAILED, error)
        await self._restart(node, outcome)
        return None

    def _settle_for_good(self, node: Node) -> Outcome | None:
        """Leave an ended child as it is, unless its significance ends the supervisor.

        A temporary child leaves the tree, so that dynamic ones do not pile up.
        """
        if node.policy.restart is Restart.TEMPORARY:
            self.children.forget_finished(node, _spec_of(node))
        if not node.policy.significant:
            return None
        others_in_play = (
            other.is_alive or not other.settled or other.state is State.BACKOFF
            for other in self.nodes
            if other.policy.significant
        )
        if ends_the_supervisor(
            self.spec.auto_shutdown,
            is_significant=True,
            others_in_play=others_in_play,
        ):
            return Outcome(Ending.NORMAL)
        return None

    def _too_many_restarts(self) -> bool:
        return self._restarts.exceeded_by(
            trio.current_time(),
            intensity=self.spec.intensity,
            period_seconds=self.spec.period_seconds,
        )

    async def _restart(self, node: Node, outcome: Outcome) -> None:
        group = taken_along(self.spec.strategy, self.nodes, node)
        self._withdraw(group)
        siblings = without(group, [node])
        # Others wait while we stop: whatever this loop knew of the group is asked again after it.
        alive = siblings
        while alive:  # a reconfiguration may start one of them while we stop another
            await self.stop_nodes(alive)
            alive = [other for other in siblings if other.is_alive and other in self.nodes]
        for other in siblings:
            has_run = other.incarnation > 0 and other.trial is None
            if has_run and other.policy.restart is Restart.TEMPORARY:
                self.children.forget_finished(other, _spec_of(other))
        group = [other for other in group if other in self.nodes and not other.is_leaving]
        if not group:
            return  # all of them have left, or are about to
        lead = node if node in group else group[0]
        delay = 0.0
        if outcome.charge is not Charge.REMOVED:
            failures = node.count_failure()
            self._reset_cells(node, failures)
            delay = node.policy.backoff.delay_seconds(failures, self.env.rng)
        if delay <= 0.0:
            lead.emit(EventKind.RESTARTING)
            self._start_group(group)
            return
        lead.move_to(State.BACKOFF, EventKind.BACKOFF, f"{delay:.3f} s", node.last_error)
        assert self._nursery is not None
        self._nursery.start_soon(self._wait_for_backoff, self._order.postpone(group), delay)

    async def _wait_for_backoff(self, pending: PendingRestart[Node], delay_seconds: float) -> None:
        await trio.sleep(delay_seconds)
        self._post(pending)

    def _withdraw(self, group: Sequence[Node]) -> None:
        """Forget starts and restarts of nodes that leave, or that a wider restart includes."""
        self._order.withdraw(group)

    def _start_group(self, group: list[Node]) -> None:
        group = [node for node in group if node in self.nodes and not node.is_alive]
        group = [node for node in group if not node.is_leaving]
        if self.spec.strategy is Strategy.ONE_FOR_ONE:
            for node in group:  # independent: none waits for another's readiness
                self._start(node)
            return
        self._order.queue(group, self.nodes)

    def _reset_cells(self, node: Node, failures: int) -> None:
        if not isinstance(node, ChildRun):
            return
        for cell in node.spec.cells:
            if cell.reset_after is not None and failures % cell.reset_after == 0:
                try:
                    cell._reset()
                except BaseException as error:  # noqa: BLE001  the factory is the application's
                    info = ErrorInfo.of(error)
                    node.emit(EventKind.CELL_RESET_FAILED, cell.name, info)
                else:
                    node.emit(EventKind.CELL_RESET, cell.name)

    # -- stopping ----------------------------------------------------------------------------

    async def stop_nodes(self, nodes: Sequence[Node]) -> None:
        """Stop children right to left, each within its shutdown time.

        If cancelled, some of them may still run.
        """
        await stop_nodes(nodes, together=self.spec.stop_together)

    # -- changes while running ---------------------------------------------------------------

    def add(self, spec: Child | Supervisor) -> tuple[Node, Trial]:
        """Add a child at the right end and start it; the trial tells how the start went.

        Raises:
            LocalProtocolError: the name is taken, what the child reads has a reader, a mailbox
                of another name is meant, or no child can be taken now.
        """
        if self.nodes.get(spec.name) is not None:
            raise LocalProtocolError(f"{self.path} already has a child named {spec.name!r}")
        self.require_running()
        if self.env.draining:
            raise LocalProtocolError(f"{self.path} drains: it cannot take a child")
        if isinstance(spec, Supervisor):
            check_depth(self.path, self.path.count("/") + 1 + spec.depth)
        walked = spec.walk(self.path) if isinstance(spec, Supervisor) else [
            (f"{self.path}/{spec.name}", spec)
        ]  # fmt: skip
        self.env.wiring.check(walked)
        node = self.children.make(spec)
        node.is_dynamic = True
        node.trial = trial = Trial()
        self.children.append(node)
        node.emit(EventKind.ADDED)
        self._start(node)
        return node, trial

    def require_running(self) -> None:
        """Check that children can be started here now.

        Raises:
            LocalProtocolError: the supervisor does not run, or is about to end.
        """
        if not self.is_alive or self.stop_requested or self._ending or self._nursery is None:
            raise LocalProtocolError(f"{self.path} does not run: it cannot take a child")

    async def remove(self, node: Node) -> None:
        """Stop a child and forget it.

        If cancelled, the child may be stopping still, and stays in the tree.
        """
        node.is_leaving = True
        self._withdraw([node])
        await stop_node(node)
        self.children.forget_removed(node)
        self.resume()

    def resume(self) -> None:
        """Go on with what waited for a child that may have left."""
        self._note_started()
        self._wake.set()


def node_of(spec: Child | Supervisor, path: str, env: Environment) -> Node:
    """Make what runs a specification, with everything below it."""
    top = _bare_node(spec, path, env)
    pending = [top]
    while pending:  # not by recursion: a tree may be deeper than Python recurses
        node = pending.pop()
        if isinstance(node, SupervisorRun):
            below = [_bare_node(s, f"{node.path}/{s.name}", env) for s in node.spec.children]
            node.children.nodes = Roster(below)
            pending += below
    return top


def _bare_node(spec: Child | Supervisor, path: str, env: Environment) -> Node:
    if isinstance(spec, Supervisor):
        return SupervisorRun(spec, path, env)
    return ChildRun(spec, path, env)


def _spec_of(node: Node) -> Child | Supervisor:
    assert isinstance(node, (ChildRun, SupervisorRun))
    return node.spec
