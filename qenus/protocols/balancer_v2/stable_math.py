"""Balancer V2's stable-swap curve: its invariant in two roundings, and a balance from it.

The older one rounds up where a swap asks for it; composable pools truncate every division. `amp` is
the amplification times 1000, balances have 18 decimals.
Source: Balancer v2 StableMath.
"""

from collections.abc import Sequence

from qenus.protocols.bounds import QuoteRefused

__all__ = ["AMP_PRECISION", "balance_at", "rounded_up_invariant", "truncated_invariant"]

AMP_PRECISION = 1000
_MAX_STEPS = 255


def truncated_invariant(amp: int, balances: Sequence[int]) -> int:
    """Return the invariant, truncated. Raises QuoteRefused: the steps do not end."""
    count, total = len(balances), sum(balances)
    invariant, amp_times_count = total, amp * len(balances)
    for _ in range(_MAX_STEPS):
        product = invariant
        for balance in balances:
            product = product * invariant // (balance * count)
        previous = invariant
        invariant = (
            (amp_times_count * total // AMP_PRECISION + product * count)
            * invariant
            // (
                (amp_times_count - AMP_PRECISION) * invariant // AMP_PRECISION
                + (count + 1) * product
            )
        )
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def rounded_up_invariant(amp: int, balances: Sequence[int]) -> int:
    """Return the invariant, rounded up. Raises QuoteRefused: the steps do not end."""
    count, total = len(balances), sum(balances)
    invariant, amp_times_count = total, amp * len(balances)
    for _ in range(_MAX_STEPS):
        # Here the product runs the other way: of the balances, over the invariant.
        product = balances[0] * count
        for balance in balances[1:]:
            product = -(-product * balance * count // invariant)
        previous = invariant
        numerator = count * invariant * invariant
        numerator += -(-amp_times_count * total * product // AMP_PRECISION)
        denominator = (count + 1) * invariant
        denominator += (amp_times_count - AMP_PRECISION) * product // AMP_PRECISION
        invariant = -(-numerator // denominator)
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def balance_at(amp: int, balances: Sequence[int], invariant: int, at: int) -> int:
    """Return the balance at an index that the invariant asks for, given the others.

    Raises QuoteRefused: the steps do not end.
    Source: Balancer v2 StableMath._getTokenBalanceGivenInvariantAndAllOtherBalances.
    """
    count = len(balances)
    amp_times_count = amp * count
    product = balances[0] * count
    for balance in balances[1:]:
        product = product * balance * count // invariant
    others = sum(balances) - balances[at]
    square = invariant * invariant
    constant = -(-square // (amp_times_count * product)) * AMP_PRECISION * balances[at]
    linear = others + invariant // amp_times_count * AMP_PRECISION
    found = -(-(square + constant) // (invariant + linear))
    for _ in range(_MAX_STEPS):
        previous = found
        found = -(-(found * found + constant) // (2 * found + linear - invariant))
        if abs(found - previous) <= 1:
            return found
    raise QuoteRefused("the balance does not converge: the contract reverts")
