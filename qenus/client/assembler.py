"""Frames of one line in, whole blocks out. Sans-IO: bytes and answers go in, events come out.

Every topic has its own sequence; `wanted` asks the journal for missing frames, and `ChainAssembly`
puts each chain's contents together to blocks in their order. When the journal no longer has a
frame, the assembler joins the line anew and reports it, so that no loss is silent.

To join a line, the assembler asks its journal for the line's positions (`JoinRequest`); from those
positions on it misses no frame. Frames of another session do not end the current one: the assembler
asks the journal again, and a new session begins only when the journal confirms it, from its first
frame on.

Every frame is checked against the contract before it takes its place in a sequence, so that a bad
frame cannot take the place of the true one. Messages that a later version of the contract added are
handed on as bytes: a subscriber outlives its node's upgrades. Waiting frames are bounded, in bytes
for the whole line and in topics and chains.
"""

from collections import deque
from collections.abc import Collection, Iterable

from qenus.client.chain_assembly import ChainAssembly, DigestMismatch
from qenus.client.events import (
    AlertReported,
    ContentReceived,
    Event,
    FrameRejected,
    FramesLost,
    SessionEnded,
    SessionStarted,
    SourceRejected,
    UnknownContent,
)
from qenus.client.sequence import Received, Sequence
from qenus.client.waiting import Overrun, WaitingBytes
from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import (
    ALERTS,
    NODES,
    OPPORTUNITIES,
    Alert,
    BlockEnd,
    EndOfSession,
    EndReason,
    Family,
    Frame,
    Heads,
    Heartbeat,
    JoinReply,
    JoinRequest,
    Opportunity,
    OpportunityGone,
    Position,
    Rejection,
    RepairReply,
    RepairRequest,
    RepairStatus,
    Retract,
    Topic,
    UnknownKind,
    WireMessage,
    batch_family,
    decode,
    family_name,
    parse_topic,
    split,
)

__all__ = ["MAX_WAITING_BYTES", "Assembler", "DigestMismatch"]

# Bytes that may wait for missing frames, all topics together.
MAX_WAITING_BYTES = 256 << 20
# As many topics and chains as a heartbeat can carry.
_MAX_TOPICS = 1024
_MAX_CHAINS = 64
_MAX_ENDED_SESSIONS = 64
_REPAIR_FRAMES = 1024
# The longest heartbeat that a node can be configured with, in milliseconds.
_MAX_INTERVAL_MS = 60_000
# A block is given up after this many heartbeats without its batch, while no frame is missing.
_PATIENT_HEARTBEATS = 2
# The line is joined anew after this many heartbeats below the position that its journal named.
_HEARTBEATS_BEHIND = 20
_FAMILY_NAMES = frozenset(family_name(family) for family in Family)
_OF_A_BLOCK = (Family, BlockEnd, Retract, Heads)
# The messages of topics that belong to no family, by the topic's first word.
_MESSAGES_ON = {
    ALERTS: Alert | Rejection,
    OPPORTUNITIES: Opportunity | OpportunityGone,
    "blocks": BlockEnd | Retract | Heads,
}


class Assembler:
    """The state of one subscription to one line.

    `chains` and `families` are the subscribed ones; None stands for all of them. With `oldest` the
    subscription begins with the oldest frames in the journal instead of the newest.
    `max_waiting_bytes` bounds what waits for missing frames.

    Raises:
        LocalProtocolError: a family is none of the contract's.
    """

    def __init__(
        self,
        *,
        subscriber: str = "",
        chains: Collection[str] | None = None,
        families: Collection[str] | None = None,
        oldest: bool = False,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        if unknown := sorted(set(families or ()) - _FAMILY_NAMES):
            raise LocalProtocolError(
                f"families: expected some of {', '.join(sorted(_FAMILY_NAMES))}, found "
                f"{unknown[0]!r}"
            )
        self._subscriber = subscriber
        self._chain_names = chains
        self._families = families
        self._oldest = oldest
        self._session: bytes | None = None
        self._last_session: bytes | None = None
        # The session of frames that came, not yet confirmed by the journal.
        self._claimed: bytes | None = None
        self._ended_sessions: deque[bytes] = deque(maxlen=_MAX_ENDED_SESSIONS)
        self._waiting = WaitingBytes(max_waiting_bytes)
        self._sequences: dict[str, Sequence] = {}
        self._chains: dict[str, ChainAssembly] = {}
        self._ended: EndReason | None = None
        self._end_reported = False
        self._beats_waited = 0
        self._beats_behind = 0
        # How long the line may be silent before something is wrong; None before its first
        # heartbeat.
        self.heartbeat_seconds: float | None = None

    # -- what goes in ----------------------------------------------------------------------------

    def joined(self, reply: JoinReply) -> list[Event]:
        """Take the answer to a `JoinRequest`: where the line stands.

        Raises:
            RemoteProtocolError: frames of another session came, and the journal does not know it.
        """
        claimed, self._claimed = self._claimed, None
        if self._session == reply.session:
            if claimed is None:
                return []
            raise RemoteProtocolError(
                f"session: expected 0x{reply.session.hex()}, found 0x{claimed.hex()}"
            )
        # A session that began while we listened is taken whole; an older one from its positions on.
        whole = self._session is not None
        events = self._begin(reply.line, reply.session)
        for position in reply.positions:
            topic = _topic(position.topic)
            if topic is None or not self._wants(topic):
                continue
            start = position.oldest_seq if self._oldest else position.next_seq
            sequence = self._sequence_of(position.topic, 0 if whole else start)
            sequence.known(position.next_seq)
        return events

    def receive(self, message: bytes) -> list[Event]:
        """Take one message of the line: topic, zero byte, frame.

        Raises:
            RemoteProtocolError: it breaks the contract. No state has changed: honest frames may
                still follow.
        """
        topic, raw = split(message)
        frame = decode(raw, Frame)
        session = frame.envelope.session
        if self._session is None or session in self._ended_sessions:
            # Not joined yet: the join's positions will show which frames are missing.
            return []
        if session != self._session:
            # The same: the positions will show it once the journal has confirmed the session.
            self._claimed = session
            return []
        if topic == NODES:
            return self._about_itself(frame)
        parsed = parse_topic(topic)
        if not self._wants(parsed):
            return []
        return self._in_order(topic, parsed, _read(parsed, frame))

    def repaired(self, request: RepairRequest, reply: RepairReply) -> list[Event]:
        """Take the answer to a `RepairRequest` of ours.

        The journal has the last word: frames of it that break the contract are lost.
        """
        if request.session != self._session:
            return []
        if reply.status is not RepairStatus.OK or not reply.frames:
            reason = reply.status.name.lower()
            return self._rejoin(f"{request.topic} from seq {request.first_seq}: {reason}")
        parsed = parse_topic(request.topic)
        events: list[Event] = []
        try:
            if len(reply.frames) > request.count:
                raise RemoteProtocolError(
                    f"repair: expected at most {request.count} frames, found {len(reply.frames)}"
                )
            for seq, raw in enumerate(reply.frames, request.first_seq):
                frame = decode(raw, Frame)
                if (frame.envelope.session, frame.envelope.seq) != (request.session, seq):
                    raise RemoteProtocolError(
                        f"repair: expected seq {seq} of {request.topic}, found {frame.envelope.seq}"
                    )
                events += self._in_order(request.topic, parsed, _read(parsed, frame))
                if self._session is None:
                    break
        except RemoteProtocolError as error:
            events += [FrameRejected(error), *self._rejoin(f"{request.topic}: not repaired")]
        return events

    # -- what is asked for -----------------------------------------------------------------------

    def wanted(self) -> JoinRequest | RepairRequest | None:
        """What to ask the journal for now; None when nothing is missing."""
        if self._session is None or self._claimed is not None:
            return JoinRequest(self._subscriber)
        for topic, sequence in self._sequences.items():
            missing = sequence.missing()
            if missing:
                count = min(len(missing), _REPAIR_FRAMES)
                return RepairRequest(self._session, topic, missing.start, count)
        return None

    # -- sessions --------------------------------------------------------------------------------

    def _begin(self, line: str, session: bytes) -> list[Event]:
        """Begin a session; drop what waits for frames of an older one."""
        if self._session is not None:
            self._ended_sessions.append(self._session)
        if session != self._last_session:
            for chain in self._chains.values():
                chain.begin_session()
        self._session = self._last_session = session
        self._ended = None
        self._end_reported = False
        self._forget_waiting()
        return [SessionStarted(line, session)]

    def _forget_waiting(self) -> None:
        self._sequences = {}
        for chain in self._chains.values():
            chain.forget_waiting()
        self._waiting.clear()
        self._beats_waited = self._beats_behind = 0

    def _rejoin(self, reason: str) -> list[Event]:
        """Report that frames are lost for good, and join the line anew at its current positions."""
        self._session = None
        self._claimed = None
        self._oldest = False
        self._forget_waiting()
        return [FramesLost(reason)]

    def _about_itself(self, frame: Frame) -> list[Event]:
        try:
            message = decode(frame.content, Heartbeat | EndOfSession)
        except UnknownKind as unknown:
            return [UnknownContent(NODES, unknown.kind, frame.content)]
        self._learn(message.positions)
        if isinstance(message, EndOfSession):
            self._ended = message.reason
            return self._end_when_complete()
        self.heartbeat_seconds = min(message.interval_ms, _MAX_INTERVAL_MS) / 1000
        return self._leave_what_was_never_reached(message) or self._lose_what_never_comes()

    def _leave_what_was_never_reached(self, beat: Heartbeat) -> list[Event]:
        """Join anew when the line stays below the positions that its journal named.

        Otherwise the subscription would wait for ever."""
        unreached = [
            position.topic
            for position in beat.positions
            if (sequence := self._sequences.get(position.topic)) is not None
            and sequence.begins_after(position.next_seq)
        ]
        self._beats_behind = self._beats_behind + 1 if unreached else 0
        if self._beats_behind < _HEARTBEATS_BEHIND:
            return []
        return self._rejoin(f"{unreached[0]}: the line never got to where its journal began")

    def _learn(self, positions: Iterable[Position]) -> None:
        for position in positions:
            topic = _topic(position.topic)
            if topic is not None and self._wants(topic):
                self._sequence_of(position.topic).known(position.next_seq)

    def _end_when_complete(self) -> list[Event]:
        if self._ended is None or self._end_reported or self.wanted() is not None:
            return []
        self._end_reported = True
        # A pending block whose batch was never sent is the node's fault, and is reported as lost.
        waiting = [name for name, chain in self._chains.items() if chain.waits]
        lost = [FramesLost(f"{name}: a block's batches were never sent") for name in waiting]
        return [*lost, SessionEnded(self._ended)]

    def _lose_what_never_comes(self) -> list[Event]:
        """Give up a block whose batch was never sent: its end is here and no frame is missing."""
        stuck = [name for name, chain in self._chains.items() if chain.waits]
        if self._ended is not None or not stuck or self.wanted() is not None:
            self._beats_waited = 0
            return []
        self._beats_waited += 1
        if self._beats_waited < _PATIENT_HEARTBEATS:
            return []
        return self._rejoin(f"{stuck[0]}: a block's batches were never sent")

    # -- topics ----------------------------------------------------------------------------------

    def _wants(self, topic: Topic) -> bool:
        if topic.chain is None:
            return topic.subject != NODES
        if self._chain_names is not None and topic.chain not in self._chain_names:
            return False
        return topic.family is None or self._wants_family(topic.family)

    def _wants_family(self, name: str) -> bool:
        return self._families is None or name in self._families

    def _sequence_of(self, topic: str, start: int = 0) -> Sequence:
        sequence = self._sequences.get(topic)
        if sequence is None:
            if len(self._sequences) >= _MAX_TOPICS:
                raise RemoteProtocolError(
                    f"topic: expected at most {_MAX_TOPICS} in a session, found {topic} beside them"
                )
            sequence = self._sequences[topic] = Sequence(start, self._waiting)
        return sequence

    def _chain_of(self, name: str) -> ChainAssembly:
        chain = self._chains.get(name)
        if chain is None:
            if len(self._chains) >= _MAX_CHAINS:
                raise RemoteProtocolError(
                    f"topic: expected at most {_MAX_CHAINS} chains, found {name} beside them"
                )
            chain = self._chains[name] = ChainAssembly(self._wants_family, self._waiting)
        return chain

    def _in_order(self, topic: str, parsed: Topic, frame: Received) -> list[Event]:
        chain = None if parsed.chain is None else self._chain_of(parsed.chain)
        ordered = self._sequence_of(topic).offer(frame)
        events: list[Event] = []
        try:
            for ready in ordered:
                if chain is not None and isinstance(ready.read, _OF_A_BLOCK):
                    chain.take(ready, events)
                else:
                    events.append(_of_no_block(topic, ready))
            self._waiting.check()
        except Overrun as error:
            return [*events, *self._rejoin(str(error))]
        except RemoteProtocolError as error:
            # The frames are complete but do not make a block: no other frame can repair that.
            lost = self._rejoin(f"{topic} at seq {frame.envelope.seq}: cannot be put together")
            return [*events, FrameRejected(error), *lost]
        return events + self._end_when_complete()


def _topic(text: str) -> Topic | None:
    """Take a position's topic apart; None for one that only a later version has."""
    try:
        return parse_topic(text)
    except RemoteProtocolError:
        return None


def _read(topic: Topic, frame: Frame) -> Received:
    """Read a content as far as its topic requires; batches are read when their block closes.

    Raises:
        RemoteProtocolError: the content may not stand on the topic.
    """
    content = frame.content
    try:
        return Received(frame.envelope, content, _content(topic, content))
    except UnknownKind as unknown:
        return Received(frame.envelope, content, unknown)


def _content(topic: Topic, content: bytes) -> WireMessage | Family:
    if topic.family is None:
        message: WireMessage = decode(content, _MESSAGES_ON[topic.subject])
        return message
    family = batch_family(content)
    if family is None:
        message = decode(content)
        named = getattr(message, "FAMILY", None)
    else:
        # The batch's family belongs to a later version: only the topic has its name.
        named = topic.family if _is_later(family, topic.family) else family_name(family)
    if named != topic.family:
        raise RemoteProtocolError(
            f"{topic}: expected a message of family {topic.family}, found one of {named}"
        )
    return message if family is None else family


def _is_later(family: Family, topic_family: str) -> bool:
    return family not in tuple(Family) and topic_family not in _FAMILY_NAMES


def _of_no_block(topic: str, frame: Received) -> Event:
    """Give the event of a content that belongs to no block."""
    envelope = frame.envelope
    match frame.read:
        case Alert():
            return AlertReported(frame.read)
        case Rejection():
            return SourceRejected(frame.read)
        case UnknownKind(kind=kind):
            return UnknownContent(topic, kind, frame.content)
        case WireMessage() as message:
            return ContentReceived(topic, message, envelope.observed_ns, envelope.published_ns)
        case family:
            raise RemoteProtocolError(f"{topic}: expected no batch, found one of {family}")
