"""Frames of one line in, whole blocks out. Sans-IO: bytes and answers go in, events come out.

Every topic has its own sequence. The topic `blocks.<chain>` sets the order: its `BlockEnd` takes
one batch from each subscribed family that the block has, and the block is given out when all of
them are there and counts and digests agree; until then the chain waits and `wanted` says which
frames to ask the journal for. When they can no longer be had, the line is joined anew and the
subscriber is told, so that nothing is ever lost in silence.

What a later version of the contract added is passed over: a subscriber outlives its node's
upgrades.

A line is joined by asking where it stands (`JoinRequest`); from those positions on nothing is
missed. A session that starts while we listen is taken from its first frame on.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import TypeAlias

import attrs

from qenus.client.events import (
    AlertTold,
    BlockApplied,
    BlockRetracted,
    ChainGap,
    Event,
    FramesLost,
    HeadsMoved,
    PoolStatesApplied,
    SessionEnded,
    SessionStarted,
    SourceRejected,
)
from qenus.client.sequence import Overrun, Sequence
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    NODES,
    Alert,
    AmmBatch,
    BlockEnd,
    BlockRef,
    EndOfSession,
    EndReason,
    Envelope,
    Family,
    FamilyCount,
    Frame,
    Heads,
    Heartbeat,
    JoinReply,
    JoinRequest,
    PoolStateBatch,
    Position,
    Purity,
    Rejection,
    RepairReply,
    RepairRequest,
    RepairStatus,
    Retract,
    Topic,
    UnknownKind,
    decode,
    features_topic,
    parse_topic,
    rolling_digest,
    split,
)

__all__ = ["Assembler", "DigestMismatch"]

_MAX_WAITING_BYTES = 256 << 20
# As many blocks as a node keeps the undo of.
_WINDOW_BLOCKS = 256
_MAX_ENDED_SESSIONS = 64
_REPAIR_FRAMES = 1024
_Batch: TypeAlias = AmmBatch | PoolStateBatch
_BATCHES: dict[Family, type[_Batch]] = {
    Family.AMM: AmmBatch,
    Family.POOL_STATE: PoolStateBatch,
}


class DigestMismatch(RemoteProtocolError):
    """What came for a block is not what its end says."""


@attrs.define
class _Chain:
    """One chain: what came in order and waits, and the blocks that were given out.

    `stated` are those of them whose state-pure families were given out as well.
    """

    pending: deque[tuple[Envelope, bytes]] = attrs.field(factory=deque)
    batches: dict[str, deque[bytes]] = attrs.field(factory=dict)
    waiting_bytes: int = 0
    applied: deque[BlockRef] = attrs.field(factory=lambda: deque(maxlen=_WINDOW_BLOCKS))
    stated: deque[bytes] = attrs.field(factory=lambda: deque(maxlen=_WINDOW_BLOCKS))


class Assembler:
    """The state of one subscription to one line.

    `chains` and `families` name what is subscribed to; None stands for all of them. `oldest`:
    begin with the oldest frames that the journal still has instead of with the newest.
    """

    def __init__(
        self,
        *,
        subscriber: str = "",
        chains: Collection[str] | None = None,
        families: Collection[str] | None = None,
        oldest: bool = False,
    ) -> None:
        self._subscriber = subscriber
        self._chain_names = chains
        self._families = families
        self._oldest = oldest
        self._session: bytes | None = None
        self._ended_sessions: deque[bytes] = deque(maxlen=_MAX_ENDED_SESSIONS)
        self._sequences: dict[str, Sequence] = {}
        self._chains: dict[str, _Chain] = {}
        self._ended: EndReason | None = None
        self._end_told = False
        # How long the line may be silent before something is wrong; None until it has told.
        self.heartbeat_seconds: float | None = None

    # -- what goes in ----------------------------------------------------------------------------

    def joined(self, reply: JoinReply) -> list[Event]:
        """Take the answer to a `JoinRequest`: where the line stands."""
        if self._session == reply.session:
            return []
        events = self._begin(reply.line, reply.session)
        for position in reply.positions:
            start = position.oldest_seq if self._oldest else position.next_seq
            if self._wants(parse_topic(position.topic)):
                self._sequences[position.topic] = self._sequence(start)
        return events

    def receive(self, message: bytes) -> list[Event]:
        """Take one message of the line: topic, zero byte, frame.

        Raises:
            RemoteProtocolError: it breaks the contract.
        """
        topic, raw = split(message)
        frame = decode(raw, Frame)
        session = frame.envelope.session
        if self._session is None or session in self._ended_sessions:
            # Not joined yet: what is missed now is known to be missing once we have joined.
            return []
        events: list[Event] = []
        if session != self._session:
            events += self._begin(frame.envelope.line, session)
        try:
            if topic == NODES:
                events += self._about_itself(frame)
            else:
                events += self._in_order(topic, frame.envelope.seq, raw)
        except Overrun as error:
            events += self._rejoin(str(error))
        return events

    def repaired(self, request: RepairRequest, reply: RepairReply) -> list[Event]:
        """Take the answer to a `RepairRequest` of ours.

        Raises:
            RemoteProtocolError: it breaks the contract.
        """
        if request.session != self._session:
            return []
        if reply.status is not RepairStatus.OK or not reply.frames:
            reason = reply.status.name.lower()
            return self._rejoin(f"{request.topic} from seq {request.first_seq}: {reason}")
        if len(reply.frames) > request.count:
            raise RemoteProtocolError(
                f"repair: expected at most {request.count} frames, found {len(reply.frames)}"
            )
        events: list[Event] = []
        try:
            for seq, raw in enumerate(reply.frames, request.first_seq):
                envelope = decode(raw, Frame).envelope
                if (envelope.session, envelope.seq) != (request.session, seq):
                    raise RemoteProtocolError(
                        f"repair: expected seq {seq} of {request.topic}, found {envelope.seq}"
                    )
                events += self._in_order(request.topic, seq, raw)
        except Overrun as error:
            events += self._rejoin(str(error))
        return events

    # -- what is asked for -----------------------------------------------------------------------

    def wanted(self) -> JoinRequest | RepairRequest | None:
        """What to ask the journal for now; None when nothing is missing."""
        if self._session is None:
            return JoinRequest(self._subscriber)
        for topic, sequence in self._sequences.items():
            missing = sequence.missing()
            if missing:
                count = min(len(missing), _REPAIR_FRAMES)
                return RepairRequest(self._session, topic, missing.start, count)
        return None

    # -- sessions --------------------------------------------------------------------------------

    def _begin(self, line: str, session: bytes) -> list[Event]:
        """A session begins: its topics start at 0; what waited for an older one never comes."""
        if self._session is not None:
            self._ended_sessions.append(self._session)
        self._session = session
        self._sequences = {}
        self._ended = None
        self._end_told = False
        for chain in self._chains.values():
            chain.pending.clear()
            chain.batches.clear()
            chain.waiting_bytes = 0
        return [SessionStarted(line, session)]

    def _rejoin(self, reason: str) -> list[Event]:
        """Frames are lost for good: tell so and join anew, where the line stands then."""
        self._session = None
        self._oldest = False
        return [FramesLost(reason)]

    def _about_itself(self, frame: Frame) -> list[Event]:
        try:
            message = decode(frame.content, Heartbeat | EndOfSession)
        except UnknownKind:
            return []
        self._learn(message.positions)
        if isinstance(message, EndOfSession):
            self._ended = message.reason
        else:
            self.heartbeat_seconds = message.interval_ms / 1000
        return self._end_when_complete()

    def _learn(self, positions: Iterable[Position]) -> None:
        for position in positions:
            if self._wants(parse_topic(position.topic)):
                self._sequence_of(position.topic).known(position.next_seq)

    def _end_when_complete(self) -> list[Event]:
        if self._ended is None or self._end_told or self.wanted() is not None:
            return []
        self._end_told = True
        # A pending block whose batch was never sent is the node's fault and is told as such.
        waiting = [name for name, chain in self._chains.items() if chain.pending]
        lost = [FramesLost(f"{name}: a block's batches were never sent") for name in waiting]
        return [*lost, SessionEnded(self._ended)]

    # -- topics ----------------------------------------------------------------------------------

    def _wants(self, topic: Topic) -> bool:
        if topic.chain is None:
            return topic.subject != NODES
        if self._chain_names is not None and topic.chain not in self._chain_names:
            return False
        return topic.family is None or self._families is None or topic.family in self._families

    def _sequence(self, start: int) -> Sequence:
        return Sequence(start, max_waiting_bytes=_MAX_WAITING_BYTES)

    def _sequence_of(self, topic: str) -> Sequence:
        return self._sequences.setdefault(topic, self._sequence(0))

    def _in_order(self, topic: str, seq: int, raw: bytes) -> list[Event]:
        parsed = parse_topic(topic)
        if not self._wants(parsed):
            return []
        events: list[Event] = []
        for ready in self._sequence_of(topic).offer(seq, raw):
            frame = decode(ready, Frame)
            if parsed.chain is None:
                events += _plain(frame.content)
                continue
            chain = self._chains.setdefault(parsed.chain, _Chain())
            if parsed.family is None:
                chain.pending.append((frame.envelope, frame.content))
            else:
                chain.batches.setdefault(topic, deque()).append(frame.content)
            chain.waiting_bytes += len(frame.content)
            events += self._assemble(parsed.chain, chain)
            if chain.waiting_bytes > _MAX_WAITING_BYTES:
                raise Overrun(f"{parsed.chain}: {chain.waiting_bytes} bytes wait for a block's end")
        return events + self._end_when_complete()

    # -- blocks ----------------------------------------------------------------------------------

    def _assemble(self, name: str, chain: _Chain) -> list[Event]:
        """Give out what is whole, in order, up to the first block that is not."""
        events: list[Event] = []
        while chain.pending:
            envelope, content = chain.pending[0]
            try:
                message = decode(content, BlockEnd | Retract | Heads)
            except UnknownKind:
                chain.waiting_bytes -= len(content)
                chain.pending.popleft()
                continue
            if isinstance(message, BlockEnd):
                batches = self._take_batches(name, chain, message)
                if batches is None:
                    break
                if message.purity is Purity.STATE:
                    events += self._apply_states(chain, message, batches, envelope)
                else:
                    events += _apply(chain, message, batches, envelope)
            elif isinstance(message, Retract):
                events += _retract(chain, message.block)
            else:
                events.append(HeadsMoved(message))
            chain.waiting_bytes -= len(content)
            chain.pending.popleft()
        return events

    def _apply_states(
        self, chain: _Chain, end: BlockEnd, batches: tuple[_Batch, ...], envelope: Envelope
    ) -> list[Event]:
        """Give a block's states out once, while it stands; of another they mean nothing."""
        block = end.block
        subscribed = self._families is None or any(
            count.family.name.lower() in self._families for count in end.families
        )
        if not subscribed or block not in chain.applied or block.hash in chain.stated:
            return []
        chain.stated.append(block.hash)
        states = tuple(batch for batch in batches if isinstance(batch, PoolStateBatch))
        return [PoolStatesApplied(end, states, envelope.observed_ns, envelope.published_ns)]

    def _take_batches(self, name: str, chain: _Chain, end: BlockEnd) -> tuple[_Batch, ...] | None:
        """The block's batches, proven to be what its end says; None while one is still to come."""
        wanted: list[tuple[FamilyCount, deque[bytes]]] = []
        for count in end.families:
            topic = features_topic(count.family.name.lower(), name)
            if self._wants(parse_topic(topic)):
                queue = chain.batches.setdefault(topic, deque())
                if len(queue) < count.batches:
                    return None
                wanted.append((count, queue))
        contents: list[bytes] = []
        batches: list[_Batch] = []
        for count, queue in wanted:
            own = [queue.popleft() for _ in range(count.batches)]
            chain.waiting_bytes -= sum(map(len, own))
            batches += _proven(end, count, own)
            contents += own
        if len(wanted) == len(end.families) and rolling_digest(contents) != end.digest:
            raise DigestMismatch(
                f"block {end.block.number} 0x{end.block.hash.hex()}: digest: expected "
                f"0x{end.digest.hex()}, found 0x{rolling_digest(contents).hex()}"
            )
        return tuple(batches)


def _proven(end: BlockEnd, count: FamilyCount, contents: list[bytes]) -> list[_Batch]:
    """Decode one family's batches and hold them against the block's end."""
    kind = _BATCHES.get(count.family)
    if kind is None:
        # A family of a later version: it is counted and digested, and left to those who know it.
        return []
    batches = [decode(content, kind) for content in contents]
    found = (
        rolling_digest(contents),
        sum(len(batch.features) for batch in batches),
        sum(len(batch.refused) for batch in batches if isinstance(batch, AmmBatch)),
        {(batch.identity.block, batch.identity.extractor_version) for batch in batches},
    )
    about = {(end.block, end.extractor_version)} if contents else set()
    expected = (count.digest, count.features, count.refused, about)
    if found != expected:
        raise DigestMismatch(
            f"block {end.block.number} 0x{end.block.hash.hex()}: {count.family.name.lower()}: "
            f"expected (digest, features, refused, about) {expected}, found {found}"
        )
    return batches


def _apply(
    chain: _Chain, end: BlockEnd, batches: tuple[_Batch, ...], envelope: Envelope
) -> list[Event]:
    """Give a block out once, after taking back what it does not stand on.

    A new session may begin further back than the last one ended: what was given out is not given
    out again, and what is older than where we began is not for us. `chain.applied` is linked from
    its oldest block to its newest, so what replaces a block of it takes back all above.
    """
    block, applied = end.block, chain.applied
    if block in applied or (applied and block.number < applied[0].number):
        return []
    events: list[Event] = []
    connects = any(one.hash == block.parent_hash for one in applied)
    if applied and not connects and block.number > applied[-1].number:
        events.append(ChainGap(applied[-1], block))
        applied.clear()
    while applied and applied[-1].hash != block.parent_hash:
        events.append(_take_back(chain))
    applied.append(block)
    given = tuple(batch for batch in batches if isinstance(batch, AmmBatch))
    events.append(BlockApplied(end, given, envelope.observed_ns, envelope.published_ns))
    return events


def _take_back(chain: _Chain) -> BlockRetracted:
    """Take back the newest block with all that was said of it."""
    block = chain.applied.pop()
    if block.hash in chain.stated:
        chain.stated.remove(block.hash)
    return BlockRetracted(block)


def _retract(chain: _Chain, block: BlockRef) -> list[Event]:
    """Take back the newest block. One that was never given out needs no taking back."""
    if block not in chain.applied:
        return []
    if chain.applied[-1] != block:
        raise RemoteProtocolError(
            f"retract: expected the newest block 0x{chain.applied[-1].hash.hex()}, found "
            f"0x{block.hash.hex()}"
        )
    return [_take_back(chain)]


def _plain(content: bytes) -> list[Event]:
    """What topics of no chain say: what was refused, and what people should know."""
    try:
        message = decode(content)
    except UnknownKind:
        return []
    if isinstance(message, Alert):
        return [AlertTold(message)]
    return [SourceRejected(message)] if isinstance(message, Rejection) else []
