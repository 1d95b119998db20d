"""Curve crypto pools of the first generation: two tokens (CRV/ETH and kin), three (tricrypto2).

Every change of balances ends in `_tweaked`: it moves the average of prices, finds D and the virtual
price, and lets the price scale follow where profits allow; of two tokens the later pools then claim
the admin's fees, which counts in whatever tokens the pool's address holds. While a ramp lies ahead,
and until a trade has seen its end, D is searched anew before each trade.
Source: Curve CurveCryptoSwap2.vy, CurveCryptoSwap2ETH.vy, CurveCryptoSwap.vy (tricrypto),
CurveCryptoViews3.vy.
"""

from typing import NamedTuple

import msgspec
from attrs import evolve, frozen

from qenus.protocols.bounds import (
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    checked,
)
from qenus.protocols.curve.crypto_state import CryptoPoolState
from qenus.protocols.curve.cryptoswap_math import (
    LIMITS_OF_THREE,
    LIMITS_OF_TWO,
    LIMITS_OF_TWO_2022,
    ONE,
    CurveLimits,
    RampOfAGamma,
    geometric_mean,
    half_power,
    newton_balance,
    newton_invariant,
    square_root,
)
from qenus.protocols.curve.stableswap_math import FEE_UNIT

__all__ = ["CryptoStyle", "CurveCryptoPool"]

# Amounts up to this make no price of their own.
_DUST = 10**5
_PROBE = 10**6


@frozen
class CryptoStyle:
    """How the pools of the first generation differ.

    `part` of the price's distance that a step covers at least, 0 for the fixed step alone;
    `settles` where the pool does not begin to follow below a step, and claims the admin's fees
    where there is no step left to go; `claims_when_done` where it claims them once profits do not
    allow another step; `view_searches_d` where the view searches D while a ramp lasts;
    `burns_first` where a withdrawal of one token burns before prices move.
    """

    limits: CurveLimits
    part: int = 0
    settles: bool = False
    claims_when_done: bool = True
    view_searches_d: bool = True


# EURS and EURT of October 2021.
FIRST_TWO = CryptoStyle(LIMITS_OF_TWO)
# CRV/ETH of November 2021.
SECOND_TWO = CryptoStyle(LIMITS_OF_TWO, part=10)
# CVX/ETH of December 2021 and those after it.
LATER_TWO = CryptoStyle(LIMITS_OF_TWO, part=10, settles=True)
# EUROC of June 2022.
LATEST_TWO = CryptoStyle(LIMITS_OF_TWO_2022, part=10, settles=True)
# Those of the crypto factory.
FACTORY_TWO = CryptoStyle(LIMITS_OF_TWO, part=5, settles=True)
TRICRYPTO = CryptoStyle(LIMITS_OF_THREE, claims_when_done=False)
# tricrypto2 as it stands on Ethereum and Arbitrum.
TRICRYPTO2 = CryptoStyle(LIMITS_OF_THREE, claims_when_done=False, view_searches_d=False)


class _Change(NamedTuple):
    """A change of balances on its way into prices: `token`'s price is `price`, 0 if it has none.

    `target` is D where it is known already, 0 otherwise.
    """

    scaled: list[int]
    token: int
    price: int
    target: int


class CurveCryptoPool(CryptoPoolState, frozen=True):
    """One pool at one moment; see `CryptoPoolState` for what it shares with the later generation.

    `not_adjusted` says that the price scale is about to follow; `claims` that the admin's fees have
    a receiver.
    """

    style: CryptoStyle = LATER_TWO
    not_adjusted: bool = False
    claims: bool = True
    killed: bool = False

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, CurveCryptoViews3.vy: get_dy.
        """
        check_amount("amount_in", amount_in)
        self.check_tokens(token_in, token_out)
        amp, gamma = self.ramp.at(timestamp)
        target = self.invariant_at(timestamp) if self.style.view_searches_d else self.d
        scaled = self.scaled(self._put(token_in, amount_in))
        left = newton_balance(self.style.limits, amp, gamma, scaled, target, token_out)
        gross = scaled[token_out] - left
        scaled[token_out] = left
        return self.after_fee(scaled, token_out, gross)[0]

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> "tuple[CurveCryptoPool, int]":
        """Return the pool after a trade, and what the trade brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, CurveCryptoSwap.vy: exchange.
        """
        self._check_alive()
        check_amount("amount_in", amount_in)
        self.check_tokens(token_in, token_out)
        amp, gamma = self.ramp.at(timestamp)
        target, ramp = self.invariant_at(timestamp), self._ramp_seen(timestamp)
        balances = self._put(token_in, amount_in)
        scaled = self.scaled(balances)
        left = newton_balance(self.style.limits, amp, gamma, scaled, target, token_out)
        gross = scaled[token_out] - left
        scaled[token_out] = left
        amount_out, _ = self.after_fee(scaled, token_out, gross)
        balances[token_out] -= amount_out
        if balances[token_out] < 0:
            raise QuoteRefused("the balance would fall below zero")
        scaled[token_out] = self.scaled_at(token_out, balances[token_out])
        token, price = self._price_of(token_in, token_out, amount_in, amount_out)
        after = msgspec.structs.replace(self, balances=tuple(balances), ramp=ramp, d=target)
        return after._tweaked(_Change(scaled, token, price, 0), (amp, gamma), timestamp), amount_out

    def invariant_at(self, timestamp: int) -> int:
        """Return the D that a trade counts with: searched anew while a ramp has not been seen out.

        Raises:
            QuoteRefused: the contract would revert.
        """
        if not self.ramp.future_time:
            return self.d
        amp, gamma = self.ramp.at(timestamp)
        return newton_invariant(self.style.limits, amp, gamma, self.scaled(self.balances))

    def add_liquidity(
        self, amounts: tuple[int, ...], timestamp: int
    ) -> "tuple[CurveCryptoPool, int]":
        """Return the pool after a deposit, and the liquidity tokens that it brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, CurveCryptoSwap.vy: add_liquidity.
        """
        self._check_alive()
        self._check_amounts(amounts)
        amp, gamma = self.ramp.at(timestamp)
        limits = self.style.limits
        balances = [held + amount for held, amount in zip(self.balances, amounts, strict=True)]
        before, scaled = self.scaled(self.balances), self.scaled(balances)
        old_d, ramp = self.invariant_at(timestamp), self._ramp_seen(timestamp)
        target = newton_invariant(limits, amp, gamma, scaled)
        after = msgspec.structs.replace(self, balances=tuple(balances), ramp=ramp)
        if not old_d:
            minted = self._xcp(target, self.price_scale)
            check_amount("liquidity", minted)
            return msgspec.structs.replace(
                after, d=target, virtual_price=ONE, xcp_profit=ONE, supply=self.supply + minted
            ), minted
        minted = checked(self.supply * target) // old_d - self.supply
        check_amount("liquidity", minted)
        put = [now - then for now, then in zip(scaled, before, strict=True)]
        minted -= self.fee_of_deposit(put, scaled) * minted // FEE_UNIT + 1
        if minted < 0:
            raise QuoteRefused("the fee is more than the deposit: the contract reverts")
        supply = self.supply + minted
        after = msgspec.structs.replace(after, supply=supply)
        token, price = -1, 0
        alone = [index for index, amount in enumerate(amounts) if amount]
        if minted > _DUST and len(alone) == 1:
            token = alone[0]
            value = (amounts[token], minted, supply)
            price = self._price_of_share(tuple(balances), token, *value)
        return after._tweaked(
            _Change(scaled, token, price, target), (amp, gamma), timestamp
        ), minted

    def remove_liquidity(self, tokens: int) -> "tuple[CurveCryptoPool, tuple[int, ...]]":
        """Return the pool after burning liquidity for all tokens alike, and what that brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, remove_liquidity.
        """
        check_amount("tokens", tokens, self.supply)
        share = tokens - 1
        amounts = tuple(checked(held * share) // self.supply for held in self.balances)
        balances = tuple(held - out for held, out in zip(self.balances, amounts, strict=True))
        left = self.d - checked(self.d * share) // self.supply
        return msgspec.structs.replace(
            self, balances=balances, d=left, supply=self.supply - tokens
        ), amounts

    def calc_withdraw_one_coin(self, tokens: int, token_out: int, timestamp: int) -> int:
        """Return what the view says burning liquidity brings in one token, after fees.

        The view always searches D.
        """
        amp, gamma = self.ramp.at(timestamp)
        target = newton_invariant(self.style.limits, amp, gamma, self.scaled(self.balances))
        return self._withdrawal(tokens, token_out, timestamp, target, priced=False)[0]

    def remove_liquidity_one_coin(
        self, tokens: int, token_out: int, timestamp: int
    ) -> "tuple[CurveCryptoPool, int]":
        """Return the pool after burning liquidity for one token, and what that brings.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, CurveCryptoSwap.vy: remove_liquidity_one_coin.
        """
        self._check_alive()
        amount, change = self._withdrawal(
            tokens, token_out, timestamp, self.invariant_at(timestamp)
        )
        ramp = self.ramp
        if timestamp >= ramp.future_time:
            ramp = evolve(ramp, future_time=1)
        balances = list(self.balances)
        balances[token_out] -= amount
        after = msgspec.structs.replace(
            self, balances=tuple(balances), ramp=ramp, supply=self.supply - tokens
        )
        return after._tweaked(change, self.ramp.at(timestamp), timestamp), amount

    def apply_remove_liquidity(self, amounts: tuple[int, ...], supply: int) -> "CurveCryptoPool":
        """Return the pool after a RemoveLiquidity event; `supply` as the event carries it.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.remove_liquidity(self.supply - supply)
        if given != amounts:
            raise OutOfBounds("token amounts", str(given), amounts)
        return after

    def claim_admin_fees(self, timestamp: int) -> "CurveCryptoPool":
        """Return the pool after the admin's fees are claimed as liquidity.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Curve CurveCryptoSwap2.vy, _claim_admin_fees.
        """
        amp, gamma = self.ramp.at(timestamp)
        balances = tuple(
            held + more for held, more in zip(self.balances, self.surplus, strict=False)
        )
        profit, supply = self.xcp_profit, self.supply
        if profit > self.xcp_profit_a:
            fees = (profit - self.xcp_profit_a) * self.fees.admin // (2 * FEE_UNIT)
            if fees and self.claims:
                if fees >= self.virtual_price:
                    raise QuoteRefused("the fees are worth more than the pool: it reverts")
                rest = self.virtual_price - fees
                supply += supply * (self.virtual_price * ONE // rest - ONE) // ONE
                profit -= 2 * fees
        target = newton_invariant(self.style.limits, amp, gamma, self.scaled(balances))
        if not supply:
            raise QuoteRefused("the pool is empty")
        return msgspec.structs.replace(
            self, balances=balances, surplus=(0,) * len(balances), supply=supply, d=target,
            virtual_price=ONE * self._xcp(target, self.price_scale) // supply, xcp_profit=profit,
            xcp_profit_a=max(profit, self.xcp_profit_a),
        )  # fmt: skip

    def get_virtual_price(self) -> int:
        """Return what one liquidity token is worth, 18 decimals.

        Source: Curve CurveCryptoSwap2.vy, get_virtual_price.
        """
        if not self.supply:
            raise QuoteRefused("the pool is empty")
        return ONE * self._xcp(self.d, self.price_scale) // self.supply

    def _tweaked(
        self, change: _Change, amp_gamma: tuple[int, int], timestamp: int
    ) -> "CurveCryptoPool":
        """Return the pool with prices, D and profits after a change of balances.

        Raises:
            QuoteRefused: the contract would revert, as where liquidity would lose.

        Source: Curve CurveCryptoSwap2.vy, CurveCryptoSwap.vy: tweak_price.
        """
        limits = self.style.limits
        oracle, seen_at = self.price_oracle, self.last_prices_at
        if seen_at < timestamp:
            alpha = half_power((timestamp - seen_at) * ONE // self.rebalancing.ma_time)
            oracle = tuple(
                checked(last * (ONE - alpha) + price * alpha) // ONE
                for last, price in zip(self.last_prices, oracle, strict=True)
            )
            seen_at = timestamp
        target = change.target or newton_invariant(limits, *amp_gamma, change.scaled)
        last = self._last_prices_after(change, amp_gamma, target)
        if len(last) > 1 and max(*last, *oracle) >= UINT128_MAX:
            raise QuoteRefused("a price leaves the 128 bits that it has: the contract reverts")
        virtual_price, profit, ramp = ONE, ONE, self.ramp
        if self.virtual_price:
            if not self.supply:
                raise QuoteRefused("the pool is empty")
            virtual_price = ONE * self._xcp(target, self.price_scale) // self.supply
            profit = checked(self.xcp_profit * virtual_price) // self.virtual_price
            if virtual_price < self.virtual_price and not ramp.future_time:
                raise QuoteRefused("liquidity would lose: the contract reverts")
            if ramp.future_time == 1:
                ramp = evolve(ramp, future_time=0)
        after = msgspec.structs.replace(
            self, price_oracle=oracle, last_prices=last, last_prices_at=seen_at,
            xcp_profit=profit, ramp=ramp,
        )  # fmt: skip
        return after._followed(change.scaled, amp_gamma, timestamp, (target, virtual_price))

    def _followed(
        self,
        scaled: list[int],
        amp_gamma: tuple[int, int],
        timestamp: int,
        found: tuple[int, int],
    ) -> "CurveCryptoPool":
        """Return the pool with its price scale a step nearer to the average, where profits allow.

        `found` is D and the virtual price with the scale as it is.
        """
        target, virtual_price = found
        style, norm, step = self.style, *self._distance()
        far = norm > step and self.virtual_price > 0
        profits = 2 * virtual_price - ONE > (
            self.xcp_profit + 2 * self.rebalancing.allowed_extra_profit
        )
        needs = self.not_adjusted or (profits and (far or not style.settles))
        plain = msgspec.structs.replace(
            self, d=target, virtual_price=virtual_price, not_adjusted=needs
        )
        if not needs:
            return plain
        settled = msgspec.structs.replace(plain, not_adjusted=False)
        if not far:
            return settled.claim_admin_fees(timestamp) if style.settles else plain
        if len(self.price_scale) > 1:
            norm, step = square_root(norm // ONE), self.rebalancing.adjustment_step
        price_scale = tuple(
            checked(price * (norm - step) + step * average) // norm
            for price, average in zip(self.price_scale, self.price_oracle, strict=True)
        )
        moved = [scaled[0]]
        for balance, new, old in zip(scaled[1:], price_scale, self.price_scale, strict=True):
            moved.append(checked(balance * new) // old)
        target = newton_invariant(style.limits, *amp_gamma, moved)
        virtual_price = ONE * self._xcp(target, price_scale) // self.supply
        if virtual_price > ONE and 2 * virtual_price - ONE > self.xcp_profit:
            return msgspec.structs.replace(
                plain, price_scale=price_scale, d=target, virtual_price=virtual_price
            )
        return settled.claim_admin_fees(timestamp) if style.claims_when_done else settled

    def _distance(self) -> tuple[int, int]:
        """Return how far the average of prices is from the scale, and a step; of three squared."""
        ratios = [
            abs(average * ONE // price - ONE)
            for average, price in zip(self.price_oracle, self.price_scale, strict=True)
        ]
        step = self.rebalancing.adjustment_step
        if len(ratios) > 1:
            return checked(sum(ratio * ratio for ratio in ratios)), step * step
        part = self.style.part
        return ratios[0], max(step, ratios[0] // part) if part else step

    def _last_prices_after(
        self, change: _Change, amp_gamma: tuple[int, int], target: int
    ) -> tuple[int, ...]:
        """Return the last prices: those of the trade, or those at the margin if it made none."""
        prices = list(self.last_prices)
        if change.price:
            if len(prices) == 1:
                return (change.price,)
            if change.token:
                prices[change.token - 1] = change.price
                return tuple(prices)
            return tuple(checked(price * ONE) // change.price for price in prices)
        probe = change.scaled[0] // _PROBE
        probed = [change.scaled[0] + probe, *change.scaled[1:]]
        for index, scale in enumerate(self.price_scale):
            given = change.scaled[index + 1] - newton_balance(
                self.style.limits, *amp_gamma, probed, target, index + 1
            )
            if given <= 0:
                raise QuoteRefused("the price at the margin is none: the contract reverts")
            prices[index] = checked(scale * probe) // given
        return tuple(prices)

    def _price_of(
        self, token_in: int, token_out: int, amount_in: int, amount_out: int
    ) -> tuple[int, int]:
        """Return the token whose price a trade gives, and the price, 0 where it is too small."""
        if amount_in <= _DUST or amount_out <= _DUST:
            return token_out, 0
        paid = amount_in * self.precisions[token_in]
        given = amount_out * self.precisions[token_out]
        if token_in and token_out:
            return token_out, checked(self.last_prices[token_in - 1] * paid) // given
        if not token_in:
            return token_out, paid * ONE // given
        return token_in, given * ONE // paid

    def _price_of_share(
        self, balances: tuple[int, ...], token: int, amount: int, tokens: int, supply: int
    ) -> int:
        """Return the price that a deposit or withdrawal in one token gives.

        `tokens` of `supply` stand for `amount`; of three tokens in the last prices, of two as if
        the other were token 0, and inverted where it is not.
        """
        count, rest = len(balances), 0
        for index, balance in enumerate(balances):
            if index != token:
                part = balance * self.precisions[index]
                if index and count > 2:
                    part = checked(part * self.last_prices[index - 1]) // ONE
                rest += part
        rest = checked(rest * tokens) // supply
        precision = self.precisions[token]
        share = checked(tokens * balances[token] * precision) // supply
        if amount * precision <= share:
            raise QuoteRefused("the price of the share is none: the contract reverts")
        price = checked(rest * ONE) // (amount * precision - share)
        if count > 2 or token:
            return price
        if not price:
            raise QuoteRefused("the price of the share is none: the contract reverts")
        return ONE * ONE // price

    def _withdrawal(
        self, tokens: int, token_out: int, timestamp: int, before_d: int, *, priced: bool = True
    ) -> tuple[int, _Change]:
        """Return what burning liquidity brings in one token, and the change that it makes."""
        check_amount("tokens", tokens, self.supply)
        if not 0 <= token_out < len(self.balances):
            raise QuoteRefused(
                f"token_out must be in 0..{len(self.balances) - 1}, found {token_out}"
            )
        amp, gamma = self.ramp.at(timestamp)
        scaled = self.scaled(self.balances)
        fee = self.fees.at(scaled)
        burned = checked(tokens * before_d) // self.supply
        target = before_d - (burned - (fee * burned // (2 * FEE_UNIT) + 1))
        left = newton_balance(self.style.limits, amp, gamma, scaled, target, token_out)
        if left > scaled[token_out]:
            raise QuoteRefused("the withdrawal gives less than nothing: the contract reverts")
        unit = self._unit(token_out)
        amount = checked((scaled[token_out] - left) * ONE) // unit
        scaled[token_out] = left
        price = 0
        if priced and amount > _DUST and tokens > _DUST:
            price = self._price_of_share(self.balances, token_out, amount, burned, before_d)
        return amount, _Change(scaled, token_out, price, target)

    def _ramp_seen(self, timestamp: int) -> RampOfAGamma:
        """Return the ramp as a trade leaves it: marked where it has seen its end."""
        if 0 < self.ramp.future_time <= timestamp:
            return evolve(self.ramp, future_time=1)
        return self.ramp

    def _put(self, token: int, amount: int) -> list[int]:
        balances = list(self.balances)
        balances[token] += amount
        return balances

    def _xcp(self, target: int, price_scale: tuple[int, ...]) -> int:
        return geometric_mean(sorted(self.balanced(target, price_scale), reverse=True))

    def _check_amounts(self, amounts: tuple[int, ...]) -> None:
        if len(amounts) != len(self.balances):
            raise QuoteRefused(f"expected {len(self.balances)} amounts, found {len(amounts)}")
        if min(amounts) < 0 or not any(amounts):
            raise QuoteRefused("nothing is put in, or less: the contract reverts")

    def _check_alive(self) -> None:
        if self.killed:
            raise QuoteRefused("the pool is killed")
