"""The bytes that wait in one subscription, bounded all together. Sans-IO.

Frames wait for a missing frame, and batches for their block's end. The publisher decides how many
there are; this bound is the subscriber's own.
"""

from qenus.errors import TransientError

__all__ = ["FRAME_OVERHEAD_BYTES", "Overrun", "WaitingBytes"]

# What a waiting frame costs beside its bytes: without it a million empty ones would cost nothing.
FRAME_OVERHEAD_BYTES = 512


class Overrun(TransientError):
    """More bytes wait than the bound allows."""


class WaitingBytes:
    """Counts waiting bytes; `max_bytes` is for all topics of the line together."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, frame: bytes) -> None:
        """Count a frame that waits from now on."""
        self._bytes += len(frame) + FRAME_OVERHEAD_BYTES

    def remove(self, frame: bytes) -> None:
        """Subtract a frame that waits no longer."""
        self._bytes -= len(frame) + FRAME_OVERHEAD_BYTES

    def clear(self) -> None:
        """Reset the count: nothing waits any more."""
        self._bytes = 0

    def check(self) -> None:
        """Check the waiting bytes against the bound.

        Raises:
            Overrun: more bytes wait.
        """
        if self._bytes > self._max_bytes:
            raise Overrun(f"{self._bytes} bytes wait for missing frames, at most {self._max_bytes}")
