"""What a subscriber is told, in the order in which it holds."""

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
    "AlertTold",
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
    "PoolStatesApplied",
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
    "UnknownContent",
    "UnreadBatch",
]


@attrs.frozen
class SessionStarted:
    """The line `line` is heard, in the session `session` (16 bytes)."""

    line: str
    session: bytes


@attrs.frozen
class UnreadBatch:
    """A batch that only a later version of the contract can read: its family and its bytes.

    It was digested and held against its block's end like any other; `content` is one MessagePack
    array. What it counts could not be checked.
    """

    family: Family
    content: bytes

    @property
    def name(self) -> str:
        """The family's name; `unknown_<n>` where this version does not have it."""
        return family_name(self.family)


@attrs.frozen
class BlockClosed:
    """All families of one purity are there for a block: counts and digests agree.

    `end.purity` says what closed, `end.families` what was counted. `batches` has the batches of
    those families that were subscribed to and have something in this block, in the order of
    `Family`; a family that this version of the contract does not know comes as `UnreadBatch`.
    `observed_ns` and `published_ns` are the envelope's times of the block's end, Unix time.

    A block closes once for each purity while it stands: first as `BlockApplied`, what is a function
    of the block alone, then what is a function of more.
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
        """What the families that closed are a function of."""
        return self.end.purity


@attrs.frozen
class BlockApplied(BlockClosed):
    """A new block, whole, with what is a function of the block alone."""


@attrs.frozen
class PoolStatesApplied(BlockClosed):
    """What is a function of the block and its state: pool states, and other families of the kind.

    Comes once for a block that was applied and has not been retracted; later than the block, since
    the node had to ask for states, and in the order of the blocks. A block may be without: the node
    does not follow states, or could not have them any more.
    """


@attrs.frozen
class BlockRetracted:
    """The newest block applied left the canonical chain: undo all that closed of it."""

    block: BlockRef


@attrs.frozen
class HeadsMoved:
    """Where the chain stands for the node."""

    heads: Heads


@attrs.frozen
class ChainGap:
    """The next block applied does not follow the last one: what lies between is not in the stream.

    Whether `last` is still canonical cannot be known from the stream.
    """

    last: BlockRef
    next: BlockRef


@attrs.frozen
class SourceRejected:
    """The node refused what a source of its gave."""

    rejection: Rejection


@attrs.frozen
class AlertTold:
    """Something that a person should know of the node, or that it is over."""

    alert: Alert


@attrs.frozen
class ContentReceived:
    """A message that belongs to no block: an opportunity, a bid, a pending transaction.

    `topic` as it stands before the zero byte; the times are the envelope's, Unix time.
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
    """What came broke the contract and was passed over; the stream goes on.

    `error` says what was wrong with the first one: a `DigestMismatch` where a block's batches are
    not what its end says. `count` is how many there were since the last such event: what comes at
    wire speed is reported once a second.
    """

    error: RemoteProtocolError
    count: int = 1


@attrs.frozen
class FramesLost:
    """Frames can no longer be had; the stream goes on where the line stands now."""

    reason: str


@attrs.frozen
class LineSilent:
    """Nothing was heard of the line for longer than its heartbeat allows: node or network is down.

    Told once; whatever comes next says that the line is back.
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
    | AlertTold
    | ContentReceived
    | UnknownContent
    | FrameRejected
    | FramesLost
    | LineSilent
    | SessionEnded
)
