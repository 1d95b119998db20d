"""The traders of the demo world, and what they do in a block.

Reference prices walk at random. People trade without regard to them, across one or two pools;
arbitrageurs bring pools back to the reference and to each other; liquidity comes and goes; some
send ether, deploy a contract, fail, or emit a Swap event from an address that is no pool.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.uniswap_v2.pool import PairSwap, UniswapV2Pair
from qenus.protocols.uniswap_v3.pool import UniswapV3Pool
from qenus.simulation import events
from qenus.simulation.arbitrage import best_round_trip, correction
from qenus.simulation.draws import Draws
from qenus.simulation.events import EmittedLog
from qenus.simulation.market import ROUTER, Effect, Market, liquidity_over, sqrt_price_x96_of
from qenus.simulation.pools import TOKENS, PoolKey, Protocol, Token

__all__ = ["Action", "founding_actions", "trading_actions", "walk"]

_CALL_GAS = 21_000
# Of a million: how far a price walks in a block at most, either way.
_STEP = 4_000
_STABLE_STEP = 150
_MANY_POSITIONS = 60


@frozen
class Action:
    """What one transaction does: its call, its logs, its gas, and the market after it.

    `to` None deploys a contract; a failed action leaves no logs and the market as it was. `number`
    names the action among the pending ones of a block, whatever was left out before it.
    """

    market: Market
    to: bytes | None
    data: bytes
    logs: tuple[EmittedLog, ...]
    gas: int
    value: int = 0
    succeeded: bool = True
    number: int = 0


def walk(prices: Mapping[str, int], draws: Draws) -> dict[str, int]:
    """Return the reference prices one block later, in millionths of a dollar."""
    after = {}
    for symbol, price in prices.items():
        step = _STABLE_STEP if TOKENS[symbol].start_price == 1_000_000 else _STEP
        moved = price + price * draws.integer(-step, step) // 1_000_000
        # Drawn back a little, so that a world of any age keeps prices that its pools can hold.
        after[symbol] = max(moved + (TOKENS[symbol].start_price - moved) // 2_000, 1)
    return after


def founding_actions(
    keys: tuple[PoolKey, ...], prices: Mapping[str, int], owner: bytes
) -> Iterator[Action]:
    """Create every pool and give it its first liquidity, worth some millions of dollars each."""
    market = Market.empty()
    for key in keys:
        created = market.create(key, prices)
        market = created.market
        yield _acted(created, "createPool", key)
        amounts = tuple(
            4_000_000 * 1_000_000 * 10**token.decimals // prices[token.symbol]
            for token in (key.token0, key.token1)
        )
        if key.protocol is Protocol.UNISWAP_V2:
            founded = market.add_to_pair(key, (amounts[0], amounts[1]), owner)
            market = founded.market
            yield _acted(founded, "addLiquidity", key)
            continue
        for spacings, share in ((2_000, 4), (200, 2), (40, 8)):
            ticks = _around(market, key, spacings)
            liquidity = liquidity_over(ticks, amounts[1] // share)
            founded = market.open_position(key, ticks, liquidity, owner)
            market = founded.market
            yield _acted(founded, "mint", key)


def trading_actions(
    market: Market,
    keys: tuple[PoolKey, ...],
    prices: Mapping[str, int],
    draws: Draws,
    numbers: Sequence[int],
) -> Iterator[Action]:
    """Yield the actions with these numbers, each on the market that the one before it left."""
    for number in numbers:
        one = draws.fork("action", number)
        trader = keccak256(one.bytes32())[12:]
        kind = one.integer(0, 99)
        act = next(act for low, act in _KINDS if kind < low)
        try:
            action = act(market, keys, prices, one, trader)
        except QuoteRefused:
            # A swap that the pool refuses reverts on chain: a failed transaction, no logs.
            action = Action(market, ROUTER, _call("swap", trader), (), 48_000, 0, False)
        market = action.market
        yield evolve(action, number=number)


def _trade(
    market: Market, keys: tuple[PoolKey, ...], prices: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Sell something worth 10 to 100,000 dollars, through a second pool now and then."""
    key = draws.choice(keys)
    zero_for_one = draws.chance(1, 2)
    token = key.token0 if zero_for_one else key.token1
    dollars = draws.integer(10, 99) * 10 ** draws.integer(0, 3)
    amount = dollars * 1_000_000 * 10**token.decimals // prices[token.symbol]
    effect = market.swap(key, zero_for_one, amount, me)
    logs, gas = effect.logs, effect.gas
    if draws.chance(1, 4):
        middle = key.token1 if zero_for_one else key.token0
        onward = [v for v in keys if v is not key and middle in (v.token0, v.token1)]
        second = draws.choice(onward)
        effect = effect.market.swap(second, second.token0 is middle, effect.amount_out, me)
        logs, gas = logs + effect.logs, gas + effect.gas
    return Action(effect.market, ROUTER, _call("swap", me, amount), logs, _CALL_GAS + gas)


def _correct(
    market: Market, keys: tuple[PoolKey, ...], prices: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Bring the pool that is furthest from the reference prices back to them, if that pays."""
    offset = draws.integer(0, len(keys) - 1)
    for key in keys[offset:] + keys[:offset]:
        target = sqrt_price_x96_of(key.token0, key.token1, prices)
        found = correction(market.pool(key), key.fee, target)
        if found is not None:
            zero_for_one, amount = found
            limit = target if isinstance(market.pool(key), UniswapV3Pool) else None
            effect = market.swap(key, zero_for_one, amount, me, limit)
            return _acted(effect, "correct", key)
    return _trade(market, keys, prices, draws, me)


def _arbitrage(
    market: Market, keys: tuple[PoolKey, ...], prices: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Buy in one pool and sell in another of the same tokens, where a gain remains."""
    trip = best_round_trip(market, keys)
    if trip is None:
        return _trade(market, keys, prices, draws, me)
    first = market.swap(trip.buy, trip.zero_for_one, trip.amount_in, me)
    second = first.market.swap(trip.sell, not trip.zero_for_one, first.amount_out, me)
    return Action(
        second.market, ROUTER, _call("arbitrage", me, trip.amount_in), first.logs + second.logs,
        _CALL_GAS + first.gas + second.gas,
    )  # fmt: skip


def _provide(
    market: Market, keys: tuple[PoolKey, ...], prices: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Add liquidity worth 1,000 to 99,000 dollars to a pool, while positions are few."""
    if len(market.positions) >= _MANY_POSITIONS:
        return _withdraw(market, keys, prices, draws, me)
    key = draws.choice(keys)
    dollars = draws.integer(1, 99) * 1_000
    pool = market.pool(key)
    if isinstance(pool, UniswapV2Pair):
        amount0 = _worth(dollars, key.token0, prices)
        amounts = amount0, amount0 * pool.reserve1 // pool.reserve0
        return _acted(market.add_to_pair(key, amounts, me), "addLiquidity", key)
    ticks = _around(market, key, draws.integer(2, 120), draws.integer(-60, 60))
    liquidity = liquidity_over(ticks, _worth(dollars, key.token1, prices))
    return _acted(market.open_position(key, ticks, liquidity, me), "mint", key)


def _withdraw(
    market: Market, keys: tuple[PoolKey, ...], _: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Take liquidity out: of a position all or half, of a pair up to a fiftieth."""
    pairs = [key for key in keys if key.protocol is Protocol.UNISWAP_V2]
    # The founders' positions stay: the first three of each V3 pool.
    founded = 3 * (len(keys) - len(pairs))
    if draws.chance(1, 4) or len(market.positions) <= founded:
        key = draws.choice(pairs)
        return _acted(
            market.take_from_pair(key, draws.integer(100, 20_000), me), "removeLiquidity", key
        )
    at = draws.integer(founded, len(market.positions) - 1)
    share = draws.choice((500_000, 1_000_000))
    return _acted(market.close_position(at, share, me), "burn", market.positions[at].key)


def _plain(
    market: Market, keys: tuple[PoolKey, ...], _: Mapping[str, int], draws: Draws, me: bytes
) -> Action:
    """Send ether, deploy a contract, revert, or emit a pool's events as an unknown emitter."""
    kind = draws.integer(0, 9)
    if kind < 6:
        return Action(market, me, b"", (), _CALL_GAS, draws.integer(1, 10**18))
    if kind == 6:
        return Action(market, None, b"\x60\x00\x60\x00\xf3" + me, (), 53_400)
    if kind == 7:
        return Action(market, ROUTER, _call("swap", me), (), 48_000, 0, False)
    # Anyone can emit anything: a Swap and a Sync from a contract that no factory made.
    key = draws.choice(keys)
    amount = draws.integer(1, 10**24)
    logs = (
        events.v2_sync(me, amount, amount),
        events.v2_swap(me, ROUTER, key.address, PairSwap(amount, 0, 0, amount)),
    )
    return Action(market, me, _call("pretend", me, amount), logs, 46_000)


_Act = Callable[[Market, tuple[PoolKey, ...], Mapping[str, int], Draws, bytes], Action]

# The share of each kind, in hundredths, summed up.
_KINDS: tuple[tuple[int, _Act], ...] = (
    (50, _trade),
    (65, _correct),
    (75, _arbitrage),
    (82, _provide),
    (88, _withdraw),
    (100, _plain),
)


def _acted(effect: Effect, function: str, key: PoolKey) -> Action:
    return Action(
        effect.market, ROUTER, _call(function, key.address), effect.logs, _CALL_GAS + effect.gas
    )


def _call(function: str, target: bytes, amount: int = 0) -> bytes:
    """Return call data of the demo's router: a selector and two words."""
    selector = keccak256(f"{function}(address,uint256)".encode())[:4]
    return selector + target.rjust(32, b"\0") + amount.to_bytes(32, "big")


def _worth(dollars: int, token: Token, prices: Mapping[str, int]) -> int:
    scale: int = 10**token.decimals
    return dollars * 1_000_000 * scale // prices[token.symbol]


def _around(market: Market, key: PoolKey, spacings: int, off: int = 0) -> tuple[int, int]:
    """Return two ticks `spacings` apart either side of the price, `off` spacings away from it."""
    pool = market.pool(key)
    assert isinstance(pool, UniswapV3Pool)
    middle = (pool.tick // key.tick_spacing + off) * key.tick_spacing
    span = spacings * key.tick_spacing
    return middle - span, middle + span
