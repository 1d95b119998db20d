"""Where the fee of a swap goes: to the protocol, and to each unit of liquidity in range.

Contracts split the fee of every step apart, and round each time; so this takes the steps of a swap
one by one, as the contract does. It is for accounts of fees: `walk`, which quotes, is quicker.
Slipstream shares fees with its gauges by a rule of its own, which is not here: of its pools `paid`
alone holds.
Source: Uniswap v3-core, UniswapV3Pool.swap; v4-core, Pool.swap; cryptoalgebra v1-core,
AlgebraPool._calculateSwapAndLock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import NamedTuple, Protocol

from qenus.protocols.uniswap_v3.swap_math import ShortStep, swap_step
from qenus.protocols.uniswap_v3.tick_math import (
    MAX_TICK,
    MIN_TICK,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
)

__all__ = ["ProtocolPart", "SwapFees", "fees_of_steps", "part_of_fee"]

# (amount in without fee, fee) of a step -> what the protocol keeps of the fee
ProtocolPart = Callable[[int, int], int]
_WORD = 1 << 256


class SwapFees(NamedTuple):
    """The fee of one swap, in smallest units of the token in.

    `paid` is all of it and `to_protocol` the protocol's part; `growth_x128` is what the contract's
    fee growth of that token rises by (fees for one unit of liquidity, Q128.128, modulo 2^256).
    """

    paid: int
    to_protocol: int
    growth_x128: int


class Ticked(Protocol):
    """Price, tick and liquidity in range, and the initialised ticks: a UniswapV3Pool."""

    @property
    def sqrt_price_x96(self) -> int: ...
    @property
    def tick(self) -> int: ...
    @property
    def liquidity(self) -> int: ...
    @property
    def tick_spacing(self) -> int: ...
    @property
    def ticks(self) -> tuple[int, ...]: ...
    @property
    def nets(self) -> tuple[int, ...]: ...


def part_of_fee(parts: int, whole: int) -> ProtocolPart:
    """Return the rule by which the protocol keeps `parts` of `whole` of each step's fee.

    Uniswap V3 keeps 1 of feeProtocol, Pancake V3 feeProtocol of 10,000, Algebra communityFee of
    1,000.
    """
    return lambda _, fee: fee * parts // whole


def fees_of_steps(
    pool: Ticked,
    fee: int,
    zero_for_one: bool,
    amount: int,
    limit: int,
    short: ShortStep,
    protocol: ProtocolPart,
) -> SwapFees:
    """Return the fees of a swap of `amount` (as in `UniswapV3Pool.swap`) up to the √price `limit`.

    `fee` is the whole one, in hundredths of a basis point. The swap must be one that the contract
    does: nothing is checked here.
    """
    price, liquidity, tick, remaining = pool.sqrt_price_x96, pool.liquidity, pool.tick, amount
    paid = to_protocol = growth = 0
    while remaining and price != limit:
        stop, net = _next_stop(pool, tick, zero_for_one)
        stop_price = sqrt_price_at_tick(stop)
        target = max(stop_price, limit) if zero_for_one else min(stop_price, limit)
        before = price
        price, amount_in, amount_out, step_fee = swap_step(
            price, target, liquidity, remaining, fee, short
        )
        remaining -= amount_in + step_fee if remaining > 0 else -amount_out
        kept = protocol(amount_in, step_fee)
        paid, to_protocol = paid + step_fee, to_protocol + kept
        if liquidity:
            growth += (step_fee - kept << 128) // liquidity
        if price == stop_price:
            liquidity += -net if zero_for_one else net
            tick = stop - 1 if zero_for_one else stop
        elif price != before:
            tick = tick_at_sqrt_price(price)
    return SwapFees(paid, to_protocol, growth % _WORD)


def _next_stop(pool: Ticked, tick: int, zero_for_one: bool) -> tuple[int, int]:
    """Return where the next step ends, and the net liquidity there, 0 where there is no tick.

    Source: Uniswap v3-core, TickBitmap.nextInitializedTickWithinOneWord.
    """
    ticks, spacing = pool.ticks, pool.tick_spacing
    if zero_for_one:
        edge = max((tick // spacing >> 8 << 8) * spacing, MIN_TICK)
        at = bisect_right(ticks, tick) - 1
        if at >= 0 and ticks[at] >= edge:
            return ticks[at], pool.nets[at]
        return edge, 0
    edge = min((tick // spacing + 1 | 0xFF) * spacing, MAX_TICK)
    at = bisect_left(ticks, tick + 1)
    if at < len(ticks) and ticks[at] <= edge:
        return ticks[at], pool.nets[at]
    return edge, 0
