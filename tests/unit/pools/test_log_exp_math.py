"""LogExpMath against high-precision arithmetic: tables and powers."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qenus.protocols.balancer_v2.fixed_point import ONE
from qenus.protocols.balancer_v2.log_exp_math import _GREAT, _SMALL, power, power_down, power_up
from qenus.protocols.bounds import QuoteRefused


def test_each_tabled_power_is_that_of_e() -> None:
    with localcontext() as context:
        context.prec = 90
        for exponent, value in _GREAT:
            true = (Decimal(exponent) / ONE).exp()
            assert abs(true - value) / true < Decimal("1e-17")
        for exponent, value in _SMALL:
            true = (Decimal(exponent) / 10**20).exp() * 10**20
            assert abs(true - value) / true < Decimal("1e-17")


@given(st.integers(10**15, 10**24), st.integers(10**15, 5 * 10**18))
def test_the_true_power_lies_between_the_rounded_ones(base: int, exponent: int) -> None:
    with localcontext() as context:
        context.prec = 60
        true = (Decimal(base) / ONE) ** (Decimal(exponent) / ONE) * ONE
    assert power_down(base, exponent, shortcuts=False) <= true
    assert true <= power_up(base, exponent, shortcuts=False)


@given(st.integers(9 * 10**17 + 1, 11 * 10**17 - 1), st.integers(10**15, 5 * 10**18))
def test_near_one_the_finer_logarithm_holds_too(base: int, exponent: int) -> None:
    with localcontext() as context:
        context.prec = 60
        true = (Decimal(base) / ONE) ** (Decimal(exponent) / ONE) * ONE
    assert abs(power(base, exponent) - true) <= true * Decimal("1e-14") + 1


def test_shortcuts_multiply_out_the_powers_one_two_and_four() -> None:
    base = 1234567890123456789
    assert power_up(base, ONE, shortcuts=True) == base
    assert power_up(base, 2 * ONE, shortcuts=True) == -(-base * base // ONE)
    assert power_down(base, 2 * ONE, shortcuts=True) == base * base // ONE
    assert power_up(base, 4 * ONE, shortcuts=True) != power_up(base, 4 * ONE, shortcuts=False)


def test_powers_out_of_bounds_are_refused_and_trivial_ones_exact() -> None:
    assert power(0, ONE) == 0
    assert power(7, 0) == ONE
    with pytest.raises(QuoteRefused, match="out of bounds"):
        power(1 << 255, ONE)
    with pytest.raises(QuoteRefused, match="out of bounds"):
        power(10 * ONE, 100 * ONE)
