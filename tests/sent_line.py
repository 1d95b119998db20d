"""A line that keeps every message that it gave to its readers, in order."""

from qenus.line import Line
from qenus.wire import Parcel

__all__ = ["SentLine"]


class SentLine(Line):
    """A line without readers; `sent` has its frames, topic and frame as they travel."""

    def __init__(self, name: str, session: bytes, *, journal_bytes: int) -> None:
        super().__init__(name, session, journal_bytes=journal_bytes)
        self.sent: list[bytes] = []

    def append(self, step: int, parcel: Parcel, *, now_ns: int) -> bytes:
        packed = super().append(step, parcel, now_ns=now_ns)
        self.sent.append(packed)
        return packed
