"""A reader of the line: its mailbox, its overflow policy and its lag."""

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

    `frames` and `bytes` wait for it, the oldest for `seconds`; `dropped` counts the frames that its
    mailbox dropped, since it was made, because the reader was too far behind.
    """

    frames: int
    bytes: int
    seconds: float
    dropped: int


class LineReader:
    """One reader's place in the line, which outlives the actor that reads.

    `overflow` says which frames go when more than `capacity` frames or `capacity_bytes` wait: the
    oldest or the newest. A reader sees missed frames from the numbers, and finds them in the
    journal.

    Raises:
        LocalProtocolError: with this policy the line would wait for its reader.
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
        """Give the inbox of the reader's actor: messages of topic, zero byte and frame."""
        return self.mailbox.inbox()

    def lag(self) -> LineLag:
        """Give the reader's lag now."""
        books = self.mailbox.snapshot()
        return LineLag(
            frames=books.waiting,
            bytes=books.waiting_bytes,
            seconds=books.oldest_age_seconds or 0.0,
            dropped=sum(books.dropped.values()),
        )

    def positions(self) -> tuple[Position, ...]:
        """Give the positions that the reader has passed: the line's own when it is not behind.

        A heartbeat with later ones would make subscribers ask for frames that are on their way.
        """
        if self.mailbox.is_empty:
            self._positions = self.line.positions()
        return self._positions


@attrs.frozen
class Publisher:
    """A publisher: its reader of the line, and its children.

    After the end of a finite source its children end by themselves within `linger_seconds`.
    """

    reader: LineReader
    children: Sequence[Child]
    linger_seconds: float = 0.0
