"""What the vault cannot note is refused: BalanceAllocation.toBalance reverts with BAL#526."""

from collections.abc import Callable

import pytest

from qenus.pools import BalancerStablePool, BalancerWeightedPool, InvariantVersion, QuoteRefused
from qenus.protocols.balancer_v2 import weighted_shares as shares
from qenus.protocols.balancer_v2.fixed_point import (
    divide_down,
    divide_up,
    multiply_down,
    multiply_up,
)
from qenus.protocols.balancer_v2.stable_math import rounded_up_invariant, truncated_invariant

ONE = 10**18
MOST = (1 << 112) - 1


def weighted(balances: tuple[int, int], weight: int = ONE // 2) -> BalancerWeightedPool:
    return BalancerWeightedPool.at(
        balances=balances, decimals=(18, 18), weights=(weight, ONE - weight), fee=10**15,
        shortcuts=True,
    )  # fmt: skip


def composable(balances: tuple[int, int, int], supply: int) -> BalancerStablePool:
    return BalancerStablePool.at(
        balances=balances, scaling=(ONE,) * 3, amp=200_000, fee=10**14, own_token=2, supply=supply,
        version=InvariantVersion.TRUNCATED,
    )  # fmt: skip


def test_a_cost_beyond_what_the_vault_notes_is_refused() -> None:
    heavy = weighted((10**24, 10**24), ONE // 100)
    # (1 / 0.7)^99 times the balance.
    with pytest.raises(QuoteRefused, match="BAL#526"):
        heavy.amount_in(0, 1, 3 * 10**23 - 1)
    assert heavy.amount_in(0, 1, 10**23) > 10**24


FULL = weighted((MOST - 10**20, 10**24))
FULL_STABLE = composable((MOST - 10**20, MOST - 10**20, 10**30), 10**34)
# (what is asked, an amount that the vault can note, one that it cannot)
EDGES: dict[str, tuple[Callable[[int], object], int, int]] = {
    "weighted, given in": (lambda n: FULL.amount_out(0, 1, n), 10**20, 10**20 + 1),
    "weighted, trade": (lambda n: FULL.trade(0, 1, n), 10**20, 10**20 + 1),
    "weighted, join": (
        lambda n: shares.shares_minted(FULL, 10**30, (n, 0)), 10**20, 10**20 + 1
    ),
    "weighted, join with one": (
        lambda n: shares.single_cost(FULL, 10**30, 0, n), 10**15, 10**18
    ),
    "weighted, join in proportion": (
        lambda n: shares.proportional_cost(FULL, 10**30, n), 10**16, 10**18
    ),
    "stable, given in": (lambda n: FULL_STABLE.amount_out(0, 1, n), 10**20, 10**20 + 1),
    "stable, given out": (lambda n: FULL_STABLE.amount_in(0, 1, n), 9 * 10**19, 10**20),
    "stable, trade": (lambda n: FULL_STABLE.trade(1, 0, n), 10**20, 10**20 + 1),
    "stable, join by swap": (lambda n: FULL_STABLE.amount_out(0, 2, n), 10**20, 10**20 + 1),
    "stable, shares by swap": (lambda n: FULL_STABLE.amount_in(0, 2, n), 10**18, 10**21),
    "stable, join": (lambda n: FULL_STABLE.join((n, 0, 0)), 10**20, 10**20 + 1),
}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
def test_the_last_amount_that_the_vault_notes_is_answered_and_the_next_is_refused(
    edge: str,
) -> None:
    ask, fits, does_not = EDGES[edge]
    ask(fits)
    with pytest.raises(QuoteRefused, match="BAL#526"):
        ask(does_not)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: multiply_up(1 << 200, 1 << 56), lambda: multiply_down(1 << 128, 1 << 128),
        lambda: divide_up((1 << 256) // ONE + 1, 7), lambda: divide_down(1 << 240, 7),
        lambda: divide_up(1, 0), lambda: divide_down(1, 0),
    ],
)  # fmt: skip
def test_a_product_beyond_a_word_is_refused(operation: Callable[[], int]) -> None:
    # FixedPoint: MUL_OVERFLOW, DIV_INTERNAL, ZERO_DIVISION
    with pytest.raises(QuoteRefused, match=r"uint256|zero"):
        operation()


def test_products_that_fill_a_word_are_answered() -> None:
    most = (1 << 256) - 1
    assert multiply_down(most, 1) == most // ONE
    assert multiply_up(most, 1) == most // ONE + 1
    assert divide_down(most // ONE, ONE) == most // ONE


def test_an_invariant_whose_steps_leave_a_word_is_refused() -> None:
    # Math.mul(D_P, invariant) of balances with 18 decimals of a token that has none.
    for invariant in (truncated_invariant, rounded_up_invariant):
        with pytest.raises(QuoteRefused, match="uint256"):
            invariant(200_000, [MOST * ONE, MOST * ONE])
        with pytest.raises(QuoteRefused, match="nothing"):
            invariant(200_000, [0, 0])
