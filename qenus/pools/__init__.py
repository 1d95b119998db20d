"""Pools, exact to the wei: one file a family, each pool an immutable value.

A pool's value changes by what its own events say (`apply_*`) and answers what a trade would give
(`amount_out`, `amount_in`, `swap`) with the contract's own integer rounding. Applying returns a new
value and leaves the old one as it was: keeping it is the exact undo. No clock, no I/O, no floats
that decide.
"""

from qenus.pools.bounds import OutOfBounds, QuoteRefused
from qenus.pools.uniswap_v2 import PairSwap, UniswapV2Pair
from qenus.pools.uniswap_v3 import Swap, Swapped, TickLiquidity, UniswapV3Pool

__all__ = [
    "OutOfBounds",
    "PairSwap",
    "QuoteRefused",
    "Swap",
    "Swapped",
    "TickLiquidity",
    "UniswapV2Pair",
    "UniswapV3Pool",
]
