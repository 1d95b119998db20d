"""Algebra V1 pools: Uniswap V3's state with other getters, and fees that the contract moves.

The first swap of a block may set the fees anew, and it does not always say so by an event: they are
read at the block's own hash. The factory's event does not name the tick spacing, so a pool is
published from the first block on before which it stood.
Source: cryptoalgebra v1-core, AlgebraPool, AlgebraFactory, TickTable.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import check_range
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.reads import Call, Plan, call_data, signed
from qenus.protocols.records import Decimals, PoolRecord, price_x128, words
from qenus.protocols.uniswap_v3.events import BURN, INITIALIZE, MINT, SWAP
from qenus.protocols.uniswap_v3.pool import UniswapV3Pool
from qenus.protocols.uniswap_v3.reader import (
    TickTerms,
    applied,
    facts_of,
    probe_pool,
    read_ticks,
    tick_terms,
)
from qenus.protocols.venue import Venue
from qenus.wire import AlgebraPoolState, Block, Log, PoolStateFeature

__all__ = ["Algebra", "AlgebraState"]

_FEES = frozenset({keccak256(b"Fee(uint16)"), keccak256(b"Fee(uint16,uint16)")})
_GLOBAL_STATE = call_data("globalState()")
_LIQUIDITY = call_data("liquidity()")
_TICK_SPACING = call_data("tickSpacing()")
# globalState of the generation with a fee for each direction has a word more.
_DIRECTIONAL_WORDS = 8
_UINT16_MAX = (1 << 16) - 1


@attrs.frozen
class AlgebraState:
    """Price, ticks and liquidity, and the fees of selling token0 and token1, millionths."""

    liquidity: UniswapV3Pool
    fees: tuple[int, int]


_Record = PoolRecord[AlgebraState, TickTerms]


class Algebra(FactoryFamily[AlgebraState, TickTerms, None]):
    """The family algebra."""

    NAME = "algebra"
    CREATED = keccak256(b"Pool(address,address,address)")
    TOUCHING = frozenset(event.topic0 for event in (INITIALIZE, SWAP, MINT, BURN)) | _FEES
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Collect(address,address,int24,int24,uint128,uint128)",
            b"Flash(address,address,uint256,uint256,uint256,uint256)",
            b"CommunityFee(uint8,uint8)",
            b"LiquidityCooldown(uint32)",
            b"Incentive(address)",
        )
    )
    CLAIMS = (_TICK_SPACING,)

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> None:
        """Read nothing: each pool has a spacing of its own, and fees that are read."""

    def created(self, venue: Venue[None], log: Log) -> _Record | None:
        """Read nothing: the event carries too little; the contract is asked."""
        del venue, log
        return None

    def claimed(
        self, venue: Venue[None], address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> _Record | None:
        """Make the record of the pool of these tokens."""
        terms = tick_terms(0, *claims)
        return None if terms is None else PoolRecord(venue, address, *tokens, terms)

    def salt(self, record: _Record) -> bytes:
        """Source: AlgebraPoolDeployer.deploy."""
        return keccak256(record.token0.rjust(32, b"\0") + record.token1.rjust(32, b"\0"))

    def factory_call(self, record: _Record) -> bytes:
        """AlgebraFactory.poolByPair."""
        return call_data("poolByPair(address,address)", record.token0, record.token1)

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read price, fees, liquidity, the tick table and the ticks."""
        to, where = record.address, f"0x{record.address.hex()}"
        state, stands = yield [
            Call(block_hash, to, _GLOBAL_STATE),
            Call(block_hash, to, _LIQUIDITY),
        ]
        price, tick = words(state, 2, f"globalState of {where}")
        (liquidity,) = words(stands, 1, f"liquidity of {where}")
        if not price:
            return attrs.evolve(record, pool=None)
        ticks = yield from read_ticks(
            record.terms.tick_spacing,
            where,
            lambda word: Call(block_hash, to, call_data("tickTable(int16)", word)),
            lambda at: Call(block_hash, to, call_data("ticks(int24)", at)),
        )
        pool = UniswapV3Pool.at(
            fee=0,
            tick_spacing=record.terms.tick_spacing,
            sqrt_price_x96=price,
            tick=signed(tick),
            liquidity=liquidity,
            ticks=ticks,
        )
        return attrs.evolve(record, pool=AlgebraState(pool, (0, 0)))

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the fees."""
        if record.pool is None:
            return record
        (state,) = yield [Call(block_hash, record.address, _GLOBAL_STATE)]
        said = words(state, 4, f"globalState of 0x{record.address.hex()}")
        directional = state is not None and len(state) >= 32 * _DIRECTIONAL_WORDS
        fees = said[2], said[3] if directional else said[2]
        for fee in fees:
            check_range("fee", fee, 0, _UINT16_MAX)
        return attrs.evolve(record, pool=attrs.evolve(record.pool, fees=fees))

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Initialize, Swap, Mint or Burn; what the fees are now is read."""
        if log.topics[0] in _FEES:
            return record
        del block
        state = record.pool
        pool = applied(state.liquidity if state else None, record.terms, log)
        return attrs.evolve(record, pool=AlgebraState(pool, state.fees if state else (0, 0)))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read price, tick, liquidity and the ticks around."""
        pool = record.state.liquidity
        return (yield from probe_pool(pool, record.address, _GLOBAL_STATE, block_hash))

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give price, tick, liquidity and the ticks around."""
        return facts_of(record.state.liquidity)

    def feature(self, record: _Record, decimals: Decimals) -> PoolStateFeature | None:
        """Give the state of the pool."""
        state = record.pool
        if state is None:
            return None
        pool = state.liquidity
        return AlgebraPoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            pool.sqrt_price_x96.to_bytes(20, "big"),
            pool.tick,
            pool.liquidity.to_bytes(16, "big"),
            *state.fees,
            record.terms.tick_spacing,
            record.venue.name,
            price_x128(pool.spot_price(0, 1)),
            price_x128(pool.spot_price(1, 0)),
        )
