"""One chain's contents in order in, whole blocks out. Sans-IO.

The topic `blocks.<chain>` sets the order: each `BlockEnd` takes one batch from each subscribed
family that the block has, and the block is given out when all of them are here and counts and
digests agree. Until then the chain waits. The contract declares the families; this code names none.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from qenus.client.events import (
    BlockApplied,
    BlockClosed,
    BlockRetracted,
    ChainGap,
    Event,
    HeadsMoved,
    StatesApplied,
    UnreadBatch,
)
from qenus.client.sequence import Received
from qenus.client.waiting import WaitingBytes
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    BATCHES,
    Batch,
    BlockEnd,
    BlockRef,
    Envelope,
    Family,
    FamilyCount,
    Heads,
    Identity,
    Purity,
    Retract,
    batch_identity,
    claimed_kind,
    decode,
    family_name,
    rolling_digest,
)

__all__ = ["ChainAssembly", "DigestMismatch"]

# The number of blocks that a node can undo.
_WINDOW_BLOCKS = 256
# The number of blocks that a node catches up by default when it starts.
_MAX_PASSED_OVER = 1024
# Families beyond the block-pure ones that may close of one block.
_MAX_CLOSED = 64
_MESSAGES: dict[int, Any] = {message.KIND: message for message in BATCHES}
_CLOSED = {Purity.BLOCK: BlockApplied, Purity.STATE: StatesApplied}


class DigestMismatch(RemoteProtocolError):
    """A block's batches do not agree with the counts and digests of its end."""


class ChainAssembly:
    """One chain: the contents that wait, in order, and the blocks that were given out.

    `wants` says whether a family is subscribed to, by its name.
    """

    def __init__(self, wants: Callable[[str], bool], waiting: WaitingBytes) -> None:
        self._wants = wants
        self._waiting = waiting
        self._pending: deque[Received] = deque()
        self._batches: dict[Family, deque[bytes]] = {}
        self._applied: deque[BlockRef] = deque(maxlen=_WINDOW_BLOCKS)
        # What was given out beyond the block itself, of the blocks in `_applied`.
        self._closed: dict[bytes, set[tuple[Purity, Family]]] = {}
        # Blocks of this session that were older than where we began.
        self._passed_over = 0

    @property
    def waits(self) -> bool:
        """Whether a block waits for a batch that has not come yet."""
        return bool(self._pending)

    def begin_session(self) -> None:
        """Prepare for a session that may begin at an older block than the last one ended at."""
        self._passed_over = 0

    def forget_waiting(self) -> None:
        """Drop the waiting contents, which will never be complete. Blocks given out stay."""
        self._pending.clear()
        self._batches.clear()

    def take(self, frame: Received, events: list[Event]) -> None:
        """Take the next content of one of the chain's topics; add the resulting events to `events`.

        Raises:
            RemoteProtocolError: it does not follow the contents before it, or contradicts them.
        """
        if isinstance(frame.read, Family):
            self._batches.setdefault(frame.read, deque()).append(frame.content)
        else:
            self._pending.append(frame)
        self._waiting.add(frame.content)
        while self._pending:
            first = self._pending[0]
            if isinstance(first.read, BlockEnd):
                batches = self._take_batches(first.read)
                if batches is None:
                    return
                self._close(first.read, batches, first.envelope, events)
            elif isinstance(first.read, Retract):
                self._retract(first.read.block, events)
            elif isinstance(first.read, Heads):
                events.append(HeadsMoved(first.read))
            self._waiting.remove(first.content)
            self._pending.popleft()

    def _take_batches(self, end: BlockEnd) -> tuple[Batch | UnreadBatch, ...] | None:
        """Give the block's batches, checked against its end; None while one is still missing."""
        wanted = [count for count in end.families if self._wants(family_name(count.family))]
        for count in wanted:
            if count.batches > 1:
                raise RemoteProtocolError(
                    f"{_place(end, count)}: expected 0 or 1 batches, found {count.batches}"
                )
            if count.batches > len(self._batches.get(count.family, ())):
                return None
        contents: list[bytes] = []
        batches: list[Batch | UnreadBatch] = []
        for count in wanted:
            own = [self._batches[count.family].popleft() for _ in range(count.batches)]
            for content in own:
                self._waiting.remove(content)
            batches += _proven(end, count, own)
            contents += own
        if len(wanted) == len(end.families) and rolling_digest(contents) != end.digest:
            raise DigestMismatch(
                f"block {end.block.number} 0x{end.block.hash.hex()}: digest: expected "
                f"0x{end.digest.hex()}, found 0x{rolling_digest(contents).hex()}"
            )
        return tuple(batches)

    def _close(
        self,
        end: BlockEnd,
        batches: tuple[Batch | UnreadBatch, ...],
        envelope: Envelope,
        events: list[Event],
    ) -> None:
        """Give out what closed: a new block, or further families of an applied one; each once."""
        if end.purity is Purity.BLOCK:
            if not self._apply(end.block, events):
                return
        else:
            new = self._new_of(end)
            if not new:
                return
            batches = tuple(batch for batch in batches if _family_of(batch) in new)
        closed = _CLOSED.get(end.purity, BlockClosed)
        events.append(closed(end, batches, envelope.observed_ns, envelope.published_ns))

    def _new_of(self, end: BlockEnd) -> set[Family]:
        """Give the families subscribed to that an end closes and that had not closed before.

        Each family that needs a state closes on its own, when its state has come. States of a block
        that is not applied have no meaning for the subscriber.

        Raises:
            RemoteProtocolError: more families closed of the block than any version can have.
        """
        if end.block not in self._applied:
            return set()
        given = self._closed.get(end.block.hash, set())
        new = {
            count.family
            for count in end.families
            if (end.purity, count.family) not in given and self._wants(family_name(count.family))
        }
        if len(given) + len(new) > _MAX_CLOSED:
            raise RemoteProtocolError(
                f"block {end.block.number} 0x{end.block.hash.hex()}: expected at most "
                f"{_MAX_CLOSED} families beside the block-pure ones, found {len(given) + len(new)}"
            )
        if new:
            self._closed[end.block.hash] = given | {(end.purity, family) for family in new}
        return new

    def _apply(self, block: BlockRef, events: list[Event]) -> bool:
        """Apply a block after retracting the blocks that it does not build on; False if not new.

        A new session may begin further back than the last one ended: what was given out is not
        given out again, and what is older than where we began is not for us. That ends with the
        first block of the session that is: a node goes back no further without retracting, so an
        older one then stands on another chain. `_applied` is linked from its oldest block to its
        newest, so what replaces a block of it takes back all above.
        """
        applied = self._applied
        if block in applied:
            self._passed_over = _MAX_PASSED_OVER
            return False
        is_older = bool(applied) and block.number < applied[0].number
        if is_older and self._passed_over < _MAX_PASSED_OVER:
            self._passed_over += 1
            return False
        self._passed_over = _MAX_PASSED_OVER
        connects = any(one.hash == block.parent_hash for one in applied)
        if applied and not connects and (is_older or block.number > applied[-1].number):
            events.append(ChainGap(applied[-1], block))
            applied.clear()
            self._closed.clear()
        while applied and applied[-1].hash != block.parent_hash:
            events.append(self._take_back())
        if len(applied) == _WINDOW_BLOCKS:
            self._closed.pop(applied[0].hash, None)
        applied.append(block)
        return True

    def _retract(self, block: BlockRef, events: list[Event]) -> None:
        """Retract the newest block; one that was never given out needs no retraction."""
        if block not in self._applied:
            return
        if self._applied[-1] != block:
            raise RemoteProtocolError(
                f"retract: expected the newest block 0x{self._applied[-1].hash.hex()}, found "
                f"0x{block.hash.hex()}"
            )
        events.append(self._take_back())

    def _take_back(self) -> BlockRetracted:
        """Retract the newest block with everything that closed of it."""
        block = self._applied.pop()
        self._closed.pop(block.hash, None)
        return BlockRetracted(block)


def _family_of(batch: Batch | UnreadBatch) -> Family:
    return batch.family if isinstance(batch, UnreadBatch) else batch.identity.family


def _place(end: BlockEnd, count: FamilyCount) -> str:
    return f"block {end.block.number} 0x{end.block.hash.hex()}: {family_name(count.family)}"


def _proven(end: BlockEnd, count: FamilyCount, contents: list[bytes]) -> list[Batch | UnreadBatch]:
    """Read one family's batches and check them against the block's end.

    The counts of a batch that only a later version can read stay unchecked.
    """
    batches: list[Batch | UnreadBatch] = []
    about: list[Identity] = []
    features = refused = 0
    for content in contents:
        kind = claimed_kind(content) or 0
        message = _MESSAGES.get(kind)
        if message is None:
            batches.append(UnreadBatch(count.family, content))
            about.append(batch_identity(content, kind))
            features, refused = count.features, count.refused
            continue
        batch = decode(content, message)
        batches.append(batch)
        about.append(batch.identity)
        features += len(batch.features)
        refused += len(getattr(batch, "refused", ()))
    expected = (count.digest, count.features, count.refused)
    found = (rolling_digest(contents), features, refused)
    if found != expected:
        raise DigestMismatch(
            f"{_place(end, count)}: expected (digest, features, refused) {expected}, found {found}"
        )
    for identity in about:
        named = (identity.block, identity.family, identity.extractor_version)
        if named != (end.block, count.family, end.extractor_version):
            raise DigestMismatch(
                f"{_place(end, count)}: expected a batch of this block and version "
                f"{end.extractor_version}, found {named}"
            )
    return batches
