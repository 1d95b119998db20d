"""Logs of the demo world are the contracts' ABI, and lead from pool state to pool state."""

import json
from typing import Any

import pytest
from eth_abi import decode
from eth_hash.auto import keccak

from qenus.pools import Swap, UniswapV2Pair, UniswapV3Pool
from qenus.simulation import World, WorldRules
from qenus.simulation.market import Pool
from qenus.simulation.pools import DEMO_POOLS

# topic0 -> (name, types of topics, types of data); the signatures of the verified contracts.
ABI = {
    keccak(f"{name}({','.join(types)})".encode()): (
        name,
        [kind for kind, indexed in zip(types, mask, strict=True) if indexed == "i"],
        [kind for kind, indexed in zip(types, mask, strict=True) if indexed == "d"],
    )
    for name, types, mask in (
        ("Transfer", ("address", "address", "uint256"), "iid"),
        ("PairCreated", ("address", "address", "address", "uint256"), "iidd"),
        ("PoolCreated", ("address", "address", "uint24", "int24", "address"), "iiidd"),
        ("Initialize", ("uint160", "int24"), "dd"),
        ("Sync", ("uint112", "uint112"), "dd"),
        ("Swap", ("address", *["uint256"] * 4, "address"), "iddddi"),
        ("Mint", ("address", "uint256", "uint256"), "idd"),
        ("Burn", ("address", "uint256", "uint256", "address"), "iddi"),
        (
            "Swap",
            ("address", "address", "int256", "int256", "uint160", "uint128", "int24"),
            "iiddddd",
        ),
        (
            "Swap",
            ("address", "address", "int256", "int256", "uint160", "uint128", "int24", "uint128",
             "uint128"),
            "iiddddddd",
        ),
        (
            "Mint",
            ("address", "address", "int24", "int24", "uint128", "uint256", "uint256"),
            "diiiddd",
        ),
        ("Burn", ("address", "int24", "int24", "uint128", "uint256", "uint256"), "iiiddd"),
        ("Collect", ("address", "address", "int24", "int24", "uint128", "uint128"), "idiidd"),
    )
}  # fmt: skip


def read_event(log: dict[str, Any]) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    """(name, topics, data) of a log; eth-abi refuses dirty words and wrong lengths."""
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    name, indexed, words = ABI[topics[0]]
    data = bytes.fromhex(log["data"][2:])
    assert len(data) == 32 * len(words)
    assert len(topics) == 1 + len(indexed)
    return name, decode(indexed, b"".join(topics[1:])), decode(words, data)


@pytest.fixture(scope="module")
def world() -> World:
    rules = WorldRules(seed=b"events", history_blocks=60, transactions_per_block=15, reorg_chance=0)
    return World(rules)


def logs_of(world: World, number: int) -> list[dict[str, Any]]:
    block = world.block_by_number(number)
    assert block is not None
    return [log for receipt in json.loads(block.json.receipts) for log in receipt["logs"]]


def test_every_log_decodes_by_its_abi_and_every_event_occurs(world: World):
    seen = {
        log["topics"][0]
        for number in range(world.head.number + 1)
        for log in logs_of(world, number)
        if read_event(log)
    }
    assert seen == {"0x" + topic.hex() for topic in ABI}


def apply_event(
    pool: Pool | None, name: str, topics: tuple[Any, ...], data: tuple[Any, ...]
) -> Pool | None:
    """The pool after one of its own logs, by what the log says alone."""
    if name == "Sync":
        assert isinstance(pool, UniswapV2Pair)
        return pool.apply_sync(*data)
    if not isinstance(pool, UniswapV3Pool):
        return pool
    if name == "Swap":
        return pool.apply_swap(Swap(*data[:5]))
    if name == "Mint":
        return pool.apply_liquidity(topics[1], topics[2], data[1])
    if name == "Burn":
        return pool.apply_liquidity(topics[1], topics[2], -data[0])
    return pool


def test_the_state_from_logs_equals_the_worlds_own_pools_at_every_block(world: World):
    keys = {key.address: key for key in DEMO_POOLS}
    pools: dict[bytes, Pool | None] = {}
    for number in range(world.head.number + 1):
        for log in logs_of(world, number):
            emitter = bytes.fromhex(log["address"][2:])
            name, topics, data = read_event(log)
            if name == "PairCreated":
                pools[bytes.fromhex(data[0][2:])] = UniswapV2Pair.at(reserve0=0, reserve1=0)
            elif name == "Initialize":
                pools[emitter] = UniswapV3Pool.at(
                    fee=keys[emitter].fee, tick_spacing=keys[emitter].tick_spacing,
                    sqrt_price_x96=data[0], tick=data[1], liquidity=0, ticks={},
                )  # fmt: skip
            elif emitter in pools:
                pools[emitter] = apply_event(pools[emitter], name, topics, data)
        block = world.block_by_number(number)
        assert block is not None
        market = world.market_at(block.hash)
        assert market is not None
        assert pools == market.pools, number
    assert len(pools) == len(DEMO_POOLS)


def test_every_v2_swap_log_is_one_that_the_pair_allows(world: World):
    swaps = 0
    for number in range(1, world.head.number + 1):
        block = world.block_by_number(number - 1)
        assert block is not None
        market = world.market_at(block.hash)
        assert market is not None
        pairs = {a: p for a, p in market.pools.items() if isinstance(p, UniswapV2Pair)}
        for log in logs_of(world, number):
            emitter = bytes.fromhex(log["address"][2:])
            name, _, data = read_event(log)
            if emitter not in pairs or name not in ("Sync", "Swap"):
                continue
            if name == "Sync":
                before, pairs[emitter] = pairs[emitter], pairs[emitter].apply_sync(*data)
            else:
                assert before.swap(data) == pairs[emitter]
                swaps += 1
    assert swaps > 50


def test_pools_stay_near_the_reference_and_near_each_other(world: World):
    market = world.market_at(world.head.hash)
    assert market is not None
    prices: dict[tuple[str, str], list[float]] = {}
    for key in DEMO_POOLS:
        out, scale = market.pool(key).spot_price(0, 1)
        prices.setdefault((key.token0.symbol, key.token1.symbol), []).append(out / scale)
    for same in prices.values():
        assert max(same) / min(same) < 1.03


def test_an_unknown_emitter_emits_swaps_too(world: World):
    factory_verified = {key.address for key in DEMO_POOLS}
    emitters = {
        bytes.fromhex(log["address"][2:])
        for number in range(world.head.number + 1)
        for log in logs_of(world, number)
        if read_event(log)[0] == "Swap"
    }
    assert factory_verified < emitters
