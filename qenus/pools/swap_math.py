"""One step of a swap: from the current √price towards a target within one range of liquidity."""

from qenus.pools.sqrt_price_math import (
    amount0_between,
    amount1_between,
    next_sqrt_price_from_input,
    next_sqrt_price_from_output,
)

__all__ = ["FEE_UNIT", "swap_step"]

# Fees are hundredths of a basis point: 3000 is 0.3 %.
FEE_UNIT = 1_000_000


def swap_step(
    sqrt_price_x96: int, target_x96: int, liquidity: int, remaining: int, fee: int
) -> tuple[int, int, int, int]:
    """Return (√price after in Q64.96, amount in, amount out, fee amount), in smallest units.

    `remaining` > 0 is an exact input still to be sold, < 0 an exact output still to be bought; the
    fee (hundredths of a basis point) is taken on top of the amount in.
    Source: Uniswap v3-core, SwapMath.computeSwapStep.
    """
    zero_for_one = sqrt_price_x96 >= target_x96
    low, high = (target_x96, sqrt_price_x96) if zero_for_one else (sqrt_price_x96, target_x96)
    # Token0 comes in when the price falls, token1 when it rises.
    between_in, between_out = (
        (amount0_between, amount1_between) if zero_for_one else (amount1_between, amount0_between)
    )
    if remaining >= 0:
        after_fee = remaining * (FEE_UNIT - fee) // FEE_UNIT
        amount_in = between_in(low, high, liquidity, True)
        if after_fee >= amount_in:
            amount_out = between_out(low, high, liquidity, False)
            return target_x96, amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))
        price = next_sqrt_price_from_input(sqrt_price_x96, liquidity, after_fee, zero_for_one)
        low, high = (price, sqrt_price_x96) if zero_for_one else (sqrt_price_x96, price)
        if price != target_x96:
            amount_in = between_in(low, high, liquidity, True)
            # Short of the target everything is spent: what the price did not take is fee.
            return (
                price, amount_in, between_out(low, high, liquidity, False), remaining - amount_in
            )  # fmt: skip
        amount_out = between_out(low, high, liquidity, False)
    else:
        wanted = -remaining
        amount_out = between_out(low, high, liquidity, False)
        if wanted >= amount_out:
            price = target_x96
        else:
            price = next_sqrt_price_from_output(sqrt_price_x96, liquidity, wanted, zero_for_one)
            low, high = (price, sqrt_price_x96) if zero_for_one else (sqrt_price_x96, price)
            if price != target_x96:
                # Rounding of the price may free a little more than was asked for.
                amount_out = min(between_out(low, high, liquidity, False), wanted)
            else:
                amount_out = min(amount_out, wanted)
        amount_in = between_in(low, high, liquidity, True)
    return price, amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))
