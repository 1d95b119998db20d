"""Uniswap V2 pairs and the forks of their factory, Camelot's apart: Sync says the whole state."""

from collections.abc import Mapping
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, PoolRecord, address_in, price_x128, words
from qenus.protocols.uniswap_v2.events import SYNC
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair
from qenus.protocols.venue import CREATE2_KEYS, Venue
from qenus.wire import Block, Log, PoolStateFeature, UniswapV2PoolState

__all__ = ["PAIR_CREATED", "PAIR_HARMLESS", "UniswapV2", "pair_call", "pair_created", "pair_salt"]

PAIR_CREATED = keccak256(b"PairCreated(address,address,address,uint256)")
PAIR_HARMLESS = frozenset(
    keccak256(each)
    for each in (
        b"Swap(address,uint256,uint256,uint256,uint256,address)",
        b"Mint(address,uint256,uint256)",
        b"Burn(address,uint256,uint256,address)",
        b"Transfer(address,address,uint256)",
        b"Approval(address,address,uint256)",
    )
)
_GET_RESERVES = call_data("getReserves()")
_MILLION = 1_000_000

# What every pair of a venue takes of the amount in, millionths: the venue's terms, and a pair's.
FeePips = int
_Record = PoolRecord[UniswapV2Pair, FeePips]


class UniswapV2(FactoryFamily[UniswapV2Pair, FeePips, FeePips]):
    """The family uniswap_v2. Source: Uniswap v2-core, UniswapV2Factory and UniswapV2Pair."""

    NAME = "uniswap_v2"
    CREATED = PAIR_CREATED
    TOUCHING = frozenset({SYNC.topic0})
    HARMLESS = PAIR_HARMLESS
    REGISTRY_KEYS = CREATE2_KEYS | {"fee_pips"}

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> FeePips:
        """Read `fee_pips`."""
        fee = table.get("fee_pips")
        if type(fee) is int and 0 <= fee < _MILLION:
            return fee
        errors.append(f"{where}.fee_pips: expected an integer from 0 to 999999, found {fee!r}")
        return 0

    def created(self, venue: Venue[FeePips], log: Log) -> _Record | None:
        """Read PairCreated(token0, token1, pair, count)."""
        found = pair_created(log)
        return None if found is None else self.claimed(venue, *found, ())

    def claimed(
        self, venue: Venue[FeePips], address: bytes, tokens: tuple[bytes, bytes], claims: object
    ) -> _Record:
        """Make the record of a pair of these tokens, empty."""
        del claims
        fee = venue.terms
        return PoolRecord(venue, address, *tokens, fee, pool=_pair(fee, 0, 0))

    def salt(self, record: _Record) -> bytes:
        """Source: UniswapV2Factory.createPair."""
        return pair_salt(record.token0, record.token1)

    def factory_call(self, record: _Record) -> bytes:
        """UniswapV2Factory.getPair."""
        return pair_call(record.token0, record.token1)

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserve0, reserve1, _ = words(answer, 3, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=_pair(record.terms, reserve0, reserve1))

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Sync(reserve0, reserve1)."""
        del block
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
        return UniswapV2PoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            pair.reserve0.to_bytes(14, "big"),
            pair.reserve1.to_bytes(14, "big"),
            record.terms,
            record.venue.name,
            price_x128((pair.reserve1, pair.reserve0)),
            price_x128((pair.reserve0, pair.reserve1)),
        )


def pair_created(log: Log) -> tuple[bytes, tuple[bytes, bytes]] | None:
    """Read the pair and the tokens that a factory's PairCreated names; None where it is none."""
    said = words_of(log.data, 2)
    if len(log.topics) != 3 or said is None:
        return None
    pair = address_in(said[0])
    return None if pair is None else (pair, (log.topics[1][12:], log.topics[2][12:]))


def pair_salt(token0: bytes, token1: bytes) -> bytes:
    """Give the salt of a pair's address. Source: UniswapV2Factory.createPair."""
    return keccak256(token0 + token1)


def pair_call(token0: bytes, token1: bytes) -> bytes:
    """UniswapV2Factory.getPair."""
    return call_data("getPair(address,address)", token0, token1)


def _pair(fee_pips: FeePips, reserve0: int, reserve1: int) -> UniswapV2Pair:
    return UniswapV2Pair.at(
        reserve0=reserve0,
        reserve1=reserve1,
        share_numerator=_MILLION - fee_pips,
        share_denominator=_MILLION,
    )
