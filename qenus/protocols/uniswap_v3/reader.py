"""Uniswap V3 pools and those that store and tell the same, such as Pancake V3.

A pool is read whole at its first touch, price, liquidity, every word of its tick bitmap and every
tick therein, so that quotes are exact from then on; afterwards Swap, Mint and Burn are enough.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.reads import Call, Plan, call_data, signed, words_of
from qenus.protocols.records import Decimals, PoolRecord, address_in, price_x128, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.registry import Venue
from qenus.protocols.uniswap_v3.events import BURN, INITIALIZE, MINT, PANCAKE_SWAP, SWAP
from qenus.protocols.uniswap_v3.pool import Swap, TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.tick_math import MAX_TICK, MIN_TICK
from qenus.wire import (
    Block,
    Log,
    PoolStateFeature,
    UniswapV3PoolState,
)

__all__ = [
    "UniswapV3",
    "bitmap_words",
    "near_price",
    "read_ticks",
    "ticks_in_words",
    "tokens_and",
]

_SLOT0 = call_data("slot0()")
_LIQUIDITY = call_data("liquidity()")
_FEE = call_data("fee()")
_TICK_SPACING = call_data("tickSpacing()")
_MAX_SPACING = 32767
_MILLION = 1_000_000
# How many ticks on either side of the price a probe looks at.
_PROBED_TICKS = 4


class UniswapV3:
    """The family uniswap_v3, Pancake V3 in it. Source: Uniswap v3-core, UniswapV3Pool."""

    CREATED = keccak256(b"PoolCreated(address,address,uint24,int24,address)")
    TOUCHING = frozenset(event.topic0 for event in (INITIALIZE, SWAP, PANCAKE_SWAP, MINT, BURN))
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Collect(address,address,int24,int24,uint128,uint128)",
            b"Flash(address,address,uint256,uint256,uint256,uint256)",
            b"IncreaseObservationCardinalityNext(uint16,uint16)",
            b"SetFeeProtocol(uint8,uint8,uint8,uint8)",
            b"SetFeeProtocol(uint32,uint32,uint32,uint32)",
            b"CollectProtocol(address,address,uint128,uint128)",
            b"CollectFees(address,uint128,uint128)",
        )
    )
    # What tells price and tick, in this order.
    PRICE = _SLOT0
    CLAIMS: Sequence[bytes] = (_FEE, _TICK_SPACING)

    def created(self, venue: Venue, log: Log) -> PoolRecord | None:
        """Read PoolCreated(token0, token1, fee, tickSpacing, pool)."""
        said = words_of(log.data, 2)
        if len(log.topics) != 4 or said is None:
            return None
        pool, fee = address_in(said[1]), int.from_bytes(log.topics[3], "big")
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pool is None else self.claimed(venue, pool, tokens, (fee, said[0]))

    def claimed(
        self, venue: Venue, address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> PoolRecord | None:
        """Make the record of a pool of these tokens, fee and tick spacing."""
        fee, spacing = claims
        if fee >= _MILLION or not 1 <= spacing <= _MAX_SPACING:
            return None
        return PoolRecord(venue, address, *tokens, fee=fee, tick_spacing=spacing)

    def salt(self, record: PoolRecord) -> bytes:
        """Source: UniswapV3PoolDeployer.deploy."""
        return keccak256(tokens_and(record, record.fee))

    def factory_call(self, record: PoolRecord) -> bytes:
        """UniswapV3Factory.getPool."""
        tokens = record.token0, record.token1
        return call_data("getPool(address,address,uint24)", *tokens, record.fee)

    def load(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read price, liquidity, the tick bitmap and the ticks."""
        to, where = record.address, f"0x{record.address.hex()}"
        slot0, stands = yield [Call(block_hash, to, _SLOT0), Call(block_hash, to, _LIQUIDITY)]
        price, tick = words(slot0, 2, f"slot0 of {where}")
        (liquidity,) = words(stands, 1, f"liquidity of {where}")
        if not price:
            return attrs.evolve(record, pool=None)
        ticks = yield from read_ticks(
            record.tick_spacing,
            where,
            lambda word: Call(block_hash, to, call_data("tickBitmap(int16)", word)),
            lambda at: Call(block_hash, to, call_data("ticks(int24)", at)),
        )
        pool = UniswapV3Pool.at(
            fee=record.fee,
            tick_spacing=record.tick_spacing,
            sqrt_price_x96=price,
            tick=signed(tick),
            liquidity=liquidity,
            ticks=ticks,
        )
        return attrs.evolve(record, pool=pool)

    def refresh(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read nothing: the fee is what the pool was made with."""
        del block_hash
        return record
        yield []

    def apply(self, record: PoolRecord, log: Log, block: Block) -> PoolRecord:
        """Take Initialize, Swap, Mint or Burn."""
        del block
        if log.topics[0] == INITIALIZE.topic0:
            return self._initialized(record, log)
        pool: UniswapV3Pool | None = record.pool
        if pool is None:
            raise Refusal("pool", "an initialised one", b"")
        if log.topics[0] == MINT.topic0:
            mint = MINT.decode(log, b"", 0)
            pool = pool.apply_liquidity(mint.tick_lower, mint.tick_upper, mint.amount)
        elif log.topics[0] == BURN.topic0:
            burn = BURN.decode(log, b"", 0)
            pool = pool.apply_liquidity(burn.tick_lower, burn.tick_upper, -burn.amount)
        else:
            event = SWAP if log.topics[0] == SWAP.topic0 else PANCAKE_SWAP
            swap = event.decode(log, b"", 0)
            pool = pool.apply_swap(
                Swap(swap.amount0, swap.amount1, swap.sqrt_price_x96, swap.liquidity, swap.tick)
            )
        return attrs.evolve(record, pool=pool)

    def _initialized(self, record: PoolRecord, log: Log) -> PoolRecord:
        said = words_of(log.data, 2)
        if said is None:
            raise Refusal("data", "64 bytes", len(log.data))
        pool = UniswapV3Pool.at(
            fee=record.fee,
            tick_spacing=record.tick_spacing,
            sqrt_price_x96=said[0],
            tick=signed(said[1]),
            liquidity=0,
            ticks={},
        )
        return attrs.evolve(record, pool=pool)

    def probe(self, record: PoolRecord, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read price, tick, liquidity and the ticks around."""
        to, near = record.address, near_price(record.pool)
        slot0, liquidity, *ticks = yield [
            Call(block_hash, to, self.PRICE),
            Call(block_hash, to, _LIQUIDITY),
            *(Call(block_hash, to, call_data("ticks(int24)", at)) for at in near),
        ]
        head, stands = words_of(slot0, 2), words_of(liquidity, 1)
        read = [words_of(each, 2) for each in ticks]
        if head is None or stands is None or None in read:
            return None
        grosses = [each for words in read if words for each in (words[0], signed(words[1]))]
        return head[0], signed(head[1]), *stands, *grosses

    def facts(self, record: PoolRecord) -> tuple[int, ...]:
        """Give price, tick, liquidity and the ticks around."""
        pool: UniswapV3Pool = record.pool
        near = [
            each
            for at in map(pool.ticks.index, near_price(pool))
            for each in (pool.grosses[at], pool.nets[at])
        ]
        return pool.sqrt_price_x96, pool.tick, pool.liquidity, *near

    def feature(self, record: PoolRecord, decimals: Decimals) -> PoolStateFeature | None:
        """Give the state of the pool."""
        pool: UniswapV3Pool | None = record.pool
        if pool is None:
            return None
        return UniswapV3PoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            pool.sqrt_price_x96.to_bytes(20, "big"),
            pool.tick,
            pool.liquidity.to_bytes(16, "big"),
            pool.fee,
            pool.tick_spacing,
            record.venue.name,
            price_x128(pool.spot_price(0, 1)),
            price_x128(pool.spot_price(1, 0)),
        )


def read_ticks(
    spacing: int,
    where: str,
    word_call: Callable[[int], Call],
    tick_call: Callable[[int], Call],
) -> Plan[Mapping[int, TickLiquidity]]:
    """Read every initialised tick: the whole bitmap first, then what it names."""
    positions = bitmap_words(spacing)
    answers = yield [word_call(word) for word in positions]
    bits = {
        word: words(answer, 1, f"tick bitmap of {where}")[0]
        for word, answer in zip(positions, answers, strict=True)
    }
    initialised = list(ticks_in_words(bits, spacing))
    if not initialised:
        return {}
    answers = yield [tick_call(tick) for tick in initialised]
    ticks: dict[int, TickLiquidity] = {}
    for tick, answer in zip(initialised, answers, strict=True):
        gross, net = words(answer, 2, f"tick {tick} of {where}")
        ticks[tick] = TickLiquidity(signed(net), gross)
    return ticks


def bitmap_words(spacing: int) -> range:
    """Give the positions of all words of a tick bitmap. Source: TickBitmap.position."""
    # A contract rounds a tick towards minus infinity when it compresses it.
    return range((MIN_TICK // spacing) >> 8, (MAX_TICK // spacing >> 8) + 1)


def ticks_in_words(bits: Mapping[int, int], spacing: int) -> Iterator[int]:
    """Name the initialised ticks, by the words of the bitmap that have them."""
    for word, value in bits.items():
        while value:
            lowest = value & -value
            yield ((word << 8) + lowest.bit_length() - 1) * spacing
            value ^= lowest


def tokens_and(record: PoolRecord, last: int) -> bytes:
    """Encode both tokens and a number, a word each, as `abi.encode` does."""
    words = record.token0, record.token1, last.to_bytes(32, "big")
    return b"".join(word.rjust(32, b"\0") for word in words)


def near_price(pool: UniswapV3Pool) -> tuple[int, ...]:
    """Name the initialised ticks around the price."""
    below = sum(1 for tick in pool.ticks if tick <= pool.tick)
    return pool.ticks[max(below - _PROBED_TICKS, 0) : below + _PROBED_TICKS]
