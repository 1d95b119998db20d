"""Uniswap V3 pools and those that store and emit the same, such as Pancake V3.

A pool is read whole at its first touch, price, liquidity, every word of its tick bitmap and every
tick therein, so that quotes are exact from then on; afterwards Swap, Mint and Burn are enough.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.reads import Call, Plan, call_data, signed, words_of
from qenus.protocols.records import Decimals, PoolRecord, address_in, price_x128, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.uniswap_v3.events import BURN, INITIALIZE, MINT, PANCAKE_SWAP, SWAP
from qenus.protocols.uniswap_v3.pool import Swap, TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.tick_math import MAX_TICK, MIN_TICK
from qenus.protocols.venue import Venue
from qenus.wire import (
    Block,
    Log,
    PoolStateFeature,
    UniswapV3PoolState,
)

__all__ = [
    "TickTerms",
    "UniswapV3",
    "applied",
    "bitmap_words",
    "facts_of",
    "near_price",
    "probe_pool",
    "read_ticks",
    "tick_terms",
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


@attrs.frozen
class TickTerms:
    """What a pool was made with: its fee (millionths, 0 where it is read) and its tick spacing."""

    fee: int
    tick_spacing: int


_Record = PoolRecord[UniswapV3Pool, TickTerms]


class UniswapV3(FactoryFamily[UniswapV3Pool, TickTerms, None]):
    """The family uniswap_v3, Pancake V3 in it. Source: Uniswap v3-core, UniswapV3Pool."""

    NAME = "uniswap_v3"
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
    CLAIMS: ClassVar[Sequence[bytes]] = (_FEE, _TICK_SPACING)

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> None:
        """Read nothing: each pool has a fee and a spacing of its own."""

    def created(self, venue: Venue[None], log: Log) -> _Record | None:
        """Read PoolCreated(token0, token1, fee, tickSpacing, pool)."""
        said = words_of(log.data, 2)
        if len(log.topics) != 4 or said is None:
            return None
        pool, fee = address_in(said[1]), int.from_bytes(log.topics[3], "big")
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pool is None else self.claimed(venue, pool, tokens, (fee, said[0]))

    def claimed(
        self, venue: Venue[None], address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> _Record | None:
        """Make the record of a pool of these tokens, fee and tick spacing."""
        terms = tick_terms(*claims)
        return None if terms is None else PoolRecord(venue, address, *tokens, terms)

    def salt(self, record: _Record) -> bytes:
        """Source: UniswapV3PoolDeployer.deploy."""
        return keccak256(tokens_and(record.token0, record.token1, record.terms.fee))

    def factory_call(self, record: _Record) -> bytes:
        """UniswapV3Factory.getPool."""
        tokens = record.token0, record.token1
        return call_data("getPool(address,address,uint24)", *tokens, record.terms.fee)

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read price, liquidity, the tick bitmap and the ticks."""
        to, where = record.address, f"0x{record.address.hex()}"
        slot0, stands = yield [Call(block_hash, to, _SLOT0), Call(block_hash, to, _LIQUIDITY)]
        price, tick = words(slot0, 2, f"slot0 of {where}")
        (liquidity,) = words(stands, 1, f"liquidity of {where}")
        if not price:
            return attrs.evolve(record, pool=None)
        ticks = yield from read_ticks(
            record.terms.tick_spacing,
            where,
            lambda word: Call(block_hash, to, call_data("tickBitmap(int16)", word)),
            lambda at: Call(block_hash, to, call_data("ticks(int24)", at)),
        )
        pool = UniswapV3Pool.at(
            fee=record.terms.fee,
            tick_spacing=record.terms.tick_spacing,
            sqrt_price_x96=price,
            tick=signed(tick),
            liquidity=liquidity,
            ticks=ticks,
        )
        return attrs.evolve(record, pool=pool)

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Initialize, Swap, Mint or Burn."""
        del block
        return attrs.evolve(record, pool=applied(record.pool, record.terms, log))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read price, tick, liquidity and the ticks around."""
        return (yield from probe_pool(record.state, record.address, _SLOT0, block_hash))

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give price, tick, liquidity and the ticks around."""
        return facts_of(record.state)

    def feature(self, record: _Record, decimals: Decimals) -> PoolStateFeature | None:
        """Give the state of the pool."""
        pool = record.pool
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


def tick_terms(fee: int, tick_spacing: int) -> TickTerms | None:
    """Give a pool's terms; None where no pool can have them."""
    if fee >= _MILLION or not 1 <= tick_spacing <= _MAX_SPACING:
        return None
    return TickTerms(fee, tick_spacing)


def applied(pool: UniswapV3Pool | None, terms: TickTerms, log: Log) -> UniswapV3Pool:
    """Give the pool after its Initialize, Swap, Mint or Burn.

    Raises:
        Refusal, OutOfBounds: the log cannot be that event, or says what cannot be.
    """
    topic = log.topics[0]
    if topic == INITIALIZE.topic0:
        return _initialized(terms, log)
    if pool is None:
        raise Refusal("pool", "an initialised one", b"")
    if topic == MINT.topic0:
        mint = MINT.decode(log, b"", 0)
        return pool.apply_liquidity(mint.tick_lower, mint.tick_upper, mint.amount)
    if topic == BURN.topic0:
        burn = BURN.decode(log, b"", 0)
        return pool.apply_liquidity(burn.tick_lower, burn.tick_upper, -burn.amount)
    event = SWAP if topic == SWAP.topic0 else PANCAKE_SWAP
    swap = event.decode(log, b"", 0)
    return pool.apply_swap(
        Swap(swap.amount0, swap.amount1, swap.sqrt_price_x96, swap.liquidity, swap.tick)
    )


def _initialized(terms: TickTerms, log: Log) -> UniswapV3Pool:
    said = words_of(log.data, 2)
    if said is None:
        raise Refusal("data", "64 bytes", len(log.data))
    return UniswapV3Pool.at(
        fee=terms.fee,
        tick_spacing=terms.tick_spacing,
        sqrt_price_x96=said[0],
        tick=signed(said[1]),
        liquidity=0,
        ticks={},
    )


def probe_pool(
    pool: UniswapV3Pool, address: bytes, price_call: bytes, block_hash: bytes
) -> Plan[tuple[int, ...] | None]:
    """Read price and tick (what `price_call` returns first), liquidity and the ticks around."""
    near = near_price(pool)
    slot0, liquidity, *ticks = yield [
        Call(block_hash, address, price_call),
        Call(block_hash, address, _LIQUIDITY),
        *(Call(block_hash, address, call_data("ticks(int24)", at)) for at in near),
    ]
    head, stands = words_of(slot0, 2), words_of(liquidity, 1)
    read = [words_of(each, 2) for each in ticks]
    if head is None or stands is None or None in read:
        return None
    grosses = [each for words in read if words for each in (words[0], signed(words[1]))]
    return head[0], signed(head[1]), *stands, *grosses


def facts_of(pool: UniswapV3Pool) -> tuple[int, ...]:
    """Give price, tick, liquidity and the ticks around, as `probe_pool` reads them."""
    near = [
        each
        for at in map(pool.ticks.index, near_price(pool))
        for each in (pool.grosses[at], pool.nets[at])
    ]
    return pool.sqrt_price_x96, pool.tick, pool.liquidity, *near


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


def tokens_and(token0: bytes, token1: bytes, last: int) -> bytes:
    """Encode both tokens and a number, a word each, as `abi.encode` does."""
    words = token0, token1, last.to_bytes(32, "big")
    return b"".join(word.rjust(32, b"\0") for word in words)


def near_price(pool: UniswapV3Pool) -> tuple[int, ...]:
    """Name the initialised ticks around the price."""
    below = sum(1 for tick in pool.ticks if tick <= pool.tick)
    return pool.ticks[max(below - _PROBED_TICKS, 0) : below + _PROBED_TICKS]
