"""What an endpoint allows, as far as it has been found out; it outlives the connections to it.

`BatchLimit` remembers how many calls the node takes in one message, `Pause` how long all callers of
the endpoint leave it alone together. The caller says what time it is. Pure.
"""

from typing import Final

import attrs

__all__ = ["MAX_BATCH", "BatchLimit", "NodeLimits", "Pause"]

MAX_BATCH: Final = 200
_FIRST_PAUSE_SECONDS: Final = 0.05
# Unless the node wants more: so soon after it answers again, it is asked again. With the jitter of
# those that wait, half as much, that is within a second.
_LAST_PAUSE_SECONDS: Final = 0.4
_LONGEST_PAUSE_SECONDS: Final = 300.0


@attrs.define
class BatchLimit:
    """How many calls go into one message: `size` now, `accepted` at most so far.

    `refused` is the smallest message that the node refused for its size, None while there is none.
    """

    size: int = MAX_BATCH
    accepted: int = 1
    refused: int | None = None
    _ceiling: int = MAX_BATCH
    _busy: int = 0
    _lost: int = 0

    def accept(self, size: int) -> None:
        """A message of so many calls was answered call by call."""
        self._busy = self._lost = 0
        self.accepted = max(self.accepted, size)
        if self.refused is not None and self.refused <= size:
            self.refused = None
        self._ceiling = max(self._ceiling, size)
        if size >= self.size:
            self.size = min(2 * size, max(self._ceiling, size))

    def refuse(self, size: int) -> None:
        """A message of so many calls was refused as a whole: halve it, for good."""
        self.refused = size if self.refused is None else min(self.refused, size)
        if size <= self.accepted:
            # What was known of it holds no longer.
            self.accepted = 1
        self._ceiling = min(self._ceiling, max(size // 2, self.accepted))
        self.size = min(self.size, self._ceiling)

    def busy(self, size: int) -> None:
        """A message of so many calls met a busy node: fewer, for now, if it happens again."""
        self._busy += 1
        if self._busy > 1:
            self.size = min(self.size, max(size // 2, 1))

    def lose(self, size: int) -> None:
        """The connection ended in place of an answer. Some nodes refuse a batch like this."""
        self._lost += 1
        if self._lost > 1 and size > self.accepted:
            self._lost = 0
            self.refuse(size)

    @property
    def shown(self) -> str:
        """What is known of it, for people."""
        if self.refused is None:
            return f"at least {self.accepted}"
        if self.refused == self.accepted + 1:
            return str(self.accepted)
        return f"{self.accepted} or more, fewer than {self.refused}"


@attrs.define
class Pause:
    """How long an endpoint is left alone that is busy.

    Answers that were asked for before the pause began say nothing new; each refusal of what was
    asked after it doubles the next one, each answer halves it.
    """

    seconds: float = 0.0
    until: float = float("-inf")
    code: int = 0
    _began: float = float("-inf")

    def left(self, now: float) -> float:
        """How long it lasts from now."""
        return max(0.0, self.until - now)

    def refuse(self, code: int, sent_at: float, now: float, asked_for: float | None) -> None:
        """The node was busy with what was sent at that time, and may say for how long."""
        if sent_at >= self._began:
            self.seconds = min(max(2 * self.seconds, _FIRST_PAUSE_SECONDS), _LAST_PAUSE_SECONDS)
            self._began = now
            self.until = max(self.until, now + self.seconds)
            self.code = code
        if asked_for is not None:
            self.until = max(self.until, now + min(asked_for, _LONGEST_PAUSE_SECONDS))

    def answer(self, sent_at: float) -> None:
        """The node answered what was sent at that time."""
        if self.seconds and sent_at >= self._began:
            self.seconds = self.seconds / 2 if self.seconds > _FIRST_PAUSE_SECONDS else 0.0


@attrs.define
class NodeLimits:
    """Both of one endpoint; to be kept for as long as the endpoint is known."""

    batch: BatchLimit = attrs.field(factory=BatchLimit)
    pause: Pause = attrs.field(factory=Pause)
