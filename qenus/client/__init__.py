"""The subscriber's face: `subscribe`, and the events of a feed.

    async with subscribe("ipc:///tmp/qenus/feed.ipc") as feed:
        async for event in feed:
            match event:
                case BlockClosed(end, batches): ...
                case BlockRetracted(block): ...

Blocks come whole, in order and once; every digest was recomputed. `BlockClosed` is a new block
(`BlockApplied`) or what a node added to it later (`StatesApplied`); `end` says what closed and
`batches` has every family that the contract declares. The client repairs missed frames from the
node's journal, and reports frames that the journal no longer has.
"""

from qenus.client.assembler import Assembler, DigestMismatch
from qenus.client.events import (
    AlertReported,
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
    SessionEnded,
    SessionStarted,
    SourceRejected,
    StatesApplied,
    UnknownContent,
    UnreadBatch,
)
from qenus.client.subscription import Subscription, subscribe

__all__ = [
    "AlertReported",
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
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
    "StatesApplied",
    "Subscription",
    "UnknownContent",
    "UnreadBatch",
    "subscribe",
]
