"""How many lines a log gets: of each kind a burst, then so many a second, and the rest is counted.

The log holds every kind of event to a pace, and a publisher all that its peers cause to one, so
that nothing that comes from outside can fill the disk. Pure: the caller says what time it is.
"""

from typing import Final

__all__ = ["Pace"]

_MAX_KINDS: Final = 1024


class Pace:
    """Lets so many events of each kind through, and counts the others. A kind is any text."""

    def __init__(self, lines_per_second: float, burst: int) -> None:
        """Make one that has let nothing through yet."""
        self._lines_per_second = lines_per_second
        self._burst = burst
        # Of each kind: how many more come through at once, as of when, and how many were left out.
        self._kinds: dict[str, tuple[float, float, int]] = {}

    def take(self, kind: str, now: float) -> int | None:
        """Give how many of the kind were left out since the last one, or None to leave it out.

        `now` is in seconds; a clock that goes back lets nothing more through.
        """
        if kind not in self._kinds and len(self._kinds) >= _MAX_KINDS:
            kind = ""
        room, since, left_out = self._kinds.get(kind, (float(self._burst), now, 0))
        gained = max(0.0, now - since) * self._lines_per_second
        room = min(room + gained, float(self._burst))
        if room < 1:
            self._kinds[kind] = room, now, left_out + 1
            return None
        self._kinds[kind] = room - 1, now, 0
        return left_out

    def left_out(self) -> int:
        """How many were left out that nothing was said of yet."""
        return sum(left_out for _, _, left_out in self._kinds.values())
