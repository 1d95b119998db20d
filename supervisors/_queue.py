"""What a mailbox is between its two ends: lanes, ids, waiting, events, the way to quarantine.

One bounded lane of messages and a smaller control lane that is always read first and that no
overflow policy touches. There is one reader at a time. Every message gets an id from one
increasing count of the mailbox, kept across redeliveries, so that a consumer that writes to
the outside can be idempotent by it.

The state of a lane lives in `_lane.py`; `_mailbox.py` adds the two ends.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

import attrs
import trio

from supervisors import _steps
from supervisors._codec import Codec
from supervisors._error_info import ErrorInfo
from supervisors._errors import Cause, LocalProtocolError, MailboxBusy, NotAccepted
from supervisors._lane import Charge, Dropped, Lane, Lease, Overflow
from supervisors._quarantine import GuardedQuarantine

T = TypeVar("T")


@attrs.frozen
class MailboxSnapshot:
    """The books of one mailbox at one moment; they always balance.

    accepted = acked + quarantined + dropped (all reasons) + waiting; waiting includes what
    is leased.
    """

    name: str
    waiting: int
    leased: int
    waiting_bytes: int
    oldest_age_seconds: float | None
    accepted: int
    acked: int
    quarantined: int
    dropped: dict[str, int]
    blocked_senders: int
    capacity: int
    capacity_bytes: int

    @property
    def balanced(self) -> bool:
        """Whether the conservation law holds."""
        gone = self.acked + self.quarantined + sum(self.dropped.values())
        return self.accepted == gone + self.waiting


class MessageQueue(Generic[T]):
    """A mailbox without its ends; see Mailbox for the arguments."""

    def __init__(
        self,
        name: str,
        *,
        capacity: int = 1024,
        capacity_bytes: int = 64 * 1024 * 1024,
        overflow: Overflow = Overflow.BLOCK,
        key: Callable[[T], Hashable] | None = None,
        size_of: Callable[[T], int] | None = None,
        control_capacity: int = 64,
        max_attempts: int = 3,
        accept_when_ready: bool = False,
        codec: Codec[T] | None = None,
    ) -> None:
        if max_attempts < 1:
            raise LocalProtocolError(
                f"mailbox {name!r}: max_attempts must be at least 1, found {max_attempts}"
            )
        if codec is not None and overflow is Overflow.CONFLATE:
            raise LocalProtocolError(
                f"mailbox {name!r}: messages that lie here as frames cannot conflate by key"
            )
        self.name = name
        self.codec = codec
        self.overflow = overflow
        self.max_attempts = max_attempts
        self.accept_when_ready = accept_when_ready
        self._main = Lane(
            name, self, capacity=capacity, capacity_bytes=capacity_bytes,
            overflow=overflow, key=key, size_of=size_of,
        )  # fmt: skip
        self._control = Lane(
            f"{name}/control", self, capacity=control_capacity, capacity_bytes=capacity_bytes,
            overflow=Overflow.BLOCK, key=None, size_of=size_of,
        )  # fmt: skip
        self._next_id = 0
        self._reader: object | None = None
        self._waiting_reader: trio.lowlevel.Task | None = None
        self._sealed = False
        self._accepting = True
        self._quarantine: GuardedQuarantine | None = None
        self._on_drop: Callable[[MessageQueue[Any], Sequence[Dropped]], None] | None = None
        self._on_quarantine: Callable[[MessageQueue[Any], int, ErrorInfo], None] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} depth={self.depth}>"

    async def send(self, message: T) -> None:
        """Put a message in from outside any step; wait for room if the mailbox blocks.

        Raises:
            StepTooLarge: the message alone exceeds the mailbox.

        If cancelled, the message has not been accepted.
        """
        await self.send_many([message])

    async def send_many(self, messages: Sequence[T]) -> None:
        """Put messages in together from outside any step: all of them or none.

        Raises:
            StepTooLarge: together they exceed the mailbox.

        If cancelled, none of them has been accepted.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        await _steps.send_now([self._main], self._carried(messages))

    async def send_frame(self, frame: bytes) -> None:
        """Put the frame of a message in as it is; see send.

        Raises:
            LocalProtocolError: the mailbox has no codec: what it holds are no frames.
            StepTooLarge: the frame alone exceeds the mailbox.

        If cancelled, the message has not been accepted.
        """
        if self.codec is None:
            raise LocalProtocolError(f"mailbox {self.name!r} has no codec: send the message")
        await trio.lowlevel.checkpoint_if_cancelled()
        await _steps.send_now([self._main], [frame])

    def _carried(self, messages: Sequence[T]) -> list[Any]:
        """Make what lies in the mailbox of messages."""
        return list(messages) if self.codec is None else self.codec.encoded(list(messages))

    def send_nowait(self, message: T) -> None:
        """Put a message in at once.

        Raises:
            trio.WouldBlock: the mailbox blocks and has no room, or others wait before us.
            StepTooLarge: the message alone exceeds the mailbox.
        """
        if not _steps.try_send_now([self._main], self._carried([message])):
            raise trio.WouldBlock

    async def send_control(self, message: T) -> None:
        """Put a message into the control lane, which is read first and never overflows.

        If cancelled, the message has not been accepted.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        await _steps.send_now([self._control], self._carried([message]))

    @property
    def depth(self) -> int:
        """Messages that wait or are leased, both lanes."""
        return self._main.depth + self._control.depth

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is leased."""
        return self._main.depth == 0 and self._control.depth == 0

    def snapshot(self) -> MailboxSnapshot:
        """Read the books; both lanes together, capacities those of the main lane."""
        main, control = self._main, self._control
        dropped = dict(main.dropped)
        for reason, count in control.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
        ages = [t for t in (main.oldest_accepted_at, control.oldest_accepted_at) if t is not None]
        return MailboxSnapshot(
            name=self.name,
            waiting=self.depth,
            leased=main.leased + control.leased,
            waiting_bytes=main.size + control.size,
            oldest_age_seconds=_age(min(ages)) if ages else None,
            accepted=main.accepted + control.accepted,
            acked=main.acked + control.acked,
            quarantined=main.quarantined + control.quarantined,
            dropped=dropped,
            blocked_senders=len(main.waiters) + len(control.waiters),
            capacity=main.capacity,
            capacity_bytes=main.capacity_bytes,
        )

    # -- what the library's other rooms use --------------------------------------------------

    def _claim(self, reader: object) -> None:
        if self._reader is not None and self._reader is not reader:
            raise MailboxBusy(f"mailbox {self.name!r} already has a reader that is alive")
        self._reader = reader

    def _unclaim(self, reader: object) -> None:
        if self._reader is reader:
            self._reader = None

    def _deliver(
        self, lane: Lane, items: list[Any], size: int, now: float, superseded: int = 0
    ) -> None:
        """Accept messages into a lane that admits them, and wake the reader."""
        if superseded:
            self._tell_dropped(lane.drop_superseded(superseded, self._next_id))
            self._next_id += superseded
        first_id = self._next_id
        self._next_id = first_id + len(items)
        if not self._accepting and lane is self._main:
            dropped = lane.drop_arrival(items, first_id, "not_ready")
        else:
            dropped = lane.accept(items, size, first_id, now)
        if dropped:
            self._tell_dropped(dropped)
        task = self._waiting_reader
        if task is not None:
            self._waiting_reader = None
            trio.lowlevel.reschedule(task)

    async def _replay(self, lane: Lane, message: Any) -> None:
        """Send a message from quarantine, unless it would be dropped on arrival."""
        closed = not self._accepting and lane is self._main and self.overflow is not Overflow.BLOCK
        if closed or lane.would_drop(lane.measure([message])):
            why = "its reader is not ready" if closed else "it is full"
            raise NotAccepted(f"mailbox {self.name!r} would drop the message: {why}")
        if lane.has_newer(message):
            raise NotAccepted(f"mailbox {self.name!r}: newer news of the message's key wait")
        await trio.lowlevel.checkpoint_if_cancelled()
        await _steps.send_now([lane], [message])

    def _may_enter(self, lane: Lane) -> bool:
        """Whether senders need not wait for a reader to become ready."""
        return self._accepting or lane is not self._main or self.overflow is not Overflow.BLOCK

    def _set_accepting(self, accepting: bool) -> None:
        self._accepting = accepting or not self.accept_when_ready
        if self._accepting and self._main.waiters:
            _steps.pump([self._main])

    def _take(self, limit: int) -> Lease | None:
        if self._control.ready:
            return self._control.take(limit)
        return self._main.take(limit)

    def _ended(self) -> bool:
        return self._sealed and not self._main.ready and not self._control.ready

    def _seal(self) -> None:
        """Say that no more messages come: a reader's loop ends when the mailbox is empty."""
        self._sealed = True
        self._wake_reader()

    def _unseal(self) -> None:
        self._sealed = False

    def _wake_reader(self) -> None:
        task = self._waiting_reader
        if task is not None:
            self._waiting_reader = None
            trio.lowlevel.reschedule(task)

    async def _wait_for_message(self) -> None:
        """Wait until something arrives or the mailbox is sealed; spurious returns happen."""
        if self._waiting_reader is not None:
            raise MailboxBusy(f"mailbox {self.name!r}: another task waits for its messages")
        self._waiting_reader = trio.lowlevel.current_task()

        def abort(_raise_cancel: Any) -> trio.lowlevel.Abort:
            self._waiting_reader = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _tell_dropped(self, dropped: Sequence[Dropped]) -> None:
        if dropped and self._on_drop is not None:
            self._on_drop(self, dropped)

    def _release(self, lease: Lease) -> None:
        """Put a lease back as if it had never been given."""
        self._tell_dropped(lease.lane.release(lease))

    def _give_back(self, lease: Lease, cause: Cause, error: ErrorInfo | None) -> Charge:
        """End a lease without an acknowledgement: redeliver, or quarantine what is to blame."""
        lane = lease.lane
        charge = Charge.NOTHING
        if cause in (Cause.CANCELLED, Cause.TRANSIENT, Cause.FENCED):
            self._release(lease)
        elif lease.count > 1:
            self._tell_dropped(lane.release_suspect(lease))
            charge = Charge.REMOVED if cause is Cause.POISON else Charge.ATTEMPT
        else:
            attempts = lane.count_attempt(lease.ids[0])
            if cause is Cause.POISON or attempts >= self.max_attempts:
                self._put_in_quarantine(lease, attempts, error)
                charge = Charge.REMOVED
            else:
                self._tell_dropped(lane.release_suspect(lease))
                charge = Charge.ATTEMPT
        self._wake_reader()
        _steps.pump([lane])
        return charge

    def _put_in_quarantine(self, lease: Lease, attempts: int, error: ErrorInfo | None) -> None:
        lane = lease.lane
        info = error or ErrorInfo(type="", message="nack", traceback="")
        store = self._quarantine
        refusal = "no_quarantine" if store is None else "quarantine_full"
        if store is not None and store.keep(
            mailbox=lane.name, message_id=lease.ids[0], message=lease.items[0],
            attempts=attempts, error=info,
        ):  # fmt: skip
            lane.quarantine(lease)
            if self._on_quarantine is not None:
                self._on_quarantine(self, lease.ids[0], info)
            return
        self._tell_dropped(lane.discard(lease, refusal))


def _age(accepted_at: float) -> float | None:
    """Seconds since a reading of trio's clock; None when the run whose clock it was is over."""
    try:
        return max(0.0, trio.current_time() - accepted_at)
    except RuntimeError:
        return None
