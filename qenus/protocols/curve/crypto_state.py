"""What Curve's crypto pools of every generation hold: balances, prices, D and what was earned.

A crypto pool counts token k at `price_scale[k-1]` of token 0 and keeps its liquidity densest there.
Trades move a moving average of prices, and where the pool has earned enough its scale follows. All
of that is state: what one trade brings depends on the trades before it, to the last digit.
Source: Curve CurveCryptoSwap2.vy, CurveTwocryptoOptimized.vy, CurveTricryptoOptimizedWETH.vy.
"""

from typing import Self

import msgspec
from attrs import frozen

from qenus.protocols.bounds import (
    UINT128_MAX,
    UINT256_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
    check_tokens,
    checked,
)
from qenus.protocols.curve.cryptoswap_math import ONE, RampOfAGamma, marginal_price, reduction
from qenus.protocols.curve.stableswap_math import FEE_UNIT
from qenus.protocols.least_input import least_input

__all__ = ["CryptoFees", "CryptoPoolState", "Rebalancing"]

NOISE_FEE = 10**5


@frozen
class CryptoFees:
    """A crypto pool's fees in parts of 10^10: `mid` in balance, `out` far from it.

    `gamma` (18 decimals) says how fast one turns into the other; `admin` is a part of the profit.
    """

    mid: int
    out: int
    gamma: int
    admin: int = 5 * 10**9

    def __attrs_post_init__(self) -> None:
        check_range("mid_fee", self.mid, 0, FEE_UNIT)
        check_range("out_fee", self.out, self.mid, FEE_UNIT)
        check_range("fee_gamma", self.gamma, 1, ONE)
        check_range("admin_fee", self.admin, 0, FEE_UNIT)

    def at(self, scaled: list[int]) -> int:
        """Return the fee at balances of common worth."""
        near = reduction(scaled, self.gamma)
        return (self.mid * near + self.out * (ONE - near)) // ONE


@frozen
class Rebalancing:
    """When the price scale follows: profits and steps with 18 decimals, `ma_time` in seconds.

    `ma_time` is the contract's own number: a half time in the first generation, in the second the
    time in which the average's weight falls to 1/e.
    """

    allowed_extra_profit: int
    adjustment_step: int
    ma_time: int

    def __attrs_post_init__(self) -> None:
        check_range("allowed_extra_profit", self.allowed_extra_profit, 0, ONE)
        check_range("adjustment_step", self.adjustment_step, 0, ONE)
        check_range("ma_time", self.ma_time, 1, 1 << 64)


class CryptoPoolState(msgspec.Struct, frozen=True):
    """One pool at one moment.

    `balances` in smallest units; `precisions` bring them to 18 decimals; prices of each further
    token in token 0, 18 decimals: `price_scale`, the stored average `price_oracle`, `last_prices`
    and when they were (UNIX seconds); `d`, `virtual_price`, `xcp_profit`, `xcp_profit_a` and
    `supply` as the contract stores them, 18 decimals; `surplus` is what the pool's address holds
    beyond its balances, which a claim of the admin's fees counts in where it reads them.
    """

    balances: tuple[int, ...]
    precisions: tuple[int, ...]
    price_scale: tuple[int, ...]
    price_oracle: tuple[int, ...]
    last_prices: tuple[int, ...]
    last_prices_at: int
    ramp: RampOfAGamma
    fees: CryptoFees
    rebalancing: Rebalancing
    d: int
    virtual_price: int
    xcp_profit: int
    xcp_profit_a: int
    supply: int
    surplus: tuple[int, ...] = (0, 0, 0)

    def __post_init__(self) -> None:
        count = len(self.balances)
        check_range("tokens", count, 2, 3)
        for what, length in (
            ("precisions", count), ("price_scale", count - 1), ("price_oracle", count - 1),
            ("last_prices", count - 1),
        ):  # fmt: skip
            found = len(getattr(self, what))
            if found != length:
                raise OutOfBounds(f"count of {what}", str(length), found)
        most_of_a_price = UINT256_MAX if count == 2 else UINT128_MAX
        for numbers, what, low, high in (
            (self.balances, "balance", 0, UINT256_MAX),
            (self.precisions, "precision", 1, ONE),
            (self.price_scale, "price_scale", 1, most_of_a_price),
            (self.price_oracle, "price_oracle", 0, most_of_a_price),
            (self.last_prices, "last_prices", 0, most_of_a_price),
            (self.surplus, "surplus", 0, UINT256_MAX),
        ):
            for number in numbers:
                check_range(what, number, low, high)
        check_range("last_prices_at", self.last_prices_at, 0, 1 << 64)
        for what in ("d", "virtual_price", "xcp_profit", "xcp_profit_a", "supply"):
            check_range(what, getattr(self, what), 0, UINT256_MAX)

    def exchange(
        self, token_in: int, token_out: int, amount_in: int, timestamp: int
    ) -> tuple[Self, int]:
        """Return the pool after a trade, and what the trade brings."""
        raise NotImplementedError

    def add_liquidity(self, amounts: tuple[int, ...], timestamp: int) -> tuple[Self, int]:
        """Return the pool after a deposit, and the liquidity tokens that it brings."""
        raise NotImplementedError

    def remove_liquidity_one_coin(
        self, tokens: int, token_out: int, timestamp: int
    ) -> tuple[Self, int]:
        """Return the pool after burning liquidity for one token, and what that brings."""
        raise NotImplementedError

    def scaled(self, balances: tuple[int, ...] | list[int]) -> list[int]:
        """Return balances in 18 decimals and in the worth of token 0.

        Raises:
            QuoteRefused: the contract's arithmetic would leave uint256.
        """
        return [self.scaled_at(index, balance) for index, balance in enumerate(balances)]

    def scaled_at(self, index: int, balance: int) -> int:
        """Return one token's balance in 18 decimals and in the worth of token 0."""
        bare = checked(balance * self.precisions[index])
        if not index:
            return bare
        return checked(bare * self.price_scale[index - 1]) // ONE

    def fee(self) -> int:
        """Return the fee of a small trade now, in parts of 10^10.

        Source: Curve CurveCryptoSwap2.vy, fee.
        """
        return self.fees.at(self.scaled(self.balances))

    def amount_out(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what selling exactly `amount_in` brings in a block of this timestamp.

        Raises:
            QuoteRefused: the contract would revert.
        """
        return self.exchange(token_in, token_out, amount_in, timestamp)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int, timestamp: int) -> int:
        """Return an input whose output is at least `amount_out`, least as far as quotes grow.

        This searches `exchange`. The contract's own search ends within one part in 10^14, so that
        its quotes waver by that much, and so may the input found.

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

    def fee_share_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return a small trade's fee at that time, part of the amount out: (parts, of)."""
        del timestamp
        self.check_tokens(token_in, token_out)
        return self.fee(), FEE_UNIT

    def spot_price_at(self, token_in: int, token_out: int, timestamp: int) -> tuple[int, int]:
        """Return the marginal price without fee: (smallest units out, smallest units in).

        The exact slope of the invariant at the pool's D.

        Raises:
            QuoteRefused: the pool is empty.
        """
        self.check_tokens(token_in, token_out)
        amp, gamma = self.ramp.at(timestamp)
        out, scale = marginal_price(
            amp, gamma, self.scaled(self.balances), self.invariant_at(timestamp), token_in,
            token_out,
        )  # fmt: skip
        return out * self._unit(token_in), scale * self._unit(token_out)

    def invariant_at(self, timestamp: int) -> int:
        """Return the D that a trade in a block of this timestamp counts with."""
        raise NotImplementedError

    def apply_exchange(
        self, token_in: int, amount_in: int, token_out: int, amount_out: int, timestamp: int
    ) -> Self:
        """Return the pool after a TokenExchange event.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.exchange(token_in, token_out, amount_in, timestamp)
        if given != amount_out:
            raise OutOfBounds("tokens bought", str(given), amount_out)
        return after

    def apply_add_liquidity(self, amounts: tuple[int, ...], supply: int, timestamp: int) -> Self:
        """Return the pool after an AddLiquidity event; `supply` as the event carries it.

        Raises:
            OutOfBounds: the event brought other liquidity than this pool would have given.
        """
        after, minted = self.add_liquidity(amounts, timestamp)
        if self.supply + minted != supply:
            raise OutOfBounds("supply", str(self.supply + minted), supply)
        return after

    def apply_remove_liquidity_one(
        self, tokens: int, token_out: int, amount: int, timestamp: int
    ) -> Self:
        """Return the pool after a RemoveLiquidityOne event.

        Raises:
            OutOfBounds: the event brought something else than this pool would have given.
        """
        after, given = self.remove_liquidity_one_coin(tokens, token_out, timestamp)
        if given != amount:
            raise OutOfBounds("coin amount", str(given), amount)
        return after

    def apply_surplus(self, surplus: tuple[int, ...]) -> Self:
        """Return the pool with what its address holds beyond its balances.

        Raises:
            OutOfBounds: another count, or a number that no token has.
        """
        if len(surplus) != len(self.balances):
            raise OutOfBounds("count of surpluses", str(len(self.balances)), len(surplus))
        return msgspec.structs.replace(self, surplus=surplus)

    def apply_ramp(self, ramp: RampOfAGamma) -> Self:
        """Return the pool after a RampAgamma or StopRampA event."""
        return msgspec.structs.replace(self, ramp=ramp)

    def apply_parameters(self, fees: CryptoFees, rebalancing: Rebalancing) -> Self:
        """Return the pool after a NewParameters event."""
        return msgspec.structs.replace(self, fees=fees, rebalancing=rebalancing)

    def check_tokens(self, token_in: int, token_out: int) -> None:
        """Check that a trade is between two of the pool's tokens.

        Raises:
            QuoteRefused: no such token, or it is the same token.
        """
        check_tokens(token_in, token_out, len(self.balances))

    def balanced(self, target: int, price_scale: tuple[int, ...]) -> list[int]:
        """Return the balances, 18 decimals, that a balanced pool with this D would hold."""
        count = len(self.balances)
        return [
            target // count,
            *(checked(target * ONE) // (count * price) for price in price_scale),
        ]

    def fee_of_deposit(self, amounts: list[int], scaled: list[int]) -> int:
        """Return the fee on liquidity for amounts of common worth, in parts of 10^10.

        Source: Curve CurveCryptoSwap2.vy, _calc_token_fee.
        """
        count, total = len(amounts), sum(amounts)
        if not total:
            raise QuoteRefused("nothing is put in: the contract reverts")
        fee = self.fees.at(scaled) * count // (4 * (count - 1))
        mean = total // count
        apart = sum(abs(amount - mean) for amount in amounts)
        return fee * apart // total + NOISE_FEE

    def after_fee(self, scaled: list[int], token_out: int, gross: int) -> tuple[int, int]:
        """Return what is left of an output (18 decimals, worth of token 0) and the fee, in units.

        One unit of the output stays back, for roundings.

        Raises:
            QuoteRefused: there is no output.
        """
        if gross < 1:
            raise QuoteRefused("the trade would give less than nothing: the contract reverts")
        bare = gross - 1
        if token_out:
            bare = checked(bare * ONE) // self.price_scale[token_out - 1]
        bare //= self.precisions[token_out]
        fee = self.fees.at(scaled) * bare // FEE_UNIT
        return bare - fee, fee

    def _unit(self, token: int) -> int:
        """Return the worth of a token's smallest unit in token 0, 36 decimals."""
        price = self.price_scale[token - 1] if token else ONE
        return price * self.precisions[token]
