"""One step of a swap: from the current √price towards a target within one range of liquidity.

A step either reaches its target (`whole_step`) or ends short of it (`short_step`); `swap_step` asks
which. An input that covers a whole step and its fee, both rounded up, is exactly one whose part
after the fee, rounded down, covers the step: the contract asks the latter, the former is at hand.
Uniswap V4 moves the price alike and counts the fee of a step that ends short in another way
(`short_step_v4`); it also knows a fee of 100 %, which no input covers.
Source: Uniswap v3-core and v4-core, SwapMath.computeSwapStep.
"""

from collections.abc import Callable

from qenus.protocols.uniswap_v3.sqrt_price_math import (
    amount0_between,
    amount1_between,
    next_sqrt_price_from_input,
    next_sqrt_price_from_output,
)

__all__ = [
    "FEE_UNIT",
    "NEVER_COVERED",
    "ShortStep",
    "short_step",
    "short_step_v4",
    "swap_step",
    "whole_step",
]

# Fees are hundredths of a basis point: 3000 is 0.3 %.
FEE_UNIT = 1_000_000
# More than any amount: at a fee of 100 % no input covers a step that takes something.
NEVER_COVERED = 1 << 256

# (√price, target, liquidity, remaining, fee) -> (√price after, amount in, amount out, fee amount)
ShortStep = Callable[[int, int, int, int, int], tuple[int, int, int, int]]


def swap_step(
    sqrt_price_x96: int,
    target_x96: int,
    liquidity: int,
    remaining: int,
    fee: int,
    short: ShortStep | None = None,
) -> tuple[int, int, int, int]:
    """Return (√price after in Q64.96, amount in, amount out, fee amount), in smallest units.

    `remaining` > 0 is an exact input still to be sold, < 0 an exact output still to be bought; the
    fee (hundredths of a basis point) is taken on top of the amount in. `short` counts a step that
    ends short of its target, `short_step` if not given.
    """
    amount_in, amount_out, fee_amount = whole_step(sqrt_price_x96, target_x96, liquidity, fee)
    if remaining >= amount_in + fee_amount if remaining >= 0 else -remaining >= amount_out:
        return target_x96, amount_in, amount_out, fee_amount
    return (short or short_step)(sqrt_price_x96, target_x96, liquidity, remaining, fee)


def whole_step(
    sqrt_price_x96: int, target_x96: int, liquidity: int, fee: int
) -> tuple[int, int, int]:
    """Return (amount in, amount out, fee amount) of a step that reaches its target.

    A step that takes nothing costs nothing, also at a fee of 100 %.
    """
    if sqrt_price_x96 >= target_x96:
        amount_in = amount0_between(target_x96, sqrt_price_x96, liquidity, True)
        amount_out = amount1_between(target_x96, sqrt_price_x96, liquidity, False)
    else:
        amount_in = amount1_between(sqrt_price_x96, target_x96, liquidity, True)
        amount_out = amount0_between(sqrt_price_x96, target_x96, liquidity, False)
    if fee == FEE_UNIT:
        return amount_in, amount_out, NEVER_COVERED if amount_in else 0
    return amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))


def short_step(
    sqrt_price_x96: int, target_x96: int, liquidity: int, remaining: int, fee: int
) -> tuple[int, int, int, int]:
    """Return what `swap_step` does for an amount that does not cover the whole step."""
    zero_for_one = sqrt_price_x96 >= target_x96
    if remaining >= 0:
        after_fee = remaining * (FEE_UNIT - fee) // FEE_UNIT
        price = next_sqrt_price_from_input(sqrt_price_x96, liquidity, after_fee, zero_for_one)
    else:
        price = next_sqrt_price_from_output(sqrt_price_x96, liquidity, -remaining, zero_for_one)
    if zero_for_one:
        amount_in = amount0_between(price, sqrt_price_x96, liquidity, True)
        amount_out = amount1_between(price, sqrt_price_x96, liquidity, False)
    else:
        amount_in = amount1_between(sqrt_price_x96, price, liquidity, True)
        amount_out = amount0_between(sqrt_price_x96, price, liquidity, False)
    if remaining < 0:
        # Rounding of the price may free a little more than was asked for.
        amount_out = min(amount_out, -remaining)
    elif price != target_x96:
        # Short of the target everything is spent: what the price did not take is fee.
        return price, amount_in, amount_out, remaining - amount_in
    return price, amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))


def short_step_v4(
    sqrt_price_x96: int, target_x96: int, liquidity: int, remaining: int, fee: int
) -> tuple[int, int, int, int]:
    """Return what Uniswap V4 does for an amount that does not cover the whole step.

    Of an exact input all that is left after the fee counts as put in, also what rounding of the
    price did not take. Sum and price are V3's.
    """
    price, amount_in, amount_out, fee_amount = short_step(
        sqrt_price_x96, target_x96, liquidity, remaining, fee
    )
    if remaining >= 0:
        amount_in = remaining * (FEE_UNIT - fee) // FEE_UNIT
        fee_amount = remaining - amount_in
    return price, amount_in, amount_out, fee_amount
