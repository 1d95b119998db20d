"""Balancer V2 stable pools: StablePool, MetaStable and Composable, with rates.

Balances times scaling factors (decimals and rates together, 18 decimals) lie on a stable-swap
curve; the fee is on the input. A composable pool lists its own liquidity token among its tokens:
trades of that token are joins and exits, which depend on protocol fees due, and are refused here.
Source: Balancer v2 StableMath, BaseGeneralPool, ComposableStablePool.
"""

from enum import IntEnum

import msgspec

from qenus.pools.bounds import (
    UINT112_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_range,
)
from qenus.pools.fixed_point import ONE, complement, divide_up, multiply_down, multiply_up
from qenus.pools.stableswap_math import marginal_price

__all__ = ["BalancerStablePool", "InvariantVersion"]

_AMP_PRECISION = 1000
_MAX_STEPS = 255
_MAX_TOKENS = 6


class InvariantVersion(IntEnum):
    """How the pool's contract computes the invariant."""

    # Composable pools: every division truncates.
    TRUNCATED = 1
    # StablePool and MetaStable: rounded up where a swap asks for it.
    ROUNDED_UP = 2


class BalancerStablePool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `balances` in smallest units; `scaling` brings each to 18 decimals and to a common worth
    (10^(18 - decimals) · rate, 18 decimals); `amp` is the amplification times 1000; `fee` has 18
    decimals; `own_token` is the index of the pool's liquidity token, None where it is not listed.
    """

    balances: tuple[int, ...]
    scaling: tuple[int, ...]
    amp: int
    fee: int
    version: InvariantVersion
    own_token: int | None = None
    paused: bool = False

    @classmethod
    def at(
        cls,
        *,
        balances: tuple[int, ...],
        scaling: tuple[int, ...],
        amp: int,
        fee: int,
        version: InvariantVersion,
        own_token: int | None = None,
        paused: bool = False,
    ) -> "BalancerStablePool":
        """Return the pool with this state, checked.

        Raises OutOfBounds: counts differ or a number leaves its contract type.
        """
        check_range("tokens", len(balances), 2, _MAX_TOKENS)
        if len(scaling) != len(balances):
            raise OutOfBounds("count of scaling factors", str(len(balances)), len(scaling))
        for balance in balances:
            check_range("balance", balance, 0, UINT112_MAX)
        for factor in scaling:
            check_range("scaling factor", factor, 1, 10**54)
        check_range("amp", amp, _AMP_PRECISION, 5000 * _AMP_PRECISION)
        check_range("fee", fee, 0, ONE - 1)
        if own_token is not None:
            check_range("own_token", own_token, 0, len(balances) - 1)
        return cls(balances, scaling, amp, fee, version, own_token, paused)

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` (smallest units) of a token brings of another.

        Raises QuoteRefused: the pool's own token, an empty pool, or the contract would revert.
        Source: Balancer v2 StableMath._calcOutGivenIn.
        """
        check_amount("amount_in", amount_in, UINT112_MAX)
        balances, at_in, at_out = self._scaled(token_in, token_out)
        amount_in -= multiply_up(amount_in, self.fee)
        scaled_in = multiply_down(amount_in, self.scaling[token_in])
        invariant = self._invariant(balances)
        held = balances[at_out]
        balances[at_in] += scaled_in
        left = _balance_at(self.amp, balances, invariant, at_out)
        if held - left < 1:
            raise QuoteRefused("the trade would give nothing")
        return (held - left - 1) * ONE // self.scaling[token_out]

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` (smallest units) of a token costs of another.

        Raises QuoteRefused: the pool's own token, more than there is, or the contract would revert.
        Source: Balancer v2 StableMath._calcInGivenOut.
        """
        check_amount("amount_out", amount_out, UINT112_MAX)
        balances, at_in, at_out = self._scaled(token_in, token_out)
        scaled_out = multiply_down(amount_out, self.scaling[token_out])
        if scaled_out >= balances[at_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        invariant = self._invariant(balances)
        held = balances[at_in]
        balances[at_out] -= scaled_out
        cost = _balance_at(self.amp, balances, invariant, at_in) - held + 1
        if cost < 0:
            raise QuoteRefused("the contract's search ends below the balance: it would revert")
        return divide_up(divide_up(cost, self.scaling[token_in]), complement(self.fee))

    def trade(
        self, token_in: int, token_out: int, amount_in: int
    ) -> "tuple[BalancerStablePool, int]":
        """Return the pool after selling exactly `amount_in`, and what that brings.

        Raises QuoteRefused: the contract would revert.
        """
        amount_out = self.amount_out(token_in, token_out, amount_in)
        return self.apply_swap(token_in, token_out, amount_in, amount_out), amount_out

    def apply_balances(self, balances: tuple[int, ...]) -> "BalancerStablePool":
        """Return the pool with the balances that the vault holds from now on.

        Raises OutOfBounds: another count, or a balance beyond uint112.
        """
        if len(balances) != len(self.balances):
            raise OutOfBounds("count of balances", str(len(self.balances)), len(balances))
        for balance in balances:
            check_range("balance", balance, 0, UINT112_MAX)
        return msgspec.structs.replace(self, balances=balances)

    def apply_swap(
        self, token_in: int, token_out: int, amount_in: int, amount_out: int
    ) -> "BalancerStablePool":
        """Return the pool after a Swap event of the vault.

        Raises OutOfBounds: a balance would leave uint112.
        """
        balances = list(self.balances)
        balances[token_in] += amount_in
        balances[token_out] -= amount_out
        return self.apply_balances(tuple(balances))

    def apply_scaling(self, scaling: tuple[int, ...]) -> "BalancerStablePool":
        """Return the pool with the scaling factors that its rate providers give now."""
        return self.at(
            balances=self.balances, scaling=scaling, amp=self.amp, fee=self.fee,
            version=self.version, own_token=self.own_token, paused=self.paused,
        )  # fmt: skip

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        balances, at_in, at_out = self._scaled(token_in, token_out)
        # Balancer's amp is already A·n^(n-1), as Curve's contracts keep it.
        out, scale = marginal_price(balances, at_in, at_out, self.amp, _AMP_PRECISION)
        return out * self.scaling[token_in], scale * self.scaling[token_out]

    def _scaled(self, token_in: int, token_out: int) -> tuple[list[int], int, int]:
        """Return the balances on the curve, and where the two tokens stand among them."""
        count = len(self.balances)
        check_range("token_in", token_in, 0, count - 1)
        check_range("token_out", token_out, 0, count - 1)
        if token_in == token_out:
            raise QuoteRefused("a token cannot be swapped for itself")
        if self.paused:
            raise QuoteRefused("the pool is paused")
        own = self.own_token
        if own in (token_in, token_out):
            raise QuoteRefused("a trade of the pool's own token depends on the protocol fees due")
        balances = [
            multiply_down(balance, factor)
            for at, (balance, factor) in enumerate(zip(self.balances, self.scaling, strict=True))
            if at != own
        ]
        if not all(balances):
            raise QuoteRefused("the pool is empty")
        if own is None:
            return balances, token_in, token_out
        return balances, token_in - (token_in > own), token_out - (token_out > own)

    def _invariant(self, balances: list[int]) -> int:
        if self.version is InvariantVersion.TRUNCATED:
            return _truncated_invariant(self.amp, balances)
        return _rounded_up_invariant(self.amp, balances)


def _truncated_invariant(amp: int, balances: list[int]) -> int:
    count, total = len(balances), sum(balances)
    invariant, amp_times_count = total, amp * len(balances)
    for _ in range(_MAX_STEPS):
        product = invariant
        for balance in balances:
            product = product * invariant // (balance * count)
        previous = invariant
        invariant = (
            (amp_times_count * total // _AMP_PRECISION + product * count)
            * invariant
            // (
                (amp_times_count - _AMP_PRECISION) * invariant // _AMP_PRECISION
                + (count + 1) * product
            )
        )
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def _rounded_up_invariant(amp: int, balances: list[int]) -> int:
    count, total = len(balances), sum(balances)
    invariant, amp_times_count = total, amp * len(balances)
    for _ in range(_MAX_STEPS):
        # Here the product runs the other way: of the balances, over the invariant.
        product = balances[0] * count
        for balance in balances[1:]:
            product = -(-product * balance * count // invariant)
        previous = invariant
        numerator = count * invariant * invariant
        numerator += -(-amp_times_count * total * product // _AMP_PRECISION)
        denominator = (count + 1) * invariant
        denominator += (amp_times_count - _AMP_PRECISION) * product // _AMP_PRECISION
        invariant = -(-numerator // denominator)
        if abs(invariant - previous) <= 1:
            return invariant
    raise QuoteRefused("the invariant does not converge: the contract reverts")


def _balance_at(amp: int, balances: list[int], invariant: int, at: int) -> int:
    """Return the balance at an index that the invariant asks for, given the others.

    Source: Balancer v2 StableMath._getTokenBalanceGivenInvariantAndAllOtherBalances.
    """
    count = len(balances)
    amp_times_count = amp * count
    product = balances[0] * count
    for balance in balances[1:]:
        product = product * balance * count // invariant
    others = sum(balances) - balances[at]
    square = invariant * invariant
    constant = -(-square // (amp_times_count * product)) * _AMP_PRECISION * balances[at]
    linear = others + invariant // amp_times_count * _AMP_PRECISION
    found = -(-(square + constant) // (invariant + linear))
    for _ in range(_MAX_STEPS):
        previous = found
        found = -(-(found * found + constant) // (2 * found + linear - invariant))
        if abs(found - previous) <= 1:
            return found
    raise QuoteRefused("the balance does not converge: the contract reverts")
