"""Algebra V1 pools (Camelot V3, QuickSwap V3): Uniswap V3's maths with a fee that moves.

Price movement, ticks and rounding are Uniswap V3's; there is one fee for each direction. In a pool
with adaptive fees the first swap of a block computes them anew from the pool's own record of
volatility, before it trades: fees are certain in the block (by timestamp) that set them, when they
were read from the contract for it, or when that record is at hand. Elsewhere a quote is refused.
The record is kept from swaps, mints and burns and the times of their blocks (`algebra_volatility`).
Source: cryptoalgebra/Algebra, AlgebraPool and PriceMovementMath.
"""

import msgspec

from qenus.protocols.algebra.volatility import VolatilityRecord
from qenus.protocols.bounds import (
    INT256_MAX,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    sells_first_of_two,
)
from qenus.protocols.uniswap_v3.pool import Swap, Swapped, UniswapV3Pool
from qenus.protocols.uniswap_v3.swap_fees import SwapFees, part_of_fee
from qenus.protocols.uniswap_v3.swap_math import FEE_UNIT

__all__ = ["AlgebraPool"]

_COMMUNITY_FEE_UNIT = 1000
_UINT16_MAX = (1 << 16) - 1
_UINT32_MAX = (1 << 32) - 1


class AlgebraPool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `liquidity` is price, ticks and liquidity as a Uniswap V3 pool, whose own fee is not used;
    fees are in hundredths of a basis point, certain for the block with the timestamp `fees_at`;
    `volatility` is the record from which the next block's follow, None where it was not read.
    """

    liquidity: UniswapV3Pool
    fee_zero_to_one: int
    fee_one_to_zero: int
    fees_at: int
    adaptive: bool = True
    volatility: VolatilityRecord | None = None

    @classmethod
    def at(
        cls,
        liquidity: UniswapV3Pool,
        *,
        fees: tuple[int, int],
        fees_at: int,
        adaptive: bool = True,
        volatility: VolatilityRecord | None = None,
    ) -> "AlgebraPool":
        """Return the pool with this state; `fees` are (zero to one, one to zero).

        Raises:
            OutOfBounds: a fee is no uint16, or the timestamp no uint32.
        """
        for fee in fees:
            check_range("fee", fee, 0, _UINT16_MAX)
        check_range("fees_at", fees_at, 0, _UINT32_MAX)
        return cls(liquidity, *fees, fees_at, adaptive, volatility)

    def fees_in(self, timestamp: int) -> tuple[int, int]:
        """Return the fees (zero to one, one to zero) of a swap in a block of this timestamp.

        Raises:
            QuoteRefused: the first swap of that block sets them from what is not known here.
        """
        check_integer("timestamp", timestamp, 0, _UINT32_MAX)
        if not self.adaptive or timestamp == self.fees_at:
            self._check_time(timestamp)
            return self.fee_zero_to_one, self.fee_one_to_zero
        if self.volatility is None or timestamp < self.volatility.timepoints[-1].timestamp:
            raise QuoteRefused(
                f"fees were set at {self.fees_at}; the first swap at {timestamp} sets them anew "
                "from the pool's volatility: read them from the contract for that block"
            )
        fee = self.volatility.written(timestamp, self.liquidity.tick).fee()
        return fee, fee

    def swap(
        self,
        zero_for_one: bool,
        amount: int,
        sqrt_price_limit_x96: int | None = None,
        *,
        timestamp: int,
    ) -> Swapped:
        """Return what a swap does in a block of this timestamp; `amount` as in Uniswap V3's.

        Raises:
            QuoteRefused: the fee of that block is not known, or the contract would revert.
        """
        fee = self.fees_in(timestamp)[0 if zero_for_one else 1]
        return self.liquidity.swap_at_fee(fee, zero_for_one, amount, sqrt_price_limit_x96)

    def swap_fees(
        self,
        zero_for_one: bool,
        amount: int,
        sqrt_price_limit_x96: int | None = None,
        *,
        timestamp: int,
        community_fee: int = 0,
    ) -> SwapFees:
        """Return where the fee of such a swap goes; no quote needs it.

        `community_fee` is the part that the contract sends to its vault, of 1,000, for the token
        sold.

        Raises:
            QuoteRefused: as `swap`.
        """
        fees = self.fees_in(timestamp)
        part = part_of_fee(community_fee, _COMMUNITY_FEE_UNIT)
        return self.liquidity.swap_fees(
            zero_for_one, amount, sqrt_price_limit_x96, protocol=part, fee=fees[not zero_for_one]
        )

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        Raises:
            QuoteRefused: the fee of that block is not known, the pool cannot take that much, or
                the contract would revert.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what buying exactly `amount_out` of token `token_out` (0 or 1) costs.

        Raises:
            QuoteRefused: the fee of that block is not known, the pool cannot give that much, or
                the contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        check_amount("amount_out", amount_out, INT256_MAX)
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

        Raises:
            QuoteRefused: the fee of that block is not known, the pool cannot take that much, or
                the contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        check_amount("amount_in", amount_in, INT256_MAX)
        event = self.swap(zero_for_one, amount_in, timestamp=timestamp).event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if paid != amount_in:
            raise QuoteRefused(f"the pool can take no more than {paid} of token {token_in}")
        return self.in_block(timestamp).apply_swap(event, timestamp), got

    def in_block(self, timestamp: int) -> "AlgebraPool":
        """Return the pool with the fees that a swap in a block of this timestamp finds.

        Raises:
            QuoteRefused: as `fees_in`.
        """
        return self.apply_fee(*self.fees_in(timestamp), timestamp)

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount in: (parts, of)."""
        fees = self.fees_in(timestamp)
        return fees[0 if sells_first_of_two(token_in, token_out) else 1], FEE_UNIT

    def spot_price_at(
        self,
        token_in: int,
        token_out: int,
        timestamp: int,  # noqa: ARG002 (of the interface)
    ) -> tuple[int, int]:
        """Return the marginal price without fee, exact; it does not depend on the time."""
        return self.spot_price(token_in, token_out)

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        return self.liquidity.spot_price(token_in, token_out)

    def mint(
        self, tick_lower: int, tick_upper: int, liquidity: int, timestamp: int
    ) -> "tuple[AlgebraPool, int, int]":
        """Return the pool after a mint of that liquidity, and the token0 and token1 that it costs.

        Raises:
            QuoteRefused: the contract would revert, or what stands at a tick was not read.

        Source: cryptoalgebra v1-core, AlgebraPool.mint.
        """
        self._check_time(timestamp)
        _, *amounts = self.liquidity.mint(tick_lower, tick_upper, liquidity)
        after = self.apply_liquidity(tick_lower, tick_upper, liquidity, timestamp)
        return after, amounts[0], amounts[1]

    def burn(
        self, tick_lower: int, tick_upper: int, liquidity: int, timestamp: int, *, position: int
    ) -> "tuple[AlgebraPool, int, int]":
        """Return the pool after a burn, and the token0 and token1 that it frees, without fees.

        `position` is the liquidity that the owner has in that range.

        Raises:
            QuoteRefused: the contract would revert.
        """
        self._check_time(timestamp)
        _, *amounts = self.liquidity.burn(tick_lower, tick_upper, liquidity, position=position)
        after = self.apply_liquidity(tick_lower, tick_upper, -liquidity, timestamp)
        return after, amounts[0], amounts[1]

    def flash_fees(self, amount0: int, amount1: int) -> tuple[int, int]:
        """Return the token0 and token1 that must come back on top of what is borrowed.

        The fee is the one that was set last, of whatever block.

        Raises:
            QuoteRefused: nothing is in range that could lend, or an amount is no uint256.

        Source: cryptoalgebra v1-core, AlgebraPool.flash.
        """
        if not self.liquidity.liquidity:
            raise QuoteRefused("no liquidity is in range: the contract reverts")
        for amount in (amount0, amount1):
            check_integer("amount", amount, 0)
        fee = self.fee_zero_to_one
        return -(-amount0 * fee // FEE_UNIT), -(-amount1 * fee // FEE_UNIT)

    def apply_swap(self, event: Swap, timestamp: int) -> "AlgebraPool":
        """Return the pool after its own Swap event; from then on the block's fees are certain.

        The block's Fee event comes first, where it has one.
        """
        return AlgebraPool(
            self.liquidity.apply_swap(event), self.fee_zero_to_one, self.fee_one_to_zero, timestamp,
            self.adaptive, self._recorded(event, timestamp),
        )  # fmt: skip

    def apply_fee(
        self, fee_zero_to_one: int, fee_one_to_zero: int, timestamp: int
    ) -> "AlgebraPool":
        """Return the pool after its own Fee event.

        Raises:
            OutOfBounds: a fee is no uint16.
        """
        return self.at(
            self.liquidity, fees=(fee_zero_to_one, fee_one_to_zero), fees_at=timestamp,
            adaptive=self.adaptive, volatility=self.volatility,
        )  # fmt: skip

    def apply_liquidity(
        self, tick_lower: int, tick_upper: int, change: int, timestamp: int | None = None
    ) -> "AlgebraPool":
        """Return the pool after a Mint (change > 0) or Burn (change < 0) of liquidity.

        In range it notes a timepoint and sets the fees, as a swap does, which a Fee event reports.
        Without the block's timestamp the record of volatility is given up there.

        Raises:
            OutOfBounds: as Uniswap V3's.
        """
        after = msgspec.structs.replace(
            self, liquidity=self.liquidity.apply_liquidity(tick_lower, tick_upper, change)
        )
        record = self.volatility
        if record is None or not change or not tick_lower <= self.liquidity.tick < tick_upper:
            return after
        if timestamp is None:
            return msgspec.structs.replace(after, volatility=None)
        written = record.written(timestamp, self.liquidity.tick)
        if written is record:
            return after
        fee = written.fee()
        return msgspec.structs.replace(
            after, volatility=written, fee_zero_to_one=fee, fee_one_to_zero=fee, fees_at=timestamp
        )

    def _check_time(self, timestamp: int) -> None:
        """Check that a block does not come before the last one that the record of volatility knows.

        Raises:
            QuoteRefused: it does, or its time is no uint32.
        """
        noted = 0 if self.volatility is None else self.volatility.timepoints[-1].timestamp
        check_integer("timestamp", timestamp, noted, _UINT32_MAX)

    def _recorded(self, event: Swap, timestamp: int) -> VolatilityRecord | None:
        if self.volatility is None:
            return None
        written = self.volatility.written(timestamp, self.liquidity.tick)
        return written.traded(event.liquidity, event.amount0, event.amount1)
