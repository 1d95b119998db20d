"""Uniswap V4: pools within one manager, named by the hash of their terms.

The manager's storage is read as its own library reads it, word by word. An id says nothing of the
pool's terms; the position manager knows them of every pool that it ever minted in, and the id is
their hash. Pools that it does not know are not published: whether a node saw them made must not
matter. Fees are read: a hook may set them without an event.
Source: Uniswap v4-core, PoolManager, StateLibrary, Pool; v4-periphery, PositionManager.poolKeys.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import OutOfBounds
from qenus.protocols.pool_family import ManagedFamily
from qenus.protocols.reads import Answer, Call, Plan, call_data, signed, words_of
from qenus.protocols.records import Decimals, PoolRecord, address_in, price_x128, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.uniswap_v3.pool import Swap, TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.reader import bitmap_words, near_price, ticks_in_words
from qenus.protocols.uniswap_v4.pool import DYNAMIC_FEE, UniswapV4Pool, pool_id
from qenus.protocols.venue import Venue, hex_at
from qenus.wire import Block, Log, UniswapV4PoolState

__all__ = ["UniswapV4"]

_INITIALIZE = keccak256(b"Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)")
_SWAP = keccak256(b"Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)")
_MODIFY = keccak256(b"ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)")
_PROTOCOL_FEE = keccak256(b"ProtocolFeeUpdated(bytes32,uint24)")
# Where the manager keeps its pools, and within one: liquidity, ticks, tick bitmap.
_POOLS_SLOT = 6
_LIQUIDITY, _TICKS, _BITMAP = 3, 4, 5
_UINT128_MAX = (1 << 128) - 1
_UINT24_MAX = (1 << 24) - 1


# The contract that knows the terms of a manager's pools by their ids.
PositionManager = bytes


@attrs.frozen
class KeyTerms:
    """What a pool's key says beside its currencies."""

    fee: int
    tick_spacing: int
    hooks: bytes


_Record = PoolRecord[UniswapV4Pool, KeyTerms]


class UniswapV4(ManagedFamily[UniswapV4Pool, KeyTerms, PositionManager]):
    """The family uniswap_v4."""

    NAME = "uniswap_v4"
    REGISTRY_KEYS = frozenset({"position_manager"})
    TOUCHING = frozenset({_INITIALIZE, _SWAP, _MODIFY, _PROTOCOL_FEE})

    def venue_terms(
        self, where: str, table: Mapping[str, Any], errors: list[str]
    ) -> PositionManager:
        """Read `position_manager`."""
        return hex_at(where, "position_manager", table, 20, errors, required=True) or b""

    def identified(
        self, venue: Venue[PositionManager], pool_id: bytes, block_hash: bytes
    ) -> Plan[_Record | None]:
        """Ask the position manager for the pool's key, and hold it against the id."""
        data = call_data("poolKeys(bytes25)", pool_id[:25].ljust(32, b"\0"))
        (answer,) = yield [Call(block_hash, venue.terms, data)]
        return _record_of(venue, pool_id, answer)

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read price, fees, liquidity, the tick bitmap and the ticks."""
        head, stands = yield self._read(record, block_hash, [0, _LIQUIDITY])
        what = f"slot 0 of 0x{record.key.hex()}"
        price, tick, fees = _slot0(words(head, 1, what)[0])
        (liquidity,) = words(stands, 1, what)
        if not price:
            return attrs.evolve(record, pool=None)
        positions = bitmap_words(record.terms.tick_spacing)
        slots = [_mapped(record, position, _BITMAP) for position in positions]
        answers = yield self._extsload(record, block_hash, slots)
        bits = {
            position: words(answer, 1, what)[0]
            for position, answer in zip(positions, answers, strict=True)
        }
        initialised = list(ticks_in_words(bits, record.terms.tick_spacing))
        ticks: dict[int, TickLiquidity] = {}
        if initialised:
            slots = [_mapped(record, at, _TICKS) for at in initialised]
            answers = yield self._extsload(record, block_hash, slots)
            for at, answer in zip(initialised, answers, strict=True):
                ticks[at] = _tick_of(words(answer, 1, what)[0])
        state = UniswapV3Pool.at(
            fee=0,
            tick_spacing=record.terms.tick_spacing,
            sqrt_price_x96=price,
            tick=tick,
            liquidity=liquidity,
            ticks=ticks,
        )
        pool = UniswapV4Pool.at(
            state, fee=fees[0], hooks=record.terms.hooks, protocol_fees=fees[1:]
        )
        return attrs.evolve(record, pool=pool)

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the fees."""
        if record.pool is None:
            return record
        (head,) = yield self._read(record, block_hash, [0])
        _, _, fees = _slot0(words(head, 1, f"slot 0 of 0x{record.key.hex()}")[0])
        return attrs.evolve(record, pool=record.pool.apply_fees(fees[0], fees[1:]))

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Initialize, Swap or ModifyLiquidity; what fees are now is read."""
        del block
        topic = log.topics[0]
        if topic == _PROTOCOL_FEE:
            return record
        if topic == _INITIALIZE:
            return self._initialized(record, log)
        pool = record.pool
        if pool is None:
            raise Refusal("pool", "an initialised one", b"")
        if topic == _SWAP:
            said = _said(log, 6)
            amount0, amount1, tick = signed(said[0]), signed(said[1]), signed(said[4])
            # A swapper's amounts; the pool's balances change by their opposites.
            pool = pool.apply_swap(Swap(-amount0, -amount1, said[2], said[3], tick))
        else:
            lower, upper, change = (signed(word) for word in _said(log, 4)[:3])
            pool = pool.apply_liquidity(lower, upper, change)
        return attrs.evolve(record, pool=pool)

    def _initialized(self, record: _Record, log: Log) -> _Record:
        said = _said(log, 5)
        state = UniswapV3Pool.at(
            fee=0,
            tick_spacing=record.terms.tick_spacing,
            sqrt_price_x96=said[3],
            tick=signed(said[4]),
            liquidity=0,
            ticks={},
        )
        fee = 0 if record.terms.fee == DYNAMIC_FEE else record.terms.fee
        return attrs.evolve(record, pool=UniswapV4Pool.at(state, fee=fee, hooks=record.terms.hooks))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read price, tick, liquidity and the ticks around."""
        near = near_price(record.state.liquidity)
        head, stands = yield self._read(record, block_hash, [0, _LIQUIDITY])
        slots = [_mapped(record, at, _TICKS) for at in near]
        ticks = (yield self._extsload(record, block_hash, slots)) if slots else ()
        read = [words_of(each, 1) for each in (head, stands, *ticks)]
        if None in read:
            return None
        values = [word[0] for word in read if word]
        price, tick, _ = _slot0(values[0])
        sides = [each for word in values[2:] for each in reversed(_tick_of(word))]
        return price, tick, values[1], *sides

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give price, tick, liquidity and the ticks around."""
        pool = record.state.liquidity
        near = [
            each
            for at in map(pool.ticks.index, near_price(pool))
            for each in (pool.grosses[at], pool.nets[at])
        ]
        return pool.sqrt_price_x96, pool.tick, pool.liquidity, *near

    def feature(self, record: _Record, decimals: Decimals) -> UniswapV4PoolState | None:
        """Give the state of the pool."""
        pool = record.pool
        if pool is None:
            return None
        state = pool.liquidity
        return UniswapV4PoolState(
            record.address,
            record.key,
            record.token0,
            record.token1,
            *decimals,
            record.terms.hooks,
            pool.is_quotable,
            state.sqrt_price_x96.to_bytes(20, "big"),
            state.tick,
            state.liquidity.to_bytes(16, "big"),
            state.fee,
            pool.protocol_fee_zero_for_one,
            pool.protocol_fee_one_for_zero,
            state.tick_spacing,
            record.venue.name,
            price_x128(state.spot_price(0, 1)),
            price_x128(state.spot_price(1, 0)),
        )

    def _read(self, record: _Record, block_hash: bytes, places: Sequence[int]) -> list[Call]:
        """Read words at these places of the pool's own state."""
        base = int.from_bytes(_state_slot(record.key), "big")
        slots = [((base + place) % (1 << 256)).to_bytes(32, "big") for place in places]
        return self._extsload(record, block_hash, slots)

    def _extsload(self, record: _Record, block_hash: bytes, slots: Sequence[bytes]) -> list[Call]:
        return [
            Call(block_hash, record.address, call_data("extsload(bytes32)", slot)) for slot in slots
        ]


def _record_of(venue: Venue[PositionManager], identity: bytes, answer: Answer) -> _Record | None:
    """The pool of the key that was answered, if it is the id's."""
    key = words_of(answer, 5)
    if key is None:
        return None
    currency0, currency1, hooks = address_in(key[0]), address_in(key[1]), address_in(key[4])
    if currency0 is None or currency1 is None or hooks is None:
        return None
    try:
        named = pool_id(currency0, currency1, key[2], signed(key[3]), hooks)
    except OutOfBounds:
        return None
    if named != identity:
        return None
    return PoolRecord(
        venue, venue.factory, currency0, currency1, KeyTerms(key[2], signed(key[3]), hooks),
        id=identity,
    )  # fmt: skip


def _state_slot(identity: bytes) -> bytes:
    """Where the pool's state begins. Source: StateLibrary._getPoolStateSlot."""
    return keccak256(identity + _POOLS_SLOT.to_bytes(32, "big"))


def _mapped(record: _Record, key: int, place: int) -> bytes:
    """Where a mapping by a signed integer, at this place of the pool's state, keeps its value."""
    base = int.from_bytes(_state_slot(record.key), "big") + place
    word = (key % (1 << 256)).to_bytes(32, "big")
    return keccak256(word + (base % (1 << 256)).to_bytes(32, "big"))


def _slot0(word: int) -> tuple[int, int, tuple[int, int, int]]:
    """Take slot 0 apart: √price, tick, and the fees: providers', protocol's by direction."""
    tick = (word >> 160) & _UINT24_MAX
    protocol = (word >> 184) & _UINT24_MAX
    fees = (word >> 208) & _UINT24_MAX, protocol & 0xFFF, protocol >> 12
    return word & ((1 << 160) - 1), tick - (1 << 24) if tick >> 23 else tick, fees


def _tick_of(word: int) -> TickLiquidity:
    """Take a tick's word apart: gross below, net above, in two's complement."""
    net = word >> 128
    return TickLiquidity(net - (1 << 128) if net >> 127 else net, word & _UINT128_MAX)


def _said(log: Log, count: int) -> tuple[int, ...]:
    said = words_of(log.data, count)
    if said is None:
        raise Refusal("data", f"{32 * count} bytes", len(log.data))
    return said
