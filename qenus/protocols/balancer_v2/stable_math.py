"""Balancer V2's stable-swap curve: its invariant in two roundings, and a balance from it.

The older one rounds up where a swap asks for it; composable pools truncate every division. `amp` is
the amplification times 1000, balances have 18 decimals. Every product and sum is checked to stay in
uint256, every divisor to be something.
Source: Balancer v2 StableMath.
"""

from collections.abc import Sequence

from qenus.protocols.bounds import QuoteRefused, checked

__all__ = ["AMP_PRECISION", "balance_at", "rounded_up_invariant", "truncated_invariant"]

AMP_PRECISION = 1000
_MAX_STEPS = 255


def truncated_invariant(amp: int, balances: Sequence[int]) -> int:
    """Return the invariant, truncated.

    Raises:
        QuoteRefused: the contract would revert.
    """
    count, total = len(balances), checked(sum(balances))
    invariant, amp_times_count = total, amp * len(balances)
    leverage = checked(amp_times_count * total) // AMP_PRECISION
    for _ in range(_MAX_STEPS):
        product = invariant
        for balance in balances:
            product = checked(product * invariant) // _divisor(balance * count)
        previous = invariant
        invariant = checked(checked(leverage + product * count) * invariant) // _divisor(
            checked((amp_times_count - AMP_PRECISION) * invariant) // AMP_PRECISION
            + (count + 1) * product
        )
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def rounded_up_invariant(amp: int, balances: Sequence[int]) -> int:
    """Return the invariant, rounded up.

    Raises:
        QuoteRefused: the contract would revert.
    """
    count, total = len(balances), checked(sum(balances))
    invariant, amp_times_count = total, amp * len(balances)
    for _ in range(_MAX_STEPS):
        # Here the product runs the other way: of the balances, over the invariant.
        product = balances[0] * count
        for balance in balances[1:]:
            product = -(-checked(product * balance * count) // _divisor(invariant))
        previous = invariant
        numerator = checked(count * invariant * invariant)
        numerator += -(-checked(amp_times_count * total * product) // AMP_PRECISION)
        denominator = (count + 1) * invariant
        denominator += checked((amp_times_count - AMP_PRECISION) * product) // AMP_PRECISION
        invariant = -(-checked(numerator) // _divisor(denominator))
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def balance_at(amp: int, balances: Sequence[int], invariant: int, at: int) -> int:
    """Return the balance at an index that the invariant asks for, given the others.

    Raises:
        QuoteRefused: the contract would revert.

    Source: Balancer v2 StableMath._getTokenBalanceGivenInvariantAndAllOtherBalances.
    """
    count = len(balances)
    amp_times_count = amp * count
    product = balances[0] * count
    for balance in balances[1:]:
        product = checked(product * balance * count) // _divisor(invariant)
    others = checked(sum(balances)) - balances[at]
    square = checked(invariant * invariant)
    constant = -(-square // _divisor(checked(amp_times_count * product)))
    constant = checked(constant * AMP_PRECISION * balances[at])
    linear = others + invariant // amp_times_count * AMP_PRECISION
    found = -(-checked(square + constant) // _divisor(invariant + linear))
    for _ in range(_MAX_STEPS):
        previous = found
        divisor = 2 * found + linear - invariant
        if divisor <= 0:
            raise QuoteRefused("the step divides by nothing: the contract reverts")
        found = -(-checked(checked(found * found) + constant) // divisor)
        if abs(found - previous) <= 1:
            return found
    raise QuoteRefused("the balance does not converge: the contract reverts")


def _divisor(value: int) -> int:
    """Return what is divided by.

    Raises:
        QuoteRefused: it is zero, where the contract reverts.
    """
    if not value:
        raise QuoteRefused("a balance or the invariant is nothing: the contract divides by it")
    return value
