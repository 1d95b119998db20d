"""Joins and exits of Balancer V2 weighted pools: shares for tokens and tokens for shares.

What is put in or taken out in the pool's own proportions is free; what goes beyond them is a trade
and pays the swap fee. Amounts are in smallest units in the pool's order, shares have 18 decimals.
What the vault could not note afterwards is refused.
`supply` is the shares that exist once protocol fees due were minted: where the protocol takes none,
the token's total supply.
Source: Balancer v2 WeightedMath and BasePoolMath as of pool version 3.
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
from qenus.protocols.balancer_v2.log_exp_math import power_down, power_up
from qenus.protocols.balancer_v2.vault import check_all_notable, check_notable
from qenus.protocols.balancer_v2.weighted_pool import BalancerWeightedPool
from qenus.protocols.bounds import UINT112_MAX, QuoteRefused, check_amount, check_integer, checked

__all__ = [
    "proportional_cost",
    "proportional_worth",
    "shares_burnt",
    "shares_minted",
    "single_cost",
    "single_worth",
]

# By how much one token alone may let the invariant grow or shrink.
_MAX_GROWTH = 3 * ONE
_MIN_SHRINKAGE = 7 * 10**17


def shares_minted(pool: BalancerWeightedPool, supply: int, amounts_in: Sequence[int]) -> int:
    """Return the shares that exactly these amounts mint.

    Raises:
        QuoteRefused: the contract would revert.

    Source: WeightedMath._calcBptOutGivenExactTokensIn.
    """
    balances, amounts = _scaled(pool, supply, amounts_in)
    check_all_notable(pool.balances, amounts_in)
    ratios = [
        divide_down(balance + amount, balance)
        for balance, amount in zip(balances, amounts, strict=True)
    ]
    grown = sum(map(multiply_down, ratios, pool.weights))
    ratio = ONE
    for balance, amount, own, weight in zip(balances, amounts, ratios, pool.weights, strict=True):
        counted = amount
        if own > grown:
            free = multiply_down(balance, grown - ONE) if grown > ONE else 0
            counted -= multiply_up(less(amount, free), pool.fee)
        power = power_down(
            divide_down(balance + counted, balance), weight, shortcuts=pool.shortcuts
        )
        ratio = multiply_down(ratio, power)
    minted = multiply_down(supply, ratio - ONE) if ratio > ONE else 0
    checked(supply + minted)
    return minted


def shares_burnt(pool: BalancerWeightedPool, supply: int, amounts_out: Sequence[int]) -> int:
    """Return the shares that exactly these amounts cost.

    Raises:
        QuoteRefused: the contract would revert.

    Source: WeightedMath._calcBptInGivenExactTokensOut.
    """
    balances, amounts = _scaled(pool, supply, amounts_out)
    ratios = [
        divide_up(less(balance, amount), balance)
        for balance, amount in zip(balances, amounts, strict=True)
    ]
    shrunk = sum(map(multiply_up, ratios, pool.weights))
    ratio = ONE
    for balance, amount, own, weight in zip(balances, amounts, ratios, pool.weights, strict=True):
        counted = amount
        if shrunk > own:
            free = multiply_down(balance, complement(shrunk))
            counted = free + divide_up(less(amount, free), complement(pool.fee))
        left = divide_down(less(balance, counted), balance)
        ratio = multiply_down(ratio, power_down(left, weight, shortcuts=pool.shortcuts))
    return multiply_up(supply, complement(ratio))


def single_cost(pool: BalancerWeightedPool, supply: int, token: int, shares: int) -> int:
    """Return what exactly `shares` cost in one token alone.

    Raises:
        QuoteRefused: the invariant would triple, or the contract would revert.

    Source: WeightedMath._calcTokenInGivenExactBptOut.
    """
    balance, weight = _of_token(pool, supply, token)
    ratio = divide_up(checked(supply + _checked(shares)), supply)
    if ratio > _MAX_GROWTH:
        raise QuoteRefused("the invariant would more than triple")
    grown = power_up(ratio, divide_up(ONE, weight), shortcuts=pool.shortcuts)
    without_fee = multiply_up(balance, grown - ONE)
    taxed = multiply_up(without_fee, complement(weight))
    cost = less(without_fee, taxed) + divide_up(taxed, complement(pool.fee))
    cost = -(-cost // pool.scaling[token])
    check_notable(pool.balances[token], cost)
    return cost


def single_worth(pool: BalancerWeightedPool, supply: int, token: int, shares: int) -> int:
    """Return what exactly `shares` bring in one token alone.

    Raises:
        QuoteRefused: more than 30 % of the invariant would go, or the contract would revert.

    Source: WeightedMath._calcTokenOutGivenExactBptIn.
    """
    balance, weight = _of_token(pool, supply, token)
    ratio = divide_up(less(supply, _checked(shares)), supply)
    if ratio < _MIN_SHRINKAGE:
        raise QuoteRefused("the invariant would shrink by more than 30 %")
    left = power_up(ratio, divide_down(ONE, weight), shortcuts=pool.shortcuts)
    without_fee = multiply_down(balance, complement(left))
    taxed = multiply_up(without_fee, complement(weight))
    kept = multiply_up(taxed, complement(pool.fee))
    return (less(without_fee, taxed) + kept) // pool.scaling[token]


def proportional_cost(pool: BalancerWeightedPool, supply: int, shares: int) -> tuple[int, ...]:
    """Return what exactly `shares` cost in all tokens.

    Raises:
        QuoteRefused: the contract would revert.

    Source: BasePoolMath.computeProportionalAmountsIn.
    """
    _refuse_paused(pool)
    _check_supply(supply)
    ratio = divide_up(_checked(shares), supply)
    checked(supply + shares)
    cost = tuple(
        -(-multiply_up(balance * scale, ratio) // scale)
        for balance, scale in zip(pool.balances, pool.scaling, strict=True)
    )
    check_all_notable(pool.balances, cost)
    return cost


def proportional_worth(pool: BalancerWeightedPool, supply: int, shares: int) -> tuple[int, ...]:
    """Return what exactly `shares` bring in all tokens.

    Raises:
        QuoteRefused: the contract would revert.

    Source: BasePoolMath.computeProportionalAmountsOut.
    """
    _refuse_paused(pool)
    _check_supply(supply)
    ratio = divide_down(_checked(shares), supply)
    less(supply, shares)
    return tuple(
        multiply_down(balance * scale, ratio) // scale
        for balance, scale in zip(pool.balances, pool.scaling, strict=True)
    )


def _scaled(
    pool: BalancerWeightedPool, supply: int, amounts: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return balances and amounts with 18 decimals."""
    if len(amounts) != len(pool.balances):
        raise QuoteRefused(f"expected {len(pool.balances)} amounts, found {len(amounts)}")
    _refuse_paused(pool)
    _check_supply(supply)
    for amount in amounts:
        check_integer("amount", amount, 0, UINT112_MAX)
    return (
        [balance * scale for balance, scale in zip(pool.balances, pool.scaling, strict=True)],
        [amount * scale for amount, scale in zip(amounts, pool.scaling, strict=True)],
    )


def _of_token(pool: BalancerWeightedPool, supply: int, token: int) -> tuple[int, int]:
    _refuse_paused(pool)
    _check_supply(supply)
    check_integer("token", token, 0, len(pool.balances) - 1)
    return pool.balances[token] * pool.scaling[token], pool.weights[token]


def _refuse_paused(pool: BalancerWeightedPool) -> None:
    if pool.paused:
        raise QuoteRefused("the pool is paused")


def _check_supply(supply: int) -> None:
    check_integer("supply", supply, 1)


def _checked(shares: int) -> int:
    return check_amount("shares", shares)
