"""Curve crypto pools of the second generation: twocrypto-ng (two tokens) and tricrypto-ng (three).

The curve is the first generation's; balances come from a cubic, the average of prices decays by e,
prices are the invariant's slope and not the last trade's, and a trade must not lower the virtual
price. twocrypto-ng owes the admin liquidity of its own and pays it out in tokens, tricrypto-ng
mints it where it moves native ether. D is searched anew only while a ramp lies ahead.
Source: Curve CurveTwocryptoOptimized.vy v2.0.0 and v2.1.0, CurveCryptoViews2Optimized.vy,
CurveTricryptoOptimizedWETH.vy and CurveTricryptoOptimized.vy v2.0.0,
CurveCryptoViews3Optimized.vy.
"""

from math import isqrt

import msgspec
from attrs import frozen

from qenus.protocols.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    checked,
)
from qenus.protocols.curve.crypto_state import CryptoPoolState
from qenus.protocols.curve.cryptoswap_math import ONE, check_share
from qenus.protocols.curve.cryptoswap_roots import (
    THREE_V200,
    TWO_V200,
    TWO_V210,
    Generation,
    balance_of_three,
    balance_of_two,
    decay,
    geometric_mean_of_three,
    invariant_of_three,
    invariant_of_two,
    prices,
)
from qenus.protocols.curve.stableswap_math import FEE_UNIT

__all__ = ["CryptoVersion", "CurveCryptoNgPool"]

_CLAIM_INTERVAL = 86_400
_STEP_PART = 5
# The view answers an input by so many rounds of adding the fee.
_ROUNDS = 5


@frozen
class CryptoVersion:
    """One version of the second generation.

    `rechecks` where a moved price scale is checked once more against D; `mints_fees` where the
    admin's fees are claimed as liquidity, from what the pool's address holds.
    """

    tokens: int
    generation: Generation
    rechecks: bool
    mints_fees: bool = False


TWOCRYPTO_V200 = CryptoVersion(2, TWO_V200, rechecks=True)
TWOCRYPTO_V210 = CryptoVersion(2, TWO_V210, rechecks=False)
TRICRYPTO_V200 = CryptoVersion(3, THREE_V200, rechecks=True, mints_fees=True)
# The pools of three that do not move native ether: they owe the admin as those of two do.
TRICRYPTO_V200_OWING = CryptoVersion(3, THREE_V200, rechecks=True)


class CurveCryptoNgPool(CryptoPoolState, frozen=True):
    """One pool at one moment; see `CryptoPoolState` for what it shares with the first generation.

    `owed` is the liquidity that the pool owes the admin, `claimed_at` when it was paid last
    (UNIX seconds); `claims` says that the admin's fees have a receiver.
    """

    version: CryptoVersion = TWOCRYPTO_V200
    owed: int = 0
    claimed_at: int = 0
    claims: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.balances) != self.version.tokens:
            raise OutOfBounds("tokens", str(self.version.tokens), len(self.balances))

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoViews2Optimized.vy, get_dy.
        """
        check_amount("amount_in", amount_in)
        self.check_tokens(token_in, token_out)
        balances = list(self.balances)
        balances[token_in] += amount_in
        scaled = self.scaled(balances)
        left, _ = self._balance_at(scaled, self.invariant_at(timestamp), token_out, timestamp)
        gross = scaled[token_out] - left
        scaled[token_out] = left
        return self.after_fee(scaled, token_out, gross)[0]

    def get_dx(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return what the contract's view says an output costs: five rounds of adding the fee.

        What that input brings can differ from the output.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoViews2Optimized.vy, get_dx.
        """
        check_amount("amount_out", amount_out)
        self.check_tokens(token_in, token_out)
        target = self.invariant_at(timestamp)
        wanted, cost = amount_out, 0
        for _ in range(_ROUNDS):
            balances = list(self.balances)
            balances[token_out] -= wanted
            if balances[token_out] < 0:
                raise QuoteRefused(f"the pool holds {self.balances[token_out]} of {token_out}")
            scaled = self.scaled(balances)
            needed, _ = self._balance_at(scaled, target, token_in, timestamp)
            if needed < scaled[token_in]:
                raise QuoteRefused("the output would cost less than nothing: it reverts")
            cost = needed - scaled[token_in]
            scaled[token_in] = needed
            if token_in:
                cost = checked(cost * ONE) // self.price_scale[token_in - 1]
            cost //= self.precisions[token_in]
            wanted = amount_out + checked(self.fees.at(scaled) * wanted) // FEE_UNIT + 1
        return cost

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveCryptoNgPool, int]":
        """Return the pool after a trade, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy: _exchange.
        """
        check_amount("amount_in", amount_in)
        self.check_tokens(token_in, token_out)
        target = self.invariant_at(timestamp)
        balances = list(self.balances)
        balances[token_in] += amount_in
        scaled = self.scaled(balances)
        left, k0 = self._balance_at(scaled, target, token_out, timestamp)
        gross = scaled[token_out] - left
        scaled[token_out] = left
        amount_out, _ = self.after_fee(scaled, token_out, gross)
        balances[token_out] -= amount_out
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        scaled[token_out] = self.scaled_at(token_out, balances[token_out])
        after = msgspec.structs.replace(self, balances=tuple(balances), d=target)
        return after._tweaked(scaled, timestamp, 0, k0), amount_out

    def invariant_at(self, timestamp: int) -> int:
        """Return the D that a trade counts with: searched anew while a ramp lies ahead.

        Raises:
            QuoteRefused: the contract would revert.
        """
        if self.ramp.future_time <= timestamp:
            return self.d
        return self._invariant_of(self.scaled(self.balances), timestamp)

    def add_liquidity(
        self, amounts: tuple[int, ...], timestamp: int
    ) -> "tuple[CurveCryptoNgPool, int]":
        """Return the pool after a deposit, and the liquidity tokens that it brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy: add_liquidity.
        """
        if len(amounts) != len(self.balances):
            raise QuoteRefused(f"expected {len(self.balances)} amounts, found {len(amounts)}")
        if min(amounts) < 0 or not any(amounts):
            raise QuoteRefused("nothing is put in, or less: the contract reverts")
        balances = [held + amount for held, amount in zip(self.balances, amounts, strict=True)]
        before, scaled = self.scaled(self.balances), self.scaled(balances)
        old_d = self.invariant_at(timestamp)
        target = self._invariant_of(scaled, timestamp)
        after = msgspec.structs.replace(self, balances=tuple(balances))
        if not old_d:
            minted = check_amount("liquidity", self._xcp(target, self.price_scale))
            after = msgspec.structs.replace(
                after, d=target, virtual_price=ONE, xcp_profit=ONE, xcp_profit_a=ONE,
                supply=self.supply + minted,
            )  # fmt: skip
        else:
            minted = checked(self.supply * target) // old_d - self.supply
            check_amount("liquidity", minted)
            put = [now - then for now, then in zip(scaled, before, strict=True)]
            fee = self.fee_of_deposit(put, scaled) * minted // FEE_UNIT + 1
            if fee > minted:
                raise QuoteRefused("the fee is more than the deposit: the contract reverts")
            minted -= fee
            owed = 0 if self.version.mints_fees else self.fees.admin * fee // FEE_UNIT
            after = msgspec.structs.replace(
                after, supply=self.supply + minted, owed=self.owed + owed
            )._tweaked(scaled, timestamp, target, 0)
        if self.version.mints_fees:
            after = after.claim_admin_fees(timestamp)
        return after, minted

    def remove_liquidity(
        self, tokens: int, timestamp: int, *, claim: bool = True
    ) -> "tuple[CurveCryptoNgPool, tuple[int, ...]]":
        """Return the pool after burning liquidity for all tokens alike, and what that brings.

        tricrypto-ng claims the admin's fees before, unless the caller says no.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy: remove_liquidity.
        """
        held, pool = self.balances, self
        if self.version.mints_fees and claim:
            # The shares are of what the pool held before the claim counted gifts in.
            pool = self.claim_admin_fees(timestamp)
        check_amount("tokens", tokens, pool.supply)
        share = tokens
        if tokens == pool.supply:
            amounts = held
        else:
            share = tokens - 1
            amounts = tuple(checked(balance * share) // pool.supply for balance in held)
        if self.version.mints_fees:
            balances = tuple(b - a for b, a in zip(held, amounts, strict=True))
        else:
            balances = tuple(b - a for b, a in zip(pool.balances, amounts, strict=True))
        left = pool.d - checked(pool.d * share) // pool.supply
        surplus = pool.surplus
        if balances != pool.balances and pool is not self:
            gained = (now - then for now, then in zip(pool.balances, held, strict=True))
            surplus = tuple(more + gain for more, gain in zip(surplus, gained, strict=False))
        return msgspec.structs.replace(
            pool, balances=balances, surplus=surplus, d=left, supply=pool.supply - tokens
        ), amounts

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what the view says burning liquidity brings in one token, after fees."""
        return self._withdrawal(tokens, token_out, timestamp)[0]

    def remove_liquidity_one_coin(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveCryptoNgPool, int]":
        """Return the pool after burning liquidity for one token, and what that brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveTwocryptoOptimized.vy, remove_liquidity_one_coin.
        """
        pool = self.claim_admin_fees(timestamp)
        amount, scaled, target = pool._withdrawal(tokens, token_out, timestamp)
        balances = list(pool.balances)
        balances[token_out] -= amount
        after = msgspec.structs.replace(pool, balances=tuple(balances), supply=pool.supply - tokens)
        return after._tweaked(scaled, timestamp, target, 0), amount

    def apply_remove_liquidity(
        self, amounts: tuple[int, ...], supply: int, timestamp: int, *, claim: bool = True
    ) -> "CurveCryptoNgPool":
        """Return the pool after a RemoveLiquidity event; `supply` as the event carries it.

        `claim` as the caller of tricrypto-ng chose, which a ClaimAdminFee event before it shows.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        claimed = self.version.mints_fees and claim
        before = self.claim_admin_fees(timestamp).supply if claimed else self.supply
        after, given = self.remove_liquidity(before - supply, timestamp, claim=claim)
        if given != amounts:
            raise OutOfBounds("token amounts", str(given), amounts)
        return after

    def claim_admin_fees(self, timestamp: int) -> "CurveCryptoNgPool":
        """Return the pool after what is due to the admin is claimed, if it is.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy: _claim_admin_fees.
        """
        if self.xcp_profit <= self.xcp_profit_a or self.supply < ONE:
            return self
        if self.version.mints_fees:
            return self._claimed_as_liquidity(timestamp)
        if timestamp - self.claimed_at < _CLAIM_INTERVAL or self.ramp.future_time > timestamp:
            return self
        return self._claimed_as_tokens(timestamp)

    def get_virtual_price(self) -> int:
        """Return what one liquidity token is worth, 18 decimals.

        Source: Curve CurveTwocryptoOptimized.vy, get_virtual_price.
        """
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        return ONE * self._xcp(self.d, self.price_scale) // self.supply

    def price_oracle_at(self, timestamp: int) -> tuple[int, ...]:
        """Return the average of prices as the contract answers it in a block of this timestamp.

        Source: Curve CurveTwocryptoOptimized.vy, price_oracle.
        """
        if self.last_prices_at >= timestamp:
            return self.price_oracle
        alpha = decay(timestamp - self.last_prices_at, self.rebalancing.ma_time)
        return tuple(
            checked(min(last, 2 * scale) * (ONE - alpha) + average * alpha) // ONE
            for last, scale, average in zip(
                self.last_prices, self.price_scale, self.price_oracle, strict=True
            )
        )

    def _tweaked(
        self, scaled: list[int], timestamp: int, target: int, k0: int
    ) -> "CurveCryptoNgPool":
        """Return the pool with prices, D and profits after a change of balances.

        `target` is D where it is known already, 0 otherwise; `k0` of the trade guides the search.

        Raises:
            QuoteRefused: the contract would revert, as where liquidity would lose.

        Source: Curve CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy: tweak_price.
        """
        oracle = self.price_oracle_at(timestamp)
        target = target or self._invariant_of(scaled, timestamp, k0)
        last = tuple(
            checked(price * scale) // ONE
            for price, scale in zip(
                prices(*self.ramp.at(timestamp), scaled, target), self.price_scale, strict=True
            )
        )
        if len(last) > 1 and max(*last, *oracle) >= UINT128_MAX:
            raise QuoteRefused("a price leaves the 128 bits that it has: the contract reverts")
        virtual_price, profit = ONE, ONE
        if self.virtual_price:
            if not self.supply:
                raise QuoteRefused("the pool is empty")
            virtual_price = ONE * self._xcp(target, self.price_scale) // self.supply
            profit = checked(self.xcp_profit * virtual_price) // self.virtual_price
            if self.ramp.future_time < timestamp and virtual_price <= self.virtual_price:
                raise QuoteRefused("liquidity would gain nothing: the contract reverts")
        after = msgspec.structs.replace(
            self, price_oracle=oracle, last_prices=last,
            last_prices_at=max(self.last_prices_at, timestamp), xcp_profit=profit, d=target,
            virtual_price=virtual_price,
        )  # fmt: skip
        if 2 * virtual_price < ONE:
            raise QuoteRefused("the virtual price falls below a half: the contract reverts")
        extra = 2 * self.rebalancing.allowed_extra_profit
        if 2 * virtual_price - ONE > profit + extra:
            return after._followed(scaled, timestamp)
        return after

    def _followed(self, scaled: list[int], timestamp: int) -> "CurveCryptoNgPool":
        """Return the pool with its price scale a step nearer to the average, if profits allow."""
        ratios = [
            abs(checked(average * ONE) // price - ONE)
            for average, price in zip(self.price_oracle, self.price_scale, strict=True)
        ]
        norm = ratios[0] if len(ratios) == 1 else isqrt(sum(ratio * ratio for ratio in ratios))
        step = max(self.rebalancing.adjustment_step, norm // _STEP_PART)
        if norm <= step:
            return self
        price_scale = tuple(
            checked(price * (norm - step) + step * average) // norm
            for price, average in zip(self.price_scale, self.price_oracle, strict=True)
        )
        moved = [scaled[0]]
        for balance, new, old in zip(scaled[1:], price_scale, self.price_scale, strict=True):
            moved.append(checked(balance * new) // old)
        target = self._invariant_of(moved, timestamp)
        if self.version.rechecks:
            for balance in moved:
                check_share(balance, target)
        virtual_price = ONE * self._xcp(target, price_scale) // self.supply
        if virtual_price > ONE and 2 * virtual_price - ONE > self.xcp_profit:
            return msgspec.structs.replace(
                self, price_scale=price_scale, d=target, virtual_price=virtual_price
            )
        return self

    def _claimed_as_liquidity(self, timestamp: int) -> "CurveCryptoNgPool":
        balances = tuple(
            held + more for held, more in zip(self.balances, self.surplus, strict=False)
        )
        fees = (self.xcp_profit - self.xcp_profit_a) * self.fees.admin // (2 * FEE_UNIT)
        profit, supply = self.xcp_profit, self.supply
        if self.claims and fees:
            supply += supply * self._share_of(fees) // ONE
            profit -= 2 * fees
        target = self._invariant_of(self.scaled(balances), timestamp)
        return msgspec.structs.replace(
            self, balances=balances, surplus=(0,) * len(balances), supply=supply, d=target,
            virtual_price=ONE * self._xcp(target, self.price_scale) // supply,
            xcp_profit=profit, xcp_profit_a=profit,
        )  # fmt: skip

    def _claimed_as_tokens(self, timestamp: int) -> "CurveCryptoNgPool":
        fees = (self.xcp_profit - self.xcp_profit_a) * self.fees.admin // (2 * FEE_UNIT)
        share, profit = self.owed, self.xcp_profit
        if self.claims and fees:
            share += self.supply * self._share_of(fees) // ONE
            profit -= 2 * fees
        whole = self.supply + share
        virtual_price = ONE * self._xcp(self.d, self.price_scale) // whole
        if virtual_price < ONE:
            return self
        if share and not self.claims:
            raise QuoteRefused("the admin's tokens have no receiver: the contract reverts")
        balances = tuple(held - checked(held * share) // whole for held in self.balances)
        return msgspec.structs.replace(
            self, balances=balances, owed=0, claimed_at=timestamp, xcp_profit=profit,
            xcp_profit_a=max(profit, self.xcp_profit_a), virtual_price=virtual_price,
            d=self.d - self.d * share // whole,
        )  # fmt: skip

    def _share_of(self, fees: int) -> int:
        if fees >= self.virtual_price:
            raise QuoteRefused("the fees are worth more than the pool: the contract reverts")
        return self.virtual_price * ONE // (self.virtual_price - fees) - ONE

    def _withdrawal(
        self, tokens: int, token_out: int, timestamp: int
    ) -> tuple[int, list[int], int]:
        """Return what burning liquidity brings in one token, and balances and D after it."""
        check_amount("tokens", tokens, self.supply)
        if not 0 <= token_out < len(self.balances):
            raise QuoteRefused(
                f"token_out must be in 0..{len(self.balances) - 1}, found {token_out}"
            )
        scaled = self.scaled(self.balances)
        before_d = self.invariant_at(timestamp)
        # The fee is that of the balances which the withdrawal leaves, roughly.
        taken = checked(scaled[token_out] * len(scaled) * tokens) // self.supply
        fee = self.fees.out
        if taken < scaled[token_out]:
            rough = list(scaled)
            rough[token_out] -= taken
            fee = self.fees.at(rough)
        burned = tokens * before_d // self.supply
        target = before_d - (burned - (checked(fee * burned) // (2 * FEE_UNIT) + 1))
        if not before_d or target < 0:
            raise QuoteRefused("the pool is empty")
        left, _ = self._balance_at(scaled, target, token_out, timestamp)
        if left > scaled[token_out]:
            raise QuoteRefused("the withdrawal gives less than nothing: the contract reverts")
        amount = checked((scaled[token_out] - left) * ONE) // self._unit(token_out)
        scaled[token_out] = left
        return amount, scaled, target

    def _balance_at(
        self, scaled: list[int], target: int, at: int, timestamp: int
    ) -> tuple[int, int]:
        amp, gamma = self.ramp.at(timestamp)
        if len(scaled) == 2:
            return balance_of_two(self.version.generation, amp, gamma, scaled, target, at)
        return balance_of_three(amp, gamma, scaled, target, at)

    def _invariant_of(self, scaled: list[int], timestamp: int, k0: int = 0) -> int:
        amp, gamma = self.ramp.at(timestamp)
        if len(scaled) == 2:
            return invariant_of_two(self.version.generation, amp, gamma, scaled, k0)
        return invariant_of_three(amp, gamma, scaled, k0)

    def _xcp(self, target: int, price_scale: tuple[int, ...]) -> int:
        balances = self.balanced(target, price_scale)
        if len(balances) == 2:
            return isqrt(checked(balances[0] * balances[1]))
        return geometric_mean_of_three(balances)
