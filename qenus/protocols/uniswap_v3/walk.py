"""The walk of a Uniswap V3 swap along the price, one function for each direction.

A swap stops at every initialised tick and at every edge of a 256-tick bitmap word in between,
because each stop rounds; where it passes, liquidity changes. From the second stop on a step leads
from one stop to the next and does not depend on the amount: such steps are remembered, so that the
next swap over the same ticks, with whatever amount and from whatever price, finds them worked out.
Source: Uniswap v3-core, UniswapV3Pool.swap.
"""

from bisect import bisect_right
from typing import NamedTuple

from qenus.protocols.bounds import UINT128_MAX, QuoteRefused
from qenus.protocols.uniswap_v3.swap_math import (
    FEE_UNIT,
    NEVER_COVERED,
    ShortStep,
    short_step,
    swap_step,
    whole_step,
)
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_TICK,
    MIN_TICK,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
)

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


# Some 500 bytes each; forgotten all at once when there are too many.
_MOST_STEPS = 1 << 14
Stops = tuple[int, int, int, int]
_STEPS: dict[Stops, tuple[int, int, int, int]] = {}


def _worked_out(stops: Stops, sqrt_price_x96: int) -> tuple[int, int, int, int]:
    """Return (√price there, amount in, amount out, fee amount) of a step from stop to stop.

    `stops` are (from tick, to tick, liquidity, fee); √price is that of the first. This is
    `swap_math.whole_step` in one piece, with each product divided once: where both of two divisions
    round the same way, one by the product of the divisors gives the same.
    """
    from_tick, to_tick, liquidity, fee = stops
    target = sqrt_price_at_tick(to_tick)
    both = sqrt_price_x96 * target
    if to_tick < from_tick:
        moved = liquidity * (sqrt_price_x96 - target)
        # 1 + (a - 1) // b is a / b rounded up, and quicker than -(-a // b) for numbers this long.
        amount_in = 1 + ((moved << 96) - 1) // both
        amount_out = moved >> 96
    else:
        moved = liquidity * (target - sqrt_price_x96)
        amount_in = -(-moved >> 96)
        amount_out = (moved << 96) // both
    if len(_STEPS) >= _MOST_STEPS:
        _STEPS.clear()
    if fee == FEE_UNIT:
        fee_amount = NEVER_COVERED if amount_in else 0
    else:
        fee_amount = -(-amount_in * fee // (FEE_UNIT - fee))
    step = target, amount_in, amount_out, fee_amount
    _STEPS[stops] = step
    return step


def walk_down(
    start: tuple[int, int, int],
    ticks: tuple[int, ...],
    nets: tuple[int, ...],
    spacing: int,
    fee: int,
    amount: int,
    limit: int,
    short: ShortStep = short_step,
) -> Walked:
    """Sell token0 from `start` (√price, liquidity, tick) until used up or at the √price `limit`.

    `amount` > 0 is sold exactly, < 0 is bought exactly of token1; `short` counts the step that ends
    between two stops.

    Raises:
        QuoteRefused: liquidity would leave uint128.
    """
    price, liquidity, tick = start
    remembered = _STEPS.get
    remaining, calculated, crossings, fee_paid = amount, 0, 0, 0
    exact_in, last_stop = amount > 0, None
    at, edge = bisect_right(ticks, tick) - 1, tick + 1
    while remaining and price != limit:
        if tick < edge:
            edge = max((tick // spacing & ~0xFF) * spacing, MIN_TICK)
        stop = ticks[at] if at >= 0 else MIN_TICK
        initialised = at >= 0 and stop >= edge
        if not initialised:
            stop = edge
        if last_stop is None:
            stop_price = sqrt_price_at_tick(stop)
            step_in, step_out, step_fee = whole_step(price, stop_price, liquidity, fee)
        else:
            stops = last_stop, stop, liquidity, fee
            step = remembered(stops)
            stop_price, step_in, step_out, step_fee = step or _worked_out(stops, price)
        before = price
        if stop_price < limit:
            price, step_in, step_out, step_fee = swap_step(
                price, limit, liquidity, remaining, fee, short
            )
        elif remaining >= step_in + step_fee if exact_in else -remaining >= step_out:
            price = stop_price
        else:
            price, step_in, step_out, step_fee = short(price, stop_price, liquidity, remaining, fee)
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
    short: ShortStep = short_step,
) -> Walked:
    """Sell token1 from `start` (√price, liquidity, tick) until used up or at the √price `limit`.

    `amount` > 0 is sold exactly, < 0 is bought exactly of token0; `short` counts the step that ends
    between two stops.

    Raises:
        QuoteRefused: liquidity would leave uint128.
    """
    price, liquidity, tick = start
    remembered = _STEPS.get
    remaining, calculated, crossings, fee_paid = amount, 0, 0, 0
    exact_in, last_stop = amount > 0, None
    at, count, edge = bisect_right(ticks, tick), len(ticks), tick
    while remaining and price != limit:
        if tick >= edge:
            edge = min((tick // spacing + 1 | 0xFF) * spacing, MAX_TICK)
        stop = ticks[at] if at < count else MAX_TICK
        initialised = at < count and stop <= edge
        if not initialised:
            stop = edge
        if last_stop is None:
            stop_price = sqrt_price_at_tick(stop)
            step_in, step_out, step_fee = whole_step(price, stop_price, liquidity, fee)
        else:
            stops = last_stop, stop, liquidity, fee
            step = remembered(stops)
            stop_price, step_in, step_out, step_fee = step or _worked_out(stops, price)
        before = price
        if stop_price > limit:
            price, step_in, step_out, step_fee = swap_step(
                price, limit, liquidity, remaining, fee, short
            )
        elif remaining >= step_in + step_fee if exact_in else -remaining >= step_out:
            price = stop_price
        else:
            price, step_in, step_out, step_fee = short(price, stop_price, liquidity, remaining, fee)
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
