"""V3 pools on recorded blocks: from one Swap event to the next the maths follows the pool.

A block tells price, liquidity and tick after each swap, but neither fee nor ticks. Where two swaps
of a pool follow each other with no liquidity event between them and equal liquidity after both, no
crossing of an initialised tick is likely, and the second swap must be reproduced from the first:
amounts, price and tick, under one fee tier, the same for the whole pool.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from qenus.pools import QuoteRefused, Swap, UniswapV3Pool

SWAP = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
PANCAKE_SWAP = "0x19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"
MINT = "0x7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"
BURN = "0x0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"
# fee -> tick spacing, as enabled in the factories of Uniswap V3 and Pancake V3 (2500). One pool of
# these blocks, 0x6146be49…, charges 0.004 %, a tier of neither; its only pair of swaps says so.
TIERS = {40: 1, 100: 1, 500: 10, 2500: 50, 3000: 60, 10000: 200}

Blocks = Callable[[], Iterator[tuple[str, list[dict[str, Any]]]]]


def _swap_of(log: dict[str, Any]) -> Swap:
    data = bytes.fromhex(log["data"][2:])
    words = [data[i : i + 32] for i in range(0, 160, 32)]
    amount0, amount1, tick = (int.from_bytes(words[i], "big", signed=True) for i in (0, 1, 4))
    return Swap(
        amount0, amount1, int.from_bytes(words[2], "big"), int.from_bytes(words[3], "big"), tick
    )


def _runs(logs: list[dict[str, Any]]) -> dict[str, list[tuple[Swap, Swap]]]:
    """Return by pool the pairs of consecutive swaps with no liquidity event between them."""
    last: dict[str, Swap] = {}
    pairs: dict[str, list[tuple[Swap, Swap]]] = defaultdict(list)
    for log in logs:
        topic, pool = (log["topics"] or [""])[0], log["address"]
        if topic in (MINT, BURN):
            last.pop(pool, None)
        elif topic in (SWAP, PANCAKE_SWAP):
            swap = _swap_of(log)
            if pool in last:
                pairs[pool].append((last[pool], swap))
            last[pool] = swap
    return pairs


def _reproduces(before: Swap, after: Swap, fee: int, spacing: int) -> bool:
    """Whether the exact input or the exact output leads from one event to the other, whole."""
    pool = UniswapV3Pool(fee, spacing, before.sqrt_price_x96, before.tick, before.liquidity)
    zero_for_one = after.sqrt_price_x96 < before.sqrt_price_x96
    try:
        return any(
            pool.swap(zero_for_one, amount).event == after
            for amount in (after.amount0, after.amount1)
        )
    except QuoteRefused:
        return False


def test_every_run_of_swaps_follows_from_swap_to_swap(block_logs: Blocks) -> None:
    runs = 0
    for name, logs in block_logs():
        for pool, pairs in _runs(logs).items():
            assert all(before.liquidity == after.liquidity for before, after in pairs)
            explained = [
                all(_reproduces(before, after, fee, spacing) for before, after in pairs)
                for fee, spacing in TIERS.items()
            ]
            assert any(explained), (name, pool)
            runs += len(pairs)
    assert runs == 129
