"""What every pool offers, said once: quotes both ways, price, fee, and trades where they are exact.

Amounts are smallest units; tokens are their places in the pool. Most pools are `Pool`s. Where the
block's time decides, as in Curve's and Algebra's, a pool is a `TimedPool`; `AtTimestamp` (of
`depth`) makes it a `Pool` in the block of one timestamp. A pool whose trades depend on what is not
its own state, such as a referrer's share of the fee, is `Quotable` and no more. `depth` works on
all `Pool`s.
"""

from typing import Protocol, Self, runtime_checkable

__all__ = ["Pool", "Quotable", "TimedPool"]


@runtime_checkable
class Quotable(Protocol):
    """A pool that says what trades give. Every method raises QuoteRefused where none is had."""

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` brings."""
        ...

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return the least input that buys `amount_out`."""
        ...

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (out, in)."""
        ...

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade as an exact part: (parts, of how many)."""
        ...


@runtime_checkable
class Pool(Quotable, Protocol):
    """A pool whose state after a trade is known."""

    def trade(self, token_in: int, token_out: int, amount_in: int) -> tuple[Self, int]:
        """Return the pool after selling `amount_in`, and what that brings."""
        ...


@runtime_checkable
class TimedPool(Protocol):
    """A pool whose answers depend on the block's timestamp (UNIX seconds)."""

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings at that time."""
        ...

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input that buys `amount_out` at that time."""
        ...

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple[Self, int]:
        """Return the pool after selling `amount_in` at that time, and what that brings."""
        ...

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee at that time, exact: (out, in)."""
        ...

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the fee of a small trade at that time as an exact part: (parts, of how many)."""
        ...
