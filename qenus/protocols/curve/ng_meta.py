"""stableswap-ng metapools: a token against the liquidity token of a base pool, old or new.

The base pool's liquidity token counts at its virtual price now; all else is an NG pool of two
tokens. Trades with a token of the base pool deposit before or withdraw after, at the rates that
stood before the deposit. The views reckon a deposit with the fees of the base pool as they know
them: fixed where the base pool is of an older generation.
Source: Curve CurveStableSwapMetaNG.vy v7.0.0, CurveStableSwapNGViews.vy 1.2.0.
"""

import msgspec

from qenus.protocols.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
    check_tokens,
)
from qenus.protocols.curve.ng import CurveNgPool
from qenus.protocols.curve.plain import CurvePlainPool
from qenus.protocols.curve.stableswap_math import Amplification
from qenus.protocols.curve.styles import NEXT_GENERATION
from qenus.protocols.least_input import least_input

__all__ = ["CurveNgMetaPool"]

_PRECISION = 100


class CurveNgMetaPool(msgspec.Struct, frozen=True, array_like=True):
    """One metapool at one moment: `pool` of token 0 and the liquidity token of `base`.

    What `pool` holds as the second rate does not count.
    """

    pool: CurveNgPool
    base: CurvePlainPool | CurveNgPool

    @classmethod
    def at(cls, pool: CurveNgPool, base: CurvePlainPool | CurveNgPool) -> "CurveNgMetaPool":
        """Return the metapool, checked.

        Raises:
            OutOfBounds: the pool is not one of two tokens.
        """
        check_range("tokens of a metapool", len(pool.balances), 2, 2)
        if pool.kinds[1]:
            raise OutOfBounds("kind of a base pool's token", "plain", pool.kinds[1])
        return cls(pool, base)

    @property
    def balances(self) -> tuple[int, ...]:
        """What the pool holds of its own two tokens, in smallest units, without the admin's."""
        return self.pool.balances

    @property
    def supply(self) -> int:
        """The metapool's own liquidity tokens, 18 decimals."""
        return self.pool.supply

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the view says a trade between the metapool's own two tokens brings.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        return self._now(timestamp).get_dy(token_in, token_out, amount_in, timestamp)

    def get_dx(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what the view says an output costs, with the fee as it stands before.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        return self._now(timestamp).get_dx(token_in, token_out, amount_out, timestamp)

    def get_dy_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> int:
        """Return what the view says a trade brings; tokens 1, 2, … are the base pool's.

        Raises:
            QuoteRefused: a contract would revert, or a rate is of another block.

        Source: Curve CurveStableSwapNGViews.vy, get_dy_underlying.
        """
        check_amount("amount_in", amount_in)
        self._check_underlying(token_in, token_out)
        if token_in and token_out:
            return self.base.get_dy(token_in - 1, token_out - 1, amount_in, timestamp)
        now = self._now(timestamp)
        if not token_in:
            given = now.get_dy(0, 1, amount_in, timestamp)
            return self.base.calc_withdraw_one_coin(given, token_out - 1, timestamp)
        viewed = self._base_as_viewed(timestamp)
        minted = viewed.calc_token_amount(self._alone(token_in, amount_in), True, timestamp)
        return now.get_dy_any(1, 0, minted, timestamp)

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings, between the metapool's own two tokens.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`, by search of `exchange`.

        Raises:
            QuoteRefused: the pool cannot give that much, or a rate is of another block.
        """
        check_amount("amount_out", amount_out, UINT128_MAX)
        now = self._now(timestamp)
        now.pool.check_tokens(token_in, token_out)
        if amount_out >= self.balances[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        return least_input(
            lambda amount: now.exchange(token_in, token_out, amount, timestamp)[1],
            amount_out,
            UINT128_MAX,
        )

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveNgMetaPool, int]":
        """Return the pool after a trade between its own two tokens, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        after, amount = self._now(timestamp).exchange(token_in, token_out, amount_in, timestamp)
        return self._holding(after), amount

    def exchange_underlying(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveNgMetaPool, int]":
        """Return the pools after a trade, and what it brings; tokens 1, 2, … are the base pool's.

        Raises:
            QuoteRefused: a contract would revert, or a rate is of another block.

        Source: Curve CurveStableSwapMetaNG.vy, exchange_underlying.
        """
        check_amount("amount_in", amount_in)
        self._check_underlying(token_in, token_out)
        base: CurvePlainPool | CurveNgPool
        if token_in and token_out:
            base, amount = self.base.exchange(token_in - 1, token_out - 1, amount_in, timestamp)
            return self.apply_base(base), amount
        now = self._now(timestamp)
        if not token_in:
            after, amount = now.exchange(0, 1, amount_in, timestamp)
            base, amount = self.base.withdraw_one(amount, token_out - 1, timestamp)
        else:
            base, minted = self.base.deposit(self._alone(token_in, amount_in), timestamp)
            after, amount = now.exchange_any(1, 0, minted, timestamp)
        return self._holding(after).apply_base(base), amount

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        return self._now(timestamp).fee_share_at(token_in, token_out, timestamp)

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        return self._now(timestamp).spot_price_at(token_in, token_out, timestamp)

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the view says amounts bring or cost, after fees."""
        return self._now(timestamp).calc_token_amount(amounts, deposit, timestamp)

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what burning `tokens` of liquidity brings in one token, after fees."""
        return self._now(timestamp).calc_withdraw_one_coin(tokens, token_out, timestamp)

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals."""
        return self._now(timestamp).virtual_price(timestamp)

    def deposit(self, amounts: tuple[int, ...], timestamp: int) -> "tuple[CurveNgMetaPool, int]":
        """Return the pool after a deposit of its own tokens, and the liquidity that it brings.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        after, minted = self._now(timestamp).deposit(amounts, timestamp)
        return self._holding(after), minted

    def withdraw_one(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveNgMetaPool, int]":
        """Return the pool after burning liquidity for one of its own tokens, and what that brings.

        Raises:
            QuoteRefused: the contract would revert, or a rate is of another block.
        """
        after, amount = self._now(timestamp).withdraw_one(tokens, token_out, timestamp)
        return self._holding(after), amount

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveNgMetaPool":
        """Return the pool after a TokenExchange event.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        now = self._now(timestamp)
        after = now.apply_exchange(token_in, amount_in, token_out, amount_out, timestamp)
        return self._holding(after)

    def apply_exchange_underlying(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveNgMetaPool":
        """Return the pools after a TokenExchangeUnderlying event; the base pool's is in it.

        Raises:
            OutOfBounds: the event brought something else than these pools would have given.
        """
        after, given = self.exchange_underlying(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_liquidity(
        self, amounts: tuple[int, ...], fees: tuple[int, ...], supply: int
    ) -> "CurveNgMetaPool":
        """Return the pool after an AddLiquidity or, amounts negative, a RemoveLiquidity event."""
        return self._holding(self.pool.apply_liquidity(amounts, fees, supply))

    def apply_base(self, base: CurvePlainPool | CurveNgPool) -> "CurveNgMetaPool":
        """Return the pool with its base pool as it stands from now on."""
        return msgspec.structs.replace(self, base=base)

    def _now(self, timestamp: int) -> CurveNgPool:
        """Return the metapool as a pool of two tokens at the rates of a block."""
        pool = self.pool.pool
        rates = (pool.rates[0], self.base.virtual_price(timestamp))
        return msgspec.structs.replace(self.pool, pool=msgspec.structs.replace(pool, rates=rates))

    def _base_as_viewed(self, timestamp: int) -> CurveNgPool:
        """Return the base pool as the views reckon a deposit into it."""
        if isinstance(self.base, CurveNgPool):
            return self.base
        amplification = self.base.amplification
        whole = amplification.at(timestamp) // amplification.precision * _PRECISION
        if not whole:
            raise QuoteRefused("the view counts A as zero: it reverts")
        plain = msgspec.structs.replace(
            self.base, style=NEXT_GENERATION, off_peg=0,
            amplification=Amplification(whole, whole, 0, 0, _PRECISION),
        )  # fmt: skip
        return CurveNgPool(plain, (self.pool.kinds[1],) * len(plain.balances))

    def _holding(self, pool: CurveNgPool) -> "CurveNgMetaPool":
        return msgspec.structs.replace(self, pool=pool)

    def _alone(self, token: int, amount: int) -> tuple[int, ...]:
        count = len(self.base.balances)
        return tuple(amount if index == token - 1 else 0 for index in range(count))

    def _check_underlying(self, token_in: int, token_out: int) -> None:
        check_tokens(token_in, token_out, 1 + len(self.base.balances))
