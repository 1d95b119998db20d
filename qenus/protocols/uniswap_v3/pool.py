"""Uniswap V3 pools and those with the same maths: Pancake V3, Slipstream (Aerodrome, Velodrome).

A pool is an immutable value. Ticks with liquidity stand in one sorted tuple, their net and gross
liquidity beside it, so a swap finds the next one by bisection and a mint copies short tuples; the
value before is the undo of the value after. How a swap moves along the ticks is in `walk`.
"""

from bisect import bisect_left
from collections.abc import Mapping
from math import isqrt
from typing import NamedTuple

import msgspec

from qenus.protocols.bounds import (
    INT128_MAX,
    INT256_MAX,
    INT256_MIN,
    UINT128_MAX,
    OutOfBounds,
    QuoteRefused,
    check_amount,
    check_integer,
    check_range,
    sells_first_of_two,
)
from qenus.protocols.depth import BASIS_POINTS
from qenus.protocols.uniswap_v3.sqrt_price_math import amount0_between, amount1_between
from qenus.protocols.uniswap_v3.swap_fees import ProtocolPart, SwapFees, fees_of_steps, part_of_fee
from qenus.protocols.uniswap_v3.swap_math import FEE_UNIT, ShortStep, short_step
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_SQRT_PRICE_X96,
    MAX_TICK,
    MIN_SQRT_PRICE_X96,
    MIN_TICK,
    max_liquidity_per_tick,
    sqrt_price_at_tick,
)
from qenus.protocols.uniswap_v3.walk import walk_down, walk_up

__all__ = ["Swap", "Swapped", "TickLiquidity", "UniswapV3Pool"]

_NO_PART = part_of_fee(0, 1)


class TickLiquidity(NamedTuple):
    """What positions placed at one tick: net (entering upwards, int128) and gross (uint128)."""

    net: int
    gross: int


class Swap(NamedTuple):
    """A pool's Swap event: amounts are changes of its balances, in smallest units."""

    amount0: int
    amount1: int
    sqrt_price_x96: int
    liquidity: int
    tick: int


class Swapped(NamedTuple):
    """What a swap does: its event, the pool after it, the initialised ticks that it crossed and the
    fee that it paid (smallest units of the token in, part of the amount in)."""

    event: Swap
    pool: "UniswapV3Pool"
    crossings: int
    fee_paid: int


class UniswapV3Pool(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pool at one moment.

    `fee` is in hundredths of a basis point, as the contract answers it now; `sqrt_price_x96` is
    √(token1/token0) in Q64.96; `liquidity` is what stands in range. `ticks` are the initialised
    ones in order, `nets` and `grosses` their liquidity; beyond `known_low`..`known_high` ticks
    were not read, and a swap that ends there is refused.
    """

    fee: int
    tick_spacing: int
    sqrt_price_x96: int
    tick: int
    liquidity: int
    ticks: tuple[int, ...] = ()
    nets: tuple[int, ...] = ()
    grosses: tuple[int, ...] = ()
    known_low: int = MIN_TICK
    known_high: int = MAX_TICK

    @classmethod
    def at(
        cls,
        *,
        fee: int,
        tick_spacing: int,
        sqrt_price_x96: int,
        tick: int,
        liquidity: int,
        ticks: Mapping[int, TickLiquidity],
        known: tuple[int, int] = (MIN_TICK, MAX_TICK),
    ) -> "UniswapV3Pool":
        """Return the pool with this state, checked; `known` is the range of ticks that was read.

        Raises:
            OutOfBounds: a number is beyond its contract type, the tick does not belong to the
                price, a tick is off the spacing, or (where all ticks are known) the nets do not
                add up.
        """
        check_range("fee", fee, 0, FEE_UNIT - 1)
        check_range("tick_spacing", tick_spacing, 1, 32767)
        check_range("sqrt_price_x96", sqrt_price_x96, MIN_SQRT_PRICE_X96, MAX_SQRT_PRICE_X96 - 1)
        check_range("liquidity", liquidity, 0, UINT128_MAX)
        _check_tick_of_price(tick, sqrt_price_x96)
        order = tuple(sorted(ticks))
        for initialised in order:
            net, gross = ticks[initialised]
            check_range("tick", initialised, *known)
            check_range(f"gross liquidity of tick {initialised}", gross, 1, UINT128_MAX)
            check_range(f"net liquidity of tick {initialised}", net, -gross, gross)
            if initialised % tick_spacing:
                raise OutOfBounds("tick", f"a multiple of {tick_spacing}", initialised)
        if known == (MIN_TICK, MAX_TICK):
            _check_nets(ticks, tick, liquidity)
        return cls(
            fee, tick_spacing, sqrt_price_x96, tick, liquidity, order,
            tuple(ticks[t].net for t in order), tuple(ticks[t].gross for t in order), *known,
        )  # fmt: skip

    def swap(
        self, zero_for_one: bool, amount: int, sqrt_price_limit_x96: int | None = None
    ) -> Swapped:
        """Return what a swap does: `amount` > 0 sells exactly that, < 0 buys exactly that.

        A swap ends when the amount is used up or the limit reached (default: the end of the price
        range); so a shallow pool takes or gives less than asked, as the contract's own swap does.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Uniswap v3-core, UniswapV3Pool.swap.
        """
        return self.swap_at_fee(self.fee, zero_for_one, amount, sqrt_price_limit_x96)

    def swap_at_fee(
        self,
        fee: int,
        zero_for_one: bool,
        amount: int,
        sqrt_price_limit_x96: int | None = None,
        short: ShortStep = short_step,
    ) -> Swapped:
        """Return what `swap` does when the fee is another (hundredths of a basis point).

        For forks whose fee depends on the direction, or which count the fee of the last step in
        another way (`short`).
        """
        limit = _limit(zero_for_one, self.sqrt_price_x96, sqrt_price_limit_x96)
        if type(amount) is not int or not amount or not INT256_MIN <= amount <= INT256_MAX:
            raise QuoteRefused(f"amount must be a non-zero int256, found {amount!r}")
        remaining, calculated, price, liquidity, tick, crossings, fee_paid = (
            walk_down if zero_for_one else walk_up
        )(
            (self.sqrt_price_x96, self.liquidity, self.tick),
            self.ticks,
            self.nets,
            self.tick_spacing,
            fee,
            amount,
            limit,
            short,
        )
        if not self.known_low <= tick <= self.known_high:
            raise QuoteRefused(f"tick {tick} lies beyond the ticks that were read")
        used = amount - remaining
        # The specified side is token0 exactly when selling token0 or buying token0.
        specified_is_0 = zero_for_one == (amount > 0)
        amount0, amount1 = (used, calculated) if specified_is_0 else (calculated, used)
        event = Swap(amount0, amount1, price, liquidity, tick)
        return Swapped(event, self._at_price(price, liquidity, tick), crossings, fee_paid)

    def swap_fees(
        self,
        zero_for_one: bool,
        amount: int,
        sqrt_price_limit_x96: int | None = None,
        *,
        protocol: ProtocolPart = _NO_PART,
        fee: int | None = None,
        short: ShortStep = short_step,
    ) -> SwapFees:
        """Return where the fee of such a swap goes; `protocol` is what its contract keeps.

        `fee` and `short` are as in `swap_at_fee`. For accounts of fees: a quote does not need it.

        Raises:
            QuoteRefused: the contract would revert.
        """
        whole = self.fee if fee is None else fee
        self.swap_at_fee(whole, zero_for_one, amount, sqrt_price_limit_x96, short)
        limit = _limit(zero_for_one, self.sqrt_price_x96, sqrt_price_limit_x96)
        return fees_of_steps(self, whole, zero_for_one, amount, limit, short, protocol)

    def _at_price(self, sqrt_price_x96: int, liquidity: int, tick: int) -> "UniswapV3Pool":
        return UniswapV3Pool(
            self.fee, self.tick_spacing, sqrt_price_x96, tick, liquidity,
            self.ticks, self.nets, self.grosses, self.known_low, self.known_high,
        )  # fmt: skip

    def apply_swap(self, event: Swap) -> "UniswapV3Pool":
        """Return the pool after its own Swap event: what the event says is the truth.

        Raises:
            OutOfBounds: price, tick or liquidity are impossible.
        """
        price = check_range(
            "sqrt_price_x96", event.sqrt_price_x96, MIN_SQRT_PRICE_X96, MAX_SQRT_PRICE_X96 - 1
        )
        check_range("liquidity", event.liquidity, 0, UINT128_MAX)
        _check_tick_of_price(event.tick, price)
        return self._at_price(price, event.liquidity, event.tick)

    def apply_liquidity(self, tick_lower: int, tick_upper: int, change: int) -> "UniswapV3Pool":
        """Return the pool after a Mint (change > 0) or Burn (change < 0) of liquidity.

        A burn of zero only collects fees and changes nothing here.

        Raises:
            OutOfBounds: ticks out of order, off the spacing or range, or more burned than
                stood.

        Source: Uniswap v3-core, UniswapV3Pool._updatePosition, Tick.update.
        """
        check_range("tick_lower", tick_lower, MIN_TICK, MAX_TICK - 1)
        check_range("tick_upper", tick_upper, tick_lower + 1, MAX_TICK)
        for tick in (tick_lower, tick_upper):
            if tick % self.tick_spacing:
                raise OutOfBounds("tick", f"a multiple of {self.tick_spacing}", tick)
        if not change:
            return self
        ticks, nets, grosses = self.ticks, self.nets, self.grosses
        ticks, nets, grosses = _with_tick(ticks, nets, grosses, tick_lower, change, change)
        ticks, nets, grosses = _with_tick(ticks, nets, grosses, tick_upper, -change, change)
        liquidity = self.liquidity
        if tick_lower <= self.tick < tick_upper:
            liquidity = check_range("liquidity in range", liquidity + change, 0, UINT128_MAX)
        return UniswapV3Pool(
            self.fee, self.tick_spacing, self.sqrt_price_x96, self.tick, liquidity,
            ticks, nets, grosses, self.known_low, self.known_high,
        )  # fmt: skip

    def mint(
        self, tick_lower: int, tick_upper: int, liquidity: int
    ) -> "tuple[UniswapV3Pool, int, int]":
        """Return the pool after a mint of that liquidity, and the token0 and token1 that it costs.

        Raises:
            QuoteRefused: the contract would revert, or what stands at a tick was not read.

        Source: Uniswap v3-core, UniswapV3Pool.mint.
        """
        most = max_liquidity_per_tick(self.tick_spacing)
        self.check_mint(tick_lower, tick_upper, liquidity, most)
        amounts = self.liquidity_amounts(tick_lower, tick_upper, liquidity)
        return self.apply_liquidity(tick_lower, tick_upper, liquidity), *amounts

    def check_mint(self, tick_lower: int, tick_upper: int, liquidity: int, most: int) -> None:
        """Check that a mint is possible where a tick may hold no more than `most` (uint128).

        Raises:
            QuoteRefused: the contract would revert, or what stands at a tick was not read.
        """
        # The contract casts what it adds to an int128.
        check_amount("liquidity", liquidity, INT128_MAX)
        _check_span(tick_lower, tick_upper)
        for tick in (tick_lower, tick_upper):
            if tick % self.tick_spacing:
                raise QuoteRefused(f"tick {tick} is no multiple of {self.tick_spacing}")
            if not self.known_low <= tick <= self.known_high:
                raise QuoteRefused(f"tick {tick} lies beyond the ticks that were read")
            at = bisect_left(self.ticks, tick)
            standing = self.grosses[at] if self.ticks[at : at + 1] == (tick,) else 0
            if standing + liquidity > most:
                raise QuoteRefused(f"tick {tick} may hold no more than {most}, holds {standing}")
        if tick_lower <= self.tick < tick_upper and self.liquidity + liquidity > UINT128_MAX:
            raise QuoteRefused("liquidity in range would leave uint128")

    def burn(
        self, tick_lower: int, tick_upper: int, liquidity: int, *, position: int
    ) -> "tuple[UniswapV3Pool, int, int]":
        """Return the pool after a burn, and the token0 and token1 that it frees, without fees.

        `position` is the liquidity that the owner has in that range. Burning nothing is how fees
        are collected.

        Raises:
            QuoteRefused: the contract would revert.

        Source: Uniswap v3-core, UniswapV3Pool.burn.
        """
        check_integer("position", position, 1, UINT128_MAX)
        check_integer("liquidity of the position", liquidity, 0, position)
        _check_span(tick_lower, tick_upper)
        amounts = self.liquidity_amounts(tick_lower, tick_upper, -liquidity)
        try:
            after = self.apply_liquidity(tick_lower, tick_upper, -liquidity)
        except OutOfBounds as more:
            raise QuoteRefused(f"no such position stands here: {more}") from more
        return after, *amounts

    def flash_fees(self, amount0: int, amount1: int) -> tuple[int, int]:
        """Return the token0 and token1 that must come back on top of what is borrowed.

        Raises:
            QuoteRefused: nothing is in range that could lend, or an amount is no uint256.

        Source: Uniswap v3-core, UniswapV3Pool.flash.
        """
        if not self.liquidity:
            raise QuoteRefused("no liquidity is in range: the contract reverts")
        for amount in (amount0, amount1):
            check_integer("amount", amount, 0)
        return -(-amount0 * self.fee // FEE_UNIT), -(-amount1 * self.fee // FEE_UNIT)

    def liquidity_amounts(self, tick_lower: int, tick_upper: int, change: int) -> tuple[int, int]:
        """Return the token0 and token1 (smallest units) that a change of liquidity is worth.

        For a mint (change > 0) what the pool receives, for a burn what it owes from then on.
        Source: Uniswap v3-core, UniswapV3Pool._modifyPosition.
        """
        low, high = sqrt_price_at_tick(tick_lower), sqrt_price_at_tick(tick_upper)
        middle = min(max(self.sqrt_price_x96, low), high)
        mint, liquidity = change > 0, abs(change)
        amount0 = amount0_between(middle, high, liquidity, mint) if self.tick < tick_upper else 0
        amount1 = amount1_between(low, middle, liquidity, mint) if self.tick >= tick_lower else 0
        return amount0, amount1

    def amount_out(self, token_in: int, token_out: int, amount_in: int) -> int:
        """Return what selling exactly `amount_in` of token `token_in` (0 or 1) brings.

        The protocol's quoter answers for a part where the pool cannot take all; `swap` gives both.

        Raises:
            QuoteRefused: the pool cannot take that much, or the contract would revert.
        """
        return self.trade(token_in, token_out, amount_in)[1]

    def amount_in(self, token_in: int, token_out: int, amount_out: int) -> int:
        """Return what buying exactly `amount_out` of token `token_out` (0 or 1) costs.

        Raises:
            QuoteRefused: the pool cannot give that much, or the contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        event = self.swap(zero_for_one, -check_amount("amount_out", amount_out, INT256_MAX))[0]
        amount0, amount1 = event.amount0, event.amount1
        paid, got = (amount0, -amount1) if zero_for_one else (amount1, -amount0)
        if got != amount_out:
            raise QuoteRefused(f"the pool can give no more than {got} of token {token_out}")
        return paid

    def trade(self, token_in: int, token_out: int, amount_in: int) -> "tuple[UniswapV3Pool, int]":
        """Return the pool after selling exactly `amount_in`, and what that brings.

        Raises:
            QuoteRefused: the pool cannot take that much, or the contract would revert.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        check_amount("amount_in", amount_in, INT256_MAX)
        event, after, _, _ = self.swap(zero_for_one, amount_in)
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if paid != amount_in:
            raise QuoteRefused(f"the pool can take no more than {paid} of token {token_in}")
        return after, got

    def fee_share(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the fee of a small trade, an exact part of the amount in: (parts, of)."""
        sells_first_of_two(token_in, token_out)
        return self.fee, FEE_UNIT

    def spot_price(self, token_in: int, token_out: int) -> tuple[int, int]:
        """Return the marginal price without fee, exact: (smallest units out, smallest units in).

        Raises:
            QuoteRefused: no such tokens.
        """
        square = self.sqrt_price_x96 * self.sqrt_price_x96
        first = sells_first_of_two(token_in, token_out)
        return (square, 1 << 192) if first else (1 << 192, square)

    def depth(self, token_in: int, token_out: int, basis_points: int) -> int:
        """Return the least input that lowers the marginal price by `basis_points` or more.

        In smallest units of the token sold, fees included: what a swap to the price limit takes.

        Raises:
            QuoteRefused: no trade moves the price that far.
        """
        zero_for_one = sells_first_of_two(token_in, token_out)
        limit = _price_after_fall(self.sqrt_price_x96, zero_for_one, basis_points)
        event = self.swap(zero_for_one, INT256_MAX, limit).event
        if not event.liquidity:
            # Beyond the last liquidity the price moves for nothing, and says nothing.
            raise QuoteRefused(
                f"the liquidity ends before the price moves {basis_points} basis points"
            )
        return check_amount("depth", event.amount0 if zero_for_one else event.amount1)


def _check_span(tick_lower: int, tick_upper: int) -> None:
    check_integer("tick_lower", tick_lower, MIN_TICK, MAX_TICK)
    check_integer("tick_upper", tick_upper, MIN_TICK, MAX_TICK)
    if tick_lower >= tick_upper:
        raise QuoteRefused(f"a position has no range {tick_lower}..{tick_upper}")


def _price_after_fall(price: int, zero_for_one: bool, basis_points: int) -> int:
    """Return the first √price at which the marginal price has fallen by `basis_points` or more."""
    kept = BASIS_POINTS - basis_points
    if zero_for_one:
        limit = isqrt(price * price * kept // BASIS_POINTS)
    else:
        least_square = -(-price * price * BASIS_POINTS // kept)
        limit = isqrt(least_square - 1) + 1
    if not MIN_SQRT_PRICE_X96 < limit < MAX_SQRT_PRICE_X96:
        raise QuoteRefused(f"no trade moves the price by {basis_points} basis points")
    return limit


def _limit(zero_for_one: bool, price: int, limit: int | None) -> int:
    if limit is None:
        limit = MIN_SQRT_PRICE_X96 + 1 if zero_for_one else MAX_SQRT_PRICE_X96 - 1
    elif type(limit) is not int:
        raise QuoteRefused(f"√price limit must be an integer, found {limit!r}")
    if zero_for_one and not MIN_SQRT_PRICE_X96 < limit < price:
        raise QuoteRefused(f"√price limit must lie below the price {price}, found {limit}")
    if not zero_for_one and not price < limit < MAX_SQRT_PRICE_X96:
        raise QuoteRefused(f"√price limit must lie above the price {price}, found {limit}")
    return limit


def _check_nets(ticks: Mapping[int, TickLiquidity], tick: int, liquidity: int) -> None:
    below = sum(net for at, (net, _) in ticks.items() if at <= tick)
    if below != liquidity:
        raise OutOfBounds("liquidity in range", f"{below}, the sum of nets below", liquidity)
    total = sum(net for net, _ in ticks.values())
    if total:
        raise OutOfBounds("sum of all net liquidity", "0", total)


def _check_tick_of_price(tick: int, sqrt_price_x96: int) -> None:
    # A swap that ends exactly on a tick it crossed downwards leaves the tick one below the price's.
    check_range("tick", tick, MIN_TICK - 1, MAX_TICK - 1)
    if tick >= MIN_TICK and sqrt_price_at_tick(tick) > sqrt_price_x96:
        raise OutOfBounds("tick", f"the tick of √price {sqrt_price_x96}", tick)
    if sqrt_price_at_tick(tick + 1) < sqrt_price_x96:
        raise OutOfBounds("tick", f"the tick of √price {sqrt_price_x96}", tick)


def _with_tick(
    ticks: tuple[int, ...],
    nets: tuple[int, ...],
    grosses: tuple[int, ...],
    tick: int,
    net: int,
    gross: int,
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the three tuples with `net` and `gross` added at `tick`; a tick left empty goes."""
    at = bisect_left(ticks, tick)
    if at < len(ticks) and ticks[at] == tick:
        new_gross = check_range(f"gross liquidity of {tick}", grosses[at] + gross, 0, UINT128_MAX)
        if not new_gross:
            after = at + 1
            return (
                ticks[:at] + ticks[after:],
                nets[:at] + nets[after:],
                grosses[:at] + grosses[after:],
            )
        new_net = nets[at] + net
        return (
            ticks,
            (*nets[:at], new_net, *nets[at + 1 :]),
            (*grosses[:at], new_gross, *grosses[at + 1 :]),
        )
    check_range(f"gross liquidity of {tick}", gross, 0, UINT128_MAX)
    return (
        (*ticks[:at], tick, *ticks[at:]),
        (*nets[:at], net, *nets[at:]),
        (*grosses[:at], gross, *grosses[at:]),
    )
