"""A block of mainnet mined again: every swap in it follows from what stood before the block.

The node's logs are mainnet's, as the receipts root says. Pools are read from the storage that the
block began with; a swap's ticks are those whose words the swap itself looked at.
"""

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from drawn_operations import EventShape
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from qenus.chain.rpc_shapes import RpcTransaction
from qenus.chain.transactions import ETHEREUM_TRANSACTIONS, encode_transaction
from qenus.pools import (
    PairSwap,
    QuoteRefused,
    Swap,
    UniswapV2Pair,
    UniswapV3Pool,
    UniswapV4Pool,
)
from tools.devnet import DevnetUnavailable
from tools.devnet.mainnet_block import mined_again

pytestmark = pytest.mark.interop

V2_SWAP = EventShape.of("Swap(address indexed,uint256,uint256,uint256,uint256,address indexed)")
V2_SYNC = EventShape.of("Sync(uint112,uint112)")
V3_SWAP = EventShape.of("Swap(address indexed,address indexed,int256,int256,uint160,uint128,int24)")
V4_SWAP = EventShape.of(
    "Swap(bytes32 indexed,address indexed,int128,int128,uint160,uint128,int24,uint24)"
)
POOL_MANAGER = "0x000000000004444c5dc75cb358380d2e3de08a90"
# Where contracts keep things: V2's reserves, V3's and V4's ticks and the words that name them.
V2_RESERVES, V3_LIQUIDITY, V3_TICKS, V3_WORDS, V4_POOLS = 8, 4, 5, 6, 6
V4_LIQUIDITY, V4_TICKS, V4_WORDS = 3, 4, 5
TIERS = ((100, 1), (500, 10), (3000, 60), (10000, 200))
V4_SPACINGS = (1, 10, 60, 200, 2, 5, 20, 50, 100)
# No swap of the block goes further.
_WORDS_AROUND = 20

Storage = Callable[[str, int], int | None]


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """The block, its parent's header and the state that it touches."""
    folder = Path(
        os.environ.get("QENUS_DATA", Path(__file__).parents[4] / ".." / "shared" / "data")
    )
    found = {}
    for name in ("24476004", "24476005", "24476005.prestate"):
        path = folder / "l1" / "execution" / f"{name}.json.gz"
        if not path.exists():
            pytest.skip(f"recorded data absent: {path}; set QENUS_DATA")
        content = json.loads(gzip.decompress(path.read_bytes()))
        found[name] = content.get("block", content)
    return found


async def test_every_swap_of_a_mainnet_block_follows_from_the_state_before(recorded):
    block, prestate = recorded["24476005"], recorded["24476005.prestate"]
    transactions = msgspec.convert(block["transactions"], list[RpcTransaction])
    raw = [encode_transaction(one, ETHEREUM_TRANSACTIONS) for one in transactions]
    try:
        mined, receipts = await mined_again(block, recorded["24476004"], prestate, raw)
    except DevnetUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no devnet here: {error}")
    for name in ("receiptsRoot", "logsBloom", "gasUsed", "transactionsRoot", "number", "timestamp"):
        assert mined[name] == block[name], name
    logs = [log for receipt in receipts for log in receipt["logs"]]

    def storage(address: str, slot: int) -> int | None:
        value = prestate["storage"].get(address, {}).get(f"0x{slot:064x}")
        return None if value is None else int(value, 16)

    assert follow_pairs(logs, storage) == 6
    assert follow_ticked(logs, storage) == 9
    assert follow_managed(logs, storage) == 3


def follow_pairs(logs: list[dict[str, Any]], storage: Storage) -> int:
    """Each Swap leads from the stored reserves to those of its Sync, and is a quote to the wei."""
    pairs: dict[str, UniswapV2Pair] = {}
    synced: dict[str, tuple[int, int]] = {}
    count = 0
    for log in logs:
        topic, address = (log["topics"] or [""])[0], log["address"]
        if topic == V2_SYNC.topic:
            synced[address] = V2_SYNC.read(log).values
        if topic != V2_SWAP.topic:
            continue
        word = storage(address, V2_RESERVES)
        assert word is not None
        mask = (1 << 112) - 1
        before = pairs.get(address) or UniswapV2Pair.at(
            reserve0=word & mask, reserve1=word >> 112 & mask
        )
        event = PairSwap(*V2_SWAP.read(log).values[1:5])
        after = pairs[address] = before.swap(event)
        assert (after.reserve0, after.reserve1) == synced[address], address
        token_in = int(event.amount1_in > 0)
        paid, got = event[token_in], event[3 - token_in]
        assert got <= before.amount_out(token_in, 1 - token_in, paid), address
        count += 1
    return count


def follow_ticked(logs: list[dict[str, Any]], storage: Storage) -> int:
    """Each Swap of V3 follows from the stored pool and the swaps before it, under one fee tier."""
    swaps: dict[str, list[Swap]] = defaultdict(list)
    for log in logs:
        if (log["topics"] or [""])[0] == V3_SWAP.topic:
            swaps[log["address"]].append(Swap(*V3_SWAP.read(log).values[2:]))
    for address, events in swaps.items():
        word, liquidity = storage(address, 0), storage(address, V3_LIQUIDITY)
        assert word is not None
        assert liquidity is not None
        price, tick = word & (1 << 160) - 1, _signed(word >> 160, 24)
        candidates = []
        for fee, spacing in TIERS:
            places = _ticks(storage, address, (tick, spacing), V3_WORDS, V3_TICKS)
            candidates.append(UniswapV3Pool(fee, spacing, price, tick, liquidity, *places))
        assert any(_leads_through(pool, events) for pool in candidates), address
    return sum(map(len, swaps.values()))


def follow_managed(logs: list[dict[str, Any]], storage: Storage) -> int:
    """Each Swap of V4 follows from the stored pool, at the fee that the event says."""
    count = 0
    for log in logs:
        if log["address"] != POOL_MANAGER or log["topics"][0] != V4_SWAP.topic:
            continue
        name, _, amount0, amount1, *rest, fee = V4_SWAP.read(log).values
        event = Swap(-amount0, -amount1, *rest)
        base = int.from_bytes(keccak(encode(["bytes32", "uint256"], [name, V4_POOLS])), "big")
        word, liquidity = storage(POOL_MANAGER, base), storage(POOL_MANAGER, base + V4_LIQUIDITY)
        assert word is not None
        assert liquidity is not None
        price, tick = word & (1 << 160) - 1, _signed(word >> 160, 24)
        protocol, providers = word >> 184 & 0xFFFFFF, word >> 208 & 0xFFFFFF
        candidates = []
        for spacing in V4_SPACINGS:
            at = (tick, spacing)
            places = _ticks(storage, POOL_MANAGER, at, base + V4_WORDS, base + V4_TICKS)
            curve = UniswapV3Pool(providers, spacing, price, tick, liquidity, *places)
            fees = (protocol & 0xFFF, protocol >> 12)
            candidates.append(UniswapV4Pool.at(curve, protocol_fees=fees))
        assert candidates[0].swap_fee(event.amount0 > 0) == fee
        assert any(_leads_through(pool, [event]) for pool in candidates), name.hex()
        count += 1
    return count


def _leads_through(pool: Any, events: list[Swap]) -> bool:
    """Whether each event is what an exact input, output or end price does to the pool that the one
    before left."""
    for event in events:
        down = event.amount0 > 0
        # Whoever trades up to a price gives as much as that takes.
        ways = [(event.amount0,), (event.amount1,), (1 << 120, event.sqrt_price_x96)]
        if not any(_does(pool, down, way, event) for way in ways):
            return False
        pool = pool.apply_swap(event)
    return True


def _does(pool: Any, down: bool, way: tuple[int, ...], event: Swap) -> bool:
    try:
        return pool.swap(down, *way).event == event
    except QuoteRefused:
        return False


def _ticks(
    storage: Storage, address: str, at: tuple[int, int], words: int, ticks: int
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The initialised ticks that the block looked at; what it did not cross has no liquidity."""
    found = []
    for tick in _named(storage, address, *at, words):
        word = storage(address, _slot("int24", tick, ticks)) or 0
        found.append((tick, _signed(word >> 128, 128), word & (1 << 128) - 1))
    found.sort()
    return tuple(zip(*found, strict=True)) if found else ((), (), ())  # type: ignore[return-value]


def _named(storage: Storage, address: str, tick: int, spacing: int, words: int) -> Iterator[int]:
    """The ticks that the stored words around a tick name."""
    middle = tick // spacing // 256
    for number in range(middle - _WORDS_AROUND, middle + _WORDS_AROUND + 1):
        word = storage(address, _slot("int16", number, words))
        for bit in range(256) if word else ():
            if word >> bit & 1:
                yield (number * 256 + bit) * spacing


def _slot(kind: str, key: int, base: int) -> int:
    return int.from_bytes(keccak(encode([kind, "uint256"], [key, base])), "big")


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value
