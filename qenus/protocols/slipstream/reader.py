"""Slipstream pools: Uniswap V3's state and events, named by tick spacing.

What a pool charges its factory's fee module decides, without an event of the pool: that is read.
"""

from collections.abc import Sequence

import attrs
import msgspec

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import check_range
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import PoolRecord, address_in, words
from qenus.protocols.uniswap_v3.pool import UniswapV3Pool
from qenus.protocols.uniswap_v3.reader import TickTerms, UniswapV3, tick_terms, tokens_and
from qenus.protocols.venue import Venue
from qenus.wire import Log

__all__ = ["Slipstream"]

_FEE = call_data("fee()")
_TICK_SPACING = call_data("tickSpacing()")
_MILLION = 1_000_000


_Record = PoolRecord[UniswapV3Pool, TickTerms]


class Slipstream(UniswapV3):
    """The family slipstream: named by tick spacing, charged by the factory's fee module.

    Source: velodrome-finance/slipstream, CLFactory and CLPool.
    """

    NAME = "slipstream"
    CREATED = keccak256(b"PoolCreated(address,address,int24,address)")
    CLAIMS = (_TICK_SPACING,)

    def created(self, venue: Venue[None], log: Log) -> _Record | None:
        """Read PoolCreated(token0, token1, tickSpacing, pool)."""
        said = words_of(log.data, 1)
        if len(log.topics) != 4 or said is None:
            return None
        pool, spacing = address_in(said[0]), int.from_bytes(log.topics[3], "big")
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pool is None else self.claimed(venue, pool, tokens, (spacing,))

    def claimed(
        self, venue: Venue[None], address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> _Record | None:
        """Make the record of a pool of these tokens and tick spacing; its fee is read later."""
        terms = tick_terms(0, *claims)
        return None if terms is None else PoolRecord(venue, address, *tokens, terms)

    def salt(self, record: _Record) -> bytes:
        """Source: CLFactory.createPool."""
        return keccak256(tokens_and(record.token0, record.token1, record.terms.tick_spacing))

    def factory_call(self, record: _Record) -> bytes:
        """CLFactory.getPool."""
        tokens = record.token0, record.token1
        return call_data("getPool(address,address,int24)", *tokens, record.terms.tick_spacing)

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the fee: no event of the pool carries it."""
        if record.pool is None:
            return record
        (answer,) = yield [Call(block_hash, record.address, _FEE)]
        (fee,) = words(answer, 1, f"fee of 0x{record.address.hex()}")
        check_range("fee", fee, 0, _MILLION - 1)
        return attrs.evolve(record, pool=msgspec.structs.replace(record.pool, fee=fee))
