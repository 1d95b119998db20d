"""How far trades move a price: the marginal price after an amount, and the depth of a pool.

Prices are exact ratios without fee, smallest units out for smallest units in. A pool that swaps to
a price limit knows its depth itself; of others, whose price after a trade is a function of the
amount that only falls, the amount is found by bisection.
"""

from typing import Generic, Protocol, TypeVar, runtime_checkable

from attrs import frozen

from qenus.protocols.bounds import UINT112_MAX, QuoteRefused, check_integer
from qenus.protocols.pool import Pool, TimedPool

__all__ = ["BASIS_POINTS", "AtTimestamp", "depth", "marginal_price_after"]

BASIS_POINTS = 10_000

T = TypeVar("T", bound=TimedPool)
# Not `Pool` itself: mypy would infer nothing of a pool that is made within the call.
P = TypeVar("P", bound=Pool)


@runtime_checkable
class KnowsDepth(Protocol):
    """A pool that computes its depth without a search."""

    def depth(self, token_in: int, token_out: int, basis_points: int) -> int:
        """Return the least input that lowers the marginal price by `basis_points` or more.

        Raises:
            QuoteRefused: no trade moves the price that far.
        """
        ...


@frozen
class AtTimestamp(Generic[T]):
    """A timed pool in a block of one timestamp (UNIX seconds), tradable as any other."""

    pool: T
    timestamp: int

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` brings."""
        return self.pool.amount_out(token_in, token_out, amount_in, self.timestamp)

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return the least input that buys `amount_out`."""
        return self.pool.amount_in(token_in, token_out, amount_out, self.timestamp)

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade as an exact part: (parts, of how many)."""
        return self.pool.fee_share_at(token_in, token_out, self.timestamp)

    def trade(self, token_in: int, token_out: int, amount_in: int) -> "tuple[AtTimestamp[T], int]":
        """Return the pool after selling `amount_in`, and what that brings."""
        after, amount_out = self.pool.exchange(token_in, token_out, amount_in, self.timestamp)
        return AtTimestamp(after, self.timestamp), amount_out

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee as (out, in)."""
        return self.pool.spot_price_at(token_in, token_out, self.timestamp)


def marginal_price_after(
    pool: P,  # pyright: ignore[reportInvalidTypeVarUse]
    token_in: int,
    token_out: int,
    amount_in: int,
) -> tuple[int, int]:
    """Return the marginal price, (out, in) exact, that is left after selling `amount_in`.

    Raises:
        QuoteRefused: the pool would revert.
    """
    after, _ = pool.trade(token_in, token_out, amount_in)
    return after.spot_price(token_in, token_out)


def depth(
    pool: P,  # pyright: ignore[reportInvalidTypeVarUse]
    token_in: int,
    token_out: int,
    basis_points: int,
) -> int:
    """Return the least input that lowers the marginal price by `basis_points` or more.

    In smallest units of the token sold, fees included.

    Raises:
        QuoteRefused: no trade moves the price that far.
    """
    check_integer("basis_points", basis_points, 1, BASIS_POINTS - 1)
    if isinstance(pool, KnowsDepth):
        return pool.depth(token_in, token_out, basis_points)
    out, scale = pool.spot_price(token_in, token_out)
    kept = BASIS_POINTS - basis_points

    def moved(amount: int) -> bool:
        try:
            now, now_scale = marginal_price_after(pool, token_in, token_out, amount)
        except QuoteRefused:
            return False
        return now * scale * BASIS_POINTS <= out * now_scale * kept

    low, high = 0, 1
    while not moved(high):
        low, high = high, high * 2
        if high > UINT112_MAX:
            raise QuoteRefused(f"no trade moves the price by {basis_points} basis points")
    while high - low > 1:
        middle = (low + high) // 2
        if moved(middle):
            high = middle
        else:
            low = middle
    return high
