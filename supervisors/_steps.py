"""Steps: what an actor does between two looks into its inbox, visible whole or not at all.

A step gathers the leases it holds, the messages it sends and the cells it writes. Commit
applies all of that in one synchronous stretch: leases are acknowledged, messages delivered,
cells set. Sends are private to the step until then and take no room in any mailbox. Commit
waits, holding nothing, until every mailbox concerned has room at the same moment; so two
steps can never hold room that the other one needs, and a pipeline without cycles cannot
deadlock. Waiting steps are served in order of arrival: a step is overtaken only while it
also lacks room elsewhere.

The commit and abort paths are protected from KeyboardInterrupt: it lands before or after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

import trio

from supervisors._errors import LocalProtocolError, UndoFailed
from supervisors._faults import CrashPoint, FaultInjector
from supervisors._lane import Lane, Lease
from supervisors._staged import Staged

V = TypeVar("V")


class NewStep(Protocol):
    """Makes a step of an actor."""

    def __call__(self) -> Step: ...


class StepActor(Protocol):
    """The actor of a step, as far as steps and ports need to know it; see ActorContext."""

    path: str
    faults: FaultInjector | None
    is_remote: bool
    new_step: NewStep

    def undo_failed(self, failed: UndoFailed, /) -> None:
        """Take note that undo actions of a step raised."""
        ...


current_step: ContextVar[Step | None] = ContextVar("supervisors_step", default=None)
current_actor: ContextVar[StepActor | None] = ContextVar("supervisors_actor", default=None)


class Step:
    """Leases, sends and cell writes that become visible together or not at all."""

    __slots__ = ("actor", "cells", "is_open", "leases", "sends", "undo", "waited", "waiter")

    def __init__(self, actor: StepActor | None) -> None:
        self.actor = actor
        self.is_open = False
        self.leases: list[Lease] = []
        self.sends: dict[Lane, Staged] = {}
        self.cells: dict[Cell[Any], Any] = {}
        self.undo: list[Callable[[], None]] = []
        self.waiter: _CommitWaiter | None = None  # while the commit waits for room
        self.waited = 0.0  # seconds of waits that were cancelled

    def require_possible(self, parts: Iterable[tuple[Lane, list[Any]]]) -> None:
        """Check messages for several lanes before the first of them is staged.

        Raises:
            StepTooLarge: with them the step would exceed what a lane could ever hold.
        """
        for lane, items in parts:
            (self.sends.get(lane) or Staged(lane)).require_possible(items)

    def stage(self, lane: Lane, items: list[Any]) -> None:
        """Add messages for a lane.

        Raises:
            StepTooLarge: the step would exceed what the lane could ever hold; it is
                unchanged.
        """
        staged = self.sends.get(lane)
        if staged is not None:
            staged.add(items)
        else:
            staged = Staged(lane)
            staged.add(items)
            self.sends[lane] = staged
            if self.waiter is not None:
                self.waiter.watch(lane)
        if self.actor is not None and self.actor.faults is not None:
            self.actor.faults.at(self.actor.path, CrashPoint.STAGED)

    def lacking(self) -> list[Lane]:
        """The lanes that have no room for this step now."""
        return [lane for lane, staged in self.sends.items() if not self._fits(lane, staged)]

    def _fits(self, lane: Lane, staged: Staged) -> bool:
        freed = freed_size = 0
        for lease in self.leases:
            if lease.lane is lane:
                freed += lease.count
                freed_size += sum(run.size for run in lease.runs)
        return lane.owner._may_enter(lane) and lane.admits(
            staged.items, staged.size, freed, freed_size
        )

    @trio.lowlevel.enable_ki_protection
    def apply(self) -> list[Lane]:
        """Make everything visible at once; return the lanes that got room by it."""
        freed = []
        for lease in self.leases:
            lease.lane.ack(lease)
            freed.append(lease.lane)
        if self.sends:
            now = trio.current_time()
            for lane, staged in self.sends.items():
                lane.owner._deliver(lane, staged.items, staged.size, now, staged.superseded)
            self.sends = {}
        for cell, value in self.cells.items():
            cell._value = value
            cell._version += 1
        self._clear()
        return freed

    @trio.lowlevel.enable_ki_protection
    def discard(self) -> tuple[list[Lease], UndoFailed | None]:
        """Forget sends and cell writes, run the undo actions in reverse, return the leases.

        Every action runs, whatever the others raise; what they raised is returned.
        """
        leases = self.leases
        undo = self.undo
        self.sends = {}
        self._clear()
        failures: list[BaseException] = []
        for action in reversed(undo):
            try:
                action()
            except BaseException as failure:  # noqa: BLE001  the others, and the leases, matter more
                failures.append(failure)
        return leases, UndoFailed.of(failures) if failures else None

    def _clear(self) -> None:
        self.is_open = False
        self.leases = []
        self.waited = 0.0
        if self.cells:
            self.cells = {}
        if self.undo:
            self.undo = []

    async def commit(self) -> None:
        """Make the step visible, waiting until every mailbox concerned has room.

        If cancelled while waiting, nothing has become visible and the step is still open.
        """
        faults = self.actor.faults if self.actor is not None else None
        if faults is not None:
            assert self.actor is not None
            faults.at(self.actor.path, CrashPoint.BEFORE_COMMIT)
        # From the question to the answer nothing waits: the room that was seen is the room that
        # is taken, with no reservation that a crash would have to give back.
        if not self.sends or _clear_to_enter(self):
            pump(self.apply())
        else:
            await _CommitWaiter(self).wait()
        if faults is not None:
            assert self.actor is not None
            faults.at(self.actor.path, CrashPoint.AFTER_COMMIT)


class _CommitWaiter:
    """A step that waits for room in the lanes it sends to."""

    __slots__ = ("_lanes", "_since", "_step", "_task")

    def __init__(self, step: Step) -> None:
        self._step = step
        self._lanes = list(step.sends)
        self._task: trio.lowlevel.Task | None = None
        self._since = 0.0

    def watch(self, lane: Lane) -> None:
        """Wait for room in a further lane: another task of the actor has sent to it."""
        self._lanes.append(lane)
        lane.waiters.append(self)

    async def wait(self) -> None:
        """Wait until the step has been committed; if cancelled, it has not been."""
        self._task = trio.lowlevel.current_task()
        self._since = trio.current_time()
        self._step.waiter = self
        for lane in self._lanes:
            lane.waiters.append(self)

        def abort(_raise_cancel: Any) -> trio.lowlevel.Abort:
            self._leave()
            self._step.waited += trio.current_time() - self._since
            # Whoever stood behind us may fit now. Once `go` has committed, Trio does not call
            # this any more: a step is committed, or its wait is cancelled, never both.
            pump(self._lanes)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _leave(self) -> None:
        self._step.waiter = None
        for lane in self._lanes:
            lane.waiters.remove(self)

    def lacking(self) -> list[Lane]:
        return self._step.lacking()

    def go(self) -> list[Lane]:
        """Commit in the place of the waiting task and wake it.

        By the task that made the room, and at once: if the waiting task did it when it is
        scheduled, another sender could have taken the room meanwhile, again and again.
        """
        self._leave()
        freed = self._step.apply()
        assert self._task is not None
        trio.lowlevel.reschedule(self._task)
        return freed


def _clear_to_enter(step: Step) -> bool:
    """Whether a step fits now and no sender waits that lacks only what this step would take."""
    queued = any(_must_queue(lane, part.items) for lane, part in step.sends.items())
    return not queued and not step.lacking()


def _must_queue(lane: Lane, items: list[Any]) -> bool:
    """Whether somebody waits for room in this lane alone, and these messages would take it.

    Others may be overtaken.
    """
    if not lane.waiters or lane.only_replaces(items):
        return False  # what replaces a waiting message takes no place that another waits for
    return any(waiter.lacking() == [lane] for waiter in lane.waiters)


@trio.lowlevel.enable_ki_protection
def pump(lanes: Iterable[Lane]) -> None:
    """Commit the waiting steps that fit now, in order, for lanes that may have got room."""
    work = [lane for lane in lanes if lane.waiters]
    while work:
        lane = work.pop()
        for waiter in list(lane.waiters):  # a copy: `go` takes the waiter out of its lanes
            lacking = waiter.lacking()
            if not lacking:
                # What it acknowledges makes room elsewhere: those lanes are looked at as well.
                work.extend(freed for freed in waiter.go() if freed.waiters)
            elif lacking == [lane]:
                # It waits for this lane alone, so no sender overtakes it here. One that lacks room
                # elsewhere too may be overtaken, or two steps could wait for each other.
                break


@trio.lowlevel.enable_ki_protection
def try_send_now(lanes: list[Lane], items: list[Any]) -> bool:
    """Deliver messages to all the lanes at once if there is room; outside of any step."""
    if not items:
        return True
    if len(lanes) == 1 and not (len(items) > 1 and lanes[0].conflates):
        lane = lanes[0]  # the common case, without building a step
        size = lane.measure(items)
        owner = lane.owner
        if (
            owner._may_enter(lane)
            and lane.admits(items, size, 0, 0)
            and not _must_queue(lane, items)
        ):
            owner._deliver(lane, items, size, trio.current_time())
            return True
        lane.require_possible(len(items), size)
        return False
    step = _step_of(lanes, items)
    if not _clear_to_enter(step):
        return False
    step.apply()
    return True


async def send_now(lanes: list[Lane], items: list[Any]) -> None:
    """Deliver messages to all the lanes together, waiting for room; outside of any step.

    If cancelled while waiting, nothing has been delivered.
    """
    if not try_send_now(lanes, items):
        await _CommitWaiter(_step_of(lanes, items)).wait()


def _step_of(lanes: list[Lane], items: list[Any]) -> Step:
    step = Step(None)
    for lane in lanes:
        step.stage(lane, list(items))
    return step


class step:  # noqa: N801  a verb in the reader's eyes: async with step(): ...
    """Make several sends and cell writes visible together or not at all.

    For actors without an inbox; with a message leased there is a step already, and opening
    a second one raises LocalProtocolError. Leaving the block with an error discards the step.

    If cancelled while the end of the block waits for room, the step is discarded.
    """

    def __init__(self) -> None:
        actor = current_actor.get()
        self._step = Step(None) if actor is None else actor.new_step()

    async def __aenter__(self) -> None:
        open_step = current_step.get()
        if open_step is not None and open_step.is_open:
            raise LocalProtocolError("a step is already open here: steps do not nest")
        self._step.is_open = True
        self._token = current_step.set(self._step)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current_step.reset(self._token)
        try:
            if error is None:
                await trio.lowlevel.checkpoint_if_cancelled()
                await self._step.commit()
        except BaseException as failure:
            self._discard(failure)
            raise
        if error is not None:
            self._discard(error)

    def _discard(self, error: BaseException) -> None:
        """Discard the step for an error that goes on; an undo that fails must not hide it."""
        if not self._step.is_open:
            return
        _, failed = self._step.discard()
        if failed is not None:
            error.add_note(f"and then: {failed}")
            if self._step.actor is not None:
                self._step.actor.undo_failed(failed)


def on_abort(action: Callable[[], None]) -> None:
    """Run an action if the open step is discarded: the exact undo of a change made in place.

    Actions run in reverse order, synchronously, each of them whatever the others do. One that
    raises is the event UNDO_FAILED; where no other error is on its way, as in `nack()`, it is
    raised as UndoFailed, when the message has been given back.

    Raises:
        LocalProtocolError: no step is open.
    """
    open_step = current_step.get()
    if open_step is None or not open_step.is_open:
        raise LocalProtocolError("on_abort needs an open step: lease a message or use step()")
    open_step.undo.append(action)


class Cell(Generic[V]):
    """A value that outlives actors; a write commits with the writer's step.

    Anyone may read it. A write outside of a step is visible at once. Keep immutable values
    in it, or pair changes made in place with `on_abort`.

    Args:
        name: how snapshots call it.
        initial: the value before the first write; given with `factory`, it is ignored.
        factory: builds the first value and, after `reset_after` crashes in a row of an actor
            that was given this cell, a new one: state that may itself be the cause goes.
    """

    def __init__(
        self,
        name: str,
        initial: V | None = None,
        *,
        factory: Callable[[], V] | None = None,
        reset_after: int | None = None,
    ) -> None:
        if reset_after is not None and factory is None:
            raise LocalProtocolError(f"cell {name!r}: reset_after needs a factory")
        self.name = name
        self.reset_after = reset_after
        self._factory = factory
        self._value: Any = factory() if factory is not None else initial
        self._version = 0

    def __repr__(self) -> str:
        return f"<Cell {self.name!r} version={self._version}>"

    @property
    def value(self) -> V:
        """The value; inside a step that wrote it, the step's own value."""
        open_step = current_step.get()
        if open_step is not None and open_step.is_open and self in open_step.cells:
            staged: V = open_step.cells[self]
            return staged
        committed: V = self._value
        return committed

    def set(self, value: V) -> None:
        """Write the value: with the step's commit, or at once when no step is open."""
        open_step = current_step.get()
        if open_step is not None and open_step.is_open:
            open_step.cells[self] = value
            actor = open_step.actor
            if actor is not None and actor.faults is not None:
                actor.faults.at(actor.path, CrashPoint.STAGED)
            return
        self._value = value
        self._version += 1

    def _reset(self) -> None:
        assert self._factory is not None
        self._value = self._factory()
        self._version += 1
