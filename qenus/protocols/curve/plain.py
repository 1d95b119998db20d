"""Curve plain pools: two or more tokens of equal worth on one stable-swap curve (3pool and kin).

The view `get_dy` and the trade itself round differently in some generations, so both are here by
their own names; `style` says which generation it is. Admin fees leave the balances as they are
charged.
Source: Curve StableSwap3Pool.vy, SwapTemplateBase.vy, Plain2Basic.vy.
"""

from typing import NamedTuple

import msgspec

from qenus.protocols.bounds import (
    UINT128_MAX,
    UINT256_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    check_tokens,
    checked,
)
from qenus.protocols.curve.stableswap_math import (
    FEE_UNIT,
    Amplification,
    balance_at,
    dynamic_fee,
    invariant,
    marginal_price,
)
from qenus.protocols.curve.styles import THREE_POOL, Books, CurveStyle, FeeOrder
from qenus.protocols.least_input import least_input

__all__ = ["CurvePlainPool"]

_ONE = 10**18
_MAX_TOKENS = 8
_RATES_OF_DECIMALS = frozenset(10 ** (36 - count) for count in range(19))


class Moved(NamedTuple):
    """A trade along the curve before its fee; amounts in 18 decimals, the fee in parts of 10^10."""

    gross: int
    fee: int
    balance_in: int
    balance_out: int
    target: int


class CurvePlainPool(msgspec.Struct, frozen=True, array_like=True):
    """One pool at one moment.

    `balances` in smallest units, without what the admin has earned; `rates` bring them to 18
    decimals and to a common worth (10^(36 - decimals) where tokens are worth the same); `fee` and
    `admin_fee` in parts of 10^10, the latter of the fee; `supply` of the liquidity token;
    `off_peg` the multiplier of the fee off the peg in parts of 10^10, 0 where the fee is fixed.
    """

    balances: tuple[int, ...]
    rates: tuple[int, ...]
    amplification: Amplification
    fee: int
    admin_fee: int
    supply: int
    style: CurveStyle = THREE_POOL
    off_peg: int = 0
    killed: bool = False

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, ...],
        amplification: Amplification,
        fee: int,
        admin_fee: int,
        supply: int,
        decimals: tuple[int, ...] | None = None,
        rates: tuple[int, ...] | None = None,
        style: CurveStyle = THREE_POOL,
        off_peg: int = 0,
        killed: bool = False,
    ) -> "CurvePlainPool":
        """Return the pool with this state, checked; give `decimals` or `rates`.

        Raises:
            OutOfBounds: counts differ, or a number leaves what the contract can hold.
        """
        check_range("tokens", len(balances), 2, _MAX_TOKENS)
        if rates is None:
            rates = rates_of(decimals or ())
        if len(rates) != len(balances):
            raise OutOfBounds("count of decimals or rates", str(len(balances)), len(rates))
        check_balances(balances, len(balances))
        check_rates(rates, len(balances))
        check_range("fee", fee, 0, FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, FEE_UNIT)
        check_range("supply", supply, 0, UINT256_MAX)
        check_range("off_peg", off_peg, 0, UINT128_MAX)
        return cls(balances, rates, amplification, fee, admin_fee, supply, style, off_peg, killed)

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings in a block of this timestamp.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, get_dy.
        """
        check_amount("amount_in", amount_in)
        return self.get_dy_in_units(self.rates, token_in, token_out, amount_in, timestamp)

    def get_dy_in_units(
        self,
        units: tuple[int, ...],
        token_in: int,
        token_out: int,
        amount_in: int,
        timestamp: int,
    ) -> int:
        """Return the same for amounts that other rates than the balances' bring to 18 decimals.

        Lending pools answer so for the tokens that theirs wrap; also for an amount of nothing.
        Source: Curve StableSwapCompound.vy, get_dy_underlying.
        """
        moved = self.move(token_in, token_out, amount_in, timestamp, self.style.view_keeps, units)
        gross, fee, rate = moved.gross, moved.fee, units[token_out]
        if self.style.view_fee is FeeOrder.AFTER_SCALING:
            return _after_fee(gross * _ONE // rate, fee)
        return _after_fee(gross, fee) * _ONE // rate

    def get_dx(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what the view of those contracts that have one says an output costs.

        The view rounds down: the output of that input can be some units less.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwapCompound.vy, get_dx.
        """
        check_amount("amount_out", amount_out, UINT128_MAX)
        self.check_tokens(token_in, token_out)
        amp, precision = self._amp(timestamp)
        scaled = self.scaled(self.balances)
        target = self._invariant_of(scaled, amp, precision)
        gross = amount_out * FEE_UNIT // (FEE_UNIT - self.fee) * self.rates[token_out] // _ONE
        if gross >= scaled[token_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        held = scaled[token_in]
        scaled[token_out] -= gross
        needed = balance_at(scaled, token_in, target, amp, precision, must_end=self.style.must_end)
        if needed < held:
            raise QuoteRefused("the output would cost less than nothing: the contract reverts")
        return (needed - held) * _ONE // self.rates[token_in]

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings in a block of this timestamp.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, exchange.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return the least input whose output is at least `amount_out`.

        The contract has no such function; this searches its `exchange`.

        Raises:
            QuoteRefused: the pool cannot give that much.
        """
        check_amount("amount_out", amount_out, UINT128_MAX)
        self.check_tokens(token_in, token_out)
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

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, exchange; StableSwapCompound.vy, _exchange.
        """
        check_amount("amount_in", amount_in)
        return self.exchange_any(token_in, token_out, amount_in, timestamp)

    def exchange_any(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple["CurvePlainPool", int]:
        """Return the same for any amount, also of nothing, which the contract itself trades."""
        self._check_alive()
        moved = self.move(token_in, token_out, amount_in, timestamp, self.style.trade_keeps)
        return self.book(token_in, token_out, amount_in, moved)

    def book(
        self, token_in: int, token_out: int, amount_in: int, moved: Moved
    ) -> tuple["CurvePlainPool", int]:
        """Return the pool after a trade that moved along the curve, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert.
        """
        self._check_alive()
        rate = self.rates[token_out]
        left = _after_fee(moved.gross, moved.fee)
        fee = moved.gross - left
        amount_out = left * _ONE // rate
        admin = fee * self.admin_fee // FEE_UNIT
        balances = list(self.balances)
        if self.style.books is Books.CURVE:
            balances[token_in] = moved.balance_in * _ONE // self.rates[token_in]
            balances[token_out] = (moved.balance_out + fee - admin) * _ONE // rate
        else:
            balances[token_in] += amount_in
            balances[token_out] -= amount_out + admin * _ONE // rate
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        return self.apply_balances(tuple(balances), self.supply), amount_out

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        del timestamp
        self.check_tokens(token_in, token_out)
        if not self.off_peg:
            return self.fee, FEE_UNIT
        scaled = self.scaled(self.balances)
        return dynamic_fee(scaled[token_in], scaled[token_out], self.fee, self.off_peg), FEE_UNIT

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        self.check_tokens(token_in, token_out)
        amp, precision = self._amp(timestamp)
        out, scale = marginal_price(
            self.scaled(self.balances), token_in, token_out, amp, precision,
            self.style.product, must_end=self.style.must_end,
        )  # fmt: skip
        return out * self.rates[token_in], scale * self.rates[token_out]

    def calc_token_amount(self, amounts: tuple[int, ...], deposit: bool, timestamp: int) -> int:
        """Return the liquidity tokens that the contract's view says amounts are worth, without fee.

        Source: Curve StableSwap3Pool.vy, calc_token_amount.
        """
        after = self.moved_by(amounts, 1 if deposit else -1)
        before_d = self.invariant(self.balances, timestamp)
        after_d = self.invariant(after, timestamp)
        if not before_d:
            raise QuoteRefused("the pool is empty")
        change = after_d - before_d if deposit else before_d - after_d
        if change < 0:
            raise QuoteRefused("D moves the wrong way: the contract reverts")
        return checked(change * self.supply) // before_d

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what burning `tokens` of liquidity brings in one token, after fees.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, _calc_withdraw_one_coin.
        """
        return self._withdrawal(tokens, token_out, timestamp)[0]

    def virtual_price(self, timestamp: int) -> int:
        """Return what one liquidity token is worth, 18 decimals.

        Source: Curve StableSwap3Pool.vy, get_virtual_price.
        """
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        return checked(self.invariant(self.balances, timestamp) * _ONE) // self.supply

    def deposit(self, amounts: tuple[int, ...], timestamp: int) -> "tuple[CurvePlainPool, int]":
        """Return the pool after a deposit, and the liquidity tokens that it brings.

        A deposit out of proportion pays half of the trading fee or so.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, StableSwapAave.vy: add_liquidity.
        """
        self._check_alive()
        after = self.moved_by(amounts, 1)
        if not self.supply:
            if not all(amounts):
                raise QuoteRefused("the first deposit must have every token")
            minted = self.invariant(after, timestamp)
            return self.apply_balances(after, minted), minted
        before_d = self.invariant(self.balances, timestamp)
        after_d = self.invariant(after, timestamp)
        if not before_d or after_d <= before_d:
            raise QuoteRefused("the deposit is worth nothing: the contract reverts")
        fees = self.fees_on(after, before_d, after_d)
        bare = tuple(balance - fee for balance, fee in zip(after, fees, strict=True))
        gained = self.invariant(bare, timestamp) - before_d
        minted = checked(self.supply * max(gained, 0)) // before_d
        if gained < 0:
            raise QuoteRefused("the deposit is worth less than its fee: the contract reverts")
        return self.apply_liquidity(amounts, fees, self.supply + minted), minted

    def withdraw_one(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurvePlainPool, int]":
        """Return the pool after burning `tokens` of liquidity for one token, and what they bring.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, remove_liquidity_one_coin.
        """
        self._check_alive()
        amount, fee = self._withdrawal(tokens, token_out, timestamp)
        balances = list(self.balances)
        balances[token_out] -= amount
        if self.style.admin_shares_withdrawals:
            balances[token_out] -= fee * self.admin_fee // FEE_UNIT
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        return self.apply_balances(tuple(balances), self.supply - tokens), amount

    def fees_on(self, after: tuple[int, ...], before_d: int, after_d: int) -> tuple[int, ...]:
        """Return what a change of balances, and of D by it, pays for being out of proportion.

        In smallest units of each token.
        Source: Curve StableSwap3Pool.vy, add_liquidity and remove_liquidity_imbalance.
        """
        count = len(self.balances)
        fee = self.fee * count // (4 * (count - 1))
        mean_target = (before_d + after_d) // count
        fees = []
        for held, now, rate in zip(self.balances, after, self.rates, strict=True):
            part = fee
            if self.off_peg:
                both = held + now
                if self.style.compares_in_18_decimals:
                    both = checked(both * rate) // _ONE
                part = dynamic_fee(both, mean_target, fee, self.off_peg)
            fees.append(part * abs(after_d * held // before_d - now) // FEE_UNIT)
        return tuple(fees)

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> "CurvePlainPool":
        """Return the pool after a TokenExchange event.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.exchange(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_liquidity(
        self, amounts: tuple[int, ...], fees: tuple[int, ...], supply: int
    ) -> "CurvePlainPool":
        """Return the pool after an AddLiquidity or, amounts negative, a RemoveLiquidity event.

        `fees` and `supply` are the event's own; the admin's part of the fees leaves the balances.

        Raises:
            OutOfBounds: other counts, or a number beyond what the contract can hold.
        """
        if len(fees) != len(self.balances) or len(amounts) != len(self.balances):
            raise OutOfBounds("count of amounts", str(len(self.balances)), len(amounts))
        balances = (
            balance + amount - fee * self.admin_fee // FEE_UNIT
            for balance, amount, fee in zip(self.balances, amounts, fees, strict=True)
        )
        return self.apply_balances(tuple(balances), supply)

    def apply_balances(self, balances: tuple[int, ...], supply: int) -> "CurvePlainPool":
        """Return the pool with balances and supply as they stand from now on.

        Raises:
            OutOfBounds: another count, or a number beyond what the contract can hold.
        """
        check_balances(balances, len(self.balances))
        check_range("supply", supply, 0, UINT256_MAX)
        return msgspec.structs.replace(self, balances=balances, supply=supply)

    def apply_ramp(self, amplification: Amplification) -> "CurvePlainPool":
        """Return the pool after a RampA or StopRampA event."""
        return msgspec.structs.replace(self, amplification=amplification)

    def apply_fees(self, fee: int, admin_fee: int) -> "CurvePlainPool":
        """Return the pool after a NewFee event.

        Raises:
            OutOfBounds: a fee beyond what the contract allows.
        """
        check_range("fee", fee, 0, FEE_UNIT // 2)
        check_range("admin_fee", admin_fee, 0, FEE_UNIT)
        return msgspec.structs.replace(self, fee=fee, admin_fee=admin_fee)

    def check_tokens(self, token_in: int, token_out: int) -> None:
        """Check that a trade is between two of the pool's tokens.

        Raises:
            QuoteRefused: no such token, or it is the same token.
        """
        check_tokens(token_in, token_out, len(self.balances))

    def move(
        self,
        token_in: int,
        token_out: int,
        amount_in: int,
        timestamp: int,
        keeps: int,
        units: tuple[int, ...] | None = None,
    ) -> Moved:
        """Return where a trade moves to along the curve; `keeps` units of the output stay back.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve StableSwap3Pool.vy, get_dy and exchange.
        """
        self.check_tokens(token_in, token_out)
        amp, precision = self._amp(timestamp)
        scaled = self.scaled(self.balances)
        target = self._invariant_of(scaled, amp, precision)
        rate = (self.rates if units is None else units)[token_in]
        held_in, held = scaled[token_in], scaled[token_out]
        moved_in = scaled[token_in] = held_in + checked(amount_in * rate) // _ONE
        left = balance_at(scaled, token_out, target, amp, precision, must_end=self.style.must_end)
        gross = held - left - keeps
        if gross < 0:
            raise QuoteRefused("the trade would give less than nothing: the contract reverts")
        fee = self.fee
        if self.off_peg:
            means = (held_in + moved_in) // 2, (held + left) // 2
            fee = dynamic_fee(*means, fee, self.off_peg)
        return Moved(gross, fee, moved_in, left, target)

    def _withdrawal(self, tokens: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return what burning liquidity brings in one token, and the fee that it pays in it."""
        check_integer("tokens", tokens, 0)
        check_integer("token_out", token_out, 0, len(self.balances) - 1)
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        amp, precision = self._amp(timestamp)
        count = len(self.balances)
        # Taking one token out shifts the balances, which costs as a trade would.
        fee = self.fee * count // (4 * (count - 1))
        scaled = self.scaled(self.balances)
        before_d = self._invariant_of(scaled, amp, precision)
        after_d = before_d - checked(tokens * before_d) // self.supply
        if after_d < 0 or not before_d:
            raise QuoteRefused("more is burned than there is")
        ends = self.style.must_end
        bare = balance_at(scaled, token_out, after_d, amp, precision, must_end=ends)
        mean_target = (before_d + after_d) // (2 * count)
        reduced = []
        for index, balance in enumerate(scaled):
            share, mean = balance * after_d // before_d, balance
            shift = balance - share
            if index == token_out:
                shift, mean = share - bare, (balance + bare) // 2
            if shift < 0:
                raise QuoteRefused("the withdrawal shifts less than nothing: the contract reverts")
            part = dynamic_fee(mean, mean_target, fee, self.off_peg) if self.off_peg else fee
            reduced.append(balance - part * shift // FEE_UNIT)
        left = balance_at(reduced, token_out, after_d, amp, precision, must_end=ends)
        gained = reduced[token_out] - left
        if gained < 1:
            raise QuoteRefused("the withdrawal would give nothing: the contract reverts")
        rate = self.rates[token_out]
        if self.style.withdraws_by_decimals and rate not in _RATES_OF_DECIMALS:
            raise QuoteRefused("the contract withdraws by decimals, the token counts at a rate")
        amount = (gained - 1) * _ONE // rate
        return amount, (scaled[token_out] - bare) * _ONE // rate - amount

    def moved_by(self, amounts: tuple[int, ...], sign: int) -> tuple[int, ...]:
        """Return the balances with amounts put in (sign 1) or taken out (sign -1).

        Raises:
            QuoteRefused: another count, or more is taken out than there is.
        """
        if len(amounts) != len(self.balances):
            raise QuoteRefused(f"expected {len(self.balances)} amounts, found {len(amounts)}")
        for amount in amounts:
            check_integer("amount", amount, 0)
        after = tuple(b + sign * a for b, a in zip(self.balances, amounts, strict=True))
        if min(after) < 0:
            raise QuoteRefused("more is taken out than there is")
        return after

    def invariant(self, balances: tuple[int, ...], timestamp: int) -> int:
        """Return D for balances of this pool's tokens, 18 decimals."""
        return self._invariant_of(self.scaled(balances), *self._amp(timestamp))

    def _invariant_of(self, scaled: list[int], amp: int, precision: int) -> int:
        style = self.style
        return invariant(scaled, amp, precision, style.product, must_end=style.must_end)

    def scaled(self, balances: tuple[int, ...]) -> list[int]:
        """Return balances brought to 18 decimals and to a common worth."""
        return [
            checked(balance * rate) // _ONE
            for balance, rate in zip(balances, self.rates, strict=True)
        ]

    def _amp(self, timestamp: int) -> tuple[int, int]:
        return self.amplification.at(timestamp), self.amplification.precision

    def _check_alive(self) -> None:
        if self.killed:
            raise QuoteRefused("the pool is killed")


def rates_of(decimals: tuple[int, ...]) -> tuple[int, ...]:
    """Return the rates of tokens of equal worth with these decimals."""
    for count in decimals:
        check_range("decimals", count, 0, 18)
    return tuple(10 ** (36 - count) for count in decimals)


def check_rates(rates: tuple[int, ...], count: int) -> None:
    """Check rates at the door: as many as tokens, each above zero.

    Raises:
        OutOfBounds: another count, or a rate that no token has.
    """
    if len(rates) != count:
        raise OutOfBounds("count of rates", str(count), len(rates))
    for rate in rates:
        check_range("rate", rate, 1, 10**54)


def check_balances(balances: tuple[int, ...], count: int) -> None:
    """Check balances at the door.

    Raises:
        OutOfBounds: another count, or a balance beyond uint256.
    """
    if len(balances) != count:
        raise OutOfBounds("count of balances", str(count), len(balances))
    for balance in balances:
        check_range("balance", balance, 0, UINT256_MAX)


def _after_fee(amount: int, fee: int) -> int:
    """Return what a fee (parts of 10^10) leaves. Far off the peg a fee can exceed the whole."""
    charged = fee * amount // FEE_UNIT
    if charged > amount:
        raise QuoteRefused(f"the fee exceeds the amount {amount}: the contract reverts")
    return amount - charged
