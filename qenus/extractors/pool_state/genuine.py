"""Who is a genuine pool: one that a known factory made, and nobody who only speaks like one.

An emitter says which factory made it and with which terms; that is believed when CREATE2 puts the
pool of these terms exactly there, or when the factory itself, asked at the parent block, names it.
A vault's pools name no factory: all of the venue's are asked, at the block's own hash, so that one
made in the block is found, too.
Who was found to be none is remembered, within a bound: an address that has code stays what it is.
"""

from collections.abc import Iterable
from typing import NamedTuple

from qenus.protocols.catalogue import FACTORIES, VAULTS
from qenus.protocols.reads import Call, Plan, call_data, words_of
from qenus.protocols.records import FactoryFamily, PoolRecord, address_in
from qenus.protocols.registry import Registry, Venue
from qenus.wire import BlockRef

__all__ = ["Impostors", "Judged", "judge", "unmask"]

_FACTORY = call_data("factory()")
_TOKENS = call_data("token0()"), call_data("token1()")
_MAX_IMPOSTORS = 1 << 16


class Judged(NamedTuple):
    """What an emitter turned out to be: a genuine pool's record, or None; and whether for good."""

    address: bytes
    record: PoolRecord | None
    for_good: bool


class Impostors:
    """Emitters that are no genuine pools; of many the oldest are forgotten and judged again."""

    def __init__(self, max_count: int = _MAX_IMPOSTORS) -> None:
        self._known: dict[bytes, None] = {}
        self._max_count = max_count

    def __contains__(self, address: bytes) -> bool:
        return address in self._known

    def __len__(self) -> int:
        return len(self._known)

    def learn(self, impostors: Iterable[bytes], made: Iterable[bytes] = ()) -> None:
        """Remember some; forget those at which a factory says that it made a pool."""
        for address in impostors:
            if len(self._known) >= self._max_count:
                del self._known[next(iter(self._known))]
            self._known[address] = None
        for address in made:
            self._known.pop(address, None)


def unmask(
    registry: Registry, address: bytes, topics: Iterable[bytes], block: BlockRef
) -> Plan[Judged]:
    """Find out what the emitter is of which events with these topics 0 were told in a block."""
    told = frozenset(topics)
    for venue in registry.venues.values():
        if venue.family in VAULTS and not told.isdisjoint(VAULTS[venue.family].TOUCHING):
            record = yield from VAULTS[venue.family].made(venue, address, block.hash)
            if record is not None:
                return Judged(address, record, True)
    return (yield from judge(registry, address, block.parent_hash))


def judge(registry: Registry, address: bytes, block_hash: bytes) -> Plan[Judged]:
    """Find out what the emitter at an address is, by the state after a block."""
    answers = yield [
        Call(block_hash, address, data, stranger=True) for data in (_FACTORY, *_TOKENS)
    ]
    # Where there is no code, nothing answers and nothing reverts: some day there may be a pool.
    has_code = any(answer is None or answer for answer in answers)
    venue, tokens = None, None
    read = [words_of(answer, 1) for answer in answers]
    if None not in read:
        said = [address_in(word[0]) for word in read if word]
        if said[0] is not None and said[1] is not None and said[2] is not None:
            venue, tokens = registry.venues.get(said[0]), (said[1], said[2])
    if venue is None or tokens is None or venue.family not in FACTORIES:
        return Judged(address, None, has_code)
    family = FACTORIES[venue.family]
    claims: list[int] = []
    if family.CLAIMS:
        answers = yield [Call(block_hash, address, data, stranger=True) for data in family.CLAIMS]
        for answer in answers:
            word = words_of(answer, 1)
            if word is None:
                return Judged(address, None, has_code)
            claims.append(word[0])
    record = family.claimed(venue, address, tokens, claims)
    if record is None or not (yield from _is_made(venue, family, record, block_hash)):
        return Judged(address, None, has_code)
    return Judged(address, record, True)


def _is_made(
    venue: Venue, family: FactoryFamily, record: PoolRecord, block_hash: bytes
) -> Plan[bool]:
    """Whether the factory made this pool: by derivation, or by its own answer."""
    derived = venue.address_of(family.salt(record))
    if derived is not None:
        return derived == record.address
    (answer,) = yield [Call(block_hash, venue.factory, family.factory_call(record))]
    word = words_of(answer, 1)
    return word is not None and address_in(word[0]) == record.address
