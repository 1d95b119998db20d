"""Uniswap V2 pairs and their forks: x·y = k with a fee on the input.

The pair's own rule is the check of its swap: with the fee taken off the inputs, the product of the
balances must not fall. `amount_out` and `amount_in` are the greatest output and the least input
that this rule allows through the router's formulas. A fork differs in its fee alone, given as the
share of the input that counts: 997/1000 at Uniswap, 9975/10000 at Pancake.
"""

from typing import NamedTuple

import msgspec

from qenus.protocols.bounds import (
    UINT112_MAX,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    sells_first_of_two,
)

__all__ = ["PairSwap", "UniswapV2Pair"]


class PairSwap(NamedTuple):
    """A pair's Swap event: amounts in smallest units; a flash swap may name all four."""

    amount0_in: int
    amount1_in: int
    amount0_out: int
    amount1_out: int


class UniswapV2Pair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pair at one moment: reserves in smallest units, the counting share of the input."""

    reserve0: int
    reserve1: int
    share_numerator: int = 997
    share_denominator: int = 1000

    @classmethod
    def at(
        cls,
        *,
        reserve0: int,
        reserve1: int,
        share_numerator: int = 997,
        share_denominator: int = 1000,
    ) -> "UniswapV2Pair":
        """Return the pair with this state, checked.

        Raises:
            OutOfBounds: a reserve is no uint112, or the share is not in 0 < share <= 1.
        """
        check_range("share_denominator", share_denominator, 1, 1_000_000)
        check_range("share_numerator", share_numerator, 1, share_denominator)
        return cls(
            check_range("reserve0", reserve0, 0, UINT112_MAX),
            check_range("reserve1", reserve1, 0, UINT112_MAX),
            share_numerator,
            share_denominator,
        )

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        Raises:
            QuoteRefused: an empty pair, or reserves would leave uint112.

        Source: Uniswap v2-periphery, UniswapV2Library.getAmountOut.
        """
        check_amount("amount_in", amount_in)
        reserve_in, reserve_out = self._reserves(token_in, token_out)
        if reserve_in + amount_in > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        counting = amount_in * self.share_numerator
        return counting * reserve_out // (reserve_in * self.share_denominator + counting)

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` of token `token_out` (0 or 1) costs.

        Raises:
            QuoteRefused: the pair holds no more than that, or reserves would leave uint112.

        Source: Uniswap v2-periphery, UniswapV2Library.getAmountIn.
        """
        check_amount("amount_out", amount_out)
        reserve_in, reserve_out = self._reserves(token_in, token_out)
        if amount_out >= reserve_out:
            raise QuoteRefused(f"the pair holds {reserve_out} of token {token_out}")
        cost = reserve_in * amount_out * self.share_denominator
        amount_in = cost // ((reserve_out - amount_out) * self.share_numerator) + 1
        if reserve_in + amount_in > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        return amount_in

    def trade(self, token_in: int, token_out: int, amount_in: int) -> "tuple[UniswapV2Pair, int]":
        """Return the pair after selling exactly `amount_in`, and what that brings.

        Raises:
            QuoteRefused: the contract would revert, or the trade would give nothing.
        """
        amount_out = self.amount_out(token_in, token_out, amount_in)
        if token_in == 0:
            return self.swap(PairSwap(amount_in, 0, 0, amount_out)), amount_out
        return self.swap(PairSwap(0, amount_in, amount_out, 0)), amount_out

    def swap(self, event: PairSwap) -> "UniswapV2Pair":
        """Return the pair after a swap with these amounts.

        Raises:
            QuoteRefused: the contract would revert: nothing out, nothing in, more out than
                there is, or the product of the balances net of fee would fall.

        Source: Uniswap v2-core, UniswapV2Pair.swap.
        """
        in0, in1, out0, out1 = event
        for amount in event:
            check_integer("amount of a swap", amount, 0)
        if not (out0 or out1) or not (in0 or in1):
            raise QuoteRefused(f"a swap gives something for something, found {event}")
        if out0 >= self.reserve0 or out1 >= self.reserve1:
            raise QuoteRefused(f"{event} takes out what the pair does not hold")
        after0, after1 = self.reserve0 + in0 - out0, self.reserve1 + in1 - out1
        if max(after0, after1) > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")
        whole, fee = self.share_denominator, self.share_denominator - self.share_numerator
        product = (after0 * whole - in0 * fee) * (after1 * whole - in1 * fee)
        if product < self.reserve0 * self.reserve1 * whole * whole:
            raise QuoteRefused(f"{event} would lower the product of the balances")
        return self.apply_sync(after0, after1)

    def apply_sync(self, reserve0: int, reserve1: int) -> "UniswapV2Pair":
        """Return the pair after its own Sync event: what the event says is the truth.

        Raises:
            OutOfBounds: a reserve is no uint112.
        """
        return UniswapV2Pair(
            check_range("reserve0", reserve0, 0, UINT112_MAX),
            check_range("reserve1", reserve1, 0, UINT112_MAX),
            self.share_numerator,
            self.share_denominator,
        )

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        self._reserves(token_in, token_out)
        return self.share_denominator - self.share_numerator, self.share_denominator

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in).

        Raises:
            QuoteRefused: an empty pair.
        """
        reserve_in, reserve_out = self._reserves(token_in, token_out)
        return reserve_out, reserve_in

    def _reserves(self, token_in: int, token_out: int) -> tuple[int, int]:
        first = sells_first_of_two(token_in, token_out)
        if not self.reserve0 or not self.reserve1:
            raise QuoteRefused("the pair is empty")
        if first:
            return self.reserve0, self.reserve1
        return self.reserve1, self.reserve0
