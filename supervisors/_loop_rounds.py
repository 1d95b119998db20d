"""Which part of a stretch of time the event loop stood still in, as plain arithmetic.

A task that wants to wake every so often, and is late, tells of a loop that did not come round.
That time does not count: an actor may have finished meanwhile and could not report it.
"""

from __future__ import annotations

from collections import deque

_REMEMBERED = 256  # stretches of lost time; older ones count as time of work again


class LoopRounds:
    """Keeps account of the time that the loop lost; times are seconds of one clock."""

    def __init__(self, period_seconds: float, now: float) -> None:
        self._period = period_seconds
        self._before = now
        self._is_behind = False
        self._lost: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    def came_round(self, now: float) -> bool:
        """Note a round; False when the loop stood still in it and others must catch up first.

        They have caught up with the next round, however long that takes.
        """
        passed, self._before = now - self._before, now
        stood_still = passed > 2 * self._period
        if stood_still:
            self._lost.append((now, passed - self._period))
        self._is_behind = stood_still and not self._is_behind
        return not self._is_behind

    def lost_since(self, since: float) -> float:
        """Add up the seconds that were lost after a moment."""
        return sum(min(lost, at - since) for at, lost in self._lost if at > since)
