"""The ports of an actor in a process child: stand-ins that call the parent, where mailboxes live.

A step stages here and commits there, in one request; `StageRoom` bounds what is staged.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import outcome
import trio

from supervisors._actor import ActorContext
from supervisors._codec import Codec
from supervisors._errors import (
    LocalProtocolError,
    MailboxBusy,
    SupervisionError,
    UndoFailed,
)
from supervisors._frames import FrameStream
from supervisors._lane import Lane, Lease, Run
from supervisors._mailbox import Mailbox
from supervisors._outlet import Outlet
from supervisors._partitions import PartitionedOutlet
from supervisors._ports import Inbox
from supervisors._steps import Cell, Step, current_step

_UNBOUNDED = 1 << 62  # stand-ins hold nothing; the real bounds are the parent's


class ParentGone(SupervisionError):
    """The process that supervises this one has ended."""


class Link:
    """Calls to the parent."""

    def __init__(self, frames: FrameStream) -> None:
        self.frames = frames
        self._next_number = 0
        self._stopping = False
        self._waiting: dict[int, trio.lowlevel.Task] = {}
        self._raise_cancel: dict[int, Callable[[], Any]] = {}
        self._on_commit: dict[int, Callable[[], None]] = {}

    def tell(self, *message: Any) -> None:
        """Send a message that has no answer."""
        self.frames.put(message)

    def tell_now(self, *message: Any) -> None:
        """Send a message that has no answer before whatever the caller does next.

        An actor may compute for long, without a look at the event loop, after it has said
        that it is ready.
        """
        self.frames.put(message)
        self.frames.write_now()

    async def call(self, *call: Any, on_commit: Callable[[], None] = lambda: None) -> Any:
        """Send a request and wait for its answer.

        `on_commit` is called when the parent says that it has committed the step of the call
        though the call itself failed or was cancelled; a call that succeeds says so by that.

        If cancelled, the parent withdraws the request; when it is too late for that, the
        answer is returned all the same, so nothing that was leased or committed is missed.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._stopping:
            raise ParentGone("the supervisor has asked this actor to stop: it commits no more")
        number = self._next_number
        self._next_number += 1
        self.frames.put(("call", number, call))
        self._waiting[number] = trio.lowlevel.current_task()
        self._on_commit[number] = on_commit

        def abort(raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
            if self._stopping:
                del self._waiting[number], self._on_commit[number]
                return trio.lowlevel.Abort.SUCCEEDED
            self._raise_cancel[number] = raise_cancel
            self.frames.put(("cancel", number))
            return trio.lowlevel.Abort.FAILED

        return await trio.lowlevel.wait_task_rescheduled(abort)

    async def read_loop(self, on_stop: Callable[[], None]) -> None:
        """Deal out answers until the parent is gone."""
        while (frame := await self.frames.receive()) is not None:
            message = pickle.loads(frame)
            if message[0] == "stop":
                self._stop(on_stop)
            elif message[0] == "reply":
                self._deal(*message[1:])
        self._stop(lambda: None)

    def _stop(self, cancel_actor: Callable[[], None]) -> None:
        """End every call under way: from here on the parent answers nothing."""
        self._stopping = True
        for number in list(self._raise_cancel):
            self._deal(number, "cancelled", None)
        cancel_actor()
        for number in list(self._waiting):  # shielded ones
            self._deal(number, "error", ParentGone("the supervisor has ended"))

    def _deal(self, number: int, kind: str, value: Any, committed: bool = False) -> None:
        task = self._waiting.pop(number)
        on_commit = self._on_commit.pop(number)
        if committed and kind != "ok":
            on_commit()
        raise_cancel = self._raise_cancel.pop(number, None)
        if kind == "cancelled" and raise_cancel is not None:
            trio.lowlevel.reschedule(task, outcome.capture(raise_cancel))
        elif kind == "error":
            trio.lowlevel.reschedule(task, outcome.Error(value))
        else:
            trio.lowlevel.reschedule(task, outcome.Value(value))


class RemoteStep(Step):
    """A step whose commit happens at the parent."""

    __slots__ = ("inbox_number", "is_carried", "stage_room")

    def __init__(self, actor: ActorContext, stage_room: StageRoom) -> None:
        super().__init__(actor)
        self.stage_room = stage_room
        self.inbox_number: int | None = None
        self.is_carried = False

    def payload(self) -> Any:
        """What the step holds, in numbers that the parent knows."""
        if not self.sends and not self.cells:
            return None
        room = self.stage_room
        sends = [(*room.lanes[lane], staged.items) for lane, staged in self.sends.items()]
        cells = [(room.cells[cell], value) for cell, value in self.cells.items()]
        return sends, cells

    async def commit(self) -> None:
        """Commit at the parent.

        If cancelled while the parent waits for room, nothing has become visible.
        """
        with self.under_way():
            await self.stage_room.link.call("commit", self.inbox_number, self.payload(), 0)
            self.committed()

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Keep the step closed while a call carries it: what others send then is not of it."""
        self.is_open, was_open = False, self.is_open
        self.is_carried = True
        try:
            yield
        finally:
            if self.is_carried:  # not committed: it goes on as it was
                self.is_carried = False
                self.is_open = was_open

    def discard(self) -> tuple[list[Lease], UndoFailed | None]:
        """Forget the step; a call that carries it does not open it again."""
        self.is_carried = False
        return super().discard()

    def committed(self) -> None:
        """Take note that the parent has applied the step."""
        self.is_carried = False
        self.sends = {}
        for cell, value in self.cells.items():
            cell._value = value
        self._clear()


class RemoteInbox(Inbox[Any]):
    """An inbox whose mailbox is at the parent."""

    def __init__(self, number: int, name: str, codec: Codec[Any] | None, room: StageRoom) -> None:
        super().__init__(_stand_in(name, codec), room.actor)
        self._number = number
        self._room = room
        self._far_depth = 0
        self._remote_step = RemoteStep(room.actor, room)
        self._remote_step.inbox_number = number
        self._step = self._remote_step

    @property
    def depth(self) -> int:
        """Messages that waited at the parent when the last lease was given."""
        return self._far_depth

    async def _next_lease(self, limit: int) -> Lease | None:
        step = self._remote_step
        task = trio.lowlevel.current_task()
        if step.is_carried or (self._lease is not None and self._lease_task is not task):
            raise MailboxBusy(
                f"inbox of {self.name!r}: another task works on a message, or waits for one; "
                f"give each worker its own mailbox (see Partitions)"
            )
        open_step = current_step.get()
        if open_step is not None and open_step is not step and open_step.is_open:
            raise LocalProtocolError(f"inbox of {self.name!r}: another step is open in this task")
        payload = step.payload() if self._lease is not None else None
        with step.under_way():
            answer = await self._room.link.call(
                "next", self._number, payload, limit, on_commit=self._committed
            )
            self._committed()
        if answer is None:
            self._exhausted = True
            return None
        ids, items, attempts, self._far_depth = answer
        lane = self._mailbox._main
        runs = [Run(number, [item], 0, 0.0) for number, item in zip(ids, items, strict=True)]
        lane.attempts = {ids[0]: attempts} if attempts else {}
        self._lease = Lease(lane, runs, len(runs))
        self._lease_task = task
        step.is_open = True
        if current_step.get() is not step:
            current_step.set(step)
        return self._lease

    def _committed(self) -> None:
        self._lease = None
        self._remote_step.committed()

    def nack(self) -> None:
        """Give the leased message back, discarding the step; it counts as an attempt.

        Raises:
            UndoFailed: an action given to `on_abort` raised; the message is given back.
        """
        self._held()
        self._hand_back("nack")

    def close(self) -> None:
        """Give back what is leased, uncounted, and let somebody else read the mailbox.

        Raises:
            UndoFailed: an action given to `on_abort` raised; the message is given back.
        """
        self._hand_back("close")

    def _hand_back(self, how: str) -> None:
        self._lease = None
        _, failed = self._remote_step.discard()
        self._room.link.tell(how, self._number)
        if failed is not None:
            raise failed


class RemoteCell(Cell[Any]):
    """A cell whose truth is at the parent; reads see this process's own writes."""

    def __init__(self, number: int, name: str, value: Any, link: Link) -> None:
        super().__init__(name, value)
        self._number = number
        self._link = link

    def set(self, value: Any) -> None:
        """Write the value: with the step's commit, or at once when no step is open."""
        super().set(value)
        open_step = current_step.get()
        if open_step is None or not open_step.is_open:
            self._link.tell("cell", self._number, value)


class StageRoom:
    """The stand-ins of one actor and their numbers."""

    def __init__(self, link: Link, path: str, incarnation: int) -> None:
        self.link = link
        self.inboxes: list[RemoteInbox] = []
        self.mailboxes: dict[int, Mailbox[Any]] = {}
        self.lanes: dict[Lane, tuple[int, bool]] = {}
        self.cells: dict[Cell[Any], int] = {}
        self.actor = ActorContext(
            path,
            incarnation,
            faults=None,
            on_ready=lambda: link.tell_now("ready"),
            on_degraded=lambda reason: link.tell_now("degraded", reason),
            on_undo_failed=lambda info: link.tell("undo_failed", info),
        )
        self.actor.new_step = lambda: RemoteStep(self.actor, self)
        self.actor.is_remote = True

    def mailbox(self, number: int, name: str, codec: Codec[Any] | None) -> Mailbox[Any]:
        """Return the stand-in of a mailbox that the actor writes."""
        if number not in self.mailboxes:
            mailbox = _stand_in(name, codec)
            self.mailboxes[number] = mailbox
            self.lanes[mailbox._main] = (number, False)
            self.lanes[mailbox._control] = (number, True)
        return self.mailboxes[number]

    def port(self, kind: str, *description: Any) -> Any:
        """Build the stand-in of a port."""
        if kind == "inbox":
            number, name, codec = description
            inbox = RemoteInbox(number, name, codec, self)
            self.inboxes.append(inbox)
            return inbox
        if kind == "outlet":
            numbers, key = description
            mailboxes = [self.mailbox(*number) for number in numbers]
            return Outlet(mailboxes) if key is None else PartitionedOutlet(mailboxes, key)
        number, name, value = description
        for cell, known in self.cells.items():
            if known == number:
                return cell
        cell = RemoteCell(number, name, value, self.link)
        self.cells[cell] = number
        return cell


def _stand_in(name: str, codec: Codec[Any] | None) -> Mailbox[Any]:
    return Mailbox(
        name,
        codec=codec,
        capacity=_UNBOUNDED,
        capacity_bytes=_UNBOUNDED,
        control_capacity=_UNBOUNDED,
        size_of=lambda _message: 0,
    )
