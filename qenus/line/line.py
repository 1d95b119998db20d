"""The line's own state: sequence numbers and the journal. Sans-IO.

An actor that crashes between numbering a parcel and acknowledging it gets the parcel again. A line
outlives the actors that serve it, and `append` numbers a parcel once, by the id of its step: a
redelivered parcel becomes the same frame, so subscribers see no difference.
At worst a publisher sends the same frame twice under the same number, which a subscriber drops.

Heartbeats and the end of a session take no number of their own. They carry the positions of all
topics, so that a subscriber learns of a frame that it missed even when no other follows.

See `proto/lines.proto` for the messages, and MoldUDP64 (Nasdaq) for the idea.
"""

from collections import deque

from qenus.errors import LocalProtocolError
from qenus.line.alert_texts import AlertTexts
from qenus.wire import (
    NODES,
    BlockEnd,
    EndOfSession,
    EndReason,
    Envelope,
    Heads,
    Heartbeat,
    JoinReply,
    JoinRequest,
    Parcel,
    Position,
    RepairReply,
    RepairRequest,
    RepairStatus,
    Retract,
    decode,
    encode,
    frame,
    pack,
    parse_topic,
)

__all__ = ["SESSION_BYTES", "Line"]

SESSION_BYTES = 16
# One reply; a subscriber asks again for the rest.
_REPLY_BYTES = 1 << 20
_REPLY_FRAMES = 1024


class _Topic:
    """One topic's sequence: its journalled frames are those from `oldest_seq` to `next_seq` - 1.

    `whole_seq` is the topic's next number when its chain last closed a block: a subscriber that
    joins there gets whole blocks.
    """

    def __init__(self, chain: str | None) -> None:
        self.chain = chain
        self.next_seq = 0
        self.whole_seq = 0
        self.frames: deque[bytes] = deque()

    @property
    def oldest_seq(self) -> int:
        return self.next_seq - len(self.frames)


class Line:
    """One session of one line.

    `name` is A or B of a pair, `session` 16 bytes that were never used before, `journal_bytes`
    bounds the frames that are kept for repair: the oldest blocks go first, whole. `texts` takes
    the configuration's secrets out of alerts.
    """

    def __init__(
        self,
        name: str,
        session: bytes,
        *,
        journal_bytes: int,
        texts: AlertTexts | None = None,
    ) -> None:
        if len(session) != SESSION_BYTES:
            raise LocalProtocolError(f"a session is {SESSION_BYTES} bytes, not {len(session)}")
        self.name = name
        self.session = session
        # The reason that `end` will give.
        self.end_reason = EndReason.SHUTDOWN
        # Joins so far, and connected subscribers as of the last heartbeat.
        self.joined = 0
        self.listeners = 0
        self._topics: dict[str, _Topic] = {}
        self._heads: dict[int, Heads] = {}
        # The topics of each whole block's frames, oldest block first; a block is kept or dropped
        # whole.
        self._whole: deque[list[_Topic]] = deque()
        self._open: dict[str | None, list[_Topic]] = {}
        self._journal_bytes = journal_bytes
        self._texts = texts or AlertTexts()
        self._kept_bytes = 0
        self._last_step = -1
        self._last_packed = b""

    def append(self, step: int, parcel: Parcel, *, now_ns: int) -> bytes:
        """Number a parcel and journal it, once; give topic, zero byte and frame, as they are sent.

        `step` grows with every parcel and is the same when the last parcel is redelivered.

        Raises:
            LocalProtocolError: the step is older than the last one.
        """
        if step == self._last_step:
            return self._last_packed
        if step < self._last_step:
            raise LocalProtocolError(
                f"line: expected a step from {self._last_step} on, found {step}"
            )
        parcel = self._texts.clean(parcel)
        topic = self._topics.get(parcel.topic)
        if topic is None:
            topic = self._topics[parcel.topic] = _Topic(parse_topic(parcel.topic).chain)
        envelope = Envelope(
            line=self.name,
            session=self.session,
            seq=topic.next_seq,
            observed_ns=parcel.observed_ns,
            published_ns=now_ns,
            epoch=0,
        )
        sealed = frame(envelope, parcel.content)
        topic.next_seq += 1
        topic.frames.append(sealed)
        self._kept_bytes += len(sealed)
        self._open.setdefault(topic.chain, []).append(topic)
        if parcel.topic.startswith("blocks."):
            message = decode(parcel.content, BlockEnd | Retract | Heads)
            if isinstance(message, Heads):
                self._heads[message.chain_id] = message
            self._close(topic.chain)
        elif topic.chain is None:
            self._close(None)
        self._last_packed = pack(parcel.topic, sealed)
        self._last_step = step
        return self._last_packed

    def _close(self, chain: str | None) -> None:
        """Close a block: later joins begin after it, and the journal keeps or drops it whole."""
        closed = self._open.pop(chain)
        for topic in closed:
            topic.whole_seq = topic.next_seq
        self._whole.append(closed)
        while self._kept_bytes > self._journal_bytes and self._whole:
            for topic in self._whole.popleft():
                self._kept_bytes -= len(topic.frames.popleft())

    def positions(self) -> tuple[Position, ...]:
        """Give every topic of this session with its next and its oldest journalled number."""
        return tuple(
            Position(name, topic.next_seq, topic.oldest_seq) for name, topic in self._topics.items()
        )

    def _whole_positions(self) -> tuple[Position, ...]:
        return tuple(
            Position(name, topic.whole_seq, min(topic.whole_seq, topic.oldest_seq))
            for name, topic in self._topics.items()
        )

    def heartbeat(
        self, *, now_ns: int, interval_ms: int, positions: tuple[Position, ...] | None = None
    ) -> bytes:
        """Give a heartbeat, packed for sending; `positions` replaces the line's own."""
        carried = self.positions() if positions is None else positions
        beat = Heartbeat(carried, tuple(self._heads.values()), interval_ms)
        return self._unnumbered(beat, now_ns)

    def end(self, *, now_ns: int) -> bytes:
        """Give the end of the session, packed for sending."""
        return self._unnumbered(EndOfSession(self.end_reason, self.positions()), now_ns)

    def _unnumbered(self, message: Heartbeat | EndOfSession, now_ns: int) -> bytes:
        envelope = Envelope(
            line=self.name,
            session=self.session,
            seq=0,
            observed_ns=now_ns,
            published_ns=now_ns,
            epoch=0,
        )
        return pack(NODES, frame(envelope, encode(message)))

    def answer(
        self, request: RepairRequest | JoinRequest, *, max_bytes: int = _REPLY_BYTES
    ) -> RepairReply | JoinReply:
        """Answer a subscriber: with the frames that it missed, or with the line's positions.

        A reply's frames have at most `max_bytes` together, or it has one frame that is larger.
        """
        if isinstance(request, JoinRequest):
            self.joined += 1
            return JoinReply(self.name, self.session, self._whole_positions())
        if request.session != self.session:
            return RepairReply(RepairStatus.OTHER_SESSION, ())
        topic = self._topics.get(request.topic)
        if topic is None or not topic.oldest_seq <= request.first_seq < topic.next_seq:
            return RepairReply(RepairStatus.GONE, ())
        first = request.first_seq - topic.oldest_seq
        frames: list[bytes] = []
        room = max_bytes
        for at in range(first, min(first + min(request.count, _REPLY_FRAMES), len(topic.frames))):
            kept = topic.frames[at]
            if frames and len(kept) > room:
                break
            room -= len(kept)
            frames.append(kept)
        return RepairReply(RepairStatus.OK, tuple(frames))
