"""Curve plain pools: two or more tokens of equal worth on one stable-swap curve (3pool and kin).

The view `get_dy` and the trade itself round differently in the first generation: the view takes the
fee after bringing the amount back to the token's decimals, the trade before. Both are here by their
own names. Admin fees leave the balances as they are charged.
Source: Curve StableSwap3Pool.vy.
"""

from enum import IntEnum

import msgspec

from qenus.pools.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
)
from qenus.pools.least_input import least_input
from qenus.pools.stableswap_math import Amplification, balance_at, invariant, marginal_price

__all__ = ["CurvePlainPool", "FeeOrder"]

_FEE_UNIT = 10**10
_ONE = 10**18
_MAX_TOKENS = 8


class FeeOrder(IntEnum):
    """Where the view takes the fee: before or after going back to the token's own decimals."""

    BEFORE_SCALING = 1
    AFTER_SCALING = 2


class CurvePlainPool(msgspec.Struct, frozen=True, array_like=True):
    """One pool at one moment.

    `balances` in smallest units; `rates` bring them to 18 decimals (10^(36 - decimals)); `fee` and
    `admin_fee` in parts of 10^10, the latter of the fee; `supply` of the liquidity token.
    """

    balances: tuple[int, ...]
    rates: tuple[int, ...]
    amplification: Amplification
    fee: int
    admin_fee: int
    supply: int
    view_fee: FeeOrder = FeeOrder.AFTER_SCALING

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, ...],
        decimals: tuple[int, ...],
        amplification: Amplification,
        fee: int,
        admin_fee: int,
        supply: int,
        view_fee: FeeOrder = FeeOrder.AFTER_SCALING,
    ) -> "CurvePlainPool":
        """Return the pool with this state, checked.

        Raises OutOfBounds: counts differ, or a number leaves what the contract can hold.
        """
        check_range("tokens", len(balances), 2, _MAX_TOKENS)
        if len(decimals) != len(balances):
            raise OutOfBounds("count of decimals", str(len(balances)), len(decimals))
        for balance in balances:
            check_range("balance", balance, 0, UINT128_MAX)
        for count in decimals:
            check_range("decimals", count, 0, 18)
        check_range("fee", fee, 0, _FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, _FEE_UNIT)
        check_range("supply", supply, 0, UINT128_MAX)
        rates = tuple(10 ** (36 - count) for count in decimals)
        return cls(balances, rates, amplification, fee, admin_fee, supply, view_fee)

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings in a block of this timestamp.

        Raises QuoteRefused: the contract would revert.
        Source: Curve StableSwap3Pool.vy, get_dy.
        """
        gross = self._gross(token_in, token_out, amount_in, timestamp)
        rate = self.rates[token_out]
        if self.view_fee is FeeOrder.AFTER_SCALING:
            amount = gross * _ONE // rate
            return amount - self.fee * amount // _FEE_UNIT
        return (gross - self.fee * gross // _FEE_UNIT) * _ONE // rate

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings in a block of this timestamp.

        Raises QuoteRefused: the contract would revert.
        Source: Curve StableSwap3Pool.vy, exchange.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`.

        The contract has no such function; this searches its `exchange`.
        Raises QuoteRefused: the pool cannot give that much.
        """
        check_amount("amount_out", amount_out, UINT128_MAX)
        self._check_tokens(token_in, token_out)
        if amount_out >= self.balances[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        return least_input(
            lambda amount: self.amount_out(token_in, token_out, amount, timestamp),
            amount_out,
            UINT128_MAX,
        )

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple["CurvePlainPool", int]:
        """Return the pool after a trade, and what the trade brings.

        Raises QuoteRefused: the contract would revert.
        Source: Curve StableSwap3Pool.vy, exchange.
        """
        gross = self._gross(token_in, token_out, amount_in, timestamp)
        rate = self.rates[token_out]
        fee = gross * self.fee // _FEE_UNIT
        amount_out = (gross - fee) * _ONE // rate
        admin = (fee * self.admin_fee // _FEE_UNIT) * _ONE // rate
        balances = list(self.balances)
        balances[token_in] += amount_in
        balances[token_out] -= amount_out + admin
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        return self.apply_balances(tuple(balances), self.supply), amount_out

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        self._check_tokens(token_in, token_out)
        amp, precision = self._amp(timestamp)
        out, scale = marginal_price(
            self._scaled(self.balances), token_in, token_out, amp, precision
        )
        return out * self.rates[token_in], scale * self.rates[token_out]

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the contract's view says amounts are worth, without fee.

        Source: Curve StableSwap3Pool.vy, calc_token_amount.
        """
        if len(amounts) != len(self.balances):
            raise OutOfBounds("count of amounts", str(len(self.balances)), len(amounts))
        sign = 1 if deposit else -1
        after = tuple(b + sign * a for b, a in zip(self.balances, amounts, strict=True))
        if min(after) < 0:
            raise QuoteRefused("more is taken out than there is")
        amp, precision = self._amp(timestamp)
        before_d = invariant(self._scaled(self.balances), amp, precision)
        after_d = invariant(self._scaled(after), amp, precision)
        if not before_d:
            raise QuoteRefused("the pool is empty")
        return sign * (after_d - before_d) * self.supply // before_d

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what burning `tokens` of liquidity brings in one token, after fees.

        Source: Curve StableSwap3Pool.vy, _calc_withdraw_one_coin.
        """
        check_range("token_out", token_out, 0, len(self.balances) - 1)
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        amp, precision = self._amp(timestamp)
        count = len(self.balances)
        # Taking one token out shifts the balances, which costs as a trade would.
        fee = self.fee * count // (4 * (count - 1))
        scaled = self._scaled(self.balances)
        before_d = invariant(scaled, amp, precision)
        after_d = before_d - tokens * before_d // self.supply
        if after_d < 0:
            raise QuoteRefused("more is burned than there is")
        bare = balance_at(scaled, token_out, after_d, amp, precision)
        reduced = []
        for index, balance in enumerate(scaled):
            share = balance * after_d // before_d
            shift = share - bare if index == token_out else balance - share
            reduced.append(balance - fee * shift // _FEE_UNIT)
        gained = reduced[token_out] - balance_at(reduced, token_out, after_d, amp, precision)
        if gained < 1:
            raise QuoteRefused("the withdrawal would give nothing: the contract reverts")
        return (gained - 1) // (self.rates[token_out] // _ONE)

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals.

        Source: Curve StableSwap3Pool.vy, get_virtual_price.
        """
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        amp, precision = self._amp(timestamp)
        return invariant(self._scaled(self.balances), amp, precision) * _ONE // self.supply

    def apply_balances(self, balances: tuple[int, ...], supply: int) -> "CurvePlainPool":
        """Return the pool with balances and supply as they stand from now on.

        Raises OutOfBounds: another count, or a number beyond what the contract can hold.
        """
        if len(balances) != len(self.balances):
            raise OutOfBounds("count of balances", str(len(self.balances)), len(balances))
        for balance in balances:
            check_range("balance", balance, 0, UINT128_MAX)
        check_range("supply", supply, 0, UINT128_MAX)
        return msgspec.structs.replace(self, balances=balances, supply=supply)

    def _gross(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what a trade moves out along the curve, 18 decimals, before the fee."""
        check_amount("amount_in", amount_in, UINT128_MAX)
        self._check_tokens(token_in, token_out)
        amp, precision = self._amp(timestamp)
        scaled = self._scaled(self.balances)
        target = invariant(scaled, amp, precision)
        held = scaled[token_out]
        scaled[token_in] += amount_in * self.rates[token_in] // _ONE
        # One unit less than the curve says, so that rounding never favours the trader.
        gross = held - balance_at(scaled, token_out, target, amp, precision) - 1
        if gross < 0:
            raise QuoteRefused("the trade would give less than nothing: the contract reverts")
        return gross

    def _scaled(self, balances: tuple[int, ...]) -> list[int]:
        return [balance * rate // _ONE for balance, rate in zip(balances, self.rates, strict=True)]

    def _amp(self, timestamp: int) -> tuple[int, int]:
        return self.amplification.at(timestamp), self.amplification.precision

    def _check_tokens(self, token_in: int, token_out: int) -> None:
        check_range("token_in", token_in, 0, len(self.balances) - 1)
        check_range("token_out", token_out, 0, len(self.balances) - 1)
        if token_in == token_out:
            raise QuoteRefused("a token cannot be swapped for itself")
