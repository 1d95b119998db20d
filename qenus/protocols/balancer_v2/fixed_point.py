"""Balancer V2's numbers: 18 decimals, each operation rounded up or down by name.

Source: Balancer v2 FixedPoint.
"""

from qenus.protocols.bounds import QuoteRefused

__all__ = ["ONE", "complement", "divide_down", "divide_up", "multiply_down", "multiply_up"]

ONE = 10**18


def multiply_down(a: int, b: int) -> int:
    """Return a·b, truncated."""
    return a * b // ONE


def multiply_up(a: int, b: int) -> int:
    """Return a·b, rounded up."""
    return -(-a * b // ONE)


def divide_down(a: int, b: int) -> int:
    """Return a/b, truncated. Raises QuoteRefused: division by zero."""
    if not b:
        raise QuoteRefused("division by zero")
    return a * ONE // b


def divide_up(a: int, b: int) -> int:
    """Return a/b, rounded up. Raises QuoteRefused: division by zero."""
    if not b:
        raise QuoteRefused("division by zero")
    return -(-a * ONE // b)


def complement(a: int) -> int:
    """Return 1 - a, or 0 where that is negative."""
    return max(ONE - a, 0)
