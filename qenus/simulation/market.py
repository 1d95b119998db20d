"""The demo world's pools, and what each operation on them does and emits.

A market is an immutable value: an operation gives the market after it, the logs that the contracts
would have emitted, in their order, and the gas. Amounts come from `qenus.pools`, so they are the
contracts' own. Token balances are not tracked: accounts can always pay. Nor are fees of V3
positions: a collect pays out the amounts of its burn.
"""

from collections.abc import Mapping
from math import isqrt
from typing import NamedTuple

from attrs import evolve, frozen

from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.uniswap_v2.pool import PairSwap, UniswapV2Pair
from qenus.protocols.uniswap_v3.pool import TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.tick_math import sqrt_price_at_tick, tick_at_sqrt_price
from qenus.simulation import events
from qenus.simulation.events import EmittedLog
from qenus.simulation.pools import PoolKey, Protocol, Token

__all__ = ["ROUTER", "Effect", "Market", "Pool", "Position", "liquidity_over", "sqrt_price_x96_of"]

Pool = UniswapV2Pair | UniswapV3Pool

ROUTER = bytes.fromhex("d0") * 20
_POSITION_MANAGER = bytes.fromhex("d1") * 20
_ZERO = bytes(20)
# Locked forever by a pair's first mint. Source: Uniswap v2-core, MINIMUM_LIQUIDITY.
_MINIMUM_LIQUIDITY = 1000
# Pancake's share of a swap's fee, in ten-thousandths, taken of the whole swap's fee here.
_PANCAKE_SHARE = 3300
_GAS_PER_CROSSING = 22_000


class Position(NamedTuple):
    """Liquidity of the demo's position manager in a V3 pool."""

    key: PoolKey
    tick_lower: int
    tick_upper: int
    liquidity: int


class Effect(NamedTuple):
    """An operation's effect: the market after it, its logs, its gas and the amount paid out."""

    market: "Market"
    logs: tuple[EmittedLog, ...]
    gas: int
    amount_out: int = 0


def sqrt_price_x96_of(token0: Token, token1: Token, prices: Mapping[str, int]) -> int:
    """Return √(token1/token0) in Q64.96 at which a pool agrees with these prices."""
    numerator = prices[token0.symbol] * 10**token1.decimals
    denominator = prices[token1.symbol] * 10**token0.decimals
    return isqrt((numerator << 192) // denominator)


@frozen
class Market:
    """All pools of the world at one moment, with the supplies of V2 liquidity tokens."""

    pools: Mapping[bytes, Pool]
    supplies: Mapping[bytes, int]
    positions: tuple[Position, ...] = ()

    @classmethod
    def empty(cls) -> "Market":
        """Return a market without pools."""
        return cls({}, {})

    def pool(self, key: PoolKey) -> Pool:
        """Return the pool of this key as it stands."""
        return self.pools[key.address]

    def _with(self, key: PoolKey, pool: Pool) -> "Market":
        return evolve(self, pools={**self.pools, key.address: pool})

    def create(self, key: PoolKey, prices: Mapping[str, int]) -> Effect:
        """Create the pool of this key through its factory: a V3 pool at the price, a pair empty."""
        tokens = key.token0.address, key.token1.address
        factory, count = key.factory.address, len(self.pools) + 1
        if key.protocol is Protocol.UNISWAP_V2:
            log = events.v2_pair_created(factory, *tokens, key.address, count)
            return Effect(
                self._with(key, UniswapV2Pair.at(reserve0=0, reserve1=0)), (log,), 2_500_000
            )
        price = sqrt_price_x96_of(key.token0, key.token1, prices)
        tick = tick_at_sqrt_price(price)
        ticks: dict[int, TickLiquidity] = {}
        pool = UniswapV3Pool.at(
            fee=key.fee, tick_spacing=key.tick_spacing, sqrt_price_x96=price, tick=tick,
            liquidity=0, ticks=ticks,
        )  # fmt: skip
        logs = (
            events.v3_pool_created(factory, *tokens, key.fee, key.tick_spacing, key.address),
            events.v3_initialize(key.address, price, tick),
        )
        return Effect(self._with(key, pool), logs, 4_600_000)

    def swap(
        self,
        key: PoolKey,
        zero_for_one: bool,
        amount_in: int,
        trader: bytes,
        limit: int | None = None,
    ) -> Effect:
        """Sell `amount_in` through the router to `trader`; `limit` is a √price in Q64.96, V3 only.

        Raises:
            QuoteRefused: the pool would revert, or the swap gives nothing.
        """
        pool = self.pool(key)
        if isinstance(pool, UniswapV2Pair):
            return self._swap_pair(key, pool, zero_for_one, amount_in, trader)
        swapped = pool.swap(zero_for_one, amount_in, limit)
        event = swapped.event
        paid, got = (
            (event.amount0, -event.amount1) if zero_for_one else (event.amount1, -event.amount0)
        )
        if got <= 0:
            raise QuoteRefused("the swap would give nothing")
        token_in, token_out = _in_and_out(key, zero_for_one)
        shares = None
        if key.protocol is Protocol.PANCAKE_V3:
            share = swapped.fee_paid * _PANCAKE_SHARE // 10_000
            shares = (share, 0) if zero_for_one else (0, share)
        # A V3 pool pays first and is paid in its callback.
        logs = (
            events.transfer(token_out, key.address, trader, got),
            events.transfer(token_in, trader, key.address, paid),
            events.v3_swap(key.address, ROUTER, trader, event, shares),
        )
        gas = 98_000 + swapped.crossings * _GAS_PER_CROSSING
        return Effect(self._with(key, swapped.pool), logs, gas, got)

    def _swap_pair(
        self, key: PoolKey, pair: UniswapV2Pair, zero_for_one: bool, amount_in: int, trader: bytes
    ) -> Effect:
        got = pair.amount_out(0 if zero_for_one else 1, 1 if zero_for_one else 0, amount_in)
        if not got:
            raise QuoteRefused("the swap would give nothing")
        swap = PairSwap(amount_in, 0, 0, got) if zero_for_one else PairSwap(0, amount_in, got, 0)
        after = pair.swap(swap)
        token_in, token_out = _in_and_out(key, zero_for_one)
        logs = (
            events.transfer(token_in, trader, key.address, amount_in),
            events.transfer(token_out, key.address, trader, got),
            events.v2_sync(key.address, after.reserve0, after.reserve1),
            events.v2_swap(key.address, ROUTER, trader, swap),
        )
        return Effect(self._with(key, after), logs, 72_000, got)

    def add_to_pair(self, key: PoolKey, amounts: tuple[int, int], owner: bytes) -> Effect:
        """Add both tokens to a pair, in any ratio when it is empty.

        Source: Uniswap v2-core, UniswapV2Pair.mint.
        """
        pair = self.pool(key)
        assert isinstance(pair, UniswapV2Pair)
        supply = self.supplies.get(key.address, 0)
        if supply:
            shares = (amounts[0] * supply // pair.reserve0, amounts[1] * supply // pair.reserve1)
            minted, locked = min(shares), 0
        else:
            locked = _MINIMUM_LIQUIDITY
            minted = isqrt(amounts[0] * amounts[1]) - locked
        if minted <= 0:
            raise QuoteRefused("the mint would give no liquidity")
        after = pair.apply_sync(pair.reserve0 + amounts[0], pair.reserve1 + amounts[1])
        lock = (events.transfer(key.address, _ZERO, _ZERO, locked),) if locked else ()
        logs = (
            events.transfer(key.token0.address, owner, key.address, amounts[0]),
            events.transfer(key.token1.address, owner, key.address, amounts[1]),
            *lock,
            events.transfer(key.address, _ZERO, owner, minted),
            events.v2_sync(key.address, after.reserve0, after.reserve1),
            events.v2_mint(key.address, ROUTER, *amounts),
        )
        market = evolve(
            self._with(key, after),
            supplies={**self.supplies, key.address: supply + minted + locked},
        )
        return Effect(market, logs, 128_000)

    def take_from_pair(self, key: PoolKey, share: int, owner: bytes) -> Effect:
        """Burn `share` millionths of a pair's liquidity.

        Source: Uniswap v2-core, UniswapV2Pair.burn.
        """
        pair = self.pool(key)
        assert isinstance(pair, UniswapV2Pair)
        supply = self.supplies[key.address]
        burned = supply * share // 1_000_000
        amounts = burned * pair.reserve0 // supply, burned * pair.reserve1 // supply
        if not all(amounts):
            raise QuoteRefused("the burn would give nothing")
        after = pair.apply_sync(pair.reserve0 - amounts[0], pair.reserve1 - amounts[1])
        logs = (
            events.transfer(key.address, owner, key.address, burned),
            events.transfer(key.address, key.address, _ZERO, burned),
            events.transfer(key.token0.address, key.address, owner, amounts[0]),
            events.transfer(key.token1.address, key.address, owner, amounts[1]),
            events.v2_sync(key.address, after.reserve0, after.reserve1),
            events.v2_burn(key.address, ROUTER, owner, *amounts),
        )
        market = evolve(
            self._with(key, after), supplies={**self.supplies, key.address: supply - burned}
        )
        return Effect(market, logs, 135_000)

    def open_position(
        self, key: PoolKey, ticks: tuple[int, int], liquidity: int, owner: bytes
    ) -> Effect:
        """Mint liquidity between two ticks of a V3 pool, held by the position manager."""
        pool = self.pool(key)
        assert isinstance(pool, UniswapV3Pool)
        amounts = pool.liquidity_amounts(*ticks, liquidity)
        after = pool.apply_liquidity(*ticks, liquidity)
        paid = tuple(
            events.transfer(token.address, owner, key.address, amount)
            for token, amount in zip((key.token0, key.token1), amounts, strict=True)
            if amount
        )
        mint = events.v3_mint(
            key.address, _POSITION_MANAGER, _POSITION_MANAGER, ticks, liquidity, amounts
        )
        position = Position(key, *ticks, liquidity)
        market = evolve(self._with(key, after), positions=(*self.positions, position))
        return Effect(market, (*paid, mint), 390_000)

    def close_position(self, at: int, share: int, owner: bytes) -> Effect:
        """Burn `share` millionths of the position at an index and collect the amounts."""
        key, lower, upper, liquidity = self.positions[at]
        pool = self.pool(key)
        assert isinstance(pool, UniswapV3Pool)
        burned = liquidity * share // 1_000_000
        if not burned:
            raise QuoteRefused("the burn would take no liquidity")
        amounts = pool.liquidity_amounts(lower, upper, -burned)
        after = pool.apply_liquidity(lower, upper, -burned)
        ticks, manager = (lower, upper), _POSITION_MANAGER
        paid = tuple(
            events.transfer(token.address, key.address, owner, amount)
            for token, amount in zip((key.token0, key.token1), amounts, strict=True)
            if amount
        )
        logs = (
            events.v3_burn(key.address, manager, ticks, burned, amounts),
            *paid,
            events.v3_collect(key.address, manager, owner, ticks, amounts),
        )
        rest = (Position(key, lower, upper, liquidity - burned),) if burned < liquidity else ()
        positions = (*self.positions[:at], *rest, *self.positions[at + 1 :])
        return Effect(evolve(self._with(key, after), positions=positions), logs, 245_000)


def liquidity_over(ticks: tuple[int, int], token1_amount: int) -> int:
    """Return the V3 liquidity that `token1_amount` of token1 is over the whole range of ticks."""
    low, high = sqrt_price_at_tick(ticks[0]), sqrt_price_at_tick(ticks[1])
    return (token1_amount << 96) // (high - low)


def _in_and_out(key: PoolKey, zero_for_one: bool) -> tuple[bytes, bytes]:
    tokens = key.token0.address, key.token1.address
    return tokens if zero_for_one else (tokens[1], tokens[0])
