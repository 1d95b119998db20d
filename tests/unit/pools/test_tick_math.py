"""Tick maths against high-precision arithmetic of another library."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qenus.pools import QuoteRefused
from qenus.protocols.uniswap_v3.tick_math import (
    _FACTORS,
    MAX_SQRT_PRICE_X96,
    MAX_TICK,
    MIN_SQRT_PRICE_X96,
    MIN_TICK,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
)


def test_each_factor_is_the_root_of_a_power_of_the_tick_base() -> None:
    with localcontext() as context:
        context.prec = 90
        for bit, factor in enumerate(_FACTORS):
            true = Decimal("1.0001") ** (-Decimal(1 << bit) / 2) * (1 << 128)
            assert abs(true - factor) < 1, bit


def test_the_limits_of_the_tick_range_have_the_limits_of_the_price_range() -> None:
    assert sqrt_price_at_tick(MIN_TICK) == MIN_SQRT_PRICE_X96
    assert sqrt_price_at_tick(MAX_TICK) == MAX_SQRT_PRICE_X96
    assert sqrt_price_at_tick(0) == 1 << 96


@given(st.integers(MIN_TICK, MAX_TICK))
def test_a_price_is_within_a_millionth_of_a_basis_point_of_the_true_power(tick: int) -> None:
    with localcontext() as context:
        context.prec = 90
        true = Decimal("1.0001") ** (Decimal(tick) / 2) * (1 << 96)
        # Near MIN_TICK one unit of Q64.96 is itself some 2e-10 of the price.
        assert abs(sqrt_price_at_tick(tick) - true) <= true * Decimal("1e-10") + 1


@given(st.integers(MIN_TICK, MAX_TICK - 1))
def test_a_tick_spans_from_its_own_price_to_one_below_the_next(tick: int) -> None:
    assert tick_at_sqrt_price(sqrt_price_at_tick(tick)) == tick
    assert tick_at_sqrt_price(sqrt_price_at_tick(tick + 1) - 1) == tick


@pytest.mark.parametrize("tick", [MIN_TICK - 1, MAX_TICK + 1])
def test_a_tick_beyond_the_range_is_refused(tick: int) -> None:
    with pytest.raises(QuoteRefused, match=str(tick)):
        sqrt_price_at_tick(tick)


@pytest.mark.parametrize("price", [MIN_SQRT_PRICE_X96 - 1, MAX_SQRT_PRICE_X96])
def test_a_price_beyond_the_range_is_refused(price: int) -> None:
    with pytest.raises(QuoteRefused, match=str(price)):
        tick_at_sqrt_price(price)
