"""Log lines that peers cause: few a second, with their text made plain, and the rest counted.

Every peer that may connect may also send: without this bound any of them could fill the disk.
"""

from collections.abc import Callable
from typing import Any

from qenus.log_pace import Pace
from qenus.plain_text import plain

__all__ = ["PeerLog"]

_MAX_CHARACTERS = 200


class PeerLog:
    """Writes what peers cause, at one pace for all of them: `per_second` lines, also at once."""

    def __init__(self, per_second: int, clock: Callable[[], float]) -> None:
        self._pace = Pace(per_second, per_second)
        self._clock = clock

    def write(self, write: Callable[..., Any], event: str, **values: object) -> None:
        """Write a line through `write`, a structlog method; or count it, when there were many."""
        left_out = self._pace.take("", self._clock())
        if left_out is None:
            return
        shown = {
            name: plain(value, _MAX_CHARACTERS) if isinstance(value, str) else value
            for name, value in values.items()
        }
        if left_out:
            shown["left_out"] = left_out
        write(event, **shown)
