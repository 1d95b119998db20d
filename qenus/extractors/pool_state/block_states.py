"""What a block does to the factory-verified pools that it touches: the plan of one block.

Emitters of touching events are known pools, pools that a factory made in this block, or unknown
emitters, which are identified. A new pool is read at the parent's hash; the block's own events then
make the state at its end. What no event says (tokens, fees that a factory sets, who made a vault's
pool) is read at the block's own hash, which is as much a function of the block and its parent's
state.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.identification import UnknownEmitters, identify
from qenus.extractors.pool_state.reconciliation import Discrepancy, examine, is_sampled
from qenus.protocols.bounds import OutOfBounds
from qenus.protocols.pool_family import FactoryFamily, ManagedFamily, VaultFamily
from qenus.protocols.reads import Plan, together
from qenus.protocols.records import AnyRecord, UnexpectedAnswer
from qenus.protocols.refusal import Refusal
from qenus.protocols.registry import Registry
from qenus.protocols.tokens import token_metadata
from qenus.protocols.venue import Venue
from qenus.wire import Block, Log, PoolStateFeature, StoppedPool, StopReason, TokenMetadata

__all__ = ["SAMPLED_ONE_IN", "BlockStates", "block_states"]

# Of so many touched pools one is compared with its contract.
SAMPLED_ONE_IN = 64


class BlockStates(NamedTuple):
    """What is published of a block, what the book takes over, and what was found wrong.

    `loaded` are pools as they were read at the parent, which holds without the block as well,
    `changes` what the block made of pools;
    `unknown` are emitters that are no pools for good, at `made` a factory made one.
    """

    features: tuple[PoolStateFeature, ...]
    tokens: tuple[TokenMetadata, ...]
    loaded: Mapping[bytes, AnyRecord]
    changes: Mapping[bytes, AnyRecord]
    discrepancies: tuple[Discrepancy, ...]
    unknown: tuple[bytes, ...]
    made: tuple[bytes, ...]


class _Before(NamedTuple):
    """Pools as the parent left them, those read at its state, and emitters that are no pools."""

    pools: dict[bytes, AnyRecord]
    loaded: dict[bytes, AnyRecord]
    unknown: tuple[bytes, ...]


class _Scan(NamedTuple):
    """The block's logs that matter, by pool; the pools that factories made; and who manages some.

    `unexplained` are known pools that emitted an event that their family does not know.
    """

    touching: dict[bytes, list[Log]]
    created: dict[bytes, AnyRecord]
    managed: dict[bytes, Venue[Any]]
    unexplained: set[bytes]


def block_states(
    block: Block,
    book: Book,
    registry: Registry,
    emitters: UnknownEmitters,
    *,
    sampled_one_in: int = SAMPLED_ONE_IN,
) -> Plan[BlockStates]:
    """Find how the pools that a block touched stand at its end. Book and emitters are only read.

    Raises nothing of its own: what answers the calls may.
    """
    scan = _scan(block, book, registry)
    known = yield from _known_before(block, book, registry, emitters, scan)
    before = known.pools
    after: dict[bytes, AnyRecord] = {}
    found: list[Discrepancy] = []
    touched = _touched(before, scan)
    for key, record in before.items():
        applied, discrepancy = _applied(record, scan.touching.get(key, ()), block)
        if key in scan.unexplained:
            applied = attrs.evolve(applied, unexplained_at=block.block.number)
        after[key] = applied
        found += [discrepancy] if discrepancy else []
    live = {key: after[key] for key in touched if _is_live(after[key])}
    own = block.block.hash
    refreshed = yield from together([_refreshed(record, block) for record in live.values()])
    after.update((record.key, record) for record in refreshed)
    live = {record.key: record for record in refreshed if _is_live(record)}
    examined = yield from together(
        [
            examine(block.block, book.get(key), record, book)
            for key, record in live.items()
            if is_sampled(own, key, sampled_one_in)
        ]
    )
    for each in examined:
        if each is None:
            continue
        found.append(each)
        if each.stops:
            after[each.record.key] = each.record.stop(each.reason, block.block.number)
            del live[each.record.key]
    found += _stopped_here([after[key] for key in touched], found, block)
    tokens = yield from token_metadata(
        own, (token for record in live.values() for token in record.tokens)
    )
    said = tuple(_features([after[key] for key in touched], tokens))
    return BlockStates(
        said, tuple(tokens), known.loaded, after, tuple(found), known.unknown,
        tuple(scan.created),
    )  # fmt: skip


def _touched(before: Mapping[bytes, AnyRecord], scan: _Scan) -> list[bytes]:
    """The pools that emitted an event of their own family."""
    return sorted(
        key
        for key, record in before.items()
        if any(log.topics[0] in record.venue.family.TOUCHING for log in scan.touching.get(key, ()))
    )


def _stopped_here(
    records: list[AnyRecord], known: list[Discrepancy], block: Block
) -> list[Discrepancy]:
    """What was stopped in this block and not reported yet: its contract is another one."""
    reported = {each.record.key for each in known}
    return [
        Discrepancy(
            record,
            record.stopped[0],
            f"0x{record.key.hex()} at block {block.block.number}: its contract does not answer as "
            f"one of {record.venue.name}",
            stops=True,
        )
        for record in records
        if record.stopped is not None
        and record.stopped[1] == block.block.number
        and record.key not in reported
    ]


def _is_live(record: AnyRecord) -> bool:
    return record.pool is not None and record.stopped is None


def _scan(block: Block, book: Book, registry: Registry) -> _Scan:
    scan = _Scan({}, {}, {}, set())
    touching = registry.touching
    for transaction in block.transactions:
        for log in transaction.logs:
            if not log.topics:
                continue
            venue = registry.venues.get(log.address)
            if venue is None:
                _scan_pool(log, book, touching, scan)
            else:
                _scan_venue(log, venue, scan)
    return scan


def _scan_venue(log: Log, venue: Venue[Any], scan: _Scan) -> None:
    """Note what a factory, a manager or a vault emits of one of its pools."""
    family = venue.family
    if isinstance(family, ManagedFamily):
        if log.topics[0] in family.TOUCHING and len(log.topics) > 1:
            scan.touching.setdefault(log.topics[1], []).append(log)
            scan.managed[log.topics[1]] = venue
    elif isinstance(family, VaultFamily):
        pool = family.pool_in(log)
        if pool is not None:
            scan.touching.setdefault(pool, []).append(log)
    elif isinstance(family, FactoryFamily) and log.topics[0] == family.CREATED:
        made = family.created(venue, log)
        if made is not None:
            scan.created[made.key] = made


def _scan_pool(log: Log, book: Book, touching: frozenset[bytes], scan: _Scan) -> None:
    """Note what a pool emits, or an emitter that may be one."""
    topic = log.topics[0]
    known = scan.created.get(log.address) or book.get(log.address)
    if known is None:
        if topic in touching:
            scan.touching.setdefault(log.address, []).append(log)
        return
    family = known.venue.family
    if topic in family.TOUCHING:
        scan.touching.setdefault(log.address, []).append(log)
    elif topic not in family.HARMLESS:
        scan.unexplained.add(log.address)


def _known_before(
    block: Block, book: Book, registry: Registry, emitters: UnknownEmitters, scan: _Scan
) -> Plan[_Before]:
    """The factory-verified pools of the block, known or identified now."""
    before: dict[bytes, AnyRecord] = {}
    unknown: list[bytes] = []
    for key in (*scan.touching, *(scan.unexplained - scan.touching.keys())):
        # What was made just now is that, whatever stood there on another branch.
        known = scan.created.get(key) or book.get(key)
        if known is not None:
            before[key] = known
        elif key not in scan.managed and key not in emitters:
            unknown.append(key)
    emitted = yield from together(
        [
            identify(registry, key, (log.topics[0] for log in scan.touching[key]), block.block)
            for key in unknown
        ]
    )
    identified = yield from together(
        [
            venue.family.identified(venue, key, block.block.hash)
            for key, venue in scan.managed.items()
            if key not in before and isinstance(venue.family, ManagedFamily)
        ]
    )
    found = [record for record in identified if record is not None]
    found += [each.record for each in emitted if each.record is not None]
    read = yield from together([_loaded(record, block) for record in found])
    before.update((record.key, record) for record in read)
    # What the block itself made goes again with the block: other terms may come to stand there. So
    # does a manager's pool, which was asked for by its id at this block's own hash.
    loaded = {
        record.key: record
        for record in read
        if (record.pool is not None or record.stopped is not None)
        and record.key not in scan.managed
    }
    no_pools = tuple(each.address for each in emitted if each.record is None and each.for_good)
    return _Before(before, loaded, no_pools)


def _loaded(record: AnyRecord, block: Block) -> Plan[AnyRecord]:
    try:
        return (yield from record.venue.family.load(record, block.block.parent_hash))
    except (OutOfBounds, UnexpectedAnswer):
        return record.stop(StopReason.MISSED_LOG, block.block.number)


def _refreshed(record: AnyRecord, block: Block) -> Plan[AnyRecord]:
    try:
        return (yield from record.venue.family.refresh(record, block.block.hash))
    except (OutOfBounds, UnexpectedAnswer):
        return record.stop(StopReason.MISSED_LOG, block.block.number)


def _applied(
    record: AnyRecord, logs: "list[Log] | tuple[()]", block: Block
) -> tuple[AnyRecord, Discrepancy | None]:
    """The pool after its logs of a block, in order."""
    if record.stopped is not None:
        return record, None
    family = record.venue.family
    for log in logs:
        # An unknown emitter may have emitted events that its family does not know.
        if log.topics[0] not in family.TOUCHING:
            continue
        try:
            record = family.apply(record, log, block)
        except (OutOfBounds, Refusal) as error:
            number = block.block.number
            text = f"0x{record.key.hex()} at block {number} log {log.log_index}: {error}"
            found = Discrepancy(record, StopReason.MISSED_LOG, text, stops=True)
            return record.stop(StopReason.MISSED_LOG, number), found
    return record, None


def _features(records: list[AnyRecord], tokens: list[TokenMetadata]) -> Iterator[PoolStateFeature]:
    decimals = {token.address: token.decimals for token in tokens}
    for record in sorted(records, key=lambda each: (each.address, each.id or b"")):
        if record.stopped is not None:
            yield StoppedPool(record.address, record.id, record.venue.name, *record.stopped)
            continue
        pair = decimals.get(record.token0), decimals.get(record.token1)
        feature = record.venue.family.feature(record, pair)
        if feature is not None:
            yield feature
