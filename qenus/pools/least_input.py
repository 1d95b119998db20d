"""The least input for an output, where a contract only answers the output of an input.

Rounding can make a quote fall by a unit where the input grows by one, so bisection alone could end
beside the least input; the search therefore ends with a short walk downwards.
"""

from collections.abc import Callable

from qenus.pools.bounds import QuoteRefused

__all__ = ["least_input"]

# A quote of integers falls back over a few units of input at most.
_WALK = 8


def least_input(quote: Callable[[int], int], wanted: int, limit: int) -> int:
    """Return the least input <= limit whose quote is at least `wanted`.

    Raises QuoteRefused: no input up to `limit` gives that much.
    """
    low, high = 0, 1
    while _given(quote, high) < wanted:
        low, high = high, high * 2
        if high > limit:
            raise QuoteRefused(f"no input gives {wanted}")
    while high - low > 1:
        middle = (low + high) // 2
        if _given(quote, middle) >= wanted:
            high = middle
        else:
            low = middle
    for lower in range(high - 1, max(high - _WALK, 0), -1):
        if _given(quote, lower) >= wanted:
            high = lower
    return high


def _given(quote: Callable[[int], int], amount: int) -> int:
    try:
        return quote(amount)
    except QuoteRefused:
        return 0
