"""Curve's pools in the ledger: how they are identified and read, and what is published of them.

A Curve pool has no derived address, and no event has all of its state: its factory is asked, and
every pool that an event touched is read whole at the block's own hash. So what is published depends
on that block's state alone. A factory-verified pool whose code is none of the known variants, or
whose own quotes are not those of the state that was read, is published as stopped for its unknown
code: at every block anew, without a memory.
Source: Curve's Factory.vy (curve-factory, curve-factory-crypto), CurveStableSwapFactoryNG.vy,
CurveTwocryptoFactory.vy, CurveTricryptoFactory.vy: get_implementation_address, get_coins.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.bounds import OutOfBounds
from qenus.protocols.curve.code_variants import CodeVariant, read_code_variants
from qenus.protocols.curve.crypto_reader import CryptoReading, crypto_balance_calls, read_crypto
from qenus.protocols.curve.events import EVENTS
from qenus.protocols.curve.features import crypto_feature, stable_feature
from qenus.protocols.curve.stable_reader import (
    CurveTerms,
    StableReading,
    array_in,
    balance_calls,
    read_stable,
)
from qenus.protocols.curve.variants import UNREAD, VARIANTS, StableVariant
from qenus.protocols.pool_family import VaultFamily
from qenus.protocols.reads import Answer, Call, Plan, call_data, words_of
from qenus.protocols.records import Decimals, PoolRecord, UnexpectedAnswer, address_in
from qenus.protocols.tokens import text_in
from qenus.protocols.venue import Venue
from qenus.wire import Block, Log, PoolStateFeature, StoppedPool, StopReason

__all__ = ["Curve", "CurveFactory", "CurveListed", "CurveState"]

_MAX_VERSION = 8
_VERSION = call_data("version()")
_WETH = call_data("WETH20()")


@attrs.frozen
class CurveState:
    """What was read of a pool in the block of a timestamp (UNIX seconds); None before, or if it
    cannot be read.
    """

    timestamp: int = 0
    reading: StableReading | CryptoReading | None = None


_Record = PoolRecord[CurveState, CurveTerms]
_Codes = tuple[CodeVariant, ...]


class Curve(VaultFamily[CurveState, CurveTerms, _Codes]):
    """What all of Curve's families have in common."""

    TOUCHING = frozenset(event.topic0 for event in EVENTS)
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Transfer(address,address,uint256)",
            b"Approval(address,address,uint256)",
            b"CommitNewAdmin(uint256,address)",
            b"NewAdmin(address)",
        )
    )

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read nothing: what the parent left does not matter."""
        del block_hash
        return record
        yield []

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Note that the pool must be read in this block."""
        del log
        return attrs.evolve(record, pool=CurveState(block.timestamp))

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the whole state; none where it is not what the variant makes of it."""
        state = record.state
        variant = VARIANTS.get(record.terms.variant)
        reading: StableReading | CryptoReading
        try:
            if variant is None:
                return record
            if isinstance(variant, StableVariant):
                reading = yield from read_stable(record, variant, block_hash, state.timestamp)
            else:
                reading = yield from read_crypto(record, variant, block_hash, state.timestamp)
        except (UnexpectedAnswer, OutOfBounds):
            return record
        return attrs.evolve(record, pool=attrs.evolve(state, reading=reading))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read balances and supply."""
        state = record.state
        if state.reading is None:
            return ()
        variant = VARIANTS[record.terms.variant]
        if isinstance(variant, StableVariant):
            answers = yield balance_calls(record, variant, block_hash)
        else:
            answers = yield crypto_balance_calls(record, block_hash)
        found = [words_of(answer, 1) for answer in answers]
        if None in found:
            return None
        return tuple(each[0] for each in found if each)

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give balances and supply."""
        reading = record.state.reading
        if reading is None:
            return ()
        pool = reading.plain if isinstance(reading, StableReading) else reading
        return (*pool.balances, pool.supply)

    def feature(self, record: _Record, decimals: Decimals) -> PoolStateFeature:
        """Give the state of the pool, or that its code is not known."""
        del decimals
        state = record.state
        if isinstance(state.reading, StableReading):
            return stable_feature(record, state.reading, state.timestamp)
        if state.reading is not None:
            return crypto_feature(record, state.reading, state.timestamp)
        return StoppedPool(record.address, None, record.venue.name, StopReason.UNKNOWN_CODE, 0)


class CurveListed(Curve):
    """The family curve: pools that Curve deployed one by one, which the registry lists."""

    NAME = "curve"
    REGISTRY_KEYS = frozenset({"pools"})

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> _Codes:
        """Read `pools`."""
        return read_code_variants(f"{where}.pools", table.get("pools"), errors, listed=True)

    def made(self, venue: Venue[_Codes], address: bytes, block_hash: bytes) -> Plan[_Record | None]:
        """Take the pool that stands in the registry, with the coins that it names itself."""
        listed = {each.address: each for each in venue.terms}.get(address)
        if listed is None:
            return None
        variant = VARIANTS.get(listed.variant)
        narrow = isinstance(variant, StableVariant) and variant.narrow
        signature = "coins(int128)" if narrow else "coins(uint256)"
        asked = [call_data(signature, index) for index in range(listed.coins)]
        if variant is None:
            return _record(venue, address, CurveTerms(UNREAD, b""), [b"", b""])
        *coins, base = yield [
            Call(block_hash, address, data) for data in (*asked, call_data("base_pool()"))
        ]
        found = _addresses(tuple(words_of(coin, 1) or (0,) for coin in coins))
        return _record(
            venue, address, CurveTerms(listed.variant, listed.share, _address(base)), found
        )


class CurveFactory(Curve):
    """A family whose pools a factory made, which says whose code each of them has.

    `by_implementation` where the factory names the implementation behind a pool, whose variant the
    registry knows; else all its pools are of one code and answer its version, by which `versions`
    names the variant. `tokens` is the factory's call for a pool's liquidity token, where that is
    not the pool.
    """

    def __init__(
        self,
        name: str,
        *,
        versions: Mapping[str, str] | None = None,
        variant: str = "",
        by_implementation: bool = False,
        has_bases: bool = False,
        share: str = "",
    ) -> None:
        self.NAME = name
        self.REGISTRY_KEYS = frozenset({"implementations"} if by_implementation else ())
        self._versions = versions or {}
        self._variant = variant
        self._by_implementation = by_implementation
        self._has_bases = has_bases
        self._share = share

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> _Codes:
        """Read `implementations`, where the factory names the one behind a pool."""
        if not self._by_implementation:
            return ()
        found = table.get("implementations")
        return read_code_variants(f"{where}.implementations", found, errors, listed=False)

    def made(self, venue: Venue[_Codes], address: bytes, block_hash: bytes) -> Plan[_Record | None]:
        """Ask the factory for the coins of its pool at an address, and whose code it has."""
        factory = venue.factory
        (said,) = yield [Call(block_hash, factory, call_data("get_coins(address)", address))]
        coins = _coins_in(said)
        if len(coins) < 2:
            return None
        names = ["get_implementation_address(address)"] if self._by_implementation else []
        names += ["get_base_pool(address)"] if self._has_bases else []
        names += [self._share] if self._share else []
        asked = [Call(block_hash, factory, call_data(name, address)) for name in names]
        asked += [Call(block_hash, address, data) for data in (_VERSION, _WETH)]
        *named, version, weth = yield asked
        variant, base, share = self._variant, None, address
        if self._by_implementation:
            variant = self._of_implementation(venue, _address(named.pop(0)))
        if self._has_bases:
            base = _address(named.pop(0))
        if self._share:
            share = _address(named.pop(0)) or b""
        if self._versions:
            variant = self._of_version(version, moves_ether=_address(weth) is not None)
        if not share:
            variant = UNREAD
        return _record(venue, address, CurveTerms(variant, share, base), coins)

    @staticmethod
    def _of_implementation(venue: Venue[_Codes], implementation: bytes | None) -> str:
        found = {each.address: each.variant for each in venue.terms}
        return found.get(implementation or b"", UNREAD)

    def _of_version(self, answer: Answer, *, moves_ether: bool) -> str:
        version = text_in(answer, _MAX_VERSION) or ""
        return self._versions.get(f"{version} with ether" if moves_ether else version, UNREAD)


def _record(
    venue: Venue[_Codes], address: bytes, terms: CurveTerms, coins: Sequence[bytes]
) -> _Record | None:
    if len(coins) < 2:
        return None
    first, second, *more = coins
    return PoolRecord(venue, address, first, second, terms, more_tokens=tuple(more))


def _coins_in(answer: Answer) -> list[bytes]:
    """Read a factory's coins: an array of addresses, or some addresses and zeros after them."""
    if answer is None:
        return []
    try:
        return _addresses(tuple((word,) for word in array_in(answer, "coins")))
    except UnexpectedAnswer:
        words = words_of(answer, len(answer) // 32) or ()
        return _addresses(tuple((word,) for word in words))


def _addresses(words: Sequence[tuple[int, ...]]) -> list[bytes]:
    """Give the addresses up to the first that is none."""
    found: list[bytes] = []
    for (word,) in words:
        address = address_in(word)
        if not word or address is None:
            break
        found.append(address)
    return found


def _address(answer: Answer) -> bytes | None:
    """Read an address that is not zero."""
    word = words_of(answer, 1)
    return address_in(word[0]) if word and word[0] else None
