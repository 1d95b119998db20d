"""One topic's frames in order: what came early waits, what came twice is dropped. Sans-IO."""

from qenus.errors import RemoteProtocolError, TransientError

__all__ = ["Overrun", "Sequence"]


# A million frames a second for 285 years.
_MAX_SEQ = 1 << 53


class Overrun(TransientError):
    """More frames wait for a missing one than may be kept."""


class Sequence:
    """The frames of one topic from `next_seq` on.

    `offer` takes frames as they come, `known` learns from a heartbeat how far the topic has got.
    What waits behind a missing frame is bounded by `max_waiting_bytes`.
    """

    def __init__(self, next_seq: int, *, max_waiting_bytes: int) -> None:
        self.next_seq = next_seq
        self._end_seq = next_seq
        self._waiting: dict[int, bytes] = {}
        self._waiting_bytes = 0
        self._max_waiting_bytes = max_waiting_bytes

    def known(self, end_seq: int) -> None:
        """Learn that every frame below `end_seq` was sent.

        Raises:
            RemoteProtocolError: no line can have sent that many.
        """
        if end_seq > _MAX_SEQ:
            raise RemoteProtocolError(f"seq: expected at most {_MAX_SEQ}, found {end_seq}")
        self._end_seq = max(self._end_seq, end_seq)

    def offer(self, seq: int, content: bytes) -> list[bytes]:
        """Take a frame's content; give back all contents that are in order now.

        Raises:
            Overrun: too much waits for a missing frame.
        """
        self.known(seq + 1)
        if seq < self.next_seq or seq in self._waiting:
            return []
        self._waiting[seq] = content
        self._waiting_bytes += len(content)
        ready = []
        while self.next_seq in self._waiting:
            ready.append(self._waiting.pop(self.next_seq))
            self._waiting_bytes -= len(ready[-1])
            self.next_seq += 1
        if self._waiting_bytes > self._max_waiting_bytes:
            raise Overrun(f"{self._waiting_bytes} bytes wait for seq {self.next_seq}")
        return ready

    def missing(self) -> range:
        """The first run of frames that were sent and did not come; empty when nothing misses."""
        if not self._waiting:
            return range(self.next_seq, self._end_seq)
        return range(self.next_seq, min(self._waiting))
