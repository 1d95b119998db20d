"""Camelot V2 pairs: Uniswap V2's events, a fee for each direction, a curve that may be switched.

Sync says the reserves; fees, curve and units are read at every block that touches the pair, for
their owner may change them at any time.
Source: CamelotPair and CamelotFactory, by their public getters.
"""

from collections.abc import Sequence

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.camelot_v2.pool import CamelotV2Pair
from qenus.protocols.reads import Call, Plan, call_data
from qenus.protocols.records import Decimals, PoolRecord, words
from qenus.protocols.registry import Venue
from qenus.protocols.solidly.reader import decimals_of_unit, spot_prices
from qenus.protocols.uniswap_v2.events import SYNC
from qenus.protocols.uniswap_v2.reader import PAIR_CREATED, UniswapV2
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


class CamelotV2(UniswapV2):
    """The family camelot_v2: made and named as Uniswap V2's pairs are."""

    CREATED = PAIR_CREATED
    TOUCHING = frozenset({SYNC.topic0, _FEE_PERCENT_UPDATED, _SET_STABLE_SWAP})
    HARMLESS = UniswapV2.HARMLESS | {keccak256(b"Skim()")}

    def claimed(
        self, venue: Venue, address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> PoolRecord | None:
        """Make the record of a pair of these tokens, empty and without fees yet."""
        del claims
        return PoolRecord(venue, address, *tokens, pool=_pair((0, 0)))

    def load(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserves = words(answer, 2, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=_pair((reserves[0], reserves[1])))

    def refresh(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read the fees, the curve and the units."""
        where = f"0x{record.address.hex()}"
        reserves, *terms = yield [
            Call(block_hash, record.address, data) for data in (_GET_RESERVES, *_TERMS)
        ]
        fees = words(reserves, 4, f"getReserves of {where}")[2:]
        stable, unit0, unit1 = (words(term, 1, f"terms of {where}")[0] for term in terms)
        pool = CamelotV2Pair.at(
            reserves=(record.pool.reserve0, record.pool.reserve1),
            decimals=(decimals_of_unit(unit0, where), decimals_of_unit(unit1, where)),
            fees=(fees[0], fees[1]),
            stable=bool(stable),
        )
        return attrs.evolve(record, pool=pool)

    def apply(self, record: PoolRecord, log: Log, block: Block) -> PoolRecord:
        """Take Sync(reserve0, reserve1); what else changed is read."""
        del block
        if log.topics[0] != SYNC.topic0:
            return record
        sync = SYNC.decode(log, b"", 0)
        return attrs.evolve(record, pool=record.pool.apply_sync(sync.reserve0, sync.reserve1))

    def feature(self, record: PoolRecord, decimals: Decimals) -> PoolStateFeature:
        """Give the state of the pair."""
        pair: CamelotV2Pair = record.pool
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
