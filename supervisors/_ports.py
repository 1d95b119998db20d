"""The reading end of a mailbox as an actor holds it; the writing end is an Outlet.

An Inbox leases: `async for message in inbox` commits the previous step (acknowledges the
message, makes everything sent meanwhile visible) and leases the next message.

Every operation checks for cancellation; a full trip through the scheduler is made every
eighth time, when the last one is a millisecond ago, and whenever there is something to wait
for. That is fair to other tasks and costs a fraction of a checkpoint per message.
"""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

import trio

from supervisors._codec import Codec
from supervisors._error_info import ErrorInfo
from supervisors._errors import (
    Cause,
    LocalProtocolError,
    MailboxBusy,
    UndoFailed,
)
from supervisors._faults import CrashPoint
from supervisors._lane import Charge, Lease
from supervisors._queue import MessageQueue
from supervisors._steps import Step, StepActor, current_step

T = TypeVar("T")

# A full trip through the scheduler after so many messages, or so long.
YIELD_EVERY = 8
YIELD_AFTER_SECONDS = 0.001


class Inbox(Generic[T]):
    """The reading end of a mailbox.

    A supervisor gives each incarnation a fresh one. One made by `Mailbox.inbox()` and used
    directly works the same and stands for an actor that never crashes.
    """

    def __init__(self, mailbox: MessageQueue[T], actor: StepActor | None = None) -> None:
        self._mailbox = mailbox
        self._codec = mailbox.codec
        self._actor = actor
        self._step = Step(actor)
        self._lease: Lease | None = None
        self._lease_task: trio.lowlevel.Task | None = None
        self._budget = YIELD_EVERY
        self._yielded_at = -math.inf
        self.leased_at = -math.inf  # trio's clock, of the message in hand
        self._exhausted = False

    def __repr__(self) -> str:
        return f"<Inbox of {self._mailbox.name!r}>"

    @property
    def name(self) -> str:
        """The name of the mailbox."""
        return self._mailbox.name

    @property
    def depth(self) -> int:
        """Messages that wait in the mailbox or are leased."""
        return self._mailbox.depth

    def _bind(self, actor: StepActor) -> Inbox[T]:
        return Inbox(self._mailbox, actor)

    # -- reading -----------------------------------------------------------------------------

    def __aiter__(self) -> Inbox[T]:
        return self

    async def __anext__(self) -> T:
        """Commit the open step and lease the next message.

        The iteration ends when the tree drains and no more can come.

        Raises:
            MailboxBusy: another reader of this mailbox is alive.
            StepTooLarge: the step sent more than a mailbox can hold.

        If cancelled, either the step is not committed and its message will be redelivered,
        or it is committed and no message is leased.
        """
        lease = await self._next_lease(1)
        if lease is None:
            raise StopAsyncIteration
        message: T = lease.runs[0].items[0]
        if self._codec is not None:
            return self._codec.decode(lease.runs[0].items[0])
        return message

    def frames(self, max: int = 1) -> Frames:
        """Lease messages as the frames that they lie here as, up to max at a time.

        Nothing is decoded: for an actor that passes frames on (Outlet.send_frame), or looks
        inside of some of them only (`decode`).

        Raises:
            LocalProtocolError: the mailbox has no codec: what it holds are no frames.
            MailboxBusy: another reader of this mailbox is alive.

        Cancellation leaves what `async for message in inbox` leaves.
        """
        self._require_codec()
        if max < 1:
            raise LocalProtocolError(f"frames(max=…) must be at least 1, found {max}")
        return Frames(self, max)

    def decode(self, frame: bytes) -> T:
        """Look inside of a frame of this mailbox.

        Raises:
            LocalProtocolError: the mailbox has no codec.
            Exception: what the codec raises.
        """
        return self._require_codec().decode(frame)

    @property
    def frame(self) -> bytes:
        """The frame of the leased message, as it came; of the first one in a batch.

        Raises:
            LocalProtocolError: nothing is leased, or the mailbox has no codec.
        """
        self._require_codec()
        frame: bytes = self._held().runs[0].items[0]
        return frame

    def _require_codec(self) -> Codec[T]:
        if self._codec is None:
            raise LocalProtocolError(f"inbox of {self._mailbox.name!r}: its mailbox has no codec")
        return self._codec

    def batches(self, max: int = 64) -> Batches[T]:
        """Lease up to max messages at a time, as many as wait; they commit together.

        After a crash in a batch its messages come one at a time, to find the one to blame.

        Raises:
            MailboxBusy: another reader of this mailbox is alive.

        Cancellation leaves what `async for message in inbox` leaves.
        """
        if max < 1:
            raise LocalProtocolError(f"batches(max=…) must be at least 1, found {max}")
        return Batches(self, max)

    async def receive(self) -> T:
        """Commit the open step and lease one message, as the loop does.

        Raises:
            trio.EndOfChannel: the tree drains and no more can come.
            MailboxBusy: another reader of this mailbox is alive.

        Cancellation leaves what `async for message in inbox` leaves.
        """
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise trio.EndOfChannel from None

    async def _next_lease(self, limit: int) -> Lease | None:
        if self._lease is not None:
            if self._lease_task is not trio.lowlevel.current_task():
                raise MailboxBusy(
                    f"inbox of {self._mailbox.name!r}: another task works on a message; "
                    f"give each worker its own mailbox (see Partitions)"
                )
            await self._commit()
        self._budget -= 1
        now = trio.current_time()
        if self._budget <= 0 or now - self._yielded_at > YIELD_AFTER_SECONDS:
            await trio.lowlevel.checkpoint()
            self._budget = YIELD_EVERY
            now = self._yielded_at = trio.current_time()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()
        lease = self._lease_now(limit)
        while lease is None:
            if self._at_end():
                self._exhausted = True
                self.close()
                return None
            await self._wait()
            lease = self._lease_now(limit)
            now = self._yielded_at = trio.current_time()
        self.leased_at = now
        actor = self._actor
        if actor is not None and actor.faults is not None:
            actor.faults.at(actor.path, CrashPoint.LEASED)
        return lease

    @trio.lowlevel.enable_ki_protection
    def _lease_now(self, limit: int) -> Lease | None:
        mailbox = self._mailbox
        if mailbox._reader is not self:
            mailbox._claim(self)
        lease = mailbox._take(limit)
        if lease is None:
            return None
        step = self._step
        open_step = current_step.get()
        if open_step is not step:
            if open_step is not None and open_step.is_open:
                mailbox._release(lease)
                raise LocalProtocolError(
                    f"inbox of {mailbox.name!r}: another step is open in this task"
                )
            current_step.set(step)
        step.leases.append(lease)
        step.is_open = True
        self._lease = lease
        self._lease_task = trio.lowlevel.current_task()
        return lease

    def _at_end(self) -> bool:
        return self._mailbox._ended()

    async def _wait(self) -> None:
        await self._mailbox._wait_for_message()

    # -- the message in hand -----------------------------------------------------------------

    @property
    def lease_id(self) -> int:
        """The id of the leased message; of the first one in a batch.

        Raises:
            LocalProtocolError: nothing is leased.
        """
        return self._held().runs[0].first_id

    @property
    def lease_ids(self) -> list[int]:
        """The ids of the leased messages, in order."""
        return self._held().ids

    @property
    def attempts(self) -> int:
        """How many crashes the leased message has caused before."""
        lease = self._held()
        return lease.lane.attempts.get(lease.runs[0].first_id, 0)

    def _held(self) -> Lease:
        if self._lease is None:
            raise LocalProtocolError(f"inbox of {self._mailbox.name!r}: no message is leased")
        return self._lease

    async def ack(self) -> None:
        """Commit the open step now, before the loop comes round.

        If cancelled, nothing has become visible and the message is still leased.
        """
        self._held()
        await trio.lowlevel.checkpoint_if_cancelled()
        await self._commit()

    def nack(self) -> None:
        """Give the leased message back, discarding the step; it counts as an attempt.

        Raises:
            UndoFailed: an action given to `on_abort` raised; the message is given back.
        """
        self._held()
        _, failed = self._abort(Cause.NACK, None)
        if failed is not None:
            raise failed

    async def _commit(self) -> None:
        await self._step.commit()
        self._lease = None

    async def _finish(self) -> None:
        """Commit what is open when the actor returns normally."""
        if self._lease is not None:
            await self._commit()
        self.close()

    @trio.lowlevel.enable_ki_protection
    def _abort(
        self, cause: Cause, error: ErrorInfo | None
    ) -> tuple[list[Charge], UndoFailed | None]:
        """Discard the open step and give its messages back, whatever the undo actions do."""
        self._lease = None
        leases, failed = self._step.discard()
        return [self._mailbox._give_back(lease, cause, error) for lease in leases], failed

    def close(self) -> None:
        """Give back what is leased, uncounted, and let somebody else read the mailbox.

        Actors need not: their supervisor does it when they end.

        Raises:
            UndoFailed: an action given to `on_abort` raised; the message is given back.
        """
        failed = None
        if self._lease is not None:
            _, failed = self._abort(Cause.CANCELLED, None)
        self._mailbox._unclaim(self)
        if failed is not None:
            raise failed


class Batches(Generic[T]):
    """The messages of an inbox, several at a time.

    A class and not an async generator: a loop left by `break` leaves nothing to finalize.
    """

    def __init__(self, inbox: Inbox[T], limit: int) -> None:
        self._inbox = inbox
        self._limit = limit

    def __aiter__(self) -> Batches[T]:
        return self

    async def __anext__(self) -> list[T]:
        """Commit the open step and lease the next messages; see Inbox.batches.

        If cancelled, either the step is not committed and its messages will be redelivered,
        or it is committed and no message is leased.
        """
        lease = await self._inbox._next_lease(self._limit)
        if lease is None:
            raise StopAsyncIteration
        if self._inbox._codec is not None:
            return list(map(self._inbox._codec.decode, lease.items))
        return _own_list(lease)


class Frames:
    """The frames of an inbox, one or several at a time, not decoded."""

    def __init__(self, inbox: Inbox[Any], limit: int) -> None:
        self._inbox = inbox
        self._limit = limit

    def __aiter__(self) -> Frames:
        return self

    async def __anext__(self) -> list[bytes]:
        """Commit the open step and lease the next frames; see Inbox.frames.

        If cancelled, either the step is not committed and its messages will be redelivered,
        or it is committed and no message is leased.
        """
        lease = await self._inbox._next_lease(self._limit)
        if lease is None:
            raise StopAsyncIteration
        return _own_list(lease)


def _own_list(lease: Lease) -> list[Any]:
    """Give the items of a lease in a list that the actor may change: redelivery must not see it."""
    return lease.items if len(lease.runs) > 1 else lease.runs[0].items.copy()
