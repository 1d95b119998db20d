"""What a subscriber imports.

    async with subscribe("ipc:///tmp/qenus/feed.ipc") as feed:
        async for event in feed:
            match event:
                case BlockClosed(end, batches): ...
                case BlockRetracted(block): ...

Blocks come whole, in order and once; every digest was recomputed. `BlockClosed` is a new block
(`BlockApplied`) or what a node added to it later (`PoolStatesApplied`); `end` says what closed and
`batches` has every family that the contract declares. What was missed is asked for again, and what
cannot be had any more is reported.
"""

from qenus.client.assembler import Assembler, DigestMismatch
from qenus.client.events import (
    AlertTold,
    BlockApplied,
    BlockClosed,
    BlockRetracted,
    ChainGap,
    ContentReceived,
    Event,
    FrameRejected,
    FramesLost,
    HeadsMoved,
    LineSilent,
    PoolStatesApplied,
    SessionEnded,
    SessionStarted,
    SourceRejected,
    UnknownContent,
    UnreadBatch,
)
from qenus.client.subscription import Subscription, subscribe

__all__ = [
    "AlertTold",
    "Assembler",
    "BlockApplied",
    "BlockClosed",
    "BlockRetracted",
    "ChainGap",
    "ContentReceived",
    "DigestMismatch",
    "Event",
    "FrameRejected",
    "FramesLost",
    "HeadsMoved",
    "LineSilent",
    "PoolStatesApplied",
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
    "Subscription",
    "UnknownContent",
    "UnreadBatch",
    "subscribe",
]
