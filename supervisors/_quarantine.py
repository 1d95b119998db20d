"""Where poison messages are kept: with payload, traceback and count, until somebody decides.

A store says by `keep` whether the message is safely kept. The tree holds a guard before the
application's store: when the store raises, the message stays in memory, bounded, is listed and
can be replayed, and goes to the store with the next one that succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any, Protocol

import attrs

from supervisors._error_info import ErrorInfo
from supervisors._lane import size_in_bytes


@attrs.frozen
class QuarantinedMessage:
    """A message that was taken out of its mailbox because it crashes its reader."""

    key: str  # "<mailbox>:<message id>", unique within one store
    mailbox: str  # of its control lane: "<mailbox>/control"
    message_id: int
    message: Any
    attempts: int
    error: ErrorInfo


class QuarantineStore(Protocol):
    """Keeps poison messages.

    One that has places of its own for bad times, as FileQuarantine has, may say in an attribute
    `last_failure` why its last message went to such a place: the tree makes it an event.
    """

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message; False when there is no room for it and it may be given up.

        What it raises means that it could not say: the tree then keeps the message in memory.
        """
        ...

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, oldest first."""
        ...

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""
        ...


DEFAULT_CAPACITY_BYTES = 256 * 1024 * 1024


def free_key(mailbox: str, message_id: int, taken: Container[str]) -> str:
    """Find a key that is not taken: two mailboxes, or two runs, may use one id."""
    key, n = f"{mailbox}:{message_id}", 1
    while key in taken:
        n += 1
        key = f"{mailbox}:{message_id}:{n}"
    return key


class MemoryQuarantine:
    """A quarantine in memory, bounded in messages and in the bytes of those that are bytes."""

    def __init__(
        self, capacity: int = 10_000, *, capacity_bytes: int = DEFAULT_CAPACITY_BYTES
    ) -> None:
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self.last_failure: Exception | None = None
        self._entries: dict[str, QuarantinedMessage] = {}

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message; False when the quarantine is full."""
        return self.keep_entry(
            QuarantinedMessage(
                free_key(mailbox, message_id, self._entries),
                mailbox, message_id, message, attempts, error,
            )
        )  # fmt: skip

    def keep_entry(self, entry: QuarantinedMessage) -> bool:
        """Keep a message that is described already; False when the quarantine is full."""
        known = self._entries.get(entry.key)
        size = size_in_bytes(entry.message) - (size_in_bytes(known.message) if known else 0)
        if known is None and len(self._entries) >= self._capacity:
            return False
        if self._bytes + size > self._capacity_bytes:
            return False
        self._bytes += size
        self._entries[entry.key] = entry
        return True

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, oldest first."""
        return tuple(self._entries.values())

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""
        entry = self._entries.pop(key)
        self._bytes -= size_in_bytes(entry.message)
        return entry


class GuardedQuarantine:
    """A store whose faults cost no message: what it refuses by raising waits in memory.

    `on_failure` hears of every fault. A store that answers again gets what waits.
    """

    def __init__(
        self,
        store: QuarantineStore,
        on_failure: Callable[[BaseException], None],
        *,
        memory_capacity: int = 1_000,
    ) -> None:
        self._store = store
        self._on_failure = on_failure
        self._waiting = MemoryQuarantine(memory_capacity)

    @property
    def last_failure(self) -> BaseException | None:
        """Why the store itself put its last message into a second-best place."""
        failure: BaseException | None = getattr(self._store, "last_failure", None)
        return failure

    @property
    def waiting_in_memory(self) -> int:
        """How many messages the store has not taken because it raised."""
        return len(self._waiting.entries())

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message in the store, else in memory; False when there is no room for it."""
        key = f"{mailbox}:{message_id}"
        entry = QuarantinedMessage(key, mailbox, message_id, message, attempts, error)
        try:
            kept = self._hand_over(entry)
        except BaseException as failure:  # noqa: BLE001  the store is the application's
            self._on_failure(failure)
            taken = {known.key for known in self._listed()}
            key = free_key(mailbox, message_id, taken)
            return self._waiting.keep_entry(attrs.evolve(entry, key=key))
        if kept:
            self._hand_over_waiting()
        return kept

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, the store's first; without the store's while it raises."""
        return self._listed(tell=True)

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""
        if key in self._waiting:
            return self._waiting.drop(key)
        return self._store.drop(key)

    def _listed(self, *, tell: bool = False) -> Sequence[QuarantinedMessage]:
        stored: Sequence[QuarantinedMessage] = ()
        try:
            stored = self._store.entries()
        except BaseException as failure:  # noqa: BLE001  what waits here can be listed all the same
            if tell:
                self._on_failure(failure)
        return (*stored, *self._waiting.entries())

    def _hand_over(self, entry: QuarantinedMessage) -> bool:
        return self._store.keep(
            mailbox=entry.mailbox, message_id=entry.message_id, message=entry.message,
            attempts=entry.attempts, error=entry.error,
        )  # fmt: skip

    def _hand_over_waiting(self) -> None:
        for entry in self._waiting.entries():
            try:
                if not self._hand_over(entry):
                    return
            except BaseException as failure:  # noqa: BLE001  then it goes on waiting
                self._on_failure(failure)
                return
            self._waiting.drop(entry.key)
