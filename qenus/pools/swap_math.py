"""One step of a swap: from the current √price towards a target within one range of liquidity.

A step either reaches its target (`whole_step`) or ends short of it (`short_step`); `swap_step` asks
which. An input that covers a whole step and its fee, both rounded up, is exactly one whose part
after the fee, rounded down, covers the step: the contract asks the latter, the former is at hand.
Source: Uniswap v3-core, SwapMath.computeSwapStep.
"""

from qenus.pools.sqrt_price_math import (
    amount0_between,
    amount1_between,
    next_sqrt_price_from_input,
    next_sqrt_price_from_output,
)

__all__ = ["FEE_UNIT", "short_step", "swap_step", "whole_step"]

# Fees are hundredths of a basis point: 3000 is 0.3 %.
FEE_UNIT = 1_000_000


def swap_step(
    sqrt_price_x96: int, target_x96: int, liquidity: int, remaining: int, fee: int
) -> tuple[int, int, int, int]:
    """Return (√price after in Q64.96, amount in, amount out, fee amount), in smallest units.

    `remaining` > 0 is an exact input still to be sold, < 0 an exact output still to be bought; the
    fee (hundredths of a basis point) is taken on top of the amount in.
    """
    amount_in, amount_out, fee_amount = whole_step(sqrt_price_x96, target_x96, liquidity, fee)
    if remaining >= amount_in + fee_amount if remaining >= 0 else -remaining >= amount_out:
        return target_x96, amount_in, amount_out, fee_amount
    return short_step(sqrt_price_x96, target_x96, liquidity, remaining, fee)


def whole_step(
    sqrt_price_x96: int, target_x96: int, liquidity: int, fee: int
) -> tuple[int, int, int]:
    """Return (amount in, amount out, fee amount) of a step that reaches its target."""
    if sqrt_price_x96 >= target_x96:
        amount_in = amount0_between(target_x96, sqrt_price_x96, liquidity, True)
        amount_out = amount1_between(target_x96, sqrt_price_x96, liquidity, False)
    else:
        amount_in = amount1_between(sqrt_price_x96, target_x96, liquidity, True)
        amount_out = amount0_between(sqrt_price_x96, target_x96, liquidity, False)
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
