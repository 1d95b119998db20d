"""The walk of a Uniswap V3 swap along the price, one function for each direction.

A swap stops at every initialised tick and at every edge of a 256-tick bitmap word in between,
because each stop rounds; where it passes, liquidity changes. From the second stop on a step leads
from one stop to the next and does not depend on the amount: such steps are remembered, so that the
next swap over the same ticks, with whatever amount and from whatever price, finds them worked out.
Source: Uniswap v3-core, UniswapV3Pool.swap.
"""

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from qenus.pools.bounds import UINT128_MAX, QuoteRefused
from qenus.pools.swap_math import short_step, swap_step, whole_step
from qenus.pools.tick_math import MAX_TICK, MIN_TICK, sqrt_price_at_tick, tick_at_sqrt_price

__all__ = ["Walked", "walk_down", "walk_up"]


class Walked(NamedTuple):
    """Where a walk ended.

    `remaining` is what was not used of the amount, `calculated` the other side (negative when it
    goes out), `fee_paid` in the token in; amounts in smallest units.
    """

    remaining: int
    calculated: int
    sqrt_price_x96: int
    liquidity: int
    tick: int
    crossings: int
    fee_paid: int


# Some 500 bytes each.
@lru_cache(maxsize=1 << 14)
def _between_stops(
    from_tick: int, to_tick: int, liquidity: int, fee: int
) -> tuple[int, int, int, int]:
    """Return (√price at `to_tick`, amount in, amount out, fee amount) of a step over a range."""
    target = sqrt_price_at_tick(to_tick)
    return target, *whole_step(sqrt_price_at_tick(from_tick), target, liquidity, fee)


def walk_down(
    start: tuple[int, int, int],
    ticks: tuple[int, ...],
    nets: tuple[int, ...],
    spacing: int,
    fee: int,
    amount: int,
    limit: int,
) -> Walked:
    """Sell token0 from `start` (√price, liquidity, tick) until used up or at the √price `limit`.

    `amount` > 0 is sold exactly, < 0 is bought exactly of token1. Raises QuoteRefused: liquidity
    would leave uint128.
    """
    price, liquidity, tick = start
    remaining, calculated, crossings, fee_paid = amount, 0, 0, 0
    exact_in, last_stop = amount > 0, None
    at = bisect_right(ticks, tick) - 1
    while remaining and price != limit:
        stop = (tick // spacing & ~0xFF) * spacing
        initialised = at >= 0 and ticks[at] >= stop
        if initialised:
            stop = ticks[at]
        elif stop < MIN_TICK:
            stop = MIN_TICK
        if last_stop is None:
            stop_price = sqrt_price_at_tick(stop)
            step_in, step_out, step_fee = whole_step(price, stop_price, liquidity, fee)
        else:
            stop_price, step_in, step_out, step_fee = _between_stops(
                last_stop, stop, liquidity, fee
            )
        before = price
        if stop_price < limit:
            price, step_in, step_out, step_fee = swap_step(price, limit, liquidity, remaining, fee)
        elif remaining >= step_in + step_fee if exact_in else -remaining >= step_out:
            price = stop_price
        else:
            price, step_in, step_out, step_fee = short_step(
                price, stop_price, liquidity, remaining, fee
            )
        fee_paid += step_fee
        if exact_in:
            remaining -= step_in + step_fee
            calculated -= step_out
        else:
            remaining += step_out
            calculated += step_in + step_fee
        if price == stop_price:
            if initialised:
                liquidity -= nets[at]
                at -= 1
                crossings += 1
                if not 0 <= liquidity <= UINT128_MAX:
                    raise QuoteRefused(f"liquidity would leave uint128 at tick {stop}")
            tick, last_stop = stop - 1, stop
        elif price != before:
            tick = tick_at_sqrt_price(price)
    return Walked(remaining, calculated, price, liquidity, tick, crossings, fee_paid)


def walk_up(
    start: tuple[int, int, int],
    ticks: tuple[int, ...],
    nets: tuple[int, ...],
    spacing: int,
    fee: int,
    amount: int,
    limit: int,
) -> Walked:
    """Sell token1 from `start` (√price, liquidity, tick) until used up or at the √price `limit`.

    `amount` > 0 is sold exactly, < 0 is bought exactly of token0. Raises QuoteRefused: liquidity
    would leave uint128.
    """
    price, liquidity, tick = start
    remaining, calculated, crossings, fee_paid = amount, 0, 0, 0
    exact_in, last_stop = amount > 0, None
    at, count = bisect_right(ticks, tick), len(ticks)
    while remaining and price != limit:
        stop = (tick // spacing + 1 | 0xFF) * spacing
        initialised = at < count and ticks[at] <= stop
        if initialised:
            stop = ticks[at]
        elif stop > MAX_TICK:
            stop = MAX_TICK
        if last_stop is None:
            stop_price = sqrt_price_at_tick(stop)
            step_in, step_out, step_fee = whole_step(price, stop_price, liquidity, fee)
        else:
            stop_price, step_in, step_out, step_fee = _between_stops(
                last_stop, stop, liquidity, fee
            )
        before = price
        if stop_price > limit:
            price, step_in, step_out, step_fee = swap_step(price, limit, liquidity, remaining, fee)
        elif remaining >= step_in + step_fee if exact_in else -remaining >= step_out:
            price = stop_price
        else:
            price, step_in, step_out, step_fee = short_step(
                price, stop_price, liquidity, remaining, fee
            )
        fee_paid += step_fee
        if exact_in:
            remaining -= step_in + step_fee
            calculated -= step_out
        else:
            remaining += step_out
            calculated += step_in + step_fee
        if price == stop_price:
            if initialised:
                liquidity += nets[at]
                at += 1
                crossings += 1
                if not 0 <= liquidity <= UINT128_MAX:
                    raise QuoteRefused(f"liquidity would leave uint128 at tick {stop}")
            tick = last_stop = stop
        elif price != before:
            tick = tick_at_sqrt_price(price)
    return Walked(remaining, calculated, price, liquidity, tick, crossings, fee_paid)
