"""Camelot V2 pairs: Uniswap V2's events, a fee for each direction, a curve that may be switched.

Sync says the reserves; fees, curve and units are read at every block that touches the pair, for
their owner may change them at any time.
Source: CamelotPair and CamelotFactory, by their public getters.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.camelot_v2.pool import CamelotV2Pair
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, PoolRecord, words
from qenus.protocols.solidly.reader import decimals_of_unit, spot_prices
from qenus.protocols.uniswap_v2.events import SYNC
from qenus.protocols.uniswap_v2.reader import (
    PAIR_CREATED,
    PAIR_HARMLESS,
    pair_call,
    pair_created,
    pair_salt,
)
from qenus.protocols.venue import Venue
from qenus.wire import Block, CamelotV2PoolState, Log, PoolStateFeature

__all__ = ["CamelotV2"]

_FEE_PERCENT_UPDATED = keccak256(b"FeePercentUpdated(uint16,uint16)")
_SET_STABLE_SWAP = keccak256(b"SetStableSwap(bool,bool)")
_GET_RESERVES = call_data("getReserves()")
_TERMS = (
    call_data("stableSwap()"),
    call_data("precisionMultiplier0()"),
    call_data("precisionMultiplier1()"),
)
_PIPS_PER_FEE = 10


_Record = PoolRecord[CamelotV2Pair, None]


class CamelotV2(FactoryFamily[CamelotV2Pair, None, None]):
    """The family camelot_v2: made and named as Uniswap V2's pairs are."""

    NAME = "camelot_v2"
    CREATED = PAIR_CREATED
    TOUCHING = frozenset({SYNC.topic0, _FEE_PERCENT_UPDATED, _SET_STABLE_SWAP})
    HARMLESS = PAIR_HARMLESS | {keccak256(b"Skim()")}

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> None:
        """Read nothing: fees and curve are each pair's own."""

    def created(self, venue: Venue[None], log: Log) -> _Record | None:
        """Read PairCreated(token0, token1, pair, count)."""
        found = pair_created(log)
        return None if found is None else self.claimed(venue, *found, ())

    def claimed(
        self, venue: Venue[None], address: bytes, tokens: tuple[bytes, bytes], claims: object
    ) -> _Record:
        """Make the record of a pair of these tokens, empty and without fees yet."""
        del claims
        return PoolRecord(venue, address, *tokens, None, pool=_pair((0, 0)))

    def salt(self, record: _Record) -> bytes:
        """Source: CamelotFactory.createPair."""
        return pair_salt(record.token0, record.token1)

    def factory_call(self, record: _Record) -> bytes:
        """CamelotFactory.getPair."""
        return pair_call(record.token0, record.token1)

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserves = words(answer, 2, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=_pair((reserves[0], reserves[1])))

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the fees, the curve and the units."""
        where = f"0x{record.address.hex()}"
        reserves, *terms = yield [
            Call(block_hash, record.address, data) for data in (_GET_RESERVES, *_TERMS)
        ]
        fees = words(reserves, 4, f"getReserves of {where}")[2:]
        stable, unit0, unit1 = (words(term, 1, f"terms of {where}")[0] for term in terms)
        pool = CamelotV2Pair.at(
            reserves=(record.state.reserve0, record.state.reserve1),
            decimals=(decimals_of_unit(unit0, where), decimals_of_unit(unit1, where)),
            fees=(fees[0], fees[1]),
            stable=bool(stable),
        )
        return attrs.evolve(record, pool=pool)

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Sync(reserve0, reserve1); what else changed is read."""
        del block
        if log.topics[0] != SYNC.topic0:
            return record
        sync = SYNC.decode(log, b"", 0)
        return attrs.evolve(record, pool=record.state.apply_sync(sync.reserve0, sync.reserve1))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read the reserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        return words_of(answer, 2)

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give the reserves."""
        return record.state.reserve0, record.state.reserve1

    def feature(self, record: _Record, decimals: Decimals) -> PoolStateFeature:
        """Give the state of the pair."""
        pair = record.state
        return CamelotV2PoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            pair.stable,
            pair.reserve0.to_bytes(14, "big"),
            pair.reserve1.to_bytes(14, "big"),
            pair.fee0 * _PIPS_PER_FEE,
            pair.fee1 * _PIPS_PER_FEE,
            record.venue.name,
            *spot_prices(pair.spot_price),
        )


def _pair(reserves: tuple[int, int]) -> CamelotV2Pair:
    """A pair before its terms are read."""
    return CamelotV2Pair.at(reserves=reserves, decimals=(0, 0), fees=(0, 0), stable=False)
