"""Arbitrage in the demo world: a pool away from the reference price, or two pools apart."""

from fractions import Fraction
from itertools import combinations
from math import isqrt
from typing import NamedTuple

from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair
from qenus.protocols.uniswap_v3.swap_math import FEE_UNIT
from qenus.simulation.market import Market, Pool
from qenus.simulation.pools import PoolKey

__all__ = ["RoundTrip", "best_round_trip", "correction"]

# More than any correction of a V3 pool needs: the swap's price limit ends it.
_PLENTY = 1 << 120
_SEARCH_STEPS = 24


class RoundTrip(NamedTuple):
    """Sell `amount_in` in `buy` for the other token, and that back in `sell`, for a gain."""

    buy: PoolKey
    sell: PoolKey
    zero_for_one: bool
    amount_in: int
    gain: int


def correction(pool: Pool, fee: int, target_x96: int) -> tuple[bool, int] | None:
    """Return the swap (zero for one, amount in) that moves a pool to a √price in Q64.96.

    None when it does not pay: the price is away from the target by less than the fee.
    """
    price, scale = pool.spot_price(0, 1)
    now_x96 = isqrt((price << 192) // scale)
    # A relative error of the price is twice that of its square root.
    if 2 * abs(now_x96 - target_x96) * FEE_UNIT < target_x96 * fee:
        return None
    zero_for_one = now_x96 > target_x96
    if not isinstance(pool, UniswapV2Pair):
        return zero_for_one, _PLENTY
    product = pool.reserve0 * pool.reserve1
    if zero_for_one:
        amount = isqrt((product << 192) // (target_x96 * target_x96)) - pool.reserve0
    else:
        amount = isqrt(product * target_x96 * target_x96 >> 192) - pool.reserve1
    return (zero_for_one, amount) if amount > 0 else None


def best_round_trip(market: Market, keys: tuple[PoolKey, ...]) -> RoundTrip | None:
    """Return the trip through the two pools whose prices lie furthest apart, if it gains."""
    trips = (
        (first, second, zero_for_one)
        for one, other in combinations(keys, 2)
        if (one.token0, one.token1) == (other.token0, other.token1)
        for first, second in ((one, other), (other, one))
        for zero_for_one in (True, False)
    )
    return _round_trip(market, *max(trips, key=lambda trip: _return(market, *trip)))


def _return(market: Market, first: PoolKey, second: PoolKey, zero_for_one: bool) -> Fraction:
    """Return what one unit comes back as, to the first order: by prices and fees only."""
    out, scale = market.pool(first).spot_price(*_tokens(zero_for_one))
    back, back_scale = market.pool(second).spot_price(*_tokens(not zero_for_one))
    kept = (FEE_UNIT - first.fee) * (FEE_UNIT - second.fee)
    return Fraction(out * back * kept, scale * back_scale * FEE_UNIT * FEE_UNIT)


def _round_trip(
    market: Market, first: PoolKey, second: PoolKey, zero_for_one: bool
) -> RoundTrip | None:
    """Return the best trip through two pools.

    The gain is concave in the amount, so a ternary search finds its maximum.
    """
    if _return(market, first, second, zero_for_one) <= 1:
        return None
    token = first.token0 if zero_for_one else first.token1
    low, high = 1, 1_000_000 * 1_000_000 * 10**token.decimals // token.start_price
    for _ in range(_SEARCH_STEPS):
        third = (high - low) // 3
        left, right = low + third, high - third
        if _gain(market, first, second, zero_for_one, left) < _gain(
            market, first, second, zero_for_one, right
        ):
            low = left
        else:
            high = right
    gain = _gain(market, first, second, zero_for_one, low)
    return RoundTrip(first, second, zero_for_one, low, gain) if gain > 0 else None


def _gain(market: Market, first: PoolKey, second: PoolKey, zero_for_one: bool, amount: int) -> int:
    try:
        middle = market.pool(first).amount_out(*_tokens(zero_for_one), amount)
        return market.pool(second).amount_out(*_tokens(not zero_for_one), middle) - amount
    except QuoteRefused:
        return -amount


def _tokens(zero_for_one: bool) -> tuple[int, int]:
    return (0, 1) if zero_for_one else (1, 0)
