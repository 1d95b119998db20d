"""One bounded queue of a mailbox, as plain state: no trio, no clock, no I/O.

Messages lie in runs: what was accepted together shares one object, so a batch of 64 costs
about as much as one message. A reader leases runs from the head; a lease is acknowledged
(gone for good) or released (back to the head, in order). Depth and bytes count what waits
and what is leased, so the bound is a true bound on memory.

The books always balance: accepted = acked + quarantined + dropped + depth.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

import attrs

from supervisors._errors import LocalProtocolError, StepTooLarge


class Overflow(enum.Enum):
    """What a full mailbox does with the next message."""

    BLOCK = "block"  # the sender waits for room
    DROP_NEW = "drop_new"  # the arriving message is dropped
    DROP_OLD = "drop_old"  # the oldest waiting message is dropped
    CONFLATE = "conflate"  # a waiting message with the same key is replaced in its place;
    # a message whose key does not wait yet needs room, and its sender waits for that


class Charge(enum.Enum):
    """What a lease that was given back was charged with."""

    NOTHING = "nothing"  # the message is not blamed
    ATTEMPT = "attempt"  # a crash is on its account, or its batch comes one by one
    REMOVED = "removed"  # it is in quarantine, or given up; of poison in a batch: about to be


@attrs.frozen
class Dropped:
    """A message that was accepted and then given up, with the reason."""

    message_id: int
    message: Any
    reason: str


class Run:
    """Messages accepted together: ids first_id, first_id + 1, …"""

    __slots__ = ("accepted_at", "first_id", "items", "size")

    def __init__(self, first_id: int, items: list[Any], size: int, accepted_at: float) -> None:
        self.first_id = first_id
        self.items = items
        self.size = size
        self.accepted_at = accepted_at


class Lease:
    """Messages in the hands of a reader, not yet acknowledged."""

    __slots__ = ("count", "lane", "runs")

    def __init__(self, lane: Lane, runs: list[Run], count: int) -> None:
        self.lane = lane
        self.runs = runs
        self.count = count

    @property
    def items(self) -> list[Any]:
        """The leased messages in order."""
        if len(self.runs) == 1:
            return self.runs[0].items
        return [item for run in self.runs for item in run.items]

    @property
    def ids(self) -> list[int]:
        """The ids of the leased messages in order."""
        return [i for run in self.runs for i in range(run.first_id, run.first_id + len(run.items))]


class Lane:
    """A bounded queue with leases; the control lane of a mailbox is a second one."""

    __slots__ = (
        "_key", "_measure", "_overflow", "_single_through", "_slots", "accepted", "acked",
        "attempts", "capacity", "capacity_bytes", "depth", "dropped", "held", "leased", "name",
        "owner",
        "quarantined", "ready", "size", "waiters",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        owner: Any,
        *,
        capacity: int,
        capacity_bytes: int,
        overflow: Overflow,
        key: Callable[[Any], Hashable] | None,
        size_of: Callable[[Any], int] | None,
    ) -> None:
        if capacity < 1 or capacity_bytes < 1:
            raise LocalProtocolError(
                f"mailbox {name!r}: capacity and capacity_bytes must be at least 1, "
                f"found {capacity} and {capacity_bytes}"
            )
        if (overflow is Overflow.CONFLATE) != (key is not None):
            raise LocalProtocolError(
                f"mailbox {name!r}: key belongs to Overflow.CONFLATE and only there, "
                f"found overflow={overflow.name} with key={key!r}"
            )
        self.name = name
        self.owner = owner
        self.capacity = capacity
        self.capacity_bytes = capacity_bytes
        self.ready: deque[Run] = deque()
        self.waiters: deque[Any] = deque()
        self.depth = self.size = self.leased = 0
        self.accepted = self.acked = self.quarantined = 0
        self.dropped: dict[str, int] = {}
        self.attempts: dict[int, int] = {}
        self.held: Lease | None = None  # the reader's one lease
        self._overflow = overflow
        self._key = key
        self._measure = size_of
        self._slots: dict[Hashable, Run] = {}
        self._single_through = -1  # ids up to here are leased one by one: one of them crashed

    # -- accepting ---------------------------------------------------------------------------

    def measure(self, items: list[Any]) -> int:
        """Bytes that these messages count for; objects without a size_of count as zero."""
        if self._measure is not None:
            return sum(map(self._measure, items))
        if len(items) == 1:
            item = items[0]
            return len(item) if type(item) is bytes else size_in_bytes(item)
        if set(map(type, items)) == {bytes}:
            return sum(map(len, items))
        return sum(map(size_in_bytes, items))

    @property
    def conflates(self) -> bool:
        """Whether messages with equal keys replace each other."""
        return self._overflow is Overflow.CONFLATE

    def key_of(self, item: Any) -> Hashable:
        """What makes two messages of a lane that conflates say the same thing."""
        assert self._key is not None
        return self._key(item)

    def require_possible(self, count: int, size: int) -> None:
        """Raise StepTooLarge if a mailbox that blocks could never hold these together."""
        if count <= self.capacity and size <= self.capacity_bytes:
            return
        if self._overflow in (Overflow.BLOCK, Overflow.CONFLATE):
            raise StepTooLarge(
                f"mailbox {self.name!r}: one step sends {count} messages of {size} bytes, "
                f"but the capacity is {self.capacity} messages and {self.capacity_bytes} bytes"
            )

    def _reused(self, items: list[Any]) -> list[Run]:
        """The slots that these messages would take over; their keys differ: see Staged."""
        return [run for item in items if (run := self._slots.get(self.key_of(item)))]

    def only_replaces(self, items: list[Any]) -> bool:
        """Say whether these messages take no place from a sender that waits for one."""
        return bool(self._slots) and len(self._reused(items)) == len(items)

    def admits(self, items: list[Any], size: int, freed: int, freed_size: int) -> bool:
        """Say whether these messages can be accepted now, after freed ones are gone."""
        overflow = self._overflow
        count = len(items)
        if overflow is Overflow.CONFLATE:
            reused = self._reused(items)
            count -= len(reused)
            freed_size += sum(run.size for run in reused)
        elif overflow is not Overflow.BLOCK:
            return True
        return (
            self.depth - freed + count <= self.capacity
            and self.size - freed_size + size <= self.capacity_bytes
        )

    def accept(self, items: list[Any], size: int, first_id: int, now: float) -> list[Dropped]:
        """Take messages in under the overflow policy; ids run from first_id.

        The caller has asked `admits` first. Returns what the policy dropped.
        """
        count = len(items)
        self.accepted += count
        fits = self.depth + count <= self.capacity and self.size + size <= self.capacity_bytes
        if self._overflow is Overflow.BLOCK or (fits and self._overflow is not Overflow.CONFLATE):
            self.ready.append(Run(first_id, items, size, now))
            self.depth += count
            self.size += size
            return []
        dropped: list[Dropped] = []
        for offset, item in enumerate(items):
            run = Run(first_id + offset, [item], self.measure([item]), now)
            dropped.extend(self._squeeze_in(run))
        return dropped

    def _squeeze_in(self, run: Run) -> list[Dropped]:
        if self._overflow is Overflow.CONFLATE:
            return self._conflate(run)
        evicted: list[Dropped] = []
        if self._overflow is Overflow.DROP_OLD and run.size <= self.capacity_bytes:
            while not self._has_room(run) and self.ready:
                evicted.append(self._evict_oldest())
        if not self._has_room(run):
            reason = "drop_new" if self._overflow is Overflow.DROP_NEW else "no_room"
            evicted.append(self._count_drop(run.first_id, run.items[0], reason))
            return evicted
        self.ready.append(run)
        self.depth += 1
        self.size += run.size
        return evicted

    def _has_room(self, run: Run) -> bool:
        return self.depth < self.capacity and self.size + run.size <= self.capacity_bytes

    def _conflate(self, run: Run) -> list[Dropped]:
        key = self.key_of(run.items[0])
        old = self._slots.get(key)
        if old is None:
            self._slots[key] = run
            self.ready.append(run)
            self.depth += 1
            self.size += run.size
            return []
        lost = self._count_drop(old.first_id, old.items[0], "conflated")
        self.size += run.size - old.size
        # The slot keeps its place in the queue, so a busy key is never starved by its own news.
        old.first_id, old.items, old.size = run.first_id, run.items, run.size
        return [lost]

    def _evict_oldest(self) -> Dropped:
        run = self._split_head(1)
        self.depth -= 1
        self.size -= run.size
        return self._count_drop(run.first_id, run.items[0], "drop_old")

    def _count_drop(self, message_id: int, message: Any, reason: str) -> Dropped:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1
        self.attempts.pop(message_id, None)
        return Dropped(message_id, message, reason)

    def has_newer(self, message: Any) -> bool:
        """Say whether news of this message's key wait, which it would replace."""
        return self.conflates and self.key_of(message) in self._slots

    def would_drop(self, size: int) -> bool:
        """Say whether the policy would drop one arriving message of this size itself."""
        if self._overflow is Overflow.DROP_NEW:
            depth, waiting = self.depth, self.size
        elif self._overflow is Overflow.DROP_OLD:  # what is leased cannot be evicted
            depth = self.leased
            waiting = self.size - sum(run.size for run in self.ready)
        else:
            return False
        return depth + 1 > self.capacity or waiting + size > self.capacity_bytes

    def drop_superseded(self, count: int, first_id: int) -> list[Dropped]:
        """Count messages that newer ones of their own step replaced before it was visible."""
        return self.drop_arrival([None] * count, first_id, "conflated")

    def drop_arrival(self, items: list[Any], first_id: int, reason: str) -> list[Dropped]:
        """Count messages as accepted and dropped at once, for a named reason."""
        self.accepted += len(items)
        return [self._count_drop(first_id + n, item, reason) for n, item in enumerate(items)]

    # -- leasing -----------------------------------------------------------------------------

    def take(self, limit: int) -> Lease | None:
        """Lease up to limit messages from the head; None when nothing waits."""
        ready = self.ready
        if not ready:
            return None
        head = ready[0]
        if head.first_id <= self._single_through:
            limit = 1
        if len(head.items) > limit:
            head = self._split_head(limit)
        else:
            ready.popleft()
        runs = [head]
        count = len(head.items)
        while count < limit and ready and len(ready[0].items) <= limit - count:
            if ready[0].first_id <= self._single_through:
                break
            head = ready.popleft()
            runs.append(head)
            count += len(head.items)
        if self._slots:
            # What is leased is in an actor's hands: news of its key must not change it there.
            self._forget_slots(runs)
        self.leased += count
        self.held = Lease(self, runs, count)
        return self.held

    def _split_head(self, count: int) -> Run:
        """Remove the first count messages of the head run as a run of their own."""
        run = self.ready[0]
        if len(run.items) == count:
            self.ready.popleft()
            return run
        taken = run.items[:count]
        size = self.measure(taken)
        front = Run(run.first_id, taken, size, run.accepted_at)
        run.items = run.items[count:]
        run.first_id += count
        run.size -= size
        return front

    def _forget_slots(self, runs: list[Run]) -> None:
        for run in runs:
            key = self.key_of(run.items[0])
            if self._slots.get(key) is run:
                del self._slots[key]

    def ack(self, lease: Lease) -> None:
        """Let leased messages go for good."""
        count = lease.count
        self.held = None
        self.leased -= count
        self.depth -= count
        self.acked += count
        for run in lease.runs:
            self.size -= run.size
            if self.attempts:
                for message_id in range(run.first_id, run.first_id + len(run.items)):
                    self.attempts.pop(message_id, None)

    def release(self, lease: Lease) -> list[Dropped]:
        """Put leased messages back to the head, in their order.

        Where messages conflate, one that has newer news behind it is replaced by that, here
        in its place at the head; what that drops is returned.
        """
        self.held = None
        self.leased -= lease.count  # and not depth or size: leased messages have kept their room
        for run in reversed(lease.runs):
            self.ready.appendleft(run)
        return self._conflate_released(lease.runs) if self.conflates else []

    def _conflate_released(self, runs: list[Run]) -> list[Dropped]:
        lost = []
        for run in runs:
            key = self.key_of(run.items[0])
            newer = self._slots.get(key)
            if newer is not None:
                lost.append(self._count_drop(run.first_id, run.items[0], "conflated"))
                self.ready.remove(newer)
                self.depth -= 1
                self.size -= run.size
                run.first_id, run.items, run.size = newer.first_id, newer.items, newer.size
            self._slots[key] = run
        return lost

    def release_suspect(self, lease: Lease) -> list[Dropped]:
        """Put a crashed lease back so that its messages are leased one at a time."""
        # By id and not by count: what was accepted later is innocent and comes in batches again.
        self._single_through = max(self._single_through, max(lease.ids))
        return self.release(lease)

    def count_attempt(self, message_id: int) -> int:
        """Add a crash to a message's account and return the new total."""
        total = self.attempts.get(message_id, 0) + 1
        self.attempts[message_id] = total
        return total

    def quarantine(self, lease: Lease) -> None:
        """Remove leased messages from the queue because they are kept elsewhere."""
        self.held = None
        self.leased -= lease.count
        self.depth -= lease.count
        self.quarantined += lease.count
        for run in lease.runs:
            self.size -= run.size
            for message_id in range(run.first_id, run.first_id + len(run.items)):
                self.attempts.pop(message_id, None)

    def discard(self, lease: Lease, reason: str) -> list[Dropped]:
        """Give leased messages up for a named reason."""
        self.held = None
        self.leased -= lease.count
        self.depth -= lease.count
        self.size -= sum(run.size for run in lease.runs)
        pairs = zip(lease.ids, lease.items, strict=True)
        return [self._count_drop(message_id, item, reason) for message_id, item in pairs]

    @property
    def oldest_accepted_at(self) -> float | None:
        """The clock reading at which the oldest message, leased or not, was accepted."""
        if self.held is not None:
            return self.held.runs[0].accepted_at
        return self.ready[0].accepted_at if self.ready else None


def size_in_bytes(item: Any) -> int:
    """Bytes of a message that is bytes-like; zero of any other."""
    return len(item) if isinstance(item, (bytes, bytearray, memoryview)) else 0
