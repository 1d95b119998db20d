"""How many frames a socket may buffer, from how many bytes it may hold.

nng bounds a buffer by messages alone. Each buffer holds at most the newest frames that went through
it, so a count for which the newest frames fit the budget bounds the bytes as well. Pure: the owner
of the socket sets what `count` says.
"""

from collections import deque

__all__ = ["MAX_BUFFERED_FRAMES", "FrameBudget"]

# nng refuses more than 8192. All counts here are one less than a power of two: when nng (1.11,
# src/core/lmq.c) resizes a full queue to exactly a power of two, its next write is out of bounds.
MAX_BUFFERED_FRAMES = 8191


class FrameBudget:
    """The count of frames whose bytes stay within `max_bytes`, as frames go by.

    One frame is always allowed, however large.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        # Sizes of the newest frames, oldest first: as many as fit, and no more than may be counted.
        self._sizes: deque[int] = deque()
        self._bytes = 0
        # Whether older frames were left out because they did not fit.
        self._cut = False
        self.count = MAX_BUFFERED_FRAMES

    def passed(self, size: int) -> int:
        """Note a frame of `size` bytes; give the count of frames to buffer from now on."""
        sizes = self._sizes
        sizes.append(size)
        self._bytes += size
        self._cut = self._cut or self._bytes > self._max_bytes
        while self._bytes > self._max_bytes and len(sizes) > 1:
            self._bytes -= sizes.popleft()
        if len(sizes) > MAX_BUFFERED_FRAMES:
            self._bytes -= sizes.popleft()
            self._cut = False
        if self._cut:
            # The count shrinks at once and grows late: a socket is not resized all the time.
            fits = len(sizes)
            if fits < self.count or fits >= 4 * self.count:
                self.count = (1 << (fits + 1).bit_length() - 1) - 1
        else:
            self.count = MAX_BUFFERED_FRAMES
        return self.count
