"""Balancer V2 weighted pools: the product of balance^weight stays, fee on the input.

Swaps through the vault only; amounts and balances are brought to 18 decimals, and no trade may take
or give more than 30 % of a balance. The vault keeps a balance in 112 bits: a trade that would bring
in more is refused, whatever the pool's maths says.
Source: Balancer v2 WeightedMath, BaseMinimalSwapInfoPool, BasePool, BalanceAllocation.
"""

import msgspec

from qenus.protocols.balancer_v2.fixed_point import (
    ONE,
    complement,
    divide_down,
    divide_up,
    multiply_down,
    multiply_up,
)
from qenus.protocols.balancer_v2.log_exp_math import power_up
from qenus.protocols.balancer_v2.vault import check_notable
from qenus.protocols.bounds import (
    UINT112_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
    check_tokens,
)

__all__ = ["BalancerWeightedPool"]

_MAX_RATIO = 3 * 10**17
_MAX_TOKENS = 50


class BalancerWeightedPool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `balances` in smallest units, `scaling` factors to 18 decimals (10^(18 - decimals)), `weights`
    and `fee` with 18 decimals. `shortcuts`: whether the pool's version multiplies out the powers
    1, 2 and 4.
    """

    balances: tuple[int, ...]
    scaling: tuple[int, ...]
    weights: tuple[int, ...]
    fee: int
    shortcuts: bool
    paused: bool = False

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, ...],
        decimals: tuple[int, ...],
        weights: tuple[int, ...],
        fee: int,
        shortcuts: bool,
        paused: bool = False,
    ) -> "BalancerWeightedPool":
        """Return the pool with this state, checked.

        Raises:
            OutOfBounds: counts differ, a number leaves its contract type, or the weights do not
                add up to one.
        """
        check_range("tokens", len(balances), 2, _MAX_TOKENS)
        for what, values in (("decimals", decimals), ("weights", weights)):
            if len(values) != len(balances):
                raise OutOfBounds(f"count of {what}", str(len(balances)), len(values))
        for balance in balances:
            check_range("balance", balance, 0, UINT112_MAX)
        for count in decimals:
            check_range("decimals", count, 0, 18)
        for weight in weights:
            check_range("weight", weight, 1, ONE)
        if sum(weights) != ONE:
            raise OutOfBounds("sum of weights", str(ONE), sum(weights))
        check_range("fee", fee, 0, ONE - 1)
        scaling = tuple(10 ** (18 - count) for count in decimals)
        return cls(balances, scaling, weights, fee, shortcuts, paused)

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` (smallest units) of a token brings of another.

        Raises:
            QuoteRefused: more than 30 % of the balance, or pool or vault would revert.

        Source: Balancer v2 WeightedMath._calcOutGivenIn.
        """
        check_amount("amount_in", amount_in, UINT112_MAX)
        balance_in, balance_out = self._balances(token_in, token_out)
        check_notable(self.balances[token_in], amount_in)
        amount_in -= multiply_up(amount_in, self.fee)
        amount_in *= self.scaling[token_in]
        if amount_in > multiply_down(balance_in, _MAX_RATIO):
            raise QuoteRefused("more than 30 % of the balance of the token sold")
        base = divide_up(balance_in, balance_in + amount_in)
        exponent = divide_down(self.weights[token_in], self.weights[token_out])
        left = power_up(base, exponent, shortcuts=self.shortcuts)
        return multiply_down(balance_out, complement(left)) // self.scaling[token_out]

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` (smallest units) of a token costs of another.

        Raises:
            QuoteRefused: more than 30 % of the balance, or pool or vault would revert.

        Source: Balancer v2 WeightedMath._calcInGivenOut.
        """
        check_amount("amount_out", amount_out, UINT112_MAX)
        balance_in, balance_out = self._balances(token_in, token_out)
        amount_out *= self.scaling[token_out]
        if amount_out > multiply_down(balance_out, _MAX_RATIO):
            raise QuoteRefused("more than 30 % of the balance of the token bought")
        base = divide_up(balance_out, balance_out - amount_out)
        exponent = divide_up(self.weights[token_out], self.weights[token_in])
        grown = power_up(base, exponent, shortcuts=self.shortcuts)
        cost = multiply_up(balance_in, grown - ONE)
        amount_in = divide_up(-(-cost // self.scaling[token_in]), complement(self.fee))
        check_notable(self.balances[token_in], amount_in)
        return amount_in

    def trade(
        self, token_in: int, token_out: int, amount_in: int
    ) -> "tuple[BalancerWeightedPool, int]":
        """Return the pool after selling exactly `amount_in`, and what that brings.

        Raises:
            QuoteRefused: pool or vault would revert.
        """
        amount_out = self.amount_out(token_in, token_out, amount_in)
        return self.apply_swap(token_in, token_out, amount_in, amount_out), amount_out

    def apply_balances(self, balances: tuple[int, ...]) -> "BalancerWeightedPool":
        """Return the pool with the balances that the vault holds from now on.

        Raises:
            OutOfBounds: another count, or a balance beyond uint112.
        """
        if len(balances) != len(self.balances):
            raise OutOfBounds("count of balances", str(len(self.balances)), len(balances))
        for balance in balances:
            check_range("balance", balance, 0, UINT112_MAX)
        return msgspec.structs.replace(self, balances=balances)

    def apply_swap(
        self, token_in: int, token_out: int, amount_in: int, amount_out: int
    ) -> "BalancerWeightedPool":
        """Return the pool after a Swap event of the vault.

        Raises:
            OutOfBounds: a balance would leave uint112.
        """
        balances = list(self.balances)
        balances[token_in] += amount_in
        balances[token_out] -= amount_out
        return self.apply_balances(tuple(balances))

    def apply_fee(self, fee: int) -> "BalancerWeightedPool":
        """Return the pool after SwapFeePercentageChanged.

        Raises:
            OutOfBounds: not below one.
        """
        return msgspec.structs.replace(self, fee=check_range("fee", fee, 0, ONE - 1))

    def apply_paused(self, paused: bool) -> "BalancerWeightedPool":
        """Return the pool after PausedStateChanged: while it is paused, every quote is refused."""
        return msgspec.structs.replace(self, paused=paused)

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        self._balances(token_in, token_out)
        return self.fee, ONE

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        self._balances(token_in, token_out)
        return (
            self.balances[token_out] * self.weights[token_in],
            self.balances[token_in] * self.weights[token_out],
        )

    def _balances(self, token_in: int, token_out: int) -> tuple[int, int]:
        check_tokens(token_in, token_out, len(self.balances))
        if self.paused:
            raise QuoteRefused("the pool is paused")
        balance_in = self.balances[token_in] * self.scaling[token_in]
        balance_out = self.balances[token_out] * self.scaling[token_out]
        if not balance_in or not balance_out:
            raise QuoteRefused("the pool is empty")
        return balance_in, balance_out
