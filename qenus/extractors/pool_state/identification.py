"""Identifies emitters: which are pools that a known factory made, and which only spoof one.

An emitter says which factory made it and with which terms; that is believed when CREATE2 puts the
pool of these terms exactly there, or when the factory itself, asked at the parent block, names it.
A vault's pools name no factory: all of the venue's are asked, at the block's own hash, so that one
made in the block is found, too.
Unknown emitters are remembered, within a bound: an address that has code stays what it is.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from qenus.protocols.pool_family import FactoryFamily, VaultFamily
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import AnyRecord, address_in
from qenus.protocols.registry import Registry
from qenus.protocols.venue import Venue
from qenus.wire import BlockRef

__all__ = ["Identified", "UnknownEmitters", "identify", "identify_by_factory"]

_FACTORY = call_data("factory()")
_TOKENS = call_data("token0()"), call_data("token1()")
_MAX_EMITTERS = 1 << 16


class Identified(NamedTuple):
    """What an emitter turned out to be: a pool's record, or None; and whether for good."""

    address: bytes
    record: AnyRecord | None
    for_good: bool


class UnknownEmitters:
    """Emitters that no known factory made; of many the oldest are forgotten."""

    def __init__(self, max_count: int = _MAX_EMITTERS) -> None:
        self._known: dict[bytes, None] = {}
        self._max_count = max_count

    def __contains__(self, address: bytes) -> bool:
        return address in self._known

    def __len__(self) -> int:
        return len(self._known)

    def learn(self, emitters: Iterable[bytes], made: Iterable[bytes] = ()) -> None:
        """Remember some; forget those at which a factory announces that it made a pool."""
        for address in emitters:
            if len(self._known) >= self._max_count:
                del self._known[next(iter(self._known))]
            self._known[address] = None
        for address in made:
            self._known.pop(address, None)


def identify(
    registry: Registry, address: bytes, topics: Iterable[bytes], block: BlockRef
) -> Plan[Identified]:
    """Find out what the emitter is whose events with these topics 0 stand in a block."""
    emitted = frozenset(topics)
    for venue in registry.venues.values():
        family = venue.family
        if isinstance(family, VaultFamily) and not emitted.isdisjoint(family.TOUCHING):
            record = yield from family.made(venue, address, block.hash)
            if record is not None:
                return Identified(address, record, True)
    return (yield from identify_by_factory(registry, address, block.parent_hash))


def identify_by_factory(registry: Registry, address: bytes, block_hash: bytes) -> Plan[Identified]:
    """Find out what the emitter at an address is, by the state after a block."""
    answers = yield [
        Call(block_hash, address, data, unverified=True) for data in (_FACTORY, *_TOKENS)
    ]
    # Where there is no code, nothing answers and nothing reverts: some day there may be a pool.
    has_code = any(answer is None or answer for answer in answers)
    venue, tokens = None, None
    read = [words_of(answer, 1) for answer in answers]
    if None not in read:
        said = [address_in(word[0]) for word in read if word]
        if said[0] is not None and said[1] is not None and said[2] is not None:
            venue, tokens = registry.venues.get(said[0]), (said[1], said[2])
    if venue is None or tokens is None or not isinstance(venue.family, FactoryFamily):
        return Identified(address, None, has_code)
    family = venue.family
    claims: list[int] = []
    if family.CLAIMS:
        answers = yield [Call(block_hash, address, data, unverified=True) for data in family.CLAIMS]
        for answer in answers:
            word = words_of(answer, 1)
            if word is None:
                return Identified(address, None, has_code)
            claims.append(word[0])
    record = family.claimed(venue, address, tokens, claims)
    if record is None or not (yield from _is_made(venue, family, record, block_hash)):
        return Identified(address, None, has_code)
    return Identified(address, record, True)


def _is_made(
    venue: Venue[Any], family: FactoryFamily[Any, Any, Any], record: AnyRecord, block_hash: bytes
) -> Plan[bool]:
    """Whether the factory made this pool: by derivation, or by its own answer."""
    derived = venue.address_of(family.salt(record))
    if derived is not None:
        return derived == record.address
    (answer,) = yield [Call(block_hash, venue.factory, family.factory_call(record))]
    word = words_of(answer, 1)
    return word is not None and address_in(word[0]) == record.address
