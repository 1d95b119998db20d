"""A running tree: start it, watch it, drain it, stop it.

The children run in a scope of their own that is shielded from the caller's cancellation, so
that a cancelled tree still stops its children in order, each within its shutdown time, and
only then lets the cancellation pass.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, cast

import trio

from supervisors._child import ChildRun
from supervisors._drain import DrainReport, drain
from supervisors._error_info import ErrorInfo, named
from supervisors._errors import FailureTypes, LocalProtocolError, StartFailed
from supervisors._events import Event, EventBus, EventKind
from supervisors._faults import FaultInjector
from supervisors._lane import Dropped, Lane
from supervisors._life import Ending, Outcome, State
from supervisors._loop_rounds import LoopRounds
from supervisors._mailbox import Mailbox
from supervisors._nodes import Environment, NodeSnapshot
from supervisors._nodes import Node as _Node
from supervisors._policy import Restart
from supervisors._quarantine import GuardedQuarantine, MemoryQuarantine, QuarantineStore
from supervisors._queue import MessageQueue
from supervisors._reconfigure import Change, apply, check_against, diff, in_force
from supervisors._specs import Child, Supervisor
from supervisors._supervisor import SupervisorRun, node_of
from supervisors._watchdog import Watchdog
from supervisors._wiring import Wiring, check

_STEP_CHECK_SECONDS = 0.25


class Tree:
    """A tree of supervisors and children.

    Args:
        root: the specification.
        failures: the application's error classes by policy.
        rng: where backoff jitter is drawn from; pass a seeded one to make it repeatable.
        faults: consulted at every crash point; None costs nothing.
        quarantine: where poison messages go; in memory when not given.
        subscribers: called with every Event; what they raise reaches no actor.
        kill_grace_seconds: how long a process child may take from SIGTERM to SIGKILL.
        watchdog: watches the event loop while the tree runs.
    """

    def __init__(
        self,
        root: Supervisor,
        *,
        failures: FailureTypes | None = None,
        rng: random.Random | None = None,
        faults: FaultInjector | None = None,
        quarantine: QuarantineStore | None = None,
        subscribers: Sequence[Callable[[Event], None]] = (),
        kill_grace_seconds: float = 2.0,
        watchdog: Watchdog | None = None,
    ) -> None:
        self.spec = root
        self.quarantine = GuardedQuarantine(
            quarantine if quarantine is not None else MemoryQuarantine(), self._quarantine_failed
        )
        self._bus = EventBus()
        self._wiring = Wiring(self)
        self._watchdog = watchdog
        for subscriber in subscribers:
            self._bus.subscribe(subscriber)
        self._env = Environment(
            failures=failures or FailureTypes(),
            rng=rng or random.Random(),
            bus=self._bus,
            faults=faults,
            wiring=self._wiring,
            kill_grace_seconds=kill_grace_seconds,
            on_change=self._on_change,
        )
        self._change = trio.Event()
        self._replaying: set[str] = set()
        self._reconfiguring = trio.Lock()
        self._changing = trio.Lock()  # while children come, and a reconfiguration places its own
        self._root: SupervisorRun | None = None
        self._outcome: Outcome | None = None
        self._failure: BaseException | None = None
        self._ended = trio.Event()
        self._drain_seconds: float | None = None
        self._drain_wanted = trio.Event()
        self._report: DrainReport | None = None

    # -- running -----------------------------------------------------------------------------

    async def run(
        self, *, task_status: trio.TaskStatus[Tree] = trio.TASK_STATUS_IGNORED
    ) -> DrainReport | None:
        """Run the tree until it is drained, stopped, or fails; return the report of a drain.

        With `nursery.start(tree.run)`, started means that every child is ready.

        Raises:
            StartFailed: a child failed before it was ready for the first time.
            IntensityExceeded: the root gave up.
            Exception: what fenced the tree, as it was raised.

        If cancelled, all children have been stopped in order when the cancellation passes.
        """
        if self._root is not None:
            raise LocalProtocolError("a Tree runs once: make a new one from the specification")
        check(self.spec.walk())
        root = node_of(self.spec, self.spec.name, self._env)
        assert isinstance(root, SupervisorRun)
        self._root = root
        self._root.children.connect(self._root)
        self._wiring.settle()
        if self._watchdog is not None:
            self._watchdog.start(self._loop_blocked, self._loop_recovered)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._run_shielded)
                try:
                    await self._wait_started(task_status)
                    await self._ended.wait()
                finally:
                    self.stop()
        finally:
            if self._watchdog is not None:
                self._watchdog.stop()
            for mailbox in self.mailboxes:
                self.disconnect(mailbox)
            self._bus.flush()
        return self._verdict()

    async def _wait_started(self, task_status: trio.TaskStatus[Tree]) -> None:
        root = self._node(self._root)
        await self._wait_until(
            lambda: self._ended.is_set() or root.state in (State.READY, State.STOPPING)
        )
        if not self._ended.is_set():
            task_status.started(self)

    @trio.lowlevel.enable_ki_protection
    async def _run_shielded(self) -> None:
        assert self._root is not None
        try:
            with trio.CancelScope(shield=True):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._bus.run)
                    nursery.start_soon(self._drain_when_wanted)
                    nursery.start_soon(self._watch_steps)
                    self._root.start(nursery, self)
                    await self._root.done.wait()
                    nursery.cancel_scope.cancel()
        finally:
            self._ended.set()
            self._on_change()

    async def _watch_steps(self) -> None:
        rounds = LoopRounds(_STEP_CHECK_SECONDS, trio.current_time())
        while True:
            await trio.sleep(_STEP_CHECK_SECONDS)
            now = trio.current_time()
            if rounds.came_round(now):
                for node in tuple(self._env.timed):
                    node.check_step(now, rounds.lost_since)

    async def _drain_when_wanted(self) -> None:
        await self._drain_wanted.wait()
        assert self._root is not None
        assert self._drain_seconds is not None
        self._report = await drain(self._root, self.mailboxes, self._drain_seconds)

    def child_ready(self, _node: _Node) -> None:
        """Take note that the root is ready."""

    def child_exited(self, _node: _Node, _incarnation: int, outcome: Outcome) -> None:
        """Take note that the root ended."""
        self._outcome = outcome

    def _verdict(self) -> DrainReport | None:
        outcome = self._outcome
        if outcome is not None and outcome.ending is Ending.FAILED:
            assert outcome.error is not None
            raise outcome.error
        return self._report

    # -- control -----------------------------------------------------------------------------

    def stop(self) -> None:
        """Ask for an ordered stop without draining; what waits stays in its mailbox."""
        if self._root is not None:
            self._root.request_stop()

    def request_drain(self, deadline_seconds: float) -> None:
        """Ask for an ordered drain: sources first, then each actor that runs out of messages.

        After the deadline what is left is stopped in order and reported.
        """
        if self._drain_seconds is None:
            self._drain_seconds = deadline_seconds
            self._drain_wanted.set()

    async def drain(self, deadline_seconds: float) -> DrainReport:
        """Drain the tree and return the report when it has ended.

        If cancelled, the drain goes on.
        """
        self.request_drain(deadline_seconds)
        await self._ended.wait()
        if self._report is None:
            raise LocalProtocolError("the tree ended by itself before it was drained")
        return self._report

    async def add_child(self, supervisor: str, spec: Child | Supervisor) -> None:
        """Start a further child under the supervisor at that path; wait until it is ready.

        It is checked as the children of the first specification are. Until it is ready for
        the first time it is not restarted, and a start that fails leaves the tree as it was.
        From then on it is like any other child, until its supervisor restarts: that begins
        again with the children of the specification.

        Raises:
            KeyError: there is no such supervisor.
            LocalProtocolError: the name is taken, what it reads has a reader already, another
                mailbox has the name of one of its own, or the supervisor does not run or drains.
            StartFailed: it failed, or was not ready in time; it has been taken out again.

        If cancelled, the child has been stopped and taken out when the cancellation passes.
        """
        async with self._changing:
            parent = self._supervisor_at(supervisor)
            node, trial = parent.add(spec)
        try:
            await trial.wait()
        except trio.Cancelled:
            node.trial = None
            with trio.CancelScope(shield=True):
                await parent.remove(node)
            raise

    async def remove_child(self, supervisor: str, name: str) -> None:
        """Stop a child and forget it; a restart of its supervisor forgets that in its turn.

        Raises:
            KeyError: there is no such supervisor or child.

        If cancelled, the child may be stopping still, and stays in the tree.
        """
        parent = self._supervisor_at(supervisor)
        node = parent.nodes.get(name)
        if node is None:
            raise KeyError(f"{parent.path} has no child named {name!r}")
        await parent.remove(node)

    async def reconfigure(self, new: Supervisor) -> tuple[Change, ...]:
        """Move the running tree to a new specification, or leave it as it was; one at a time.

        Raises:
            LocalProtocolError: the new specification is not valid; nothing has changed.
            StartFailed: a child of it did not start; the old specification runs again.

        If cancelled, some of the change has been applied.
        """
        async with self._reconfiguring:
            return await self._reconfigure(new)

    async def _reconfigure(self, new: Supervisor) -> tuple[Change, ...]:
        root = self._node(self._root)
        if new.name != root.name:
            raise LocalProtocolError(f"the root is {root.name!r} and cannot become {new.name!r}")
        check_against(root, new)
        changes = diff(in_force(root), new)
        try:
            await apply(root, new, self._changing)
        except StartFailed as failure:
            root.emit(EventKind.ROLLED_BACK, str(failure))
            raise
        finally:
            self.spec = root.spec
        root.emit(EventKind.RECONFIGURED)
        return changes

    async def replay_quarantined(self, key: str) -> None:
        """Send a quarantined message to its mailbox again, as its newest, and forget it.

        Raises:
            KeyError: there is no such entry, or no mailbox of that name in the tree.
            NotAccepted: the mailbox would drop it now; it is still in quarantine.
            LocalProtocolError: it is being replayed already.

        If cancelled, the message is still in quarantine.
        """
        if key in self._replaying:
            raise LocalProtocolError(f"{key!r} is being replayed already")
        self._replaying.add(key)
        try:
            await self._replay(key)
        finally:
            self._replaying.discard(key)

    async def _replay(self, key: str) -> None:
        found = [entry for entry in self.quarantine.entries() if entry.key == key]
        if not found:
            raise KeyError(f"nothing in quarantine under {key!r}")
        lane = self._lane_named(found[0].mailbox)
        if lane is None:
            raise KeyError(f"no mailbox {found[0].mailbox!r} in the tree")
        await lane.owner._replay(lane, found[0].message)
        self.quarantine.drop(key)

    def _lane_named(self, name: str) -> Lane | None:
        for mailbox in self.mailboxes:
            for lane in (mailbox._main, mailbox._control):
                if lane.name == name:
                    return lane
        return None

    # -- watching ----------------------------------------------------------------------------

    def subscribe(self, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        """Call subscriber for every event from now on; call the result to end that."""
        return self._bus.subscribe(subscriber)

    def snapshot(self) -> NodeSnapshot:
        """Describe the whole tree as data."""
        return self._node(self._root).snapshot()

    @property
    def mailboxes(self) -> list[Mailbox[Any]]:
        """Every mailbox that a child of the tree reads or writes."""
        return cast("list[Mailbox[Any]]", self._wiring.mailboxes)

    @property
    def ready(self) -> bool:
        """Whether every child does its work now."""
        return self._root is not None and self._root.works

    @property
    def sources_done(self) -> bool:
        """Whether every source has ended for good and every mailbox is empty."""
        children = self._root.children_in_play() if self._root is not None else ()
        ended = all(_ended_for_good(node) for node in children if node.spec.is_source)
        return ended and all(mailbox.is_empty for mailbox in self.mailboxes)

    async def wait_ready(self) -> None:
        """Wait until every child does its work; return at once if so.

        If cancelled, nothing has changed.
        """
        await self._wait_until(lambda: self.ready)

    async def wait_sources_done(self, poll_seconds: float = 0.01) -> None:
        """Wait until every source has ended for good and every mailbox is empty.

        If cancelled, nothing has changed.
        """
        # Acknowledgements are too frequent to signal each of them for this one waiter.
        while not self.sources_done:  # noqa: ASYNC110
            await trio.sleep(poll_seconds)

    async def wait_ended(self) -> None:
        """Wait until the tree has ended, however.

        If cancelled, nothing has changed.
        """
        await self._ended.wait()

    # -- inside ------------------------------------------------------------------------------

    def _on_change(self) -> None:
        self._change.set()

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        await trio.lowlevel.checkpoint()
        while not condition():
            if self._change.is_set():
                self._change = trio.Event()
            await self._change.wait()

    def _node(self, root: SupervisorRun | None) -> SupervisorRun:
        if root is None:
            raise LocalProtocolError("the tree does not run yet")
        return root

    def _supervisor_at(self, path: str) -> SupervisorRun:
        first, *rest = path.split("/")
        node: _Node | None = self._node(self._root)
        if first != self.spec.name:
            node = None
        for name in rest:
            node = node.nodes.get(name) if isinstance(node, SupervisorRun) else None
        if not isinstance(node, SupervisorRun):
            raise KeyError(f"no supervisor at {path!r}")
        return node

    def connect(self, mailbox: MessageQueue[Any]) -> None:
        """Connect a mailbox to the quarantine and to the bus."""
        mailbox._quarantine = self.quarantine
        mailbox._on_drop = self._dropped
        mailbox._on_quarantine = self._quarantined

    def disconnect(self, mailbox: MessageQueue[Any]) -> None:
        """Let a mailbox go; messages that are in it stay."""
        mailbox._unseal()
        mailbox._on_drop = mailbox._on_quarantine = None

    def _dropped(self, mailbox: MessageQueue[Any], dropped: Sequence[Dropped]) -> None:
        self._tell(EventKind.DROPPED, mailbox.name, dropped[0].reason, len(dropped), None)

    def _quarantined(self, mailbox: MessageQueue[Any], message_id: int, error: ErrorInfo) -> None:
        self._tell(EventKind.QUARANTINED, mailbox.name, str(message_id), 1, error)
        failure = self.quarantine.last_failure
        if failure is not None:
            self._tell(EventKind.QUARANTINE_FAILED, mailbox.name, named(failure), 1, None)

    def _quarantine_failed(self, failure: BaseException) -> None:
        self._tell(EventKind.QUARANTINE_FAILED, self.spec.name, named(failure), 1, None)

    def _loop_blocked(self, seconds: float) -> None:
        self._tell(EventKind.LOOP_BLOCKED, self.spec.name, f"{seconds:.3f} s", 1, None)

    def _loop_recovered(self, seconds: float) -> None:
        self._tell(EventKind.LOOP_RECOVERED, self.spec.name, f"{seconds:.3f} s", 1, None)

    def _tell(
        self, kind: EventKind, path: str, detail: str, count: int, error: ErrorInfo | None
    ) -> None:
        self._bus.emit(Event(trio.current_time(), kind, path, 0, detail, count, error))


async def run(
    root: Supervisor,
    *,
    failures: FailureTypes | None = None,
    rng: random.Random | None = None,
    faults: FaultInjector | None = None,
    quarantine: QuarantineStore | None = None,
    subscribers: Sequence[Callable[[Event], None]] = (),
    task_status: trio.TaskStatus[Tree] = trio.TASK_STATUS_IGNORED,
) -> DrainReport | None:
    """Run a tree until it ends; see Tree for the arguments and Tree.run for what it raises.

    If cancelled, all children have been stopped in order when the cancellation passes.
    """
    tree = Tree(
        root, failures=failures, rng=rng, faults=faults, quarantine=quarantine,
        subscribers=subscribers,
    )  # fmt: skip
    return await tree.run(task_status=task_status)


def _ended_for_good(node: ChildRun) -> bool:
    """Whether a child is not restarted any more; a failed one is about to be, unless temporary."""
    if node.state is State.FAILED:
        return node.policy.restart is Restart.TEMPORARY
    return node.state is State.ENDED and node.policy.restart is not Restart.PERMANENT
