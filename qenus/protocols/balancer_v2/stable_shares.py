"""Shares of Balancer V2's composable stable pools: what they cost and bring, one token or several.

What is put in or taken out in the pool's own proportions is free; what goes beyond them is a trade
and pays the swap fee. Everything here has 18 decimals and leaves out the pool's own token; `supply`
is the shares in circulation, that is without those that the vault keeps for the pool. The invariant
is the truncated one, which all composable pools have; the contract asks for it before and after
each of these, and reverts where its steps do not end.
Source: Balancer v2 StableMath.
"""

from collections.abc import Sequence

from qenus.protocols.balancer_v2.fixed_point import (
    ONE,
    complement,
    divide_down,
    divide_up,
    less,
    multiply_down,
    multiply_up,
)
from qenus.protocols.balancer_v2.stable_math import balance_at, truncated_invariant
from qenus.protocols.bounds import QuoteRefused, checked

__all__ = ["proportional_worth", "shares_burnt", "shares_minted", "token_cost", "token_worth"]


def shares_minted(
    amp: int, balances: Sequence[int], amounts_in: Sequence[int], supply: int, fee: int
) -> int:
    """Return the shares that exactly these amounts mint.

    Raises:
        QuoteRefused: the contract would revert.

    Source: StableMath._calcBptOutGivenExactTokensIn.
    """
    total, before = checked(sum(balances)), truncated_invariant(amp, balances)
    ratios = [
        divide_down(balance + amount, balance)
        for balance, amount in zip(balances, amounts_in, strict=True)
    ]
    grown = sum(
        multiply_down(ratio, divide_down(balance, total))
        for ratio, balance in zip(ratios, balances, strict=True)
    )
    after = []
    for balance, amount, ratio in zip(balances, amounts_in, ratios, strict=True):
        counted = amount
        if ratio > grown:
            free = multiply_down(balance, less(grown, ONE))
            counted = free + multiply_down(less(amount, free), ONE - fee)
        after.append(balance + counted)
    ratio = divide_down(truncated_invariant(amp, after), before)
    _settle(amp, [balance + amount for balance, amount in zip(balances, amounts_in, strict=True)])
    return multiply_down(supply, ratio - ONE) if ratio > ONE else 0


def shares_burnt(
    amp: int, balances: Sequence[int], amounts_out: Sequence[int], supply: int, fee: int
) -> int:
    """Return the shares that exactly these amounts cost.

    Raises:
        QuoteRefused: the contract would revert.

    Source: StableMath._calcBptInGivenExactTokensOut.
    """
    total, before = checked(sum(balances)), truncated_invariant(amp, balances)
    ratios = [
        divide_up(less(balance, amount), balance)
        for balance, amount in zip(balances, amounts_out, strict=True)
    ]
    shrunk = sum(
        multiply_up(ratio, divide_up(balance, total))
        for ratio, balance in zip(ratios, balances, strict=True)
    )
    after = []
    for balance, amount, ratio in zip(balances, amounts_out, ratios, strict=True):
        counted = amount
        if shrunk > ratio:
            free = multiply_down(balance, complement(shrunk))
            counted = free + divide_up(less(amount, free), ONE - fee)
        after.append(less(balance, counted))
    _settle(amp, after)
    ratio = divide_down(truncated_invariant(amp, after), before)
    _settle(amp, [balance - amount for balance, amount in zip(balances, amounts_out, strict=True)])
    return multiply_up(supply, complement(ratio))


def token_cost(
    amp: int, balances: Sequence[int], at: int, shares: int, supply: int, fee: int
) -> int:
    """Return what exactly `shares` cost in the token at index `at` alone.

    Raises:
        QuoteRefused: the contract would revert.

    Source: StableMath._calcTokenInGivenExactBptOut.
    """
    before = truncated_invariant(amp, balances)
    wanted = multiply_up(divide_up(checked(supply + shares), supply), before)
    without_fee = less(balance_at(amp, balances, wanted, at), balances[at])
    taxed = multiply_up(without_fee, complement(divide_down(balances[at], sum(balances))))
    cost = less(without_fee, taxed) + divide_up(taxed, ONE - fee)
    _settle(amp, [balance + cost * (at == index) for index, balance in enumerate(balances)])
    return cost


def token_worth(
    amp: int, balances: Sequence[int], at: int, shares: int, supply: int, fee: int
) -> int:
    """Return what exactly `shares` bring in the token at index `at` alone.

    Raises:
        QuoteRefused: the contract would revert.

    Source: StableMath._calcTokenOutGivenExactBptIn.
    """
    before = truncated_invariant(amp, balances)
    wanted = multiply_up(divide_up(less(supply, shares), supply), before)
    without_fee = less(balances[at], balance_at(amp, balances, wanted, at))
    taxed = multiply_up(without_fee, complement(divide_down(balances[at], sum(balances))))
    worth = less(without_fee, taxed) + multiply_down(taxed, ONE - fee)
    _settle(amp, [balance - worth * (at == index) for index, balance in enumerate(balances)])
    return worth


def proportional_worth(amp: int, balances: Sequence[int], shares: int, supply: int) -> list[int]:
    """Return what exactly `shares` bring in all tokens.

    Raises:
        QuoteRefused: the contract would revert.

    Source: BasePoolMath.computeProportionalAmountsOut.
    """
    _settle(amp, balances)
    ratio = divide_down(shares, supply)
    worth = [multiply_down(balance, ratio) for balance in balances]
    _settle(amp, list(map(less, balances, worth)))
    return worth


def _settle(amp: int, balances: Sequence[int]) -> None:
    """Check that the invariant of these balances can be computed.

    Raises:
        QuoteRefused: it cannot.
    """
    if any(balances):
        if not all(balances):
            raise QuoteRefused("a balance would be nothing: the contract divides by it")
        truncated_invariant(amp, balances)
