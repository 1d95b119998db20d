"""Curve pools whose tokens earn: cTokens, yTokens, aTokens, staked ether, and rebasing tokens.

Such a pool counts its tokens at a rate that another contract gives, or holds balances that grow by
themselves. Both are true in the block in which they were read and in no other, so a quote for
another block is refused until they are read again. Compound's view reckons with the rate stored
last and the interest since, its trade with the rate that the token accrues to: here are both.
Source: Curve StableSwapCompound.vy, StableSwapY.vy, StableSwapPax.vy, StableSwapIB.vy,
StableSwapAave.vy, StableSwapAETH.vy, StableSwapSTETH.vy.
"""

import msgspec

from qenus.protocols.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
)
from qenus.protocols.curve.plain import CurvePlainPool, check_rates
from qenus.protocols.curve.stableswap_math import Amplification
from qenus.protocols.least_input import least_input

__all__ = ["CurveLendingPool", "accrued_rate"]

_ONE = 10**18


def accrued_rate(stored: int, rate_per_block: int, blocks: int) -> int:
    """Return a cToken's rate as Curve's views reckon it: simple interest since it was stored.

    Rates with 18 decimals of the underlying token's smallest unit.
    Source: Curve StableSwapCompound.vy, _stored_rates.
    """
    check_range("stored rate", stored, 1, UINT128_MAX)
    check_range("rate per block", rate_per_block, 0, UINT128_MAX)
    check_range("blocks", blocks, 0, 1 << 64)
    return stored + stored * rate_per_block * blocks // _ONE


class CurveLendingPool(msgspec.Struct, frozen=True, array_like=True):
    """One pool at one moment.

    `pool` has balances and fees, and the rates that a trade counts with; `view_rates` are those of
    the contract's views; `precisions` bring the underlying tokens to 18 decimals; `read_at` is the
    timestamp of the block (UNIX seconds) in which rates and balances were read.
    """

    pool: CurvePlainPool
    view_rates: tuple[int, ...]
    precisions: tuple[int, ...]
    read_at: int

    @classmethod
    def at(
        cls,
        pool: CurvePlainPool,
        *,
        read_at: int,
        view_rates: tuple[int, ...] | None = None,
        precisions: tuple[int, ...] | None = None,
    ) -> "CurveLendingPool":
        """Return the pool with this state, checked; view rates default to the trade's.

        Raises:
            OutOfBounds: counts differ, or a rate is none.
        """
        count = len(pool.balances)
        view_rates = pool.rates if view_rates is None else view_rates
        precisions = (1,) * count if precisions is None else precisions
        check_rates(view_rates, count)
        check_rates(precisions, count)
        check_range("read_at", read_at, 0, 1 << 64)
        return cls(pool, view_rates, precisions, read_at)

    @property
    def balances(self) -> tuple[int, ...]:
        """What the pool holds of each token, in smallest units."""
        return self.pool.balances

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        return self._viewed(timestamp).get_dy(token_in, token_out, amount_in, timestamp)

    def get_dx(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what the contract's view says an output costs.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        return self._viewed(timestamp).get_dx(token_in, token_out, amount_out, timestamp)

    def get_dy_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> int:
        """Return what the contract's view says a trade of underlying tokens brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.

        Source: Curve StableSwapCompound.vy, get_dy_underlying.
        """
        check_amount("amount_in", amount_in)
        units = tuple(precision * _ONE for precision in self.precisions)
        return self._viewed(timestamp).get_dy_in_units(
            units, token_in, token_out, amount_in, timestamp
        )

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings in a block of this timestamp.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`, by search of `exchange`.

        Raises:
            QuoteRefused: the pool cannot give that much, or the rates are of another block.
        """
        self._check_read(timestamp)
        check_amount("amount_out", amount_out, UINT128_MAX)
        self.pool.check_tokens(token_in, token_out)
        if amount_out >= self.balances[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        return least_input(
            lambda amount: self.amount_out(token_in, token_out, amount, timestamp),
            amount_out,
            UINT128_MAX,
        )

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveLendingPool, int]":
        """Return the pool after a trade, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        self._check_read(timestamp)
        after, amount_out = self.pool.exchange(token_in, token_out, amount_in, timestamp)
        return self._holding(after), amount_out

    def exchange_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveLendingPool, int]":
        """Return the pool after a trade of underlying tokens, and what the trade brings.

        For tokens that are wrapped at a rate; those of aTokens trade as the aTokens do.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.

        Source: Curve StableSwapCompound.vy, exchange_underlying.
        """
        self._check_read(timestamp)
        wrapped = tuple(
            rate // precision
            for rate, precision in zip(self.pool.rates, self.precisions, strict=True)
        )
        self.pool.check_tokens(token_in, token_out)
        check_amount("amount_in", amount_in)
        wrapped_in = amount_in * _ONE // wrapped[token_in]
        after, wrapped_out = self.pool.exchange_any(token_in, token_out, wrapped_in, timestamp)
        return self._holding(after), wrapped_out * wrapped[token_out] // _ONE

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        self._check_read(timestamp)
        return self.pool.fee_share_at(token_in, token_out, timestamp)

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        self._check_read(timestamp)
        return self.pool.spot_price_at(token_in, token_out, timestamp)

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the view says amounts are worth, without fee."""
        return self._viewed(timestamp).calc_token_amount(amounts, deposit, timestamp)

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what the view says burning `tokens` of liquidity brings in one token."""
        return self._viewed(timestamp).calc_withdraw_one_coin(tokens, token_out, timestamp)

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals."""
        return self._viewed(timestamp).virtual_price(timestamp)

    def deposit(self, amounts: tuple[int, ...], timestamp: int) -> "tuple[CurveLendingPool, int]":
        """Return the pool after a deposit, and the liquidity tokens that it brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        self._check_read(timestamp)
        after, minted = self.pool.deposit(amounts, timestamp)
        return self._holding(after), minted

    def withdraw_one(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveLendingPool, int]":
        """Return the pool after burning liquidity for one token, and what that brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        self._check_read(timestamp)
        after, amount = self.pool.withdraw_one(tokens, token_out, timestamp)
        return self._holding(after), amount

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveLendingPool":
        """Return the pool after a TokenExchange event in a block whose rates it has.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        self._check_read(timestamp)
        return self._holding(
            self.pool.apply_exchange(token_in, amount_in, token_out, amount_out, timestamp)
        )

    def apply_exchange_underlying(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveLendingPool":
        """Return the pool after a TokenExchangeUnderlying event in a block whose rates it has.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.exchange_underlying(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_ramp(self, amplification: Amplification) -> "CurveLendingPool":
        """Return the pool after a RampA or StopRampA event."""
        return self._holding(self.pool.apply_ramp(amplification))

    def apply_fees(self, fee: int, admin_fee: int) -> "CurveLendingPool":
        """Return the pool after a NewFee event.

        Raises:
            OutOfBounds: a fee beyond what the contract allows.
        """
        return self._holding(self.pool.apply_fees(fee, admin_fee))

    def apply_liquidity(
        self, amounts: tuple[int, ...], fees: tuple[int, ...], supply: int
    ) -> "CurveLendingPool":
        """Return the pool after an AddLiquidity or, amounts negative, a RemoveLiquidity event."""
        return self._holding(self.pool.apply_liquidity(amounts, fees, supply))

    def apply_read(
        self,
        *,
        read_at: int,
        balances: tuple[int, ...] | None = None,
        rates: tuple[int, ...] | None = None,
        view_rates: tuple[int, ...] | None = None,
    ) -> "CurveLendingPool":
        """Return the pool with what was read of it in a block of this timestamp.

        Raises:
            OutOfBounds: another count, or a number that no contract gives.
        """
        pool = self.pool
        if rates is not None:
            check_rates(rates, len(pool.balances))
            pool = msgspec.structs.replace(pool, rates=rates)
        if balances is not None:
            pool = pool.apply_balances(balances, pool.supply)
        if view_rates is None:
            view_rates = self.view_rates if rates is None else rates
        return self.at(pool, read_at=read_at, view_rates=view_rates, precisions=self.precisions)

    def _holding(self, pool: CurvePlainPool) -> "CurveLendingPool":
        return msgspec.structs.replace(self, pool=pool)

    def _viewed(self, timestamp: int) -> CurvePlainPool:
        self._check_read(timestamp)
        return msgspec.structs.replace(self.pool, rates=self.view_rates)

    def _check_read(self, timestamp: int) -> None:
        if timestamp != self.read_at:
            raise QuoteRefused(
                f"rates and balances are of {self.read_at}, not of {timestamp}: read them again"
            )
