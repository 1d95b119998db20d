"""What users' type checkers see of a feed: events by kind, batches with features and identity."""

from typing import assert_never, assert_type

from qenus.client import (
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
    Subscription,
    UnknownContent,
    UnreadBatch,
    subscribe,
)
from qenus.wire import AmmBatch, AmmFeature, BlockRef, Identity, Purity, UniswapV2Swap, WireMessage


async def watch(address: str) -> list[BlockRef]:
    standing: list[BlockRef] = []
    async with subscribe(address, chains=["ethereum"], families={"amm"}) as feed:
        assert_type(feed, Subscription)
        async for event in feed:
            assert_type(event, Event)
            match event:
                case BlockApplied():
                    standing.append(event.block)
                case BlockRetracted(block):
                    assert_type(block, BlockRef)
                    standing.remove(block)
                case _:
                    pass
    return standing


def closed(event: BlockApplied | StatesApplied) -> None:
    assert_type(event.purity, Purity)
    assert_type(event.observed_ns, int)
    for batch in event.batches:
        if isinstance(batch, UnreadBatch):
            assert_type(batch.content, bytes)
            continue
        assert_type(batch.identity, Identity)
        assert_type(batch.features, tuple[WireMessage, ...])
        if isinstance(batch, AmmBatch):
            assert_type(batch.features, tuple[AmmFeature, ...])
            # The contract's integers beyond 64 bits: bytes on the wire, ints by name.
            for swap in batch.features:
                if isinstance(swap, UniswapV2Swap):
                    assert_type(swap.amount0_in_be, bytes)
                    assert_type(swap.amount0_in, int)


def every_event_has_a_case(event: Event) -> str:
    """A match over all kinds: one that a version adds is an error here before it is one live."""
    match event:
        case SessionStarted() | SessionEnded() | FramesLost() | FrameRejected() | LineSilent():
            return "line"
        case BlockClosed() | BlockRetracted() | HeadsMoved() | ChainGap():
            return "chain"
        case SourceRejected() | AlertReported() | ContentReceived() | UnknownContent():
            return "node"
        case _:
            assert_never(event)
