"""Each rounding of √price maths against exact fractions, in the pool's favour."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qenus.pools import QuoteRefused
from qenus.protocols.uniswap_v3.sqrt_price_math import (
    amount0_between,
    amount1_between,
    next_sqrt_price_from_input,
    next_sqrt_price_from_output,
)
from qenus.protocols.uniswap_v3.swap_math import short_step, swap_step, whole_step
from qenus.protocols.uniswap_v3.tick_math import MAX_SQRT_PRICE_X96, MIN_SQRT_PRICE_X96

Q96 = 1 << 96
prices = st.integers(1 << 64, 1 << 128)
liquidities = st.integers(1, 1 << 120)
amounts = st.integers(1, 1 << 120)


@given(prices, prices, liquidities)
def test_amounts_between_prices_are_the_true_ones_rounded(a: int, b: int, liquidity: int) -> None:
    low, high = sorted((a, b))
    token0 = Fraction(liquidity * Q96, low) - Fraction(liquidity * Q96, high)
    token1 = Fraction(liquidity * (high - low), Q96)
    assert amount0_between(low, high, liquidity, True) == ceil(token0)
    assert amount0_between(low, high, liquidity, False) == floor(token0)
    assert amount1_between(low, high, liquidity, True) == ceil(token1)
    assert amount1_between(low, high, liquidity, False) == floor(token1)


@given(prices, liquidities, amounts)
def test_an_input_moves_the_price_no_further_than_paid_for(
    price: int, liquidity: int, amount: int
) -> None:
    assume((liquidity << 96) + amount * price < 1 << 256)
    exact0 = Fraction(liquidity * Q96 * price, liquidity * Q96 + amount * price)
    assert next_sqrt_price_from_input(price, liquidity, amount, True) == ceil(exact0)
    exact1 = price + Fraction(amount * Q96, liquidity)
    assume(exact1 < 1 << 160)
    assert next_sqrt_price_from_input(price, liquidity, amount, False) == floor(exact1)


@given(prices, liquidities, amounts)
def test_an_output_moves_the_price_at_least_as_far_as_it_takes(
    price: int, liquidity: int, amount: int
) -> None:
    exact1 = price - Fraction(amount * Q96, liquidity)
    if floor(exact1) > 0:
        assert next_sqrt_price_from_output(price, liquidity, amount, True) == floor(exact1)
    else:
        with pytest.raises(QuoteRefused):
            next_sqrt_price_from_output(price, liquidity, amount, True)
    if amount * price < liquidity * Q96:
        exact0 = Fraction(liquidity * Q96 * price, liquidity * Q96 - amount * price)
        assume(exact0 < (1 << 160) - 1)
        assert next_sqrt_price_from_output(price, liquidity, amount, False) == ceil(exact0)
    else:
        with pytest.raises(QuoteRefused):
            next_sqrt_price_from_output(price, liquidity, amount, False)


def test_beyond_256_bits_the_coarser_formula_is_taken() -> None:
    liquidity, price, amount = 1 << 127, 3 << 158, (1 << 100) + 9
    assert (liquidity << 96) + amount * price >= 1 << 256
    coarse = Fraction(liquidity * Q96, liquidity * Q96 // price + amount)
    fine = Fraction(liquidity * Q96 * price, liquidity * Q96 + amount * price)
    found = next_sqrt_price_from_input(price, liquidity, amount, True)
    assert found == ceil(coarse)
    assert found != ceil(fine)


def test_nothing_moves_nothing() -> None:
    assert next_sqrt_price_from_input(Q96, 5, 0, True) == Q96
    assert next_sqrt_price_from_output(Q96, 5, 0, False) == Q96
    assert MIN_SQRT_PRICE_X96 < Q96 < MAX_SQRT_PRICE_X96


@given(
    prices, prices, liquidities, amounts, st.sampled_from((1, -1)), st.sampled_from((0, 100, 3000))
)
def test_a_step_spends_and_gives_no_more_than_asked_and_pays_its_fee(
    price: int, target: int, liquidity: int, amount: int, sign: int, fee: int
) -> None:
    after, paid, got, fee_paid = swap_step(price, target, liquidity, sign * amount, fee)
    if sign > 0:
        assert paid + fee_paid <= amount
        if after != target:
            assert paid + fee_paid == amount
        # The contract's own question: does the amount less fee cover the step?
        covered = amount * (10**6 - fee) // 10**6 >= whole_step(price, target, liquidity, fee)[0]
        assert (after == target) == covered or price == target
    else:
        assert got <= amount
        if after != target:
            assert got == amount
            assert short_step(price, target, liquidity, -amount, fee) == (
                after, paid, got, fee_paid
            )  # fmt: skip
    assert fee_paid * (10**6 - fee) >= paid * fee
    assert min(price, target) <= after <= max(price, target)


@given(prices, prices, liquidities, st.sampled_from((0, 100, 3000)))
def test_an_amount_that_covers_a_step_exactly_reaches_the_target_and_one_less_does_not(
    price: int, target: int, liquidity: int, fee: int
) -> None:
    paid, got, fee_paid = whole_step(price, target, liquidity, fee)
    assume(got > 0)
    whole = (target, paid, got, fee_paid)
    assert swap_step(price, target, liquidity, paid + fee_paid, fee) == whole
    assert swap_step(price, target, liquidity, -got, fee) == whole
    assert swap_step(price, target, liquidity, paid + fee_paid - 1, fee)[0] != target


def test_an_exact_cover_is_the_whole_step_also_where_rounding_would_lead_elsewhere() -> None:
    # One unit of liquidity: the input, rounded up, would by itself carry the price beyond.
    price, target = 10 << 96, 9 << 96
    assert whole_step(price, target, 1, 0) == (1, 1, 0)
    assert swap_step(price, target, 1, 1, 0) == (target, 1, 1, 0)
    assert short_step(price, target, 1, 1, 0)[0] < target
