"""What a subscriber imports.

    async with subscribe("ipc:///tmp/qenus/feed.ipc") as feed:
        async for event in feed:
            match event:
                case BlockApplied(end, batches): ...
                case PoolStatesApplied(end, batches): ...
                case BlockRetracted(block): ...

Blocks come whole, in order and once; every digest was recomputed. What was missed is asked for
again, and what cannot be had any more is told.
"""

from qenus.client.assembler import Assembler, DigestMismatch
from qenus.client.events import (
    AlertTold,
    BlockApplied,
    BlockRetracted,
    ChainGap,
    Event,
    FramesLost,
    HeadsMoved,
    LineSilent,
    PoolStatesApplied,
    SessionEnded,
    SessionStarted,
    SourceRejected,
)
from qenus.client.subscription import Subscription, subscribe

__all__ = [
    "AlertTold",
    "Assembler",
    "BlockApplied",
    "BlockRetracted",
    "ChainGap",
    "DigestMismatch",
    "Event",
    "FramesLost",
    "HeadsMoved",
    "LineSilent",
    "PoolStatesApplied",
    "SessionEnded",
    "SessionStarted",
    "SourceRejected",
    "Subscription",
    "subscribe",
]
