"""Balancer V2's numbers: 18 decimals, each operation rounded up or down by name.

Operands are unsigned words; a product, or a numerator times 10^18, that leaves uint256 reverts, and
so does a difference below zero.
Source: Balancer v2 FixedPoint, Math.
"""

from qenus.protocols.bounds import QuoteRefused, checked

__all__ = [
    "ONE",
    "complement",
    "divide_down",
    "divide_up",
    "less",
    "multiply_down",
    "multiply_up",
]

ONE = 10**18


def multiply_down(a: int, b: int) -> int:
    """Return a·b, truncated.

    Raises:
        QuoteRefused: overflow.
    """
    return checked(a * b) // ONE


def multiply_up(a: int, b: int) -> int:
    """Return a·b, rounded up.

    Raises:
        QuoteRefused: overflow.
    """
    return -(-checked(a * b) // ONE)


def divide_down(a: int, b: int) -> int:
    """Return a/b, truncated.

    Raises:
        QuoteRefused: division by zero, overflow.
    """
    if not b:
        raise QuoteRefused("division by zero")
    return checked(a * ONE) // b


def divide_up(a: int, b: int) -> int:
    """Return a/b, rounded up.

    Raises:
        QuoteRefused: division by zero, overflow.
    """
    if not b:
        raise QuoteRefused("division by zero")
    return -(-checked(a * ONE) // b)


def complement(a: int) -> int:
    """Return 1 - a, or 0 where that is negative."""
    return max(ONE - a, 0)


def less(a: int, b: int) -> int:
    """Return a - b.

    Raises:
        QuoteRefused: it would be negative, where the contract reverts.
    """
    if b > a:
        raise QuoteRefused("more is asked for than there is: the contract reverts")
    return a - b
