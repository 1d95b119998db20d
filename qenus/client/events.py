"""What a subscriber is told, in the order in which it holds."""

from typing import TypeAlias

import attrs

from qenus.wire import (
    Alert,
    AmmBatch,
    BlockEnd,
    BlockRef,
    EndReason,
    Heads,
    PoolStateBatch,
    Rejection,
)

__all__ = [
    "AlertTold",
    "BlockApplied",
    "BlockRetracted",
    "ChainGap",
    "Event",
    "FramesLost",
    "HeadsMoved",
    "LineSilent",
    "PoolStatesApplied",
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
]


@attrs.frozen
class SessionStarted:
    """The line `line` is heard, in the session `session` (16 bytes)."""

    line: str
    session: bytes


@attrs.frozen
class BlockApplied:
    """A block, whole: counts and digests of its batches were recomputed and agree.

    `batches` has those families that were subscribed to and have something in this block;
    `observed_ns` and `published_ns` are the envelope's times of the block's end, Unix time.
    """

    end: BlockEnd
    batches: tuple[AmmBatch, ...]
    observed_ns: int
    published_ns: int


@attrs.frozen
class PoolStatesApplied:
    """How the genuine pools that a block touched stand at its end, whole and checked like a block.

    Comes once for a block that was applied and has not been retracted; later than the block, since
    the node had to ask for states, and in the order of the blocks. A block may be without: the node
    does not follow pool states, or could not have them any more.
    """

    end: BlockEnd
    batches: tuple[PoolStateBatch, ...]
    observed_ns: int
    published_ns: int


@attrs.frozen
class BlockRetracted:
    """The newest block applied left the canonical chain: undo it, and its pool states with it."""

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
    | BlockApplied
    | PoolStatesApplied
    | BlockRetracted
    | HeadsMoved
    | ChainGap
    | SourceRejected
    | AlertTold
    | FramesLost
    | LineSilent
    | SessionEnded
)
