"""Algebra V1 pools (Camelot V3, QuickSwap V3): Uniswap V3's maths with a fee that moves.

Price movement, ticks and rounding are Uniswap V3's; there is one fee for each direction. In a pool
with adaptive fees the first swap of a block computes them anew from the pool's own record of
volatility, before it trades: fees are certain only in the block (by timestamp) that set them, or
when they were read from the contract for it. Elsewhere a quote is refused.
Source: cryptoalgebra/Algebra, AlgebraPool and PriceMovementMath.
"""

import msgspec

from qenus.pools.bounds import QuoteRefused, check_amount, check_range
from qenus.pools.uniswap_v3 import Swap, Swapped, UniswapV3Pool

__all__ = ["AlgebraPool"]

_UINT16_MAX = (1 << 16) - 1
_INT256_MAX = (1 << 255) - 1


class AlgebraPool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `liquidity` is price, ticks and liquidity as a Uniswap V3 pool, whose own fee is not used;
    fees are in hundredths of a basis point, certain for the block with the timestamp `fees_at`.
    """

    liquidity: UniswapV3Pool
    fee_zero_to_one: int
    fee_one_to_zero: int
    fees_at: int
    adaptive: bool = True

    @classmethod
    def at(
        cls,
        liquidity: UniswapV3Pool,
        *,
        fees: tuple[int, int],
        fees_at: int,
        adaptive: bool = True,
    ) -> "AlgebraPool":
        """Return the pool with this state; `fees` are (zero to one, one to zero).

        Raises OutOfBounds: a fee is no uint16, or the timestamp no uint32.
        """
        for fee in fees:
            check_range("fee", fee, 0, _UINT16_MAX)
        check_range("fees_at", fees_at, 0, (1 << 32) - 1)
        return cls(liquidity, *fees, fees_at, adaptive)

    def swap(
        self,
        zero_for_one: bool,
        amount: int,
        sqrt_price_limit_x96: int | None = None,
        *,
        timestamp: int,
    ) -> Swapped:
        """Return what a swap does in a block of this timestamp; `amount` as in Uniswap V3's.

        Raises QuoteRefused: the fee of that block is not known, or the contract would revert.
        """
        if self.adaptive and timestamp != self.fees_at:
            raise QuoteRefused(
                f"fees were set at {self.fees_at}; the first swap at {timestamp} sets them anew "
                "from the pool's volatility: read them from the contract for that block"
            )
        fee = self.fee_zero_to_one if zero_for_one else self.fee_one_to_zero
        return self.liquidity.swap_at_fee(fee, zero_for_one, amount, sqrt_price_limit_x96)

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        Raises QuoteRefused: the fee of that block is not known, the pool cannot take that much, or
        the contract would revert.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what buying exactly `amount_out` of token `token_out` (0 or 1) costs.

        Raises QuoteRefused: the fee of that block is not known, the pool cannot give that much,
        or the contract would revert.
        """
        zero_for_one = token_in < token_out
        check_amount("amount_out", amount_out, _INT256_MAX)
        event = self.swap(zero_for_one, -amount_out, timestamp=timestamp).event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if got != amount_out:
            raise QuoteRefused(f"the pool can give no more than {got} of token {token_out}")
        return paid

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[AlgebraPool, int]":
        """Return the pool after selling exactly `amount_in` at that time, and what that brings.

        Raises QuoteRefused: the fee of that block is not known, the pool cannot take that much, or
        the contract would revert.
        """
        zero_for_one = token_in < token_out
        check_amount("amount_in", amount_in, _INT256_MAX)
        event = self.swap(zero_for_one, amount_in, timestamp=timestamp).event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if paid != amount_in:
            raise QuoteRefused(f"the pool can take no more than {paid} of token {token_in}")
        return self.apply_swap(event, timestamp), got

    def spot_price_at(self, token_in: int, token_out: int, _: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact; it does not depend on the time."""
        return self.spot_price(token_in, token_out)

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        return self.liquidity.spot_price(token_in, token_out)

    def apply_swap(self, event: Swap, timestamp: int) -> "AlgebraPool":
        """Return the pool after its own Swap event; from then on the block's fees are certain."""
        return AlgebraPool(
            self.liquidity.apply_swap(event), self.fee_zero_to_one, self.fee_one_to_zero, timestamp,
            self.adaptive,
        )  # fmt: skip

    def apply_fee(
        self, fee_zero_to_one: int, fee_one_to_zero: int, timestamp: int
    ) -> "AlgebraPool":
        """Return the pool after its own Fee event. Raises OutOfBounds: a fee is no uint16."""
        return self.at(
            self.liquidity, fees=(fee_zero_to_one, fee_one_to_zero), fees_at=timestamp,
            adaptive=self.adaptive,
        )  # fmt: skip

    def apply_liquidity(self, tick_lower: int, tick_upper: int, change: int) -> "AlgebraPool":
        """Return the pool after a Mint (change > 0) or Burn (change < 0) of liquidity.

        Raises OutOfBounds: as Uniswap V3's.
        """
        return msgspec.structs.replace(
            self, liquidity=self.liquidity.apply_liquidity(tick_lower, tick_upper, change)
        )
