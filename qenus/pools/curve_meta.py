"""Curve metapools: a token against the liquidity token of a base pool.

The base pool's liquidity token counts at its virtual price, which the metapool caches for ten
minutes; the other token may count at a rate of its own (RAI at its redemption price). Trades with a
token of the base pool go through the base pool.
Source: Curve MetaPool.vy; the RAI metapool for the rate of its token.
"""

import msgspec

from qenus.pools.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
)
from qenus.pools.curve_plain import CurvePlainPool
from qenus.pools.least_input import least_input
from qenus.pools.stableswap_math import Amplification, balance_at, invariant, marginal_price

__all__ = ["CurveMetaPool"]

_FEE_UNIT = 10**10
_ONE = 10**18
_CACHE_SECONDS = 600


class CurveMetaPool(msgspec.Struct, frozen=True, array_like=True):
    """One metapool at one moment: token 0 its own, token 1 the base pool's liquidity token.

    `rate` brings token 0 to 18 decimals and to its worth (10^(36 - decimals), or a redemption price
    with 18 decimals); `cached_price` is the virtual price (18 decimals) cached at `cached_at`
    (UNIX seconds).
    """

    balances: tuple[int, int]
    rate: int
    amplification: Amplification
    fee: int
    admin_fee: int
    supply: int
    cached_price: int
    cached_at: int
    base: CurvePlainPool

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, int],
        rate: int,
        amplification: Amplification,
        fee: int,
        admin_fee: int,
        supply: int,
        cached_price: int,
        cached_at: int,
        base: CurvePlainPool,
    ) -> "CurveMetaPool":
        """Return the pool with this state, checked.

        Raises OutOfBounds: a number leaves what the contract can hold.
        """
        for balance in balances:
            check_range("balance", balance, 0, UINT128_MAX)
        check_range("rate", rate, 1, 10**54)
        check_range("fee", fee, 0, _FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, _FEE_UNIT)
        check_range("supply", supply, 0, UINT128_MAX)
        check_range("cached_price", cached_price, 1, UINT128_MAX)
        check_range("cached_at", cached_at, 0, 1 << 64)
        return cls(
            balances, rate, amplification, fee, admin_fee, supply, cached_price, cached_at, base
        )

    def base_price(self, timestamp: int) -> int:
        """Return the virtual price that the metapool counts with in a block of this timestamp.

        Source: Curve MetaPool.vy, _vp_rate.
        """
        if timestamp > self.cached_at + _CACHE_SECONDS:
            return self.base.virtual_price(timestamp)
        return self.cached_price

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings, between the metapool's own two tokens.

        Raises QuoteRefused: the contract would revert.
        Source: Curve MetaPool.vy, get_dy and exchange, which agree.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`.

        The contract has no such function; this searches its `exchange`.
        Raises QuoteRefused: the pool cannot give that much.
        """
        check_amount("amount_out", amount_out, UINT128_MAX)
        _check_tokens(token_in, token_out)
        if amount_out >= self.balances[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        return least_input(
            lambda amount: self.amount_out(token_in, token_out, amount, timestamp),
            amount_out,
            UINT128_MAX,
        )

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple["CurveMetaPool", int]:
        """Return the pool after a trade between its own two tokens, and what the trade brings.

        Raises QuoteRefused: the contract would revert.
        Source: Curve MetaPool.vy, exchange.
        """
        check_amount("amount_in", amount_in, UINT128_MAX)
        _check_tokens(token_in, token_out)
        price = self.base_price(timestamp)
        rates = self.rate, price
        scaled = self._scaled(price)
        added = scaled[token_in] + amount_in * rates[token_in] // _ONE
        gross = self._gross(scaled, token_in, added, token_out, timestamp)
        fee = gross * self.fee // _FEE_UNIT
        amount_out = (gross - fee) * _ONE // rates[token_out]
        admin = (fee * self.admin_fee // _FEE_UNIT) * _ONE // rates[token_out]
        balances = list(self.balances)
        balances[token_in] += amount_in
        balances[token_out] -= amount_out + admin
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        after = msgspec.structs.replace(self, balances=(balances[0], balances[1]))
        if timestamp > self.cached_at + _CACHE_SECONDS:
            # A trade refreshes the cache that it found stale.
            after = msgspec.structs.replace(after, cached_price=price, cached_at=timestamp)
        return after, amount_out

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        _check_tokens(token_in, token_out)
        rates = self.rate, self.base_price(timestamp)
        out, scale = marginal_price(
            self._scaled(rates[1]), token_in, token_out, self.amplification.at(timestamp),
            self.amplification.precision,
        )  # fmt: skip
        return out * rates[token_in], scale * rates[token_out]

    def get_dy_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> int:
        """Return what the contract's view says a trade brings; tokens 1, 2, … are the base pool's.

        The view estimates the base pool's fee on a deposit as half of its trading fee: what a trade
        brings can differ from it by that estimate's error.
        Raises QuoteRefused: the contract would revert.
        Source: Curve MetaPool.vy, get_dy_underlying.
        """
        check_amount("amount_in", amount_in, UINT128_MAX)
        count = 1 + len(self.base.balances)
        check_range("token_in", token_in, 0, count - 1)
        check_range("token_out", token_out, 0, count - 1)
        if token_in == token_out:
            raise QuoteRefused("a token cannot be swapped for itself")
        if token_in and token_out:
            return self.base.get_dy(token_in - 1, token_out - 1, amount_in, timestamp)
        price = self.base_price(timestamp)
        scaled = self._scaled(price)
        if token_in == 0:
            added = scaled[0] + amount_in * self.rate // _ONE
            gross = self._gross(scaled, 0, added, 1, timestamp)
            net = gross - self.fee * gross // _FEE_UNIT
            return self.base.calc_withdraw_one_coin(net * _ONE // price, token_out - 1, timestamp)
        amounts = tuple(
            amount_in if at == token_in - 1 else 0 for at in range(len(self.base.balances))
        )
        deposited = self.base.calc_token_amount(amounts, True, timestamp) * price // _ONE
        deposited -= deposited * self.base.fee // (2 * _FEE_UNIT)
        gross = self._gross(scaled, 1, scaled[1] + deposited, 0, timestamp)
        return (gross - self.fee * gross // _FEE_UNIT) * _ONE // self.rate

    def apply_balances(self, balances: tuple[int, int], supply: int) -> "CurveMetaPool":
        """Return the pool with balances and supply as they stand from now on.

        Raises OutOfBounds: a number beyond what the contract can hold.
        """
        for balance in balances:
            check_range("balance", balance, 0, UINT128_MAX)
        check_range("supply", supply, 0, UINT128_MAX)
        return msgspec.structs.replace(self, balances=balances, supply=supply)

    def _scaled(self, price: int) -> list[int]:
        return [self.balances[0] * self.rate // _ONE, self.balances[1] * price // _ONE]

    def _gross(
        self, scaled: list[int], token_in: int, balance_in: int, token_out: int, timestamp: int
    ) -> int:
        """Return what comes out along the curve, 18 decimals, before the fee."""
        amp, precision = self.amplification.at(timestamp), self.amplification.precision
        target = invariant(scaled, amp, precision)
        held = scaled[token_out]
        moved = list(scaled)
        moved[token_in] = balance_in
        gross = held - balance_at(moved, token_out, target, amp, precision) - 1
        if gross < 0:
            raise QuoteRefused("the trade would give less than nothing: the contract reverts")
        return gross


def _check_tokens(token_in: int, token_out: int) -> None:
    if (token_in, token_out) not in ((0, 1), (1, 0)):
        raise OutOfBounds("tokens of a metapool", "0, 1 or 1, 0", (token_in, token_out))
