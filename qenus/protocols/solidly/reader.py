"""Solidly pairs of the second generation: Velodrome V2, Aerodrome. Sync says the reserves.

What is charged the factory decides, by pair and curve, without an event of the pair; in which units
a stable pair counts its own metadata say. Both are read at every block that touches the pair.
Source: aerodrome-finance/contracts, Pool and PoolFactory; Velodrome V2 alike.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import (
    Decimals,
    PoolRecord,
    UnexpectedAnswer,
    address_in,
    price_x128,
    words,
)
from qenus.protocols.refusal import Refusal
from qenus.protocols.solidly.pool import SolidlyPair
from qenus.protocols.venue import Venue
from qenus.wire import Block, Log, SolidlyPoolState

__all__ = ["Solidly", "decimals_of_unit", "spot_prices"]

_SYNC = keccak256(b"Sync(uint256,uint256)")
_GET_RESERVES = call_data("getReserves()")
_METADATA = call_data("metadata()")
_STABLE = call_data("stable()")
_PIPS_PER_BASIS_POINT = 100


# Whether a pair is on the stable curve.
IsStable = bool
_Record = PoolRecord[SolidlyPair, IsStable]


class Solidly(FactoryFamily[SolidlyPair, IsStable, None]):
    """The family solidly."""

    NAME = "solidly"
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
    CLAIMS = (_STABLE,)

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> None:
        """Read nothing: the factory says what each pair charges."""

    def created(self, venue: Venue[None], log: Log) -> _Record | None:
        """Read PoolCreated(token0, token1, stable, pool, count)."""
        said = words_of(log.data, 2)
        if len(log.topics) != 4 or said is None:
            return None
        pool, stable = address_in(said[0]), int.from_bytes(log.topics[3], "big")
        tokens = log.topics[1][12:], log.topics[2][12:]
        return None if pool is None else self.claimed(venue, pool, tokens, (stable,))

    def claimed(
        self, venue: Venue[None], address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> _Record | None:
        """Make the record of a pair of these tokens on this curve, empty and without a fee yet."""
        (stable,) = claims
        if stable > 1:
            return None
        return PoolRecord(venue, address, *tokens, bool(stable), pool=_pair((0, 0), bool(stable)))

    def salt(self, record: _Record) -> bytes:
        """Source: PoolFactory.createPool."""
        return keccak256(record.token0 + record.token1 + bytes([record.terms]))

    def factory_call(self, record: _Record) -> bytes:
        """PoolFactory.getPool."""
        tokens = record.token0, record.token1
        return call_data("getPool(address,address,bool)", *tokens, int(record.terms))

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read getReserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        reserves = words(answer, 2, f"getReserves of 0x{record.address.hex()}")
        return attrs.evolve(record, pool=_pair((reserves[0], reserves[1]), record.terms))

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the fee and the units."""
        where = f"0x{record.address.hex()}"
        fee_call = call_data("getFee(address,bool)", record.address, int(record.terms))
        fee, metadata = yield [
            Call(block_hash, record.venue.factory, fee_call),
            Call(block_hash, record.address, _METADATA),
        ]
        (charged,) = words(fee, 1, f"getFee of {where}")
        units = words(metadata, 2, f"metadata of {where}")
        pool = SolidlyPair.at(
            reserves=(record.state.reserve0, record.state.reserve1),
            decimals=(decimals_of_unit(units[0], where), decimals_of_unit(units[1], where)),
            stable=record.terms,
            fees=(charged, charged),
        )
        return attrs.evolve(record, pool=pool)

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Sync(reserve0, reserve1)."""
        del block
        said = words_of(log.data, 2)
        if said is None:
            raise Refusal("data", "64 bytes", len(log.data))
        return attrs.evolve(record, pool=record.state.apply_sync(*said))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read the reserves."""
        (answer,) = yield [Call(block_hash, record.address, _GET_RESERVES)]
        return words_of(answer, 2)

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give the reserves."""
        return record.state.reserve0, record.state.reserve1

    def feature(self, record: _Record, decimals: Decimals) -> SolidlyPoolState:
        """Give the state of the pair."""
        pair = record.state
        return SolidlyPoolState(
            record.address,
            record.token0,
            record.token1,
            *decimals,
            record.terms,
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

    Raises:
        UnexpectedAnswer: it is no power of ten.
    """
    decimals = len(str(unit)) - 1
    if unit != 10**decimals:
        raise UnexpectedAnswer(f"units of {where}: expected a power of ten, found {unit}")
    return decimals


def _pair(reserves: tuple[int, int], stable: bool) -> SolidlyPair:
    """A pair before its units and its fee are read."""
    return SolidlyPair.at(reserves=reserves, decimals=(0, 0), stable=stable, fees=(0, 0))
