"""Balancer V2 stable pools: StablePool, MetaStable and Composable, with rates.

Balances times scaling factors (decimals and rates together, 18 decimals) lie on a stable-swap
curve; the fee is on the input. A composable pool lists its own liquidity token among its tokens:
trades of that token are joins and exits. They are quoted where its supply is given, which says that
the protocol takes no fees, and refused elsewhere: what is due grows from an invariant that the
contract notes before it rounds amounts to the tokens' decimals, and no event carries it. What
the vault could not note afterwards is refused (`balancer_vault`).
Source: Balancer v2 StableMath, BaseGeneralPool, ComposableStablePool.
"""

from enum import IntEnum

import msgspec

from qenus.protocols.balancer_v2 import stable_shares as shares
from qenus.protocols.balancer_v2.fixed_point import (
    ONE,
    complement,
    divide_up,
    multiply_down,
    multiply_up,
)
from qenus.protocols.balancer_v2.stable_math import (
    AMP_PRECISION,
    balance_at,
    rounded_up_invariant,
    truncated_invariant,
)
from qenus.protocols.balancer_v2.vault import check_all_notable, check_notable
from qenus.protocols.bounds import (
    UINT112_MAX,
    UINT256_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    check_tokens,
    checked,
)
from qenus.protocols.curve.stableswap_math import marginal_price

__all__ = ["BalancerStablePool", "InvariantVersion"]

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
    decimals; `own_token` is the index of the pool's liquidity token, None where it is not listed;
    `supply` is that token's whole supply where the protocol takes no fees, else None.
    """

    balances: tuple[int, ...]
    scaling: tuple[int, ...]
    amp: int
    fee: int
    version: InvariantVersion
    own_token: int | None = None
    paused: bool = False
    supply: int | None = None

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
        supply: int | None = None,
    ) -> "BalancerStablePool":
        """Return the pool with this state, checked.

        Raises:
            OutOfBounds: counts differ or a number leaves its contract type.
        """
        check_range("tokens", len(balances), 2, _MAX_TOKENS)
        if len(scaling) != len(balances):
            raise OutOfBounds("count of scaling factors", str(len(balances)), len(scaling))
        for balance in balances:
            check_range("balance", balance, 0, UINT112_MAX)
        for factor in scaling:
            check_range("scaling factor", factor, 1, 10**54)
        check_range("amp", amp, AMP_PRECISION, 5000 * AMP_PRECISION)
        check_range("fee", fee, 0, ONE - 1)
        if own_token is not None:
            check_range("own_token", own_token, 0, len(balances) - 1)
            if supply is not None:
                check_range("supply", supply, balances[own_token], UINT256_MAX)
        elif supply is not None:
            raise OutOfBounds("supply", "None where the pool's token is not listed", supply)
        return cls(balances, scaling, amp, fee, version, own_token, paused, supply)

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` (smallest units) of a token brings of another.

        Raises:
            QuoteRefused: the pool's own token, an empty pool, or the contract would revert.

        Source: Balancer v2 StableMath._calcOutGivenIn.
        """
        check_amount("amount_in", amount_in, UINT112_MAX)
        check_tokens(token_in, token_out, len(self.balances))
        check_notable(self.balances[token_in], amount_in)
        if self.own_token in (token_in, token_out):
            return self._shares_out(token_in, token_out, amount_in)
        balances, at_in, at_out = self._scaled(token_in, token_out)
        amount_in -= multiply_up(amount_in, self.fee)
        scaled_in = multiply_down(amount_in, self.scaling[token_in])
        invariant = self._invariant(balances)
        held = balances[at_out]
        balances[at_in] += scaled_in
        left = balance_at(self.amp, balances, invariant, at_out)
        if held - left < 1:
            raise QuoteRefused("the trade would give nothing")
        return (held - left - 1) * ONE // self.scaling[token_out]

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` (smallest units) of a token costs of another.

        Raises:
            QuoteRefused: the pool's own token, more than there is, or the contract would
                revert.

        Source: Balancer v2 StableMath._calcInGivenOut.
        """
        check_amount("amount_out", amount_out, UINT112_MAX)
        check_tokens(token_in, token_out, len(self.balances))
        if self.own_token in (token_in, token_out):
            cost = self._shares_in(token_in, token_out, amount_out)
        else:
            cost = self._cost_on_the_curve(token_in, token_out, amount_out)
        check_notable(self.balances[token_in], cost)
        return cost

    def _cost_on_the_curve(self, token_in: int, token_out: int, amount_out: int) -> int:
        balances, at_in, at_out = self._scaled(token_in, token_out)
        scaled_out = multiply_down(amount_out, self.scaling[token_out])
        if scaled_out >= balances[at_out]:
            raise QuoteRefused(f"the pool holds {self.balances[token_out]} of token {token_out}")
        invariant = self._invariant(balances)
        held = balances[at_in]
        balances[at_out] -= scaled_out
        cost = balance_at(self.amp, balances, invariant, at_in) - held + 1
        if cost < 1:
            raise QuoteRefused("the contract's search ends below the balance: it would revert")
        return divide_up(divide_up(cost, self.scaling[token_in]), complement(self.fee))

    def trade(
        self, token_in: int, token_out: int, amount_in: int
    ) -> "tuple[BalancerStablePool, int]":
        """Return the pool after selling exactly `amount_in`, and what that brings.

        Raises:
            QuoteRefused: the contract would revert.
        """
        amount_out = self.amount_out(token_in, token_out, amount_in)
        return self.apply_swap(token_in, token_out, amount_in, amount_out), amount_out

    def join(self, amounts_in: tuple[int, ...]) -> "tuple[BalancerStablePool, int]":
        """Return the pool after a join with exactly these amounts, and the shares that it mints.

        Amounts are in the vault's order, smallest units, nothing of the pool's own token.

        Raises:
            QuoteRefused: the contract would revert, or protocol fees may be due.

        Source: Balancer v2 ComposableStablePool, EXACT_TOKENS_IN_FOR_BPT_OUT.
        """
        circulating, amounts = self._exchanged(amounts_in)
        minted = shares.shares_minted(self.amp, self._on_curve(), amounts, circulating, self.fee)
        return self._moved(amounts_in, 1, minted), minted

    def leave(self, amounts_out: tuple[int, ...]) -> "tuple[BalancerStablePool, int]":
        """Return the pool after an exit with exactly these amounts, and the shares that it burns.

        Raises:
            QuoteRefused: the contract would revert, or protocol fees may be due.

        Source: Balancer v2 ComposableStablePool, BPT_IN_FOR_EXACT_TOKENS_OUT.
        """
        circulating, amounts = self._exchanged(amounts_out)
        burnt = shares.shares_burnt(self.amp, self._on_curve(), amounts, circulating, self.fee)
        return self._moved(amounts_out, -1, -burnt), burnt

    def leave_in_proportion(self, shares_in: int) -> "tuple[BalancerStablePool, tuple[int, ...]]":
        """Return the pool after an exit with exactly these shares, and what it brings of each.

        Raises:
            QuoteRefused: the contract would revert, or protocol fees may be due.

        Source: Balancer v2 BasePoolMath.computeProportionalAmountsOut.
        """
        circulating, _ = self._exchanged((0,) * len(self.balances))
        check_amount("shares_in", shares_in, circulating)
        worth = shares.proportional_worth(self.amp, self._on_curve(), shares_in, circulating)
        amounts = tuple(
            0 if at == self.own_token else worth[self._place(at)] * ONE // factor
            for at, factor in enumerate(self.scaling)
        )
        return self._moved(amounts, -1, -shares_in), amounts

    def _moved(self, amounts: tuple[int, ...], sign: int, shares: int) -> "BalancerStablePool":
        """Return the pool with more or less of each token, and of its own.

        Raises:
            QuoteRefused: the vault could not note a balance, or the token its supply.
        """
        changes = tuple(sign * amount for amount in amounts)
        check_all_notable(self.balances, changes)
        balances = tuple(map(sum, zip(self.balances, changes, strict=True)))
        supply = checked((self.supply or 0) + shares)
        return msgspec.structs.replace(self, balances=balances, supply=supply)

    def _exchanged(self, amounts: tuple[int, ...]) -> tuple[int, list[int]]:
        """Return the supply in circulation, and amounts with 18 decimals without the own token."""
        if self.supply is None or self.own_token is None:
            raise QuoteRefused("what shares are worth depends on the protocol fees due")
        if self.paused:
            raise QuoteRefused("the pool is paused")
        if len(amounts) != len(self.balances) or amounts[self.own_token]:
            raise QuoteRefused(f"expected an amount a token, none of its own, found {amounts}")
        for amount in amounts:
            check_integer("amount", amount, 0, UINT112_MAX)
        scaled = [
            multiply_down(amount, factor)
            for at, (amount, factor) in enumerate(zip(amounts, self.scaling, strict=True))
            if at != self.own_token
        ]
        return self.supply - self.balances[self.own_token], scaled

    def apply_balances(self, balances: tuple[int, ...]) -> "BalancerStablePool":
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
    ) -> "BalancerStablePool":
        """Return the pool after a Swap event of the vault.

        Raises:
            OutOfBounds: a balance would leave uint112.
        """
        balances = list(self.balances)
        balances[token_in] += amount_in
        balances[token_out] -= amount_out
        return self.apply_balances(tuple(balances))

    def apply_supply(self, change: int) -> "BalancerStablePool":
        """Return the pool after a Transfer of its token from (change > 0) or to (< 0) address 0.

        Raises:
            OutOfBounds: the supply would leave uint256.
        """
        if self.supply is None:
            return self
        supply = check_range("supply", self.supply + change, 0, UINT256_MAX)
        return msgspec.structs.replace(self, supply=supply)

    def apply_scaling(self, scaling: tuple[int, ...]) -> "BalancerStablePool":
        """Return the pool with the scaling factors that its rate providers give now."""
        return self.at(
            balances=self.balances, scaling=scaling, amp=self.amp, fee=self.fee,
            version=self.version, own_token=self.own_token, paused=self.paused,
            supply=self.supply,
        )  # fmt: skip

    def apply_fee(self, fee: int) -> "BalancerStablePool":
        """Return the pool after SwapFeePercentageChanged.

        Raises:
            OutOfBounds: not below one.
        """
        return msgspec.structs.replace(self, fee=check_range("fee", fee, 0, ONE - 1))

    def apply_paused(self, paused: bool) -> "BalancerStablePool":
        """Return the pool after PausedStateChanged: while it is paused, every quote is refused."""
        return msgspec.structs.replace(self, paused=paused)

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        self._scaled(token_in, token_out)
        return self.fee, ONE

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in)."""
        balances, at_in, at_out = self._scaled(token_in, token_out)
        # Balancer's amp is already A·n^(n-1), as Curve's contracts keep it.
        out, scale = marginal_price(balances, at_in, at_out, self.amp, AMP_PRECISION)
        return out * self.scaling[token_in], scale * self.scaling[token_out]

    def _scaled(self, token_in: int, token_out: int) -> tuple[list[int], int, int]:
        """Return the balances on the curve, and where the two tokens stand among them."""
        check_tokens(token_in, token_out, len(self.balances))
        if self.paused:
            raise QuoteRefused("the pool is paused")
        own = self.own_token
        if own in (token_in, token_out):
            raise QuoteRefused("the pool's own token has no price on the curve")
        return self._on_curve(), self._place(token_in), self._place(token_out)

    def _on_curve(self) -> list[int]:
        """Return the balances with 18 decimals, without the pool's own token."""
        balances = [
            multiply_down(balance, factor)
            for at, (balance, factor) in enumerate(zip(self.balances, self.scaling, strict=True))
            if at != self.own_token
        ]
        if not all(balances):
            raise QuoteRefused("the pool is empty")
        return balances

    def _place(self, token: int) -> int:
        """Return where a token stands among those on the curve."""
        return token if self.own_token is None else token - (token > self.own_token)

    def _shares_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling brings where one side is the pool's own token: a join or an exit.

        Source: Balancer v2 ComposableStablePool._swapWithBpt.
        """
        token, supply = self._joined(token_in, token_out)
        balances, at = self._on_curve(), self._place(token)
        amount_in = multiply_down(amount_in, self.scaling[token_in])
        if token_out == self.own_token:
            amounts = [amount_in if index == at else 0 for index in range(len(balances))]
            out = shares.shares_minted(self.amp, balances, amounts, supply, self.fee)
        else:
            out = shares.token_worth(self.amp, balances, at, amount_in, supply, self.fee)
        return self._held_at_least(token_out, out * ONE // self.scaling[token_out])

    def _shares_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying costs where one side is the pool's own token."""
        token, supply = self._joined(token_in, token_out)
        self._held_at_least(token_out, amount_out)
        balances, at = self._on_curve(), self._place(token)
        amount_out = multiply_down(amount_out, self.scaling[token_out])
        if token_out == self.own_token:
            cost = shares.token_cost(self.amp, balances, at, amount_out, supply, self.fee)
            return divide_up(cost, self.scaling[token_in])
        amounts = [amount_out if index == at else 0 for index in range(len(balances))]
        burnt = shares.shares_burnt(self.amp, balances, amounts, supply, self.fee)
        return divide_up(burnt, self.scaling[token_in])

    def _held_at_least(self, token: int, amount: int) -> int:
        """Return an amount that the vault holds of a token.

        Raises:
            QuoteRefused: it does not.
        """
        if amount > self.balances[token]:
            raise QuoteRefused(f"the vault holds {self.balances[token]} of token {token}")
        return amount

    def _joined(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return which token a trade of the pool's own one joins or leaves with, and the supply in
        circulation."""
        if self.paused:
            raise QuoteRefused("the pool is paused")
        if self.supply is None or self.own_token is None:
            raise QuoteRefused("a trade of the pool's own token depends on the protocol fees due")
        token = token_in if token_out == self.own_token else token_out
        return token, self.supply - self.balances[self.own_token]

    def _invariant(self, balances: list[int]) -> int:
        if self.version is InvariantVersion.TRUNCATED:
            return truncated_invariant(self.amp, balances)
        return rounded_up_invariant(self.amp, balances)
