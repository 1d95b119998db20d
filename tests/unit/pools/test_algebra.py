"""Algebra pools: Uniswap V3's movement, a fee for each direction, certain only in its own block."""

import pytest

from qenus.pools import AlgebraPool, OutOfBounds, QuoteRefused, TickLiquidity, UniswapV3Pool

NOW = 1_700_000_000


def liquidity(fee: int) -> UniswapV3Pool:
    return UniswapV3Pool.at(
        fee=fee, tick_spacing=60, sqrt_price_x96=1 << 96, tick=0, liquidity=10**18,
        ticks={-600: TickLiquidity(10**18, 10**18), 600: TickLiquidity(-(10**18), 10**18)},
    )  # fmt: skip


POOL = AlgebraPool.at(liquidity(0), fees=(100, 2500), fees_at=NOW)


def test_each_direction_trades_at_its_own_fee() -> None:
    for zero_for_one, fee in ((True, 100), (False, 2500)):
        for amount in (10**15, -(10**15), 10**19):
            uniswap = liquidity(fee).swap(zero_for_one, amount)
            assert POOL.swap(zero_for_one, amount, timestamp=NOW).event == uniswap.event


def test_quotes_are_those_of_the_swap() -> None:
    assert POOL.amount_out(1, 0, 10**15, NOW) == liquidity(2500).amount_out(1, 0, 10**15)
    assert POOL.amount_in(0, 1, 10**15, NOW) == liquidity(100).amount_in(0, 1, 10**15)


def test_an_adaptive_fee_of_another_block_is_refused_until_the_block_has_set_it() -> None:
    with pytest.raises(QuoteRefused, match="sets them anew"):
        POOL.amount_out(0, 1, 10**15, NOW + 1)
    updated = POOL.apply_fee(150, 160, NOW + 1)
    assert updated.amount_out(0, 1, 10**15, NOW + 1) == liquidity(150).amount_out(0, 1, 10**15)
    event = liquidity(100).swap(True, 10**15).event
    swapped = POOL.apply_swap(event, NOW + 2)
    assert swapped.liquidity.sqrt_price_x96 == event.sqrt_price_x96
    assert swapped.amount_out(0, 1, 10**15, NOW + 2) > 0
    fixed = AlgebraPool.at(liquidity(0), fees=(100, 2500), fees_at=NOW, adaptive=False)
    assert fixed.amount_out(0, 1, 10**15, NOW + 99) == POOL.amount_out(0, 1, 10**15, NOW)


def test_liquidity_events_undo_each_other() -> None:
    assert POOL.apply_liquidity(-60, 60, 5).apply_liquidity(-60, 60, -5) == POOL


def test_more_than_the_pool_holds_and_impossible_fees_are_refused() -> None:
    with pytest.raises(QuoteRefused, match="no more than"):
        POOL.amount_in(0, 1, 10**30, NOW)
    with pytest.raises(OutOfBounds, match="fee"):
        POOL.apply_fee(1 << 16, 0, NOW)
