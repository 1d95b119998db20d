"""Where poison messages are kept: with payload, traceback and count, until somebody decides.

A store must not raise into the tree: `keep` says whether the message is safely kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import attrs

from supervisors._errors import ErrorInfo


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
    """Keeps poison messages."""

    last_failure: Exception | None  # why the last message went to a second-best place

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message; False when it could not be kept. Must not raise."""

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, oldest first."""

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""


class MemoryQuarantine:
    """A bounded quarantine in memory."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self.last_failure: Exception | None = None
        self._entries: dict[str, QuarantinedMessage] = {}

    def keep(
        self, *, mailbox: str, message_id: int, message: Any, attempts: int, error: ErrorInfo
    ) -> bool:
        """Keep a message; False when the quarantine is full."""
        key = f"{mailbox}:{message_id}"
        return self.keep_entry(
            QuarantinedMessage(key, mailbox, message_id, message, attempts, error)
        )

    def keep_entry(self, entry: QuarantinedMessage) -> bool:
        """Keep a message that is described already; False when the quarantine is full."""
        if len(self._entries) >= self._capacity:
            return False
        self._entries[entry.key] = entry
        return True

    def entries(self) -> Sequence[QuarantinedMessage]:
        """List what is kept, oldest first."""
        return tuple(self._entries.values())

    def drop(self, key: str) -> QuarantinedMessage:
        """Remove one entry for good; KeyError if there is none."""
        return self._entries.pop(key)
