"""The least input for an output, where a contract only answers the output of an input.

Two things stand in the way of plain bisection: rounding can make a quote fall by a unit where the
input grows by one, and a contract may revert for one input in a thousand and answer its neighbours.
So a refused input is judged by the next ones above it, and the search ends with a look around.
"""

from collections.abc import Callable

from qenus.protocols.bounds import QuoteRefused

__all__ = ["least_input"]

# A quote of integers falls back over a few units of input at most.
_WALK = 8
_NEIGHBOURS = 4


def least_input(quote: Callable[[int], int], wanted: int, limit: int) -> int:
    """Return the least input <= limit whose quote is at least `wanted`.

    Raises:
        QuoteRefused: no input up to `limit` gives that much.
    """
    low, high = 0, 1
    while not _enough(quote, high, wanted):
        low, high = high, high * 2
        if high > limit:
            raise QuoteRefused(f"no input gives {wanted}")
    while high - low > 1:
        middle = (low + high) // 2
        if _enough(quote, middle, wanted):
            high = middle
        else:
            low = middle
    around = range(max(high - _WALK, 1), high + _NEIGHBOURS)
    return next(amount for amount in around if _given(quote, amount) >= wanted)


def _enough(quote: Callable[[int], int], amount: int, wanted: int) -> bool:
    """Return whether an input gives enough, or the first above it that is not refused does."""
    for candidate in range(amount, amount + _NEIGHBOURS):
        given = _given(quote, candidate)
        if given >= 0:
            return given >= wanted
    return False


def _given(quote: Callable[[int], int], amount: int) -> int:
    """Return the quote, -1 where it is refused."""
    try:
        return quote(amount)
    except QuoteRefused:
        return -1
