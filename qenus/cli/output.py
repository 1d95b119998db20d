"""Standard output and error of every command: what becomes of text that cannot be written.

`take_over` puts two streams in the place of Python's own, before the command runs:

    standard output   A write that fails (no room, a closed descriptor, an I/O error) raises
                      `OutputFailed`, wherever it happens; what only closing can say, `finish`
                      raises. Where the reader of a pipe has left, the failure says so.
    standard error    Messages for people. One that cannot be written is given up in silence, since
                      the command's own work does not depend on it. Secrets are taken out of
                      everything that is written there, tracebacks included; see `keep_secret`.

A descriptor that was closed when the command began is opened on /dev/null, so that no file or
socket of the command gets its number; what is written to such a standard output fails like any
other write that cannot be done.
"""

import errno
import io
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from qenus.errors import QenusError
from qenus.ops.whole_writes import write_whole

if TYPE_CHECKING:
    from qenus.redaction import Redactor

__all__ = [
    "OutputFailed",
    "finish",
    "keep_secret",
    "known_secrets",
    "output_descriptor",
    "take_over",
]

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class OutputFailed(QenusError):
    """Standard output cannot be written. `reader_left`: it is a pipe that nothing reads."""

    def __init__(self, error: OSError) -> None:
        self.reader_left = error.errno == errno.EPIPE
        super().__init__(f"standard output cannot be written: {error.strerror or error}")


class _Descriptor(io.RawIOBase):
    """An open descriptor that stays open; `closed_before` when it was none of the command's."""

    def __init__(self, number: int, *, closed_before: bool) -> None:
        super().__init__()
        self._number = number
        self.closed_before = closed_before

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def writable(self) -> bool:
        return True

    def _write(self, content: bytes) -> int:
        if self.closed_before and content:
            raise OSError(errno.EBADF, "it is closed")
        _, error = write_whole(self._number, content)
        if error is not None:
            raise error
        return len(content)


class _Output(_Descriptor):
    """Standard output. After its first failure it takes everything and writes nothing."""

    failed = False

    def write(self, content: bytes) -> int:  # type: ignore[override]
        if self.failed:
            return len(content)
        try:
            return self._write(bytes(content))
        except OSError as error:
            self.failed = True
            raise OutputFailed(error) from error

    def check(self) -> None:
        """Raise what a network file system has to say at closing: that there was no room."""
        if self.failed or self.closed_before:
            return
        try:
            os.close(os.dup(self._number))
        except OSError as error:
            self.failed = True
            raise OutputFailed(error) from error


class _Messages(_Descriptor):
    """Standard error."""

    def write(self, content: bytes) -> int:  # type: ignore[override]
        try:
            return self._write(bytes(content))
        except OSError:
            return len(content)


class _MessageText(io.TextIOWrapper):
    """Text for standard error, without the secrets that are known."""

    def write(self, text: str) -> int:
        super().write(text if _redactor is None else _redactor.redact(text))
        return len(text)


# None as long as nothing is secret: `qenus --help` answers before that module would be imported.
_redactor: "Redactor | None" = None


def keep_secret(addresses: Iterable[str]) -> None:
    """Take the secrets of these addresses, too, out of every text on standard error."""
    global _redactor
    if addresses := [*addresses]:
        _redactor = known_secrets().also(addresses)


def known_secrets() -> "Redactor":
    """Give what takes the known secrets out of a text."""
    from qenus.redaction import Redactor

    return Redactor() if _redactor is None else _redactor


def take_over() -> None:
    """Put our streams in the place of Python's standard output and error."""
    closed = [number for number in (_STDIN, _STDOUT, _STDERR) if not _is_open(number)]
    for number in closed:
        # The lowest free number is given, and the lower ones are taken by now.
        assert os.open(os.devnull, os.O_RDWR) == number
        os.set_inheritable(number, True)
    output = _Output(_STDOUT, closed_before=_STDOUT in closed)
    messages = _Messages(_STDERR, closed_before=_STDERR in closed)
    # Nothing is buffered: a thread that is held up in a write holds no lock that the exit needs.
    sys.stdout = io.TextIOWrapper(
        cast(BinaryIO, output),
        encoding=_encoding(sys.stdout),
        errors="backslashreplace",
        write_through=True,
    )
    sys.stderr = _MessageText(
        cast(BinaryIO, messages),
        encoding=_encoding(sys.stderr),
        errors="backslashreplace",
        write_through=True,
    )


def finish() -> None:
    """Find out whether standard output was written, as far as its end has to say it.

    Raises:
        OutputFailed: it was not.
    """
    output = getattr(sys.stdout, "buffer", None)
    if isinstance(output, _Output):
        output.check()


def output_descriptor() -> int:
    """Give standard output's number, or one that cannot be written when it was closed."""
    output = getattr(sys.stdout, "buffer", None)
    return -1 if isinstance(output, _Output) and output.closed_before else _STDOUT


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _encoding(stream: TextIO | None) -> str:
    """A stream's own; a missing one is written to by no command, so its encoding is any."""
    return stream.encoding if stream is not None else "utf-8"
