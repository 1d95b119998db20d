"""Uniswap V2 pairs and the forks of their factory, Camelot's apart: Sync says the whole state."""

from collections.abc import Sequence

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, PoolRecord, address_in, price_x128, words
from qenus.protocols.registry import Venue
from qenus.protocols.uniswap_v2.events import SYNC
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair
from qenus.wire import Block, Log, PoolStateFeature, UniswapV2PoolState

__all__ = ["PAIR_CREATED", "UniswapV2"]

PAIR_CREATED = keccak256(b"PairCreated(address,address,address,uint256)")
_GET_RESERVES = call_data("getReserves()")
_MILLION = 1_000_000


class UniswapV2:
    """The family uniswap_v2. Source: Uniswap v2-core, UniswapV2Factory and UniswapV2Pair."""

    CREATED = PAIR_CREATED
    TOUCHING = frozenset({SYNC.topic0})
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Swap(address,uint256,uint256,uint256,uint256,address)",
            b"Mint(address,uint256,uint256)",
            b"Burn(address,uint256,uint256,address)",
            b"Transfer(address,address,uint256)",
            b"Approval(address,address,uint256)",
        )
    )
    CLAIMS: Sequence[bytes] = ()

    def created(self, venue: Venue, log: Log) -> PoolRecord | None:
        """Read PairCreated(token0, token1, pair, count)."""
        said = words_of(log.data, 2)
        if len(log.topics) != 3 or said is None:
            return None
        pair = address_in(said[0])
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pair is None else self.claimed(venue, pair, tokens, ())

    def claimed(
        self, venue: Venue, address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> PoolRecord | None:
        """Make the record of a pair of these tokens."""
        del claims
        return PoolRecord(venue, address, *tokens, pool=self._pair(venue, 0, 0))

    def salt(self, record: PoolRecord) -> bytes:
        """Source: UniswapV2Factory.createPair."""
        return keccak256(record.token0 + record.token1)

    def factory_call(self, record: PoolRecord) -> bytes:
        """UniswapV2Factory.getPair."""
        return call_data("getPair(address,address)", record.token0, record.token1)

    def load(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserve0, reserve1, _ = words(answer, 3, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=self._pair(record.venue, reserve0, reserve1))

    def refresh(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read nothing: Sync tells all."""
        del block_hash
        return record
        yield []

    def apply(self, record: PoolRecord, log: Log, block: Block) -> PoolRecord:
        """Take Sync(reserve0, reserve1)."""
        del block
        sync = SYNC.decode(log, b"", 0)
        return attrs.evolve(record, pool=record.pool.apply_sync(sync.reserve0, sync.reserve1))

    def probe(self, record: PoolRecord, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read the reserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        return words_of(answer, 2)

    def facts(self, record: PoolRecord) -> tuple[int, ...]:
        """Give the reserves."""
        return record.pool.reserve0, record.pool.reserve1

    def feature(self, record: PoolRecord, decimals: Decimals) -> PoolStateFeature:
        """Give the state of the pair."""
        pair: UniswapV2Pair = record.pool
        return UniswapV2PoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            pair.reserve0.to_bytes(14, "big"),
            pair.reserve1.to_bytes(14, "big"),
            record.venue.fee_pips or 0,
            record.venue.name,
            price_x128((pair.reserve1, pair.reserve0)),
            price_x128((pair.reserve0, pair.reserve1)),
        )

    @staticmethod
    def _pair(venue: Venue, reserve0: int, reserve1: int) -> UniswapV2Pair:
        assert venue.fee_pips is not None
        return UniswapV2Pair.at(
            reserve0=reserve0,
            reserve1=reserve1,
            share_numerator=_MILLION - venue.fee_pips,
            share_denominator=_MILLION,
        )
