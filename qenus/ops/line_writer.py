"""Lines to a descriptor that may be full, closed or not read: the caller never waits.

A `LineWriter` takes lines into a queue that is bounded in lines and in bytes, and a thread of its
own writes them. What does not fit, and what cannot be written, is dropped and counted; when lines
can be written again, the first one says how many were dropped. `put` neither blocks nor raises, so
that it may be called from anywhere in the node. `stream` is the writer as a text stream.

`close` gives the thread a bounded time to write what is left. A thread that is held up in a write
is left behind: it holds no lock, and it ends with the process.
"""

import io
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO, cast

from qenus.ops.whole_writes import write_whole

__all__ = ["MAX_BYTES", "MAX_LINES", "LineWriter"]

MAX_LINES: Final = 4096
MAX_BYTES: Final = 4 << 20
_MAX_LINE_CHARACTERS: Final = 64 << 10
_NEWLINE: Final = ord("\n")


class LineWriter:
    """Writes lines to a descriptor from a thread.

    `say_dropped` gives the line that says how many were dropped. `failure` is the first error of a
    write, and `dropped` counts all lines that did not come through.
    """

    def __init__(
        self,
        descriptor: int,
        say_dropped: Callable[[int], str],
        *,
        max_lines: int = MAX_LINES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Start the thread. The descriptor stays the caller's."""
        self._descriptor = descriptor
        self._say_dropped = say_dropped
        self._max_lines = max_lines
        self._max_bytes = max_bytes
        self._lines: deque[bytes] = deque()
        # With the line that is being written.
        self._queued_bytes = 0
        self._closing = False
        # The last write broke off within a line.
        self._torn = False
        # Dropped lines that were not reported in the output yet.
        self._untold = 0
        self.dropped = 0
        self.failure: OSError | None = None
        # Reentrant: a signal's handler may log while its thread is in here.
        self._changed = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._run, name="line writer", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Queue a line; drop and count it when there is no room."""
        content = _encoded(line)
        with self._changed:
            size = self._queued_bytes + len(content)
            if self._closing or len(self._lines) >= self._max_lines or size > self._max_bytes:
                self._drop()
                return
            self._lines.append(content)
            self._queued_bytes = size
            self._changed.notify()

    def close(self, seconds: float) -> bool:
        """Take no more lines, and wait so long at most for those that are queued.

        Gives whether each was written, or dropped because it could not be.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def stream(self, clean: Callable[[str], str] = str) -> TextIO:
        """Give a text stream that queues each line written to it, as `clean` makes it."""
        return cast(TextIO, _LineStream(self, self._descriptor, clean))

    def _drop(self) -> None:
        self.dropped += 1
        self._untold += 1

    def _run(self) -> None:
        while (line := self._next()) is not None:
            self._tell_dropped()
            written = self._write(line)
            with self._changed:
                self._queued_bytes -= len(line)
                if not written:
                    self._drop()
        self._tell_dropped()

    def _next(self) -> bytes | None:
        """Wait for a line; None when there will be no more."""
        with self._changed:
            while not self._lines and not self._closing:
                self._changed.wait()
            return self._lines.popleft() if self._lines else None

    def _tell_dropped(self) -> None:
        with self._changed:
            count = self._untold
        if count and self._write(_encoded(self._say_dropped(count))):
            with self._changed:
                self._untold -= count

    def _write(self, line: bytes) -> bool:
        """Write a line, behind a newline when the one before it broke off; whether it came out."""
        content = b"\n" + line if self._torn else line
        done, error = write_whole(self._descriptor, content)
        self.failure = self.failure or error
        if done:
            self._torn = content[done - 1] != _NEWLINE
        return done == len(content)


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "backslashreplace") + b"\n"


class _LineStream(io.TextIOBase):
    """A text stream whose lines go to a writer as they are completed."""

    def __init__(self, writer: LineWriter, descriptor: int, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._writer = writer
        self._descriptor = descriptor
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, begun = (self._begun + text).split("\n")
        # A line that does not end is no reason to keep more and more of it.
        if len(begun) > _MAX_LINE_CHARACTERS:
            lines, begun = [*lines, begun], ""
        self._begun = begun
        for line in lines:
            self._writer.put(self._clean(line))
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"
