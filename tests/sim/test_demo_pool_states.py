"""On the demo world, with crashes and reorganisations, states are the market's at each block."""

import random

import trio

from qenus.client import BlockApplied, BlockRetracted, StatesApplied, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import Daemon, demo_chain
from qenus.pools import UniswapV2Pair
from qenus.simulation import World, WorldRules
from qenus.simulation.pools import DEMO_POOLS, TOKENS
from supervisors import RandomFaults

PATIENCE_SECONDS = 30
KEYS = {key.address: key for key in DEMO_POOLS}


def same_as_market(world: World, event: StatesApplied) -> int:
    """Every state of a block is what the world's own market holds; how many there were."""
    market = world.market_at(event.end.block.hash)
    states = [state for batch in event.batches for state in batch.features]
    for state in states:
        pool, key = market.pools[state.address], KEYS[state.address]
        assert (state.token0, state.token1) == (key.token0.address, key.token1.address)
        assert (state.decimals0, state.decimals1) == (key.token0.decimals, key.token1.decimals)
        assert (state.venue, state.fee_pips) == (key.protocol.value, key.fee)
        if isinstance(pool, UniswapV2Pair):
            assert (state.reserve0, state.reserve1) == (pool.reserve0, pool.reserve1)
        else:
            assert (state.sqrt_price_x96, state.tick) == (pool.sqrt_price_x96, pool.tick)
            assert state.liquidity == pool.liquidity
    symbols = {token.address: token.symbol for token in TOKENS.values()}
    assert {token.symbol for batch in event.batches for token in batch.tokens} <= {
        *symbols.values()
    }
    return len(states)


async def test_states_follow_the_market_through_crashes_and_reorganisations(tmp_path):
    world = World(WorldRules(transactions_per_block=12, history_blocks=14, reorg_chance=250))
    address = f"ipc://{tmp_path}/feed.ipc"
    faults = RandomFaults({"pool_state": 0.05, "extractor": 0.02}, random.Random(3))
    daemon = Daemon(
        QenusConfig(FeedConfig((address,))), [demo_chain(world, block_seconds=0.15)], faults=faults
    )
    standing: list[bytes] = []
    stated: set[bytes] = set()
    compared, retracted = 0, 0
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            async with subscribe(address) as feed:
                async for event in feed:
                    match event:
                        case BlockApplied(end=end):
                            standing.append(end.block.hash)
                        case StatesApplied(end=end):
                            assert end.block.hash in standing
                            assert end.block.hash not in stated
                            stated.add(end.block.hash)
                            compared += same_as_market(world, event)
                        case BlockRetracted(block=block):
                            assert standing.pop() == block.hash
                            stated.discard(block.hash)
                            retracted += 1
                    if compared > 60 and retracted > 2 and stated:
                        break
        daemon.stop()
    assert faults.crashes
    # States come in the order of the blocks: none is missing between the first and the last.
    has = [block_hash in stated for block_hash in standing]
    assert all(has[has.index(True) : len(has) - has[::-1].index(True)])
