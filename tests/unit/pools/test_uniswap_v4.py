"""V4 pools: recorded swaps from one to the next, protocol fees, and hooks that forbid a quote."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from qenus.pools import (
    DYNAMIC_FEE,
    OutOfBounds,
    QuoteRefused,
    Swap,
    TickLiquidity,
    UniswapV3Pool,
    UniswapV4Pool,
    pool_id,
)

SWAP = "0x40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f"
POOL_MANAGER = "0x000000000004444c5dc75cb358380d2e3de08a90"
ETH, USDC, USDT = (
    bytes(20),
    bytes.fromhex("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"),
    bytes.fromhex("dac17f958d2ee523a2206206994597c13d831ec7"),
)

Blocks = Callable[[], Iterator[tuple[str, list[dict[str, Any]]]]]


def liquidity(fee: int) -> UniswapV3Pool:
    return UniswapV3Pool.at(
        fee=fee, tick_spacing=60, sqrt_price_x96=1 << 96, tick=0, liquidity=10**18,
        ticks={-600: TickLiquidity(10**18, 10**18), 600: TickLiquidity(-(10**18), 10**18)},
    )  # fmt: skip


def read_swap(log: dict[str, Any]) -> tuple[Swap, int]:
    """(the event with the signs of V3, the fee of the swap)."""
    data = bytes.fromhex(log["data"][2:])
    words = [int.from_bytes(data[i : i + 32], "big", signed=True) for i in range(0, 192, 32)]
    # V4 counts from the swapper's side.
    return Swap(-words[0], -words[1], words[2], words[3], words[4]), words[5]


def test_recorded_swaps_of_a_pool_follow_from_one_to_the_next(block_logs: Blocks) -> None:
    swaps: dict[str, list[tuple[Swap, int]]] = defaultdict(list)
    for name, logs in block_logs():
        if name.startswith(("22431083", "22431084")):
            for log in logs:
                if log["address"] == POOL_MANAGER and log["topics"][0] == SWAP:
                    swaps[log["topics"][1]].append(read_swap(log))
    (run,) = (one for one in swaps.values() if len(one) > 1)
    assert len(run) == 4
    for (before, _), (after, fee) in pairwise(run):
        pool = UniswapV4Pool.at(
            UniswapV3Pool(fee, 200, before.sqrt_price_x96, before.tick, before.liquidity)
        )
        zero_for_one = after.sqrt_price_x96 < before.sqrt_price_x96
        assert after in [
            pool.swap(zero_for_one, amount).event for amount in (after.amount0, after.amount1)
        ]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        # Pools named in the logs of blocks 22431084 and 22162263.
        ((ETH, USDC, 500, 10), "21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27"),
        ((ETH, USDT, 500, 10), "72331fcb696b0151904c03584b66dc8365bc63f8a144d89a773384e3a579ca73"),
        ((USDC, USDT, 10, 1), "8aa4e11cbdf30eedc92100f4c8a31ff748e201d44712cc8c90d189edaa8e4e47"),
    ],
)
def test_a_pools_name_is_the_hash_of_its_key(key: tuple[bytes, bytes, int, int], name: str) -> None:
    assert pool_id(*key, bytes(20)).hex() == name


def test_the_protocols_fee_joins_the_providers_by_direction() -> None:
    pool = UniswapV4Pool.at(liquidity(3000), protocol_fees=(1000, 250))
    # 1000 + 3000 - 3 and 250 + 3000 - 0.75 truncated: what the protocol takes bears no second fee.
    assert (pool.swap_fee(True), pool.swap_fee(False)) == (3997, 3250)
    for zero_for_one, fee in ((True, 3997), (False, 3250)):
        for amount in (10**15, -(10**15)):
            event = pool.swap(zero_for_one, amount).event
            assert event == liquidity(fee).swap(zero_for_one, amount).event


@pytest.mark.parametrize(
    ("flags", "quotable"),
    [(0, True), (1 << 7, False), (1 << 3, False), (1 << 2, False), (1 << 6, True), (1 << 13, True),
     (0x3FFF, False)],
)  # fmt: skip
def test_a_pool_whose_hook_can_change_a_swap_is_never_quoted(flags: int, quotable: bool) -> None:
    hooks = bytes(18) + flags.to_bytes(2, "big")
    pool = UniswapV4Pool.at(liquidity(3000), hooks=hooks)
    assert pool.is_quotable is quotable
    if not quotable:
        with pytest.raises(QuoteRefused, match="may change what a swap does"):
            pool.amount_out(0, 1, 10**15)
        assert pool.apply_swap(liquidity(3000).swap(True, 10**15).event).liquidity.tick < 0


def test_quotes_promise_whole_amounts_only() -> None:
    pool = UniswapV4Pool.at(liquidity(3000))
    assert pool.amount_out(0, 1, 10**15) == liquidity(3000).amount_out(0, 1, 10**15)
    assert pool.amount_in(0, 1, 10**15) == liquidity(3000).amount_in(0, 1, 10**15)
    with pytest.raises(QuoteRefused, match="can take no more"):
        pool.amount_out(0, 1, 10**30)
    with pytest.raises(QuoteRefused, match="can give no more"):
        pool.amount_in(0, 1, 10**30)
    with pytest.raises(QuoteRefused, match="can take no more"):
        pool.amount_out(0, 1, 1 << 127)


# What is left after the fee is the input, the rest is fee: SwapMath.computeSwapStep of v4-core.
@pytest.mark.parametrize(("amount", "paid"), [(1000, 3), (10, 1), (1, 1)])
def test_an_input_that_ends_inside_a_step_pays_the_rest_as_fee(amount: int, paid: int) -> None:
    deep = UniswapV3Pool(3000, 60, 1 << 96, 0, 0).apply_liquidity(-887220, 887220, 1 << 100)
    for zero_for_one in (True, False):
        swapped = UniswapV4Pool.at(deep).swap(zero_for_one, amount)
        assert swapped.fee_paid == paid
        assert swapped.event[not zero_for_one] == amount
        # V3 calls fee also what rounding of the price did not take.
        v3 = deep.swap(zero_for_one, amount)
        assert v3.event == swapped.event
        assert v3.fee_paid >= paid


@pytest.mark.parametrize(
    ("fee", "protocol_fee"), [(1_000_000, 0), (1_000_000, 1000), (999_999, 1), (999_999, 1000)]
)
def test_a_fee_of_all_leaves_the_price_and_refuses_exact_outputs(
    fee: int, protocol_fee: int
) -> None:
    # ProtocolFeeLibrary.calculateSwapFee truncates what is counted twice: it may round up to all.
    pool = UniswapV4Pool.at(liquidity(0), fee=fee, protocol_fees=(protocol_fee, protocol_fee))
    for zero_for_one in (True, False):
        assert pool.swap_fee(zero_for_one) == 1_000_000
        swapped = pool.swap(zero_for_one, 12345)
        amounts = (12345, 0) if zero_for_one else (0, 12345)
        # On the way down the tick itself is passed, at no cost.
        assert swapped.event == (*amounts, 1 << 96, 10**18, -1 if zero_for_one else 0)
        assert swapped.fee_paid == 12345
        # InvalidFeeForExactOut
        with pytest.raises(QuoteRefused, match="100 %"):
            pool.swap(zero_for_one, -1)
    assert pool.amount_out(0, 1, 12345) == 0
    with pytest.raises(QuoteRefused, match="100 %"):
        pool.amount_in(1, 0, 5)


def test_at_a_fee_of_all_the_price_still_moves_over_what_holds_no_liquidity() -> None:
    empty = UniswapV3Pool(0, 60, 1 << 96, 0, 0).apply_liquidity(120, 180, 10**18)
    pool = UniswapV4Pool.at(empty, fee=1_000_000)
    swapped = pool.swap(False, 777)
    assert (swapped.event.tick, swapped.event.liquidity, swapped.fee_paid) == (120, 10**18, 777)
    for _ in range(2):
        # Also where the steps are remembered.
        assert pool.swap(True, 777).event[:2] == (0, 0)
    with pytest.raises(OutOfBounds, match="fee"):
        pool.apply_fees(1_000_001, (0, 0))


def test_a_burn_is_refused_where_the_manager_could_not_note_what_it_frees() -> None:
    # Bought where token0 is dear, freed where it is cheap: more than an int128.
    wide = UniswapV4Pool.at(UniswapV3Pool(3000, 60, 1 << 96, 0, 0))
    pool, *_ = wide.mint(-887220, 887220, 1 << 100)
    poor = pool.apply_swap(Swap(1, -1, 1 << 40, 1 << 100, -776364))
    with pytest.raises(QuoteRefused, match="int128"):
        poor.burn(-887220, 887220, 1 << 100, position=1 << 100)
    assert poor.burn(-887220, 887220, 1 << 60, position=1 << 100)[1] > 1 << 110


def test_a_swap_is_refused_where_the_manager_could_not_note_what_it_moves() -> None:
    most = 887220
    deep = UniswapV3Pool(3000, 60, 1 << 96, 0, 0).apply_liquidity(-most, most, 1 << 70)
    pool = UniswapV4Pool.at(deep)
    assert pool.swap(True, (1 << 127) - 1).event.amount0 == (1 << 127) - 1
    # Asked for more than can be, a pool gives all it has; what that costs is beyond an int128.
    for zero_for_one in (True, False):
        for amount in (1 << 200, -(1 << 71)):
            paid = deep.swap(zero_for_one, amount).event[not zero_for_one]
            assert paid > 1 << 127
            with pytest.raises(QuoteRefused, match="int128"):
                pool.swap(zero_for_one, amount)


def test_events_change_fees_and_liquidity_and_what_is_impossible_is_refused() -> None:
    pool = UniswapV4Pool.at(liquidity(3000))
    assert pool.apply_fees(500, (1, 2)) == UniswapV4Pool.at(liquidity(500), protocol_fees=(1, 2))
    assert pool.apply_liquidity(-60, 60, 5).apply_liquidity(-60, 60, -5) == pool
    with pytest.raises(OutOfBounds, match="protocol fee"):
        pool.apply_fees(500, (1001, 0))
    with pytest.raises(OutOfBounds, match="hooks"):
        UniswapV4Pool.at(liquidity(0), hooks=b"")
    with pytest.raises(OutOfBounds, match="currency0"):
        pool_id(b"", USDC, DYNAMIC_FEE, 60, bytes(20))
