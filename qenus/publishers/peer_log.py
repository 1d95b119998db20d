"""Log lines that peers cause: a few a second, with escaped text; the rest is counted.

Any peer that can connect can cause log lines; without this bound it could fill the disk.
"""

from collections.abc import Callable
from typing import Any

from qenus.plain_text import plain

__all__ = ["LineBudget", "PeerLog"]

_MAX_CHARACTERS = 200


class LineBudget:
    """A token bucket of `per_second` lines, which may come at once. Pure: takes the time."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second)
        self._at = 0.0
        self._dropped = 0

    def take(self, now: float) -> int | None:
        """Take one line at `now` seconds; give the number dropped before it, None to drop it."""
        self._left = min(self._per_second, self._left + max(0.0, now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            self._dropped += 1
            return None
        self._left -= 1.0
        dropped, self._dropped = self._dropped, 0
        return dropped


class PeerLog:
    """Writes the log lines that peers cause, through one budget for all of them."""

    def __init__(self, budget: LineBudget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock

    def write(self, write: Callable[..., Any], event: str, **values: object) -> None:
        """Write a line through `write`, a structlog method; only count it over the budget."""
        dropped = self._budget.take(self._clock())
        if dropped is None:
            return
        shown = {
            name: plain(value, _MAX_CHARACTERS) if isinstance(value, str) else value
            for name, value in values.items()
        }
        if dropped:
            shown["lines_dropped"] = dropped
        write(event, **shown)
