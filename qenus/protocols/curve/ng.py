"""Curve's stableswap-ng pools: up to eight tokens, a fee that grows off the peg, outside rates.

A token counts at a fixed multiplier, at what its rate oracle answers, or at what its vault converts
a share to; rates from outside are true in the block in which they were read and refused in any
other. The pool measures what it receives, so what a rebasing token brings in is not known before.
While A ramps the views reckon with A rounded down to a whole, the trade does not.
Source: Curve CurveStableSwapNG.vy v7.0.0, CurveStableSwapNGViews.vy 1.2.0.
"""

from enum import IntEnum

import msgspec

from qenus.protocols.bounds import (
    UINT128_MAX,
    UINT256_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
    checked,
)
from qenus.protocols.curve.plain import CurvePlainPool, check_rates
from qenus.protocols.curve.stableswap_math import (
    FEE_UNIT,
    Amplification,
    balance_at,
    dynamic_fee,
)
from qenus.protocols.curve.styles import NEXT_GENERATION
from qenus.protocols.least_input import least_input

__all__ = ["AssetKind", "CurveNgPool", "oracle_rate", "vault_rate"]

_ONE = 10**18
_ADMIN_FEE = 5 * 10**9
_PRECISION = 100


class AssetKind(IntEnum):
    """What the contract knows of a token: its asset type."""

    PLAIN = 0
    # Counts at the answer of a rate oracle.
    ORACLE = 1
    # Its balances change by themselves, or on their way.
    REBASING = 2
    # A share of an ERC-4626 vault.
    VAULT = 3


def oracle_rate(multiplier: int, answer: int) -> int:
    """Return the rate of a token whose oracle answers with 18 decimals.

    Source: Curve CurveStableSwapNG.vy, _stored_rates.
    """
    return check_range("rate", multiplier * answer // _ONE, 1, UINT256_MAX)


def vault_rate(multiplier: int, assets: int, decimals: int) -> int:
    """Return the rate of a vault's share that converts to `assets`, of a token of `decimals`.

    Source: Curve CurveStableSwapNG.vy, _stored_rates.
    """
    check_range("decimals", decimals, 0, 18)
    return check_range("rate", multiplier * assets * 10 ** (18 - decimals) // _ONE, 1, UINT256_MAX)


class CurveNgPool(msgspec.Struct, frozen=True, array_like=True):
    """One pool at one moment.

    `pool` has balances (smallest units, without the admin's), rates, fees and supply; `kinds` say
    what each token is; `read_at` is the timestamp of the block (UNIX seconds) in which rates from
    outside were read, 0 where there are none.
    """

    pool: CurvePlainPool
    kinds: tuple[AssetKind, ...]
    read_at: int = 0

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, ...],
        rates: tuple[int, ...],
        amplification: Amplification,
        fee: int,
        off_peg: int,
        supply: int,
        kinds: tuple[AssetKind, ...] | None = None,
        read_at: int = 0,
    ) -> "CurveNgPool":
        """Return the pool with this state, checked; `rates` as `stored_rates` answers.

        Raises:
            OutOfBounds: counts differ, or a number leaves what the contract can hold.
        """
        check_range("A precision", amplification.precision, _PRECISION, _PRECISION)
        check_range("fee·off_peg", fee * off_peg, 0, FEE_UNIT // 2 * FEE_UNIT)
        pool = CurvePlainPool.at(
            balances=balances, rates=rates, amplification=amplification, fee=fee,
            admin_fee=_ADMIN_FEE, supply=supply, style=NEXT_GENERATION, off_peg=off_peg,
        )  # fmt: skip
        kinds = (AssetKind.PLAIN,) * len(balances) if kinds is None else kinds
        if len(kinds) != len(balances):
            raise OutOfBounds("count of asset kinds", str(len(balances)), len(kinds))
        check_range("read_at", read_at, 0, 1 << 64)
        return cls(pool, kinds, read_at)

    @property
    def balances(self) -> tuple[int, ...]:
        """What the pool holds of each token, in smallest units, without the admin's."""
        return self.pool.balances

    @property
    def supply(self) -> int:
        """The pool's own liquidity tokens, 18 decimals."""
        return self.pool.supply

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.

        Source: Curve CurveStableSwapNGViews.vy, get_dy.
        """
        check_amount("amount_in", amount_in)
        return self.get_dy_any(token_in, token_out, amount_in, timestamp)

    def get_dy_any(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return the same also for an amount of nothing, which the view answers."""
        self._check_receives(token_in)
        pool = self._viewed(timestamp)
        return pool.get_dy_in_units(pool.rates, token_in, token_out, amount_in, timestamp)

    def get_dx(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what the contract's view says an output costs, with the fee as it stands before.

        The fee moves with the trade, so what that input brings can differ from the output.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.

        Source: Curve CurveStableSwapNGViews.vy, get_dx.
        """
        check_amount("amount_out", amount_out)
        self._check_receives(token_in)
        pool = self._viewed(timestamp)
        pool.check_tokens(token_in, token_out)
        scaled, amp = pool.scaled(pool.balances), pool.amplification.at(timestamp)
        target = pool.invariant(pool.balances, timestamp)
        fee = dynamic_fee(scaled[token_in], scaled[token_out], pool.fee, pool.off_peg)
        gross = checked(amount_out * pool.rates[token_out]) // _ONE + 1
        gross = checked(gross * FEE_UNIT) // (FEE_UNIT - fee)
        held = scaled[token_in]
        if gross >= scaled[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        scaled[token_out] -= gross
        needed = balance_at(scaled, token_in, target, amp, _PRECISION)
        if needed < held:
            raise QuoteRefused("the output would cost less than nothing: the contract reverts")
        return (needed - held) * _ONE // pool.rates[token_in]

    def dynamic_fee(self, token_in: int, token_out: int, timestamp: int) -> int:
        """Return the fee of a small trade between two tokens, in parts of 10^10.

        Source: Curve CurveStableSwapNGViews.vy, dynamic_fee.
        """
        self._check_read(timestamp)
        scaled = self.pool.scaled(self.balances)
        self.pool.check_tokens(token_in, token_out)
        return dynamic_fee(scaled[token_in], scaled[token_out], self.pool.fee, self.pool.off_peg)

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
        check_amount("amount_out", amount_out, UINT128_MAX)
        self._check_read(timestamp)
        self._check_receives(token_in)
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
    ) -> "tuple[CurveNgPool, int]":
        """Return the pool after a trade, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert, the rates are of another block, or the
                token sold rebases: what arrives of it is not known.

        Source: Curve CurveStableSwapNG.vy, _exchange.
        """
        self._check_receives(token_in)
        return self.exchange_received(token_in, token_out, amount_in, timestamp)

    def exchange_received(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveNgPool, int]":
        """Return the same for an amount that the pool has measured, whatever the token.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        check_amount("amount_in", amount_in)
        return self.exchange_any(token_in, token_out, amount_in, timestamp)

    def exchange_any(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveNgPool, int]":
        """Return the same also for an amount of nothing, which a metapool trades after a deposit.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.
        """
        self._check_read(timestamp)
        pool = self.pool
        moved = pool.move(token_in, token_out, amount_in, timestamp, pool.style.trade_keeps)
        after, amount_out = pool.book(token_in, token_out, amount_in, moved)
        scaled = pool.scaled(pool.balances)
        scaled[token_in], scaled[token_out] = moved.balance_in, moved.balance_out
        _check_oracles(scaled, pool.amplification.at(timestamp), moved.target)
        return self._holding(after), amount_out

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        return self.dynamic_fee(token_in, token_out, timestamp), FEE_UNIT

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        self._check_read(timestamp)
        return self.pool.spot_price_at(token_in, token_out, timestamp)

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the view says amounts bring or cost, after fees.

        Source: Curve CurveStableSwapNGViews.vy, calc_token_amount.
        """
        pool = self._viewed(timestamp)
        after = pool.moved_by(amounts, 1 if deposit else -1)
        after_d = pool.invariant(after, timestamp)
        if not pool.supply:
            return after_d
        before_d = pool.invariant(pool.balances, timestamp)
        if not before_d:
            raise QuoteRefused("the pool is empty")
        bare_d = self._bare_invariant(pool, after, before_d, after_d, timestamp)
        change = bare_d - before_d if deposit else before_d - bare_d
        if change < 0:
            raise QuoteRefused("D moves the wrong way: the contract reverts")
        return checked(change * pool.supply) // before_d

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what burning `tokens` of liquidity brings in one token, after fees."""
        self._check_read(timestamp)
        return self.pool.calc_withdraw_one_coin(tokens, token_out, timestamp)

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals."""
        self._check_read(timestamp)
        return self.pool.virtual_price(timestamp)

    def deposit(self, amounts: tuple[int, ...], timestamp: int) -> "tuple[CurveNgPool, int]":
        """Return the pool after a deposit, and the liquidity tokens that it brings.

        Raises:
            QuoteRefused: the contract would revert, the rates are of another block, or a token
                put in rebases.

        Source: Curve CurveStableSwapNG.vy, add_liquidity.
        """
        self._check_read(timestamp)
        for index, amount in enumerate(amounts[: len(self.kinds)]):
            if amount:
                self._check_receives(index)
        after, minted = self.pool.deposit(amounts, timestamp)
        if not self.supply:
            check_amount("D", minted, UINT128_MAX)
        else:
            # What the oracles see is what the deposit leaves without any of its fees.
            pool = self.pool
            full = pool.moved_by(amounts, 1)
            before_d = pool.invariant(pool.balances, timestamp)
            fees = pool.fees_on(full, before_d, pool.invariant(full, timestamp))
            bare = tuple(balance - fee for balance, fee in zip(full, fees, strict=True))
            target = pool.invariant(bare, timestamp)
            _check_oracles(pool.scaled(bare), pool.amplification.at(timestamp), target)
        return self._holding(after), minted

    def withdraw_one(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveNgPool, int]":
        """Return the pool after burning liquidity for one token, and what that brings.

        Raises:
            QuoteRefused: the contract would revert, or the rates are of another block.

        Source: Curve CurveStableSwapNG.vy, remove_liquidity_one_coin.
        """
        self._check_read(timestamp)
        check_amount("tokens", tokens)
        pool = self.pool
        after, amount = pool.withdraw_one(tokens, token_out, timestamp)
        before_d = pool.invariant(pool.balances, timestamp)
        target = before_d - tokens * before_d // pool.supply
        scaled, amp = pool.scaled(pool.balances), pool.amplification.at(timestamp)
        scaled[token_out] = balance_at(scaled, token_out, target, amp, _PRECISION)
        _check_oracles(scaled, amp, target)
        return self._holding(after), amount

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurveNgPool":
        """Return the pool after a TokenExchange event, whose input is what the pool received.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.exchange_received(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_liquidity(
        self, amounts: tuple[int, ...], fees: tuple[int, ...], supply: int
    ) -> "CurveNgPool":
        """Return the pool after an AddLiquidity or, amounts negative, a RemoveLiquidity event.

        The event carries what was sent; a rebasing token may have arrived as less, so such a pool
        must be read again.

        Raises:
            OutOfBounds: other counts, or a number beyond what the contract can hold.
        """
        return self._holding(self.pool.apply_liquidity(amounts, fees, supply))

    def apply_ramp(self, amplification: Amplification) -> "CurveNgPool":
        """Return the pool after a RampA or StopRampA event."""
        return self._holding(self.pool.apply_ramp(amplification))

    def apply_fees(self, fee: int, off_peg: int) -> "CurveNgPool":
        """Return the pool after an ApplyNewFee event.

        Raises:
            OutOfBounds: fees beyond what the contract allows.
        """
        pool = self.pool
        return self.at(
            balances=pool.balances, rates=pool.rates, amplification=pool.amplification, fee=fee,
            off_peg=off_peg, supply=pool.supply, kinds=self.kinds, read_at=self.read_at,
        )  # fmt: skip

    def apply_read(
        self,
        *,
        read_at: int,
        rates: tuple[int, ...] | None = None,
        balances: tuple[int, ...] | None = None,
    ) -> "CurveNgPool":
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
        check_range("read_at", read_at, 0, 1 << 64)
        return msgspec.structs.replace(self, pool=pool, read_at=read_at)

    @staticmethod
    def _bare_invariant(
        pool: CurvePlainPool, after: tuple[int, ...], before_d: int, after_d: int, timestamp: int
    ) -> int:
        fees = pool.fees_on(after, before_d, after_d)
        bare = tuple(balance - fee for balance, fee in zip(after, fees, strict=True))
        if min(bare) < 0:
            raise QuoteRefused("the fee is more than there is: the contract reverts")
        return pool.invariant(bare, timestamp)

    def _holding(self, pool: CurvePlainPool) -> "CurveNgPool":
        return msgspec.structs.replace(self, pool=pool)

    def _viewed(self, timestamp: int) -> CurvePlainPool:
        """Return the pool as the views see it: A without its decimals."""
        self._check_read(timestamp)
        amp = self.pool.amplification.at(timestamp)
        whole = amp // _PRECISION * _PRECISION
        if whole == amp:
            return self.pool
        if not whole:
            raise QuoteRefused("the view counts A as zero: it reverts")
        return self.pool.apply_ramp(Amplification(whole, whole, 0, 0, _PRECISION))

    def _check_read(self, timestamp: int) -> None:
        if any(self.kinds) and timestamp != self.read_at:
            raise QuoteRefused(
                f"rates and balances are of {self.read_at}, not of {timestamp}: read them again"
            )

    def _check_receives(self, token: int) -> None:
        if 0 <= token < len(self.kinds) and self.kinds[token] is AssetKind.REBASING:
            raise QuoteRefused(f"token {token} rebases: what arrives of it is not known before")


def _check_oracles(scaled: list[int], amp: int, target: int) -> None:
    """Check that the contract can write what its price and D oracles see after a change.

    Raises:
        QuoteRefused: it cannot, and reverts.

    Source: Curve CurveStableSwapNG.vy, _get_p and upkeep_oracles.
    """
    if target > UINT128_MAX:
        raise QuoteRefused("D leaves the 128 bits that its oracle has: the contract reverts")
    count = len(scaled)
    reduced = target // count**count
    for balance in scaled:
        if not balance:
            raise QuoteRefused("a balance is zero: the contract divides by it")
        reduced = checked(reduced * target) // balance
    first = scaled[0]
    linear = checked(amp * count * first) // _PRECISION
    if not linear + reduced:
        raise QuoteRefused("the price is none: the contract divides by zero")
    for balance in scaled[1:]:
        checked(_ONE * (linear + checked(reduced * first) // balance))
