"""What one subscription holds back, bounded in bytes all together. Sans-IO.

Frames wait for a frame that is missing, and batches for their block's end. A publisher decides how
many of both there are; this bound is the subscriber's own.
"""

from qenus.errors import TransientError

__all__ = ["FRAME_OVERHEAD_BYTES", "Overrun", "WaitingBytes"]

# What a waiting frame costs beside its bytes: without it a million empty ones would cost nothing.
FRAME_OVERHEAD_BYTES = 512


class Overrun(TransientError):
    """More waits than may be kept."""


class WaitingBytes:
    """Counts what waits; `max_bytes` is for all topics of the line together."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, frame: bytes) -> None:
        """Count a frame that waits from now on."""
        self._bytes += len(frame) + FRAME_OVERHEAD_BYTES

    def remove(self, frame: bytes) -> None:
        """Count a frame off that waits no longer."""
        self._bytes -= len(frame) + FRAME_OVERHEAD_BYTES

    def clear(self) -> None:
        """Forget all of it: nothing waits any more."""
        self._bytes = 0

    def check(self) -> None:
        """Hold what waits against the bound.

        Raises:
            Overrun: it is more.
        """
        if self._bytes > self._max_bytes:
            raise Overrun(f"{self._bytes} bytes wait for missing frames, at most {self._max_bytes}")
