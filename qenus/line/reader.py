"""A reader of the line: its mailbox, what it does when it is full, and how far behind it is."""

from collections.abc import Sequence

import attrs

from qenus.errors import LocalProtocolError
from qenus.line.line import Line
from qenus.wire import Position
from supervisors import Child, Inbox, Mailbox, Overflow

__all__ = ["LineLag", "LineReader", "Publisher"]

_FRAMES = 4096
_BYTES = 64 << 20


@attrs.frozen
class LineLag:
    """How far behind the line a reader is.

    `frames` and `bytes` wait for it, the oldest for `seconds`; `dropped` frames it never got since
    it was made, because it was further behind than its mailbox holds.
    """

    frames: int
    bytes: int
    seconds: float
    dropped: int


class LineReader:
    """One reader's place in the line, which outlives the actor that reads.

    `overflow` says which frames go when more than `capacity` frames or `capacity_bytes` wait: the
    oldest or the newest. What a reader missed it sees from the numbers, and finds in the journal.

    Raises:
        LocalProtocolError: the policy would make the line wait for its reader.
    """

    def __init__(
        self,
        line: Line,
        name: str,
        *,
        capacity: int = _FRAMES,
        capacity_bytes: int = _BYTES,
        overflow: Overflow = Overflow.DROP_OLD,
    ) -> None:
        if overflow not in (Overflow.DROP_OLD, Overflow.DROP_NEW):
            raise LocalProtocolError(
                f"reader {name}: expected to drop old or new frames when it is full, found "
                f"{overflow.value}: one reader would stop all others"
            )
        self.line = line
        self.name = name
        self.mailbox = Mailbox[bytes](
            f"line:{name}", capacity=capacity, capacity_bytes=capacity_bytes, overflow=overflow
        )
        self._positions: tuple[Position, ...] = ()

    def inbox(self) -> Inbox[bytes]:
        """The end that the reader's actor reads: topic, zero byte and frame, as on every line."""
        return self.mailbox.inbox()

    def lag(self) -> LineLag:
        """How far behind the reader is now."""
        books = self.mailbox.snapshot()
        return LineLag(
            frames=books.waiting,
            bytes=books.waiting_bytes,
            seconds=books.oldest_age_seconds or 0.0,
            dropped=sum(books.dropped.values()),
        )

    def positions(self) -> tuple[Position, ...]:
        """Positions that the reader has passed: the line's own whenever it is not behind.

        A heartbeat with later ones would make subscribers ask for frames that are on their way.
        """
        if self.mailbox.is_empty:
            self._positions = self.line.positions()
        return self._positions


@attrs.frozen
class Publisher:
    """A way out of the house: how it reads the line, and the children that do.

    After a finite source `linger_seconds` pass at the most until its children end by themselves.
    """

    reader: LineReader
    children: Sequence[Child]
    linger_seconds: float = 0.0
