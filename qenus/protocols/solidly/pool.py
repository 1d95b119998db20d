"""Solidly pairs: Velodrome, Aerodrome and their forks, volatile (x·y) and stable (x³y + xy³).

The fee comes off the input, rounded down, before the curve sees it. A stable pair computes in 18
decimals and finds the new balance by Newton steps. The second generation (Velodrome V2, Aerodrome)
decides the last unit in a branch of its own, kept here with its quirk: one side of it scales
balances a second time. The first generation multiplies in another order and ends a unit earlier.
"""

from enum import IntEnum

import msgspec

from qenus.protocols.bounds import (
    UINT112_MAX,
    UINT128_MAX,
    QuoteRefused,
    check_amount,
    check_range,
    checked,
    sells_first_of_two,
)
from qenus.protocols.least_input import least_input

__all__ = ["SolidlyPair", "YRounding"]

_ONE = 10**18
_MAX_STEPS = 255


class YRounding(IntEnum):
    """How a stable pair's contract ends its search for y."""

    # Velodrome V1, Solidly, Camelot: within one unit of the step before.
    CLOSE = 1
    # Velodrome V2, Aerodrome: the unit at which the invariant is met.
    EXACT = 2


class SolidlyPair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pair at one moment.

    Reserves in smallest units, `unit0` and `unit1` are 10^decimals; a fee is in parts of
    `fee_denominator` (10,000 at Velodrome and Aerodrome) and may differ by the token sold.
    """

    reserve0: int
    reserve1: int
    unit0: int
    unit1: int
    stable: bool
    fee0: int
    fee1: int
    fee_denominator: int = 10_000
    rounding: YRounding = YRounding.EXACT

    @classmethod
    def at(
        cls,
        *,
        reserves: tuple[int, int],
        decimals: tuple[int, int],
        stable: bool,
        fees: tuple[int, int],
        fee_denominator: int = 10_000,
        rounding: YRounding = YRounding.EXACT,
    ) -> "SolidlyPair":
        """Return the pair with this state, checked.

        Raises:
            OutOfBounds: a reserve is no uint256, a fee is not below all, decimals are absurd.
        """
        check_range("fee_denominator", fee_denominator, 1, 10**18)
        for fee in fees:
            check_range("fee", fee, 0, fee_denominator - 1)
        for count in decimals:
            check_range("decimals", count, 0, 36)
        # Beyond 2^112 the stable curve would overflow the contract's own words.
        for reserve in reserves:
            check_range("reserve", reserve, 0, UINT112_MAX)
        units = 10 ** decimals[0], 10 ** decimals[1]
        return cls(*reserves, *units, stable, *fees, fee_denominator, rounding)

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        Raises:
            QuoteRefused: an empty pair, or the contract would revert.

        Source: Aerodrome Pool.getAmountOut; Velodrome V2 alike.
        """
        check_amount("amount_in", amount_in)
        self._check_tokens(token_in, token_out)
        fee = self.fee0 if token_in == 0 else self.fee1
        amount_in -= checked(amount_in * fee) // self.fee_denominator
        self._check_held(token_in, amount_in)
        if not self.stable:
            reserve_in, reserve_out = self.reserve0, self.reserve1
            if token_in:
                reserve_in, reserve_out = reserve_out, reserve_in
            return amount_in * reserve_out // (reserve_in + amount_in)
        scaled0 = self.reserve0 * _ONE // self.unit0
        scaled1 = self.reserve1 * _ONE // self.unit1
        invariant = _invariant(scaled0, scaled1)
        if token_in == 0:
            amount_in = amount_in * _ONE // self.unit0
            y = scaled1 - self._balance_at(amount_in + scaled0, invariant, scaled1)
            unit_out = self.unit1
        else:
            amount_in = amount_in * _ONE // self.unit1
            y = scaled0 - self._balance_at(amount_in + scaled1, invariant, scaled0)
            unit_out = self.unit0
        if y < 0:
            raise QuoteRefused("the contract's search ends above the reserve: it would revert")
        return y * unit_out // _ONE

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return the least input whose output is at least `amount_out` of token `token_out`.

        The contract has no such function; this searches its `amount_out`.

        Raises:
            QuoteRefused: the pair holds no more than that.
        """
        check_amount("amount_out", amount_out)
        self._check_tokens(token_in, token_out)
        held = self.reserve1 if token_out else self.reserve0
        if amount_out >= held:
            raise QuoteRefused(f"the pair holds {held} of token {token_out}")
        return least_input(
            lambda amount: self.amount_out(token_in, token_out, amount), amount_out, UINT128_MAX
        )

    def trade(self, token_in: int, token_out: int, amount_in: int) -> "tuple[SolidlyPair, int]":
        """Return the pair after selling exactly `amount_in`, and what that brings.

        The fee leaves the reserves, as it is moved out of the pair while it trades.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Aerodrome Pool.swap.
        """
        amount_out = self.amount_out(token_in, token_out, amount_in)
        fee = self.fee0 if token_in == 0 else self.fee1
        kept = amount_in - amount_in * fee // self.fee_denominator
        if not amount_out:
            raise QuoteRefused("the trade would give nothing")
        if token_in == 0:
            reserves = self.reserve0 + kept, self.reserve1 - amount_out
        else:
            reserves = self.reserve0 - amount_out, self.reserve1 + kept
        if min(reserves) < 1:
            raise QuoteRefused("the pair holds no more than that")
        if self.invariant(*reserves) < self.invariant(self.reserve0, self.reserve1):
            raise QuoteRefused("the invariant would fall: the contract reverts")
        return self.apply_sync(*reserves), amount_out

    def apply_sync(self, reserve0: int, reserve1: int) -> "SolidlyPair":
        """Return the pair after its own Sync event: what the event says is the truth.

        Raises:
            OutOfBounds: a reserve is beyond what the curve can hold.
        """
        check_range("reserve0", reserve0, 0, UINT112_MAX)
        check_range("reserve1", reserve1, 0, UINT112_MAX)
        return msgspec.structs.replace(self, reserve0=reserve0, reserve1=reserve1)

    def apply_fees(self, fee0: int, fee1: int) -> "SolidlyPair":
        """Return the pair with the fees as its factory (or itself) applies them from now on."""
        check_range("fee0", fee0, 0, self.fee_denominator - 1)
        check_range("fee1", fee1, 0, self.fee_denominator - 1)
        return msgspec.structs.replace(self, fee0=fee0, fee1=fee1)

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        self._check_tokens(token_in, token_out)
        return self.fee1 if token_in else self.fee0, self.fee_denominator

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in).

        On the stable curve dy/dx = y·(3x² + y²) / (x·(x² + 3y²)), over balances in 18 decimals.
        """
        self._check_tokens(token_in, token_out)
        if not self.stable:
            price = self.reserve1, self.reserve0
        else:
            # Both balances times unit0·unit1, which the ratio does not feel.
            x, y = self.reserve0 * self.unit1, self.reserve1 * self.unit0
            price = (
                y * (3 * x * x + y * y) * self.unit1,
                x * (x * x + 3 * y * y) * self.unit0,
            )
        return price if token_in == 0 else (price[1], price[0])

    def _check_tokens(self, token_in: int, token_out: int) -> None:
        sells_first_of_two(token_in, token_out)
        if not self.reserve0 or not self.reserve1:
            raise QuoteRefused("the pair is empty")

    def _check_held(self, token_in: int, kept: int) -> None:
        """Check that the pair can hold what a trade leaves in it, as `at` lets it in.

        Raises:
            QuoteRefused: the reserve would leave uint112.
        """
        if (self.reserve1 if token_in else self.reserve0) + kept > UINT112_MAX:
            raise QuoteRefused("the reserve would leave uint112")

    def invariant(self, reserve0: int, reserve1: int) -> int:
        """Return what a swap must not lower, of these reserves: x·y, or x³y + xy³ in 18 decimals.

        Raises:
            QuoteRefused: the contract's arithmetic would leave uint256.

        Source: Aerodrome Pool._k, CamelotPair._k.
        """
        if not self.stable:
            return checked(reserve0 * reserve1)
        return _invariant(reserve0 * _ONE // self.unit0, reserve1 * _ONE // self.unit1)

    def _balance_at(self, x: int, invariant: int, y: int) -> int:
        """Return the other balance when one is `x`, all in 18 decimals.

        Source: Aerodrome and Velodrome V2 Pool._get_y; Velodrome V1 Pair._get_y.
        """
        older = _invariant_in_older_order
        for _ in range(_MAX_STEPS):
            found = older(x, y) if self.rounding is YRounding.CLOSE else _invariant(x, y)
            slope = checked(3 * x * (y * y // _ONE)) // _ONE
            slope += checked((x * x // _ONE) * x) // _ONE
            if not slope:
                raise QuoteRefused("the curve is flat here: the contract divides by zero")
            step = checked(abs(invariant - found) * _ONE) // slope
            if self.rounding is YRounding.CLOSE:
                y += step if found < invariant else -step
                if y < 0:
                    raise QuoteRefused("the search for y falls below zero")
                if step <= 1:
                    return y
                continue
            if step == 0:
                if found < invariant:
                    if self._twice_scaled(x, y + 1) > invariant:
                        return y + 1
                elif found == invariant or _invariant(x, y - 1) < invariant:
                    return y
                step = 1
            y += step if found < invariant else -step
        if self.rounding is YRounding.CLOSE:
            return y
        raise QuoteRefused("the contract's search for y does not end: it would revert")

    def _twice_scaled(self, x: int, y: int) -> int:
        # The contract calls its invariant of raw balances on balances in 18 decimals.
        return _invariant(x * _ONE // self.unit0, y * _ONE // self.unit1)


def _invariant(x: int, y: int) -> int:
    """Return x³y + xy³ over balances in 18 decimals, truncated as the contract does.

    Raises:
        QuoteRefused: a product would leave uint256. The contract's second scaling can.
    """
    if x >> 128 or y >> 128:
        raise QuoteRefused("the contract's arithmetic would leave uint256: it reverts")
    return checked((x * y // _ONE) * (x * x // _ONE + y * y // _ONE)) // _ONE


def _invariant_in_older_order(x: int, y: int) -> int:
    """Return the same as the first generation truncates it, within its search for y only.

    Source: Velodrome V1 Pair._f, CamelotPair._f.
    """
    return x * (y * y // _ONE * y // _ONE) // _ONE + (x * x // _ONE * x // _ONE) * y // _ONE
