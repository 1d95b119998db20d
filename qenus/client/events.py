"""The events that a subscriber gets, in the order in which they hold."""

from typing import TypeAlias

import attrs

from qenus.errors import RemoteProtocolError
from qenus.wire import (
    Alert,
    Batch,
    BlockEnd,
    BlockRef,
    EndReason,
    Family,
    Heads,
    Purity,
    Rejection,
    WireMessage,
    family_name,
)

__all__ = [
    "AlertReported",
    "BlockApplied",
    "BlockClosed",
    "BlockRetracted",
    "ChainGap",
    "ContentReceived",
    "Event",
    "FrameRejected",
    "FramesLost",
    "HeadsMoved",
    "LineSilent",
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
    "StatesApplied",
    "UnknownContent",
    "UnreadBatch",
]


@attrs.frozen
class SessionStarted:
    """The subscription follows line `line`, in the session `session` (16 bytes)."""

    line: str
    session: bytes


@attrs.frozen
class UnreadBatch:
    """A batch that only a later version of the contract can read: its family and its bytes.

    Its digest was checked against its block's end like any other; `content` is one MessagePack
    array. Its counts could not be checked.
    """

    family: Family
    content: bytes

    @property
    def name(self) -> str:
        """The family's name; `unknown_<n>` where this version does not have it."""
        return family_name(self.family)


@attrs.frozen
class BlockClosed:
    """The families that one end counts have come for a block; counts and digests agree.

    `end.purity` says what closed, `end.families` has the counts. `batches` has the batches of the
    subscribed families that have features in this block, in the order of
    `Family`; a family that this version of the contract does not know comes as `UnreadBatch`.
    `observed_ns` and `published_ns` are the envelope's times of the block's end, Unix time.

    While a block is applied each of its families closes once: first, as `BlockApplied`, all that
    are functions of the block alone, together; then each other family, when it is ready.
    """

    end: BlockEnd
    batches: tuple[Batch | UnreadBatch, ...]
    observed_ns: int
    published_ns: int

    @property
    def block(self) -> BlockRef:
        """The block."""
        return self.end.block

    @property
    def purity(self) -> Purity:
        """The purity of the families that closed."""
        return self.end.purity


@attrs.frozen
class BlockApplied(BlockClosed):
    """A new block, whole, with the families that are functions of the block alone."""


@attrs.frozen
class StatesApplied(BlockClosed):
    """A family of a block that is a function of its state, such as the pool states.

    Comes once for each state-pure family of a block that was applied and has not been retracted;
    `end.families` names it. It comes later than the block, since the node had to ask for states,
    and for one family in the order of the blocks. A block may have none: the node does not extract
    the family, or could not read the state any more.
    """


@attrs.frozen
class BlockRetracted:
    """The newest applied block left the canonical chain: undo everything that closed of it."""

    block: BlockRef


@attrs.frozen
class HeadsMoved:
    """The node's head, safe and finalized block moved."""

    heads: Heads


@attrs.frozen
class ChainGap:
    """The next applied block does not follow the last one; blocks between are not in the stream.

    Whether `last` is still canonical cannot be known from the stream.
    """

    last: BlockRef
    next: BlockRef


@attrs.frozen
class SourceRejected:
    """The node rejected an answer of one of its sources; `rejection` has the evidence."""

    rejection: Rejection


@attrs.frozen
class AlertReported:
    """An alert of the node: a condition that began, or that ended."""

    alert: Alert


@attrs.frozen
class ContentReceived:
    """A message that belongs to no block: an opportunity, a bid, a pending transaction.

    `topic` has no zero byte; the times are the envelope's, Unix time in nanoseconds.
    """

    topic: str
    message: WireMessage
    observed_ns: int
    published_ns: int


@attrs.frozen
class UnknownContent:
    """A message that only a later version of the contract can read: its kind and its bytes."""

    topic: str
    kind: int
    content: bytes


@attrs.frozen
class FrameRejected:
    """A frame broke the contract and was skipped; the stream goes on.

    `error` says what was wrong with the first one, a `DigestMismatch` where a block's batches do
    not agree with its end. `count` is the number of bad frames since the last such event; events
    come at most once a second.
    """

    error: RemoteProtocolError
    count: int = 1


@attrs.frozen
class FramesLost:
    """Frames were lost for good; the stream goes on at the line's current positions."""

    reason: str


@attrs.frozen
class LineSilent:
    """No message came for longer than the heartbeat allows: node or network is down.

    Reported once; the next event of any kind shows that the line is back.
    """

    seconds: float


@attrs.frozen
class SessionEnded:
    """The session ended and everything in it was delivered."""

    reason: EndReason


Event: TypeAlias = (
    SessionStarted
    | BlockClosed
    | BlockRetracted
    | HeadsMoved
    | ChainGap
    | SourceRejected
    | AlertReported
    | ContentReceived
    | UnknownContent
    | FrameRejected
    | FramesLost
    | LineSilent
    | SessionEnded
)
