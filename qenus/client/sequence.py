"""One topic's frames in order: early frames wait, repeated ones are dropped. Sans-IO."""

from typing import NamedTuple

from qenus.client.waiting import WaitingBytes
from qenus.errors import RemoteProtocolError
from qenus.wire import Envelope, Family, UnknownKind, WireMessage

__all__ = ["Received", "Sequence"]


# A million frames a second for 285 years.
_MAX_SEQ = 1 << 53


class Received(NamedTuple):
    """A frame whose content may stand on its topic.

    `read` is the message, or the family of a batch that is read when its block's end has come, or
    an unknown message of a later version of the contract.
    """

    envelope: Envelope
    content: bytes
    read: WireMessage | Family | UnknownKind


class Sequence:
    """The frames of one topic from `next_seq` on.

    `offer` takes frames as they come, `known` learns from a heartbeat how far the topic has got.
    Frames behind a missing one are counted in `waiting`, which the caller checks.
    """

    def __init__(self, next_seq: int, waiting: WaitingBytes) -> None:
        self.next_seq = next_seq
        self._start_seq = next_seq
        self._end_seq = next_seq
        self._early: dict[int, Received] = {}
        self._waiting = waiting

    def known(self, end_seq: int) -> None:
        """Learn that every frame below `end_seq` was sent.

        Raises:
            RemoteProtocolError: the number is higher than any line can reach.
        """
        if end_seq > _MAX_SEQ:
            raise RemoteProtocolError(f"seq: expected at most {_MAX_SEQ}, found {end_seq}")
        self._end_seq = max(self._end_seq, end_seq)

    def offer(self, frame: Received) -> list[Received]:
        """Take a frame; give all frames that are in order now.

        Raises:
            RemoteProtocolError: the number is higher than any line can reach.
        """
        seq = frame.envelope.seq
        self.known(seq + 1)
        if seq < self.next_seq or seq in self._early:
            return []
        if seq > self.next_seq:
            self._early[seq] = frame
            self._waiting.add(frame.content)
            return []
        ready = [frame]
        self.next_seq += 1
        while self.next_seq in self._early:
            ready.append(self._early.pop(self.next_seq))
            self._waiting.remove(ready[-1].content)
            self.next_seq += 1
        return ready

    def begins_after(self, end_seq: int) -> bool:
        """Whether no frame was taken so far, and the topic is still below our first position."""
        return end_seq < self._start_seq == self.next_seq

    def missing(self) -> range:
        """The first run of frames that were sent and did not come; empty when none is missing."""
        if not self._early:
            return range(self.next_seq, self._end_seq)
        return range(self.next_seq, min(self._early))
