"""Curve metapools: a token against the liquidity token of a base pool.

The base pool's liquidity token counts at its virtual price, which the first metapools cache for ten
minutes; the other token may count at a rate of its own (RAI at its redemption price). Trades with a
token of the base pool go through the base pool: a deposit before, or a withdrawal after.
Source: Curve MetaPool.vy, StableSwapGUSD.vy, MetaUSD.vy; the RAI metapool for its token's rate.
"""

import msgspec

from qenus.protocols.bounds import (
    UINT128_MAX,
    UINT256_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
    check_tokens,
    sells_first_of_two,
)
from qenus.protocols.curve.plain import CurvePlainPool, check_balances
from qenus.protocols.curve.stableswap_math import FEE_UNIT, Amplification
from qenus.protocols.curve.styles import TEMPLATE, CurveStyle
from qenus.protocols.least_input import least_input

__all__ = ["CurveMetaPool"]

_ONE = 10**18
_CACHE_SECONDS = 600


class CurveMetaPool(msgspec.Struct, frozen=True, array_like=True):
    """One metapool at one moment: token 0 its own, token 1 the base pool's liquidity token.

    `rate` brings token 0 to 18 decimals and to its worth (10^(36 - decimals), or a redemption price
    with 18 decimals); `cached_price` is the virtual price (18 decimals) cached at `cached_at`
    (UNIX seconds), if the contract `caches` it.
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
    style: CurveStyle = TEMPLATE
    caches: bool = True
    killed: bool = False

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
        base: CurvePlainPool,
        cached_price: int = _ONE,
        cached_at: int = 0,
        style: CurveStyle = TEMPLATE,
        caches: bool = True,
        killed: bool = False,
    ) -> "CurveMetaPool":
        """Return the pool with this state, checked.

        Raises:
            OutOfBounds: a number leaves what the contract can hold.
        """
        check_balances(balances, 2)
        check_range("rate", rate, 1, 10**54)
        check_range("fee", fee, 0, FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, FEE_UNIT)
        check_range("supply", supply, 0, UINT256_MAX)
        check_range("cached_price", cached_price, 1, UINT128_MAX)
        check_range("cached_at", cached_at, 0, 1 << 64)
        return cls(
            balances, rate, amplification, fee, admin_fee, supply, cached_price, cached_at, base,
            style, caches, killed,
        )  # fmt: skip

    def base_price(self, timestamp: int) -> int:
        """Return the virtual price that the metapool counts with in a block of this timestamp.

        Source: Curve MetaPool.vy, _vp_rate.
        """
        if not self.caches or timestamp > self.cached_at + _CACHE_SECONDS:
            return self.base.virtual_price(timestamp)
        return self.cached_price

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade between its own two tokens brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve MetaPool.vy, get_dy.
        """
        return self._plain(timestamp).get_dy(token_in, token_out, amount_in, timestamp)

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings, between the metapool's own two tokens.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve MetaPool.vy, get_dy and exchange, which agree.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`.

        The contract has no such function; this searches its `exchange`.

        Raises:
            QuoteRefused: the pool cannot give that much.
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

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve MetaPool.vy, exchange.
        """
        _check_tokens(token_in, token_out)
        plain = self._plain(timestamp)
        after, amount_out = plain.exchange(token_in, token_out, amount_in, timestamp)
        return self._holding(after, timestamp), amount_out

    def exchange_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple["CurveMetaPool", int]:
        """Return the pools after a trade, and what it brings; tokens 1, 2, … are the base pool's.

        Raises:
            QuoteRefused: a contract would revert.

        Source: Curve MetaPool.vy, exchange_underlying.
        """
        check_amount("amount_in", amount_in)
        self._check_alive()
        self._check_underlying(token_in, token_out)
        if token_in and token_out:
            base, amount = self.base.exchange(token_in - 1, token_out - 1, amount_in, timestamp)
            return self._refreshed(timestamp).apply_base(base), amount
        plain = self._plain(timestamp)
        if not token_in:
            after, amount = plain.exchange_any(0, 1, amount_in, timestamp)
            base, amount = self.base.withdraw_one(amount, token_out - 1, timestamp)
        else:
            base, amount = self.base.deposit(self._alone(token_in, amount_in), timestamp)
            after, amount = plain.exchange_any(1, 0, amount, timestamp)
        return self._holding(after, timestamp).apply_base(base), amount

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        _check_tokens(token_in, token_out)
        return self._plain(timestamp).fee_share_at(token_in, token_out, timestamp)

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        _check_tokens(token_in, token_out)
        return self._plain(timestamp).spot_price_at(token_in, token_out, timestamp)

    def get_dy_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> int:
        """Return what the contract's view says a trade brings; tokens 1, 2, … are the base pool's.

        The view estimates the base pool's fee on a deposit as half of its trading fee: what a trade
        brings can differ from it by that estimate's error.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve MetaPool.vy, get_dy_underlying.
        """
        check_amount("amount_in", amount_in)
        self._check_underlying(token_in, token_out)
        if token_in and token_out:
            return self.base.get_dy(token_in - 1, token_out - 1, amount_in, timestamp)
        plain = self._plain(timestamp)
        if token_in == 0:
            given = plain.get_dy(0, 1, amount_in, timestamp)
            return self.base.calc_withdraw_one_coin(given, token_out - 1, timestamp)
        amounts = self._alone(token_in, amount_in)
        deposited = self.base.calc_token_amount(amounts, True, timestamp)
        deposited = deposited * plain.rates[1] // _ONE
        deposited -= deposited * self.base.fee // (2 * FEE_UNIT)
        # What the deposit is worth comes in, not what it counts: at a rate of one.
        return plain.get_dy_in_units((self.rate, _ONE), 1, 0, deposited, timestamp)

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the view says amounts are worth, without fee."""
        return self._plain(timestamp).calc_token_amount(amounts, deposit, timestamp)

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what the view says burning `tokens` of liquidity brings in one token."""
        return self._plain(timestamp).calc_withdraw_one_coin(tokens, token_out, timestamp)

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals."""
        return self._plain(timestamp).virtual_price(timestamp)

    def deposit(self, amounts: tuple[int, ...], timestamp: int) -> "tuple[CurveMetaPool, int]":
        """Return the pool after a deposit of its own tokens, and the liquidity that it brings.

        Raises:
            QuoteRefused: the contract would revert.
        """
        after, minted = self._plain(timestamp).deposit(amounts, timestamp)
        return self._holding(after, timestamp), minted

    def withdraw_one(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveMetaPool, int]":
        """Return the pool after burning liquidity for one of its own tokens, and what that brings.

        Raises:
            QuoteRefused: the contract would revert.
        """
        after, amount = self._plain(timestamp).withdraw_one(tokens, token_out, timestamp)
        return self._holding(after, timestamp), amount

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveMetaPool":
        """Return the pool after a TokenExchange event.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.exchange(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_exchange_underlying(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveMetaPool":
        """Return the pools after a TokenExchangeUnderlying event; the base pool's is in it.

        Raises:
            OutOfBounds: the event brought something else than these pools would have given.
        """
        after, given = self.exchange_underlying(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_fees(self, fee: int, admin_fee: int) -> "CurveMetaPool":
        """Return the pool after a NewFee event.

        Raises:
            OutOfBounds: a fee beyond what the contract allows.
        """
        check_range("fee", fee, 0, FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, FEE_UNIT)
        return msgspec.structs.replace(self, fee=fee, admin_fee=admin_fee)

    def apply_liquidity(
        self, amounts: tuple[int, ...], fees: tuple[int, ...], supply: int, timestamp: int
    ) -> "CurveMetaPool":
        """Return the pool after an AddLiquidity or, amounts negative, a RemoveLiquidity event.

        A deposit, or a withdrawal out of proportion, refreshes a stale cache.

        Raises:
            OutOfBounds: other counts, or a number beyond what the contract can hold.
        """
        after = self._plain(timestamp).apply_liquidity(amounts, fees, supply)
        if max(amounts) <= 0 and not any(fees):
            return self.apply_balances((after.balances[0], after.balances[1]), supply)
        return self._holding(after, timestamp)

    def apply_balances(self, balances: tuple[int, int], supply: int) -> "CurveMetaPool":
        """Return the pool with balances and supply as they stand from now on.

        Raises:
            OutOfBounds: a number beyond what the contract can hold.
        """
        check_balances(balances, 2)
        check_range("supply", supply, 0, UINT256_MAX)
        return msgspec.structs.replace(self, balances=balances, supply=supply)

    def apply_base(self, base: CurvePlainPool) -> "CurveMetaPool":
        """Return the pool with its base pool as it stands from now on."""
        return msgspec.structs.replace(self, base=base)

    def apply_ramp(self, amplification: Amplification) -> "CurveMetaPool":
        """Return the pool after a RampA or StopRampA event."""
        return msgspec.structs.replace(self, amplification=amplification)

    def _plain(self, timestamp: int) -> CurvePlainPool:
        """Return the metapool as a pool of two tokens at the rates of a block."""
        return CurvePlainPool(
            self.balances, (self.rate, self.base_price(timestamp)), self.amplification, self.fee,
            self.admin_fee, self.supply, self.style, 0, self.killed,
        )  # fmt: skip

    def _holding(self, plain: CurvePlainPool, timestamp: int) -> "CurveMetaPool":
        """Return the pool with what a change at its current rates left, its cache refreshed."""
        balances = (plain.balances[0], plain.balances[1])
        after = msgspec.structs.replace(self, balances=balances, supply=plain.supply)
        return after._refreshed(timestamp)

    def _refreshed(self, timestamp: int) -> "CurveMetaPool":
        if not self.caches or timestamp <= self.cached_at + _CACHE_SECONDS:
            return self
        price = self.base.virtual_price(timestamp)
        return msgspec.structs.replace(self, cached_price=price, cached_at=timestamp)

    def _alone(self, token: int, amount: int) -> tuple[int, ...]:
        count = len(self.base.balances)
        return tuple(amount if index == token - 1 else 0 for index in range(count))

    def _check_alive(self) -> None:
        if self.killed:
            raise QuoteRefused("the pool is killed")

    def _check_underlying(self, token_in: int, token_out: int) -> None:
        check_tokens(token_in, token_out, 1 + len(self.base.balances))


def _check_tokens(token_in: int, token_out: int) -> None:
    sells_first_of_two(token_in, token_out)
