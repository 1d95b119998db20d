"""Reports of rejected frames, one a second at most: a flood of bad frames floods no reader.

Pure: the caller passes the time, in seconds of a monotonic clock.
"""

from math import inf

from qenus.client.events import FrameRejected
from qenus.errors import RemoteProtocolError

__all__ = ["Rejections"]

_EVERY_SECONDS = 1.0


class Rejections:
    """Counts rejections and says when, and with what, to report them."""

    def __init__(self) -> None:
        self._first: RemoteProtocolError | None = None
        self._count = 0
        self._next_report = -inf

    def note(self, error: RemoteProtocolError) -> None:
        """Count one more. The first one since the last report is kept."""
        self._first = self._first or error
        self._count += 1

    def due(self) -> float:
        """When the next report is due; never while there is nothing to report."""
        return self._next_report if self._count else inf

    def report(self, now: float) -> list[FrameRejected]:
        """Give the report that is due now, if one is."""
        if self._first is None or now < self.due():
            return []
        reported = FrameRejected(self._first, self._count)
        self._first, self._count = None, 0
        self._next_report = now + _EVERY_SECONDS
        return [reported]
