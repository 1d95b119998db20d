"""Ticks and prices of Uniswap V3: tick t stands for the price 1.0001^t, kept as √price in Q64.96.

√(1.0001^-t) is the product of √(1.0001^-(2^i)) over the bits i of t, each factor a Q128.128 number
and each product truncated, low bit first; a positive tick is the reciprocal. The way back is the
greatest tick whose √price does not exceed the one given: a floating-point logarithm guesses it and
the exact function above decides, so the guess can cost a step but never the result.
"""

from functools import lru_cache
from math import floor, log2

from qenus.protocols.bounds import UINT128_MAX, UINT256_MAX, QuoteRefused

__all__ = [
    "MAX_SQRT_PRICE_X96",
    "MAX_TICK",
    "MIN_SQRT_PRICE_X96",
    "MIN_TICK",
    "max_liquidity_per_tick",
    "sqrt_price_at_tick",
    "tick_at_sqrt_price",
]

MIN_TICK = -887272
MAX_TICK = 887272
MIN_SQRT_PRICE_X96 = 4295128739
MAX_SQRT_PRICE_X96 = 1461446703485210103287273052203988822378723970342

# √(1.0001^-(2^i)) as Q128.128, i = 0..19: constants of the deployed contract, off the true value
# by less than one unit, in either direction; the tests recompute them.
_FACTORS = (
    0xFFFCB933BD6FAD37AA2D162D1A594001,
    0xFFF97272373D413259A46990580E213A,
    0xFFF2E50F5F656932EF12357CF3C7FDCC,
    0xFFE5CACA7E10E4E61C3624EAA0941CD0,
    0xFFCB9843D60F6159C9DB58835C926644,
    0xFF973B41FA98C081472E6896DFB254C0,
    0xFF2EA16466C96A3843EC78B326B52861,
    0xFE5DEE046A99A2A811C461F1969C3053,
    0xFCBE86C7900A88AEDCFFC83B479AA3A4,
    0xF987A7253AC413176F2B074CF7815E54,
    0xF3392B0822B70005940C7A398E4B70F3,
    0xE7159475A2C29B7443B29C7FA6E889D9,
    0xD097F3BDFD2022B8845AD8F792AA5825,
    0xA9F746462D870FDF8A65DC1F90E061E5,
    0x70D869A156D2A1B890BB3DF62BAF32F7,
    0x31BE135F97D08FD981231505542FCFA6,
    0x9AA508B5B7A84E1C677DE54F3E99BC9,
    0x5D6AF8DEDB81196699C329225EE604,
    0x2216E584F5FA1EA926041BEDFE98,
    0x48A170391F7DC42444E8FA2,
)
# log_1.0001(price) = 2 · log2(√price) / log2(1.0001)
_TICKS_PER_SQRT_OCTAVE = 2 / log2(1.0001)


@lru_cache(maxsize=1 << 16)
def sqrt_price_at_tick(tick: int) -> int:
    """Return √(1.0001^tick) in Q64.96, rounded up.

    Raises:
        QuoteRefused: the tick lies outside MIN_TICK..MAX_TICK.

    Source: Uniswap v3-core, TickMath.getSqrtRatioAtTick.
    """
    magnitude = -tick if tick < 0 else tick
    if magnitude > MAX_TICK:
        raise QuoteRefused(f"tick must lie in {MIN_TICK}..{MAX_TICK}, found {tick}")
    ratio_x128 = 1 << 128
    for bit, factor in enumerate(_FACTORS):
        if magnitude >> bit & 1:
            ratio_x128 = ratio_x128 * factor >> 128
    if tick > 0:
        ratio_x128 = UINT256_MAX // ratio_x128
    return (ratio_x128 + 0xFFFFFFFF) >> 32


def tick_at_sqrt_price(sqrt_price_x96: int) -> int:
    """Return the greatest tick whose √price is at most `sqrt_price_x96` (Q64.96).

    Raises:
        QuoteRefused: the price lies outside MIN_SQRT_PRICE_X96..MAX_SQRT_PRICE_X96 - 1.

    Source: Uniswap v3-core, TickMath.getTickAtSqrtRatio (by what it promises, not by its steps).
    """
    if not MIN_SQRT_PRICE_X96 <= sqrt_price_x96 < MAX_SQRT_PRICE_X96:
        raise QuoteRefused(f"√price out of range: {sqrt_price_x96}")
    tick = floor((log2(sqrt_price_x96) - 96) * _TICKS_PER_SQRT_OCTAVE)
    tick = min(max(tick, MIN_TICK), MAX_TICK - 1)
    while sqrt_price_at_tick(tick) > sqrt_price_x96:
        tick -= 1
    while sqrt_price_at_tick(tick + 1) <= sqrt_price_x96:
        tick += 1
    return tick


def max_liquidity_per_tick(tick_spacing: int, *, lowest_rounded_down: bool = False) -> int:
    """Return the liquidity (uint128) that positions may place at one tick of this spacing.

    What the pool can hold is shared out among its usable ticks. `lowest_rounded_down` counts them
    as Uniswap V4 does, one more below where the spacing does not divide the range.
    Source: Uniswap v3-core, Tick.tickSpacingToMaxLiquidityPerTick; v4-core, Pool.
    """
    above = MAX_TICK // tick_spacing
    below = -(MIN_TICK // tick_spacing) if lowest_rounded_down else above
    return UINT128_MAX // (below + above + 1)
