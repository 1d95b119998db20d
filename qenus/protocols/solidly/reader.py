"""Solidly pairs of the second generation: Velodrome V2, Aerodrome. Sync says the reserves.

What is charged the factory decides, by pair and curve, without an event of the pair; in which units
a stable pair counts its own metadata say. Both are read at every block that touches the pair.
Source: aerodrome-finance/contracts, Pool and PoolFactory; Velodrome V2 alike.
"""

from collections.abc import Callable, Sequence

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, Misread, PoolRecord, address_in, price_x128, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.registry import Venue
from qenus.protocols.solidly.pool import SolidlyPair
from qenus.wire import Block, Log, SolidlyPoolState

__all__ = ["Solidly", "decimals_of_unit", "spot_prices"]

_SYNC = keccak256(b"Sync(uint256,uint256)")
_GET_RESERVES = call_data("getReserves()")
_METADATA = call_data("metadata()")
_STABLE = call_data("stable()")
_PIPS_PER_BASIS_POINT = 100


class Solidly:
    """The family solidly."""

    CREATED = keccak256(b"PoolCreated(address,address,bool,address,uint256)")
    TOUCHING = frozenset({_SYNC})
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Swap(address,address,uint256,uint256,uint256,uint256)",
            b"Mint(address,uint256,uint256)",
            b"Burn(address,address,uint256,uint256)",
            b"Fees(address,uint256,uint256)",
            b"Claim(address,address,uint256,uint256)",
            b"Transfer(address,address,uint256)",
            b"Approval(address,address,uint256)",
        )
    )
    CLAIMS: Sequence[bytes] = (_STABLE,)

    def created(self, venue: Venue, log: Log) -> PoolRecord | None:
        """Read PoolCreated(token0, token1, stable, pool, count)."""
        said = words_of(log.data, 2)
        if len(log.topics) != 4 or said is None:
            return None
        pool, stable = address_in(said[0]), int.from_bytes(log.topics[3], "big")
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pool is None else self.claimed(venue, pool, tokens, (stable,))

    def claimed(
        self, venue: Venue, address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> PoolRecord | None:
        """Make the record of a pair of these tokens on this curve, empty and without a fee yet."""
        (stable,) = claims
        if stable > 1:
            return None
        return PoolRecord(
            venue, address, *tokens, stable=bool(stable), pool=_pair((0, 0), bool(stable))
        )

    def salt(self, record: PoolRecord) -> bytes:
        """Source: PoolFactory.createPool."""
        return keccak256(record.token0 + record.token1 + bytes([record.stable]))

    def factory_call(self, record: PoolRecord) -> bytes:
        """PoolFactory.getPool."""
        tokens = record.token0, record.token1
        return call_data("getPool(address,address,bool)", *tokens, int(record.stable))

    def load(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserves = words(answer, 2, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=_pair((reserves[0], reserves[1]), record.stable))

    def refresh(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read the fee and the units."""
        where = f"0x{record.address.hex()}"
        fee_call = call_data("getFee(address,bool)", record.address, int(record.stable))
        fee, metadata = yield [
            Call(block_hash, record.venue.factory, fee_call),
            Call(block_hash, record.address, _METADATA),
        ]
        (charged,) = words(fee, 1, f"getFee of {where}")
        units = words(metadata, 2, f"metadata of {where}")
        pool = SolidlyPair.at(
            reserves=(record.pool.reserve0, record.pool.reserve1),
            decimals=(decimals_of_unit(units[0], where), decimals_of_unit(units[1], where)),
            stable=record.stable,
            fees=(charged, charged),
        )
        return attrs.evolve(record, pool=pool)

    def apply(self, record: PoolRecord, log: Log, block: Block) -> PoolRecord:
        """Take Sync(reserve0, reserve1)."""
        del block
        said = words_of(log.data, 2)
        if said is None:
            raise Refusal("data", "64 bytes", len(log.data))
        return attrs.evolve(record, pool=record.pool.apply_sync(*said))

    def probe(self, record: PoolRecord, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read the reserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        return words_of(answer, 2)

    def facts(self, record: PoolRecord) -> tuple[int, ...]:
        """Give the reserves."""
        return record.pool.reserve0, record.pool.reserve1

    def feature(self, record: PoolRecord, decimals: Decimals) -> SolidlyPoolState:
        """Give the state of the pair."""
        pair: SolidlyPair = record.pool
        return SolidlyPoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            record.stable,
            pair.reserve0.to_bytes(32, "big"),
            pair.reserve1.to_bytes(32, "big"),
            pair.fee0 * _PIPS_PER_BASIS_POINT,
            record.venue.name,
            *spot_prices(pair.spot_price),
        )


def spot_prices(
    spot_price: Callable[[int, int], tuple[int, int]],
) -> tuple[bytes | None, bytes | None]:
    """Give the price both ways as Q128.128; None where the pair quotes none."""
    try:
        return price_x128(spot_price(0, 1)), price_x128(spot_price(1, 0))
    except QuoteRefused:
        return None, None


def decimals_of_unit(unit: int, where: str) -> int:
    """Give the decimals whose power of ten a contract counts in.

    Raises Misread: it is no power of ten.
    """
    decimals = len(str(unit)) - 1
    if unit != 10**decimals:
        raise Misread(f"units of {where}: expected a power of ten, found {unit}")
    return decimals


def _pair(reserves: tuple[int, int], stable: bool) -> SolidlyPair:
    """A pair before its units and its fee are read."""
    return SolidlyPair.at(reserves=reserves, decimals=(0, 0), stable=stable, fees=(0, 0))
