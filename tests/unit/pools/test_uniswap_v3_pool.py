"""What a V3 pool's value promises: bounds at the door, exact undo, mints and burns that cancel."""

import pytest

from qenus.pools import (
    OutOfBounds,
    QuoteRefused,
    Swap,
    TickLiquidity,
    UniswapV3Pool,
    UniswapV4Pool,
    depth,
)
from qenus.protocols.uniswap_v3.tick_math import MAX_SQRT_PRICE_X96, MIN_SQRT_PRICE_X96

Q96 = 1 << 96
POOL = UniswapV3Pool.at(
    fee=3000,
    tick_spacing=60,
    sqrt_price_x96=Q96,
    tick=0,
    liquidity=10**18,
    ticks={-600: TickLiquidity(10**18, 10**18), 600: TickLiquidity(-(10**18), 10**18)},
)


def test_a_burn_of_what_was_minted_gives_the_pool_before() -> None:
    minted = POOL.apply_liquidity(-120, 600, 5 * 10**17)
    assert minted.liquidity == 15 * 10**17
    assert minted.ticks == (-600, -120, 600)
    assert minted.nets == (10**18, 5 * 10**17, -15 * 10**17)
    assert minted.grosses == (10**18, 5 * 10**17, 15 * 10**17)
    assert minted.apply_liquidity(-120, 600, -5 * 10**17) == POOL


def test_liquidity_out_of_range_changes_ticks_and_not_what_stands_in_range() -> None:
    above = POOL.apply_liquidity(60, 120, 7)
    assert above.liquidity == POOL.liquidity
    assert above.ticks == (-600, 60, 120, 600)
    at_upper_edge = POOL.apply_liquidity(-60, 0, 7)
    assert at_upper_edge.liquidity == POOL.liquidity


def test_what_is_minted_out_of_range_is_paid_in_one_token() -> None:
    amount0, amount1 = POOL.liquidity_amounts(60, 120, 10**18)
    assert amount0 > 0
    assert amount1 == 0
    amount0, amount1 = POOL.liquidity_amounts(-120, -60, 10**18)
    assert amount0 == 0
    assert amount1 > 0


def test_a_mint_costs_at_most_one_unit_more_than_its_burn_returns() -> None:
    for lower, upper in ((-600, 600), (-60, 60), (60, 120), (-120, -60)):
        paid = POOL.liquidity_amounts(lower, upper, 10**15 + 7)
        owed = POOL.liquidity_amounts(lower, upper, -(10**15 + 7))
        assert all(0 <= p - o <= 1 for p, o in zip(paid, owed, strict=True))


def test_a_swap_leaves_the_value_it_started_from_as_it_was() -> None:
    before = UniswapV3Pool(*(getattr(POOL, name) for name in POOL.__struct_fields__))
    swapped = POOL.swap(True, 10**16)
    assert before == POOL
    assert swapped.pool.sqrt_price_x96 < POOL.sqrt_price_x96
    assert POOL.apply_swap(swapped.event) == swapped.pool


def test_crossing_the_last_tick_leaves_no_liquidity_and_ends_at_the_limit() -> None:
    swapped = POOL.swap(True, 10**18)
    assert swapped.crossings == 1
    assert swapped.event.liquidity == 0
    assert swapped.event.sqrt_price_x96 == MIN_SQRT_PRICE_X96 + 1
    assert swapped.event.amount0 < 10**18


def test_a_limit_ends_a_swap_at_exactly_that_price() -> None:
    limit = Q96 * 999 // 1000
    assert POOL.swap(True, 10**30, limit).event.sqrt_price_x96 == limit


@pytest.mark.parametrize(
    ("zero_for_one", "amount", "limit"),
    [
        (True, 0, None),
        (True, 1 << 255, None),
        (True, 1, Q96),
        (True, 1, MIN_SQRT_PRICE_X96),
        (False, 1, Q96),
        (False, 1, MAX_SQRT_PRICE_X96),
    ],
)
def test_what_the_contract_reverts_is_refused(
    zero_for_one: bool, amount: int, limit: int | None
) -> None:
    with pytest.raises(QuoteRefused):
        POOL.swap(zero_for_one, amount, limit)


@pytest.mark.parametrize(
    ("lower", "upper", "change"),
    [(60, 60, 1), (120, 60, 1), (-61, 60, 1), (-887280, 60, 1), (-600, 600, -(10**18) - 1),
     (-600, 600, 1 << 128), (0, 60, -1)],
)  # fmt: skip
def test_impossible_liquidity_events_are_out_of_bounds(lower: int, upper: int, change: int) -> None:
    with pytest.raises(OutOfBounds):
        POOL.apply_liquidity(lower, upper, change)


@pytest.mark.parametrize(
    "event",
    [
        Swap(1, -1, MIN_SQRT_PRICE_X96 - 1, 1, -887272),
        Swap(1, -1, MAX_SQRT_PRICE_X96, 1, 887271),
        Swap(1, -1, Q96, 1 << 128, 0),
        Swap(1, -1, Q96, 1, 1),
        Swap(1, -1, Q96, 1, -2),
    ],
)
def test_impossible_swap_events_are_out_of_bounds(event: Swap) -> None:
    with pytest.raises(OutOfBounds):
        POOL.apply_swap(event)


def test_a_swap_that_ends_on_a_tick_from_above_may_leave_the_tick_below() -> None:
    assert POOL.apply_swap(Swap(1, -1, Q96, 10**18, -1)).tick == -1


@pytest.mark.parametrize(
    "change",
    [{"fee": 1_000_000}, {"tick_spacing": 0}, {"tick": 1}, {"liquidity": 1},
     {"sqrt_price_x96": 1.0}, {"ticks": {-600: TickLiquidity(10**18, 10**18)}},
     {"ticks": {-601: TickLiquidity(10**18, 10**18), 600: TickLiquidity(-(10**18), 10**18)}},
     {"ticks": {-600: TickLiquidity(10**18, 10**17), 600: TickLiquidity(-(10**18), 10**18)}}],
)  # fmt: skip
def test_an_impossible_state_is_out_of_bounds(change: dict[str, object]) -> None:
    state: dict[str, object] = {
        "fee": 3000, "tick_spacing": 60, "sqrt_price_x96": Q96, "tick": 0, "liquidity": 10**18,
        "ticks": {-600: TickLiquidity(10**18, 10**18), 600: TickLiquidity(-(10**18), 10**18)},
    }  # fmt: skip
    with pytest.raises(OutOfBounds):
        UniswapV3Pool.at(**(state | change))  # type: ignore[arg-type]


def test_depth_is_refused_where_the_liquidity_ends_first() -> None:
    # The ticks at -600 and 600 bound all liquidity: 582 basis points down, 618 up.
    assert depth(POOL, 0, 1, 580) > 0
    for moved in (590, 5000):
        with pytest.raises(QuoteRefused, match="liquidity ends"):
            depth(POOL, 0, 1, moved)


def test_amounts_are_int256_of_each_contracts_own_sign() -> None:
    # Held against bytecode in tests/interop/devnet/pools/test_caller_bounds.py.
    pool = UniswapV3Pool(3000, 60, 1 << 96, 0, 0).apply_liquidity(-600, 600, 10**18)
    lowest, v4 = -(1 << 255), UniswapV4Pool.at(pool)
    assert pool.swap(True, lowest).event == pool.swap(True, lowest + 1).event
    assert v4.swap(True, -lowest).event == v4.swap(True, -lowest - 1).event
    for swap, amount in ((pool.swap, lowest - 1), (pool.swap, -lowest), (v4.swap, lowest)):
        with pytest.raises(QuoteRefused):
            swap(True, amount)
