"""A state-pure family in a folder of a test: what a block's pools could lend of their first token.

Its messages are of the contract; until a producer of the project fills them they are free for it.
"""

import attrs
import trio

from qenus.errors import TransientError
from qenus.extractors import FeatureFamily
from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.closing import close_block
from qenus.extractors.pool_state import Call
from qenus.extractors.state_branch import StateBranch, StateReading, StateSource
from qenus.protocols.reads import call_data, words_of
from qenus.wire import (
    Block,
    Family,
    FlashCapacity,
    FlashCapacityBatch,
    Identity,
    Observed,
    Parcel,
    Purity,
    Retract,
    Tier,
)
from supervisors import Cell, Inbox, Outlet

__all__ = ["CAPACITY"]

_FAMILY = FeatureFamily(Family.FLASH_LOAN, Purity.STATE, FlashCapacityBatch)
_VERSION = "toy"
_RESERVES, _TOKEN = call_data("getReserves()"), call_data("token0()")
_PAUSE_SECONDS = 0.02


@attrs.frozen
class Lenders:
    """The state that the family keeps: the token of each pair that was asked before."""

    tokens: dict[bytes, bytes] = attrs.field(factory=dict)


async def _publish_capacities(
    touched: Inbox[Observed[Block | Retract]],
    features: Outlet[Parcel],
    lenders: Cell[Lenders],
    progress: Cell[ChainProgress],
    *,
    reading: StateReading,
) -> None:
    async with reading.open_state() as state:
        async for observed in touched:
            content = observed.content
            # Retracts go to the line by the branch that publishes the blocks.
            if isinstance(content, Retract):
                continue
            capacities = None
            # A node may be late with a state; of an orphaned block nothing is published.
            while content.block.hash not in progress.value.orphans:
                try:
                    capacities = await _capacities(content, state, lenders)
                    break
                except TransientError:
                    await trio.sleep(_PAUSE_SECONDS)
            if capacities is None:
                continue
            identity = Identity(content.block, Tier.INCLUDED, _FAMILY.family, _VERSION)
            batch = FlashCapacityBatch(identity, capacities)
            for topic, each in close_block(
                content.block,
                [(_FAMILY, batch)],
                purity=Purity.STATE,
                chain=reading.chain,
                version=_VERSION,
            ):
                await features.send(Parcel(topic, observed.observed_ns, each))


async def _capacities(
    block: Block, state: StateSource, lenders: Cell[Lenders]
) -> tuple[FlashCapacity, ...]:
    """Ask each emitter of the block for its reserves; what has none lends nothing."""
    emitters = sorted({log.address for each in block.transactions for log in each.logs})
    at = block.block.hash
    answers = await state.read([Call(at, emitter, _RESERVES) for emitter in emitters])
    pairs = [
        (emitter, words[0])
        for emitter, answer in zip(emitters, answers, strict=True)
        if (words := words_of(answer, 3)) is not None
    ]
    known = lenders.value.tokens
    unknown = [emitter for emitter, _ in pairs if emitter not in known]
    answers = await state.read([Call(at, emitter, _TOKEN) for emitter in unknown])
    tokens = {
        emitter: answer[12:] for emitter, answer in zip(unknown, answers, strict=True) if answer
    }
    lenders.set(Lenders({**known, **tokens}))
    return tuple(
        FlashCapacity("toy", emitter, lenders.value.tokens[emitter], reserve.to_bytes(32, "big"), 0)
        for emitter, reserve in pairs
    )


CAPACITY = StateBranch(_FAMILY, _publish_capacities, Lenders)
