"""What a block does to the genuine pools that it touches: the plan of one block.

Emitters of touching events are known pools, pools that a factory made in this block, or strangers
who are judged. Who is genuine and new is read at the parent's hash; the block's own events then
make the state at its end. What no event tells (tokens, fees that a factory sets, who made a vault's
pool) is read at the block's own hash, which is as much a function of the block and its parent's
state.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import attrs

from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.drift import Finding, examine, is_sampled
from qenus.extractors.pool_state.genuine import Impostors, unmask
from qenus.protocols.bounds import OutOfBounds
from qenus.protocols.catalogue import FACTORIES, FAMILIES, MANAGERS, TOUCHING, VAULTS
from qenus.protocols.reads import Plan, together
from qenus.protocols.records import Misread, PoolRecord
from qenus.protocols.refusal import Refusal
from qenus.protocols.registry import Registry, Venue
from qenus.protocols.tokens import token_metadata
from qenus.wire import Block, Log, PoolStateFeature, StoppedPool, StopReason, TokenMetadata

__all__ = ["SAMPLED_ONE_IN", "BlockStates", "block_states"]

# Of so many touched pools one is held against its contract.
SAMPLED_ONE_IN = 64


class BlockStates(NamedTuple):
    """What is to be told of a block, what the book takes over, and what was found wrong.

    `loaded` are pools as they were read at the parent, which holds without the block as well,
    `changes` what the block made of pools;
    `impostors` were found to be no pools for good, at `made` a factory made one.
    """

    features: tuple[PoolStateFeature, ...]
    tokens: tuple[TokenMetadata, ...]
    loaded: Mapping[bytes, PoolRecord]
    changes: Mapping[bytes, PoolRecord]
    findings: tuple[Finding, ...]
    impostors: tuple[bytes, ...]
    made: tuple[bytes, ...]


class _Before(NamedTuple):
    """Pools as the parent left them; which of them only its state told; who are none."""

    pools: dict[bytes, PoolRecord]
    loaded: dict[bytes, PoolRecord]
    impostors: tuple[bytes, ...]


class _Scan(NamedTuple):
    """The block's logs that matter, by pool; the pools that factories made; and who manages some.

    `puzzling` are known pools that said what their family does not know.
    """

    touching: dict[bytes, list[Log]]
    created: dict[bytes, PoolRecord]
    managed: dict[bytes, Venue]
    puzzling: set[bytes]


def block_states(
    block: Block,
    book: Book,
    registry: Registry,
    impostors: Impostors,
    *,
    sampled_one_in: int = SAMPLED_ONE_IN,
) -> Plan[BlockStates]:
    """Tell how the pools that a block touched stand at its end. Book and impostors are only read.

    Raises nothing of its own: whoever answers the calls may.
    """
    scan = _scan(block, book, registry)
    known = yield from _known_before(block, book, registry, impostors, scan)
    before = known.pools
    after: dict[bytes, PoolRecord] = {}
    findings: list[Finding] = []
    touched = _touched(before, scan)
    for key, record in before.items():
        applied, finding = _applied(record, scan.touching.get(key, ()), block)
        if key in scan.puzzling:
            applied = attrs.evolve(applied, puzzled_at=block.block.number)
        after[key] = applied
        findings += [finding] if finding else []
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
    for found in examined:
        if found is None:
            continue
        findings.append(found)
        if found.stops:
            after[found.record.key] = found.record.stop(found.reason, block.block.number)
            del live[found.record.key]
    findings += _stopped_here([after[key] for key in touched], findings, block)
    tokens = yield from token_metadata(
        own, (token for record in live.values() for token in record.tokens)
    )
    said = tuple(_features([after[key] for key in touched], tokens))
    return BlockStates(
        said, tuple(tokens), known.loaded, after, tuple(findings), known.impostors,
        tuple(scan.created),
    )  # fmt: skip


def _touched(before: Mapping[bytes, PoolRecord], scan: _Scan) -> list[bytes]:
    """The genuine pools that told an event of their own family."""
    return sorted(
        key
        for key, record in before.items()
        if any(
            log.topics[0] in FAMILIES[record.venue.family].TOUCHING
            for log in scan.touching.get(key, ())
        )
    )


def _stopped_here(records: list[PoolRecord], known: list[Finding], block: Block) -> list[Finding]:
    """What was stopped in this block and not told of yet: its contract is not what it should be."""
    told = {finding.record.key for finding in known}
    return [
        Finding(
            record,
            record.stopped[0],
            f"0x{record.key.hex()} at block {block.block.number}: its contract does not answer as "
            f"one of {record.venue.name}",
            stops=True,
        )
        for record in records
        if record.stopped is not None
        and record.stopped[1] == block.block.number
        and record.key not in told
    ]


def _is_live(record: PoolRecord) -> bool:
    return record.pool is not None and record.stopped is None


def _scan(block: Block, book: Book, registry: Registry) -> _Scan:
    scan = _Scan({}, {}, {}, set())
    for transaction in block.transactions:
        for log in transaction.logs:
            if not log.topics:
                continue
            venue = registry.venues.get(log.address)
            if venue is None:
                _scan_pool(log, book, scan)
            elif venue.family in MANAGERS:
                _scan_manager(log, venue, scan)
            elif venue.family in VAULTS:
                pool = VAULTS[venue.family].pool_in(log)
                if pool is not None:
                    scan.touching.setdefault(pool, []).append(log)
            elif log.topics[0] == FACTORIES[venue.family].CREATED:
                made = FACTORIES[venue.family].created(venue, log)
                if made is not None:
                    scan.created[made.key] = made
    return scan


def _scan_pool(log: Log, book: Book, scan: _Scan) -> None:
    """Note what a pool says, or one who may be one."""
    topic = log.topics[0]
    known = scan.created.get(log.address) or book.get(log.address)
    if known is None:
        if topic in TOUCHING:
            scan.touching.setdefault(log.address, []).append(log)
        return
    family = FAMILIES[known.venue.family]
    if topic in family.TOUCHING:
        scan.touching.setdefault(log.address, []).append(log)
    elif topic not in family.HARMLESS:
        scan.puzzling.add(log.address)


def _scan_manager(log: Log, venue: Venue, scan: _Scan) -> None:
    """Note what a manager says of one of its pools."""
    if log.topics[0] in MANAGERS[venue.family].TOUCHING and len(log.topics) > 1:
        scan.touching.setdefault(log.topics[1], []).append(log)
        scan.managed[log.topics[1]] = venue


def _known_before(
    block: Block, book: Book, registry: Registry, impostors: Impostors, scan: _Scan
) -> Plan[_Before]:
    """The genuine pools of the block, known or found."""
    before: dict[bytes, PoolRecord] = {}
    strangers: list[bytes] = []
    for key in (*scan.touching, *(scan.puzzling - scan.touching.keys())):
        # What was made just now is that, whatever stood there on another branch.
        known = scan.created.get(key) or book.get(key)
        if known is not None:
            before[key] = known
        elif key not in scan.managed and key not in impostors:
            strangers.append(key)
    judged = yield from together(
        [
            unmask(registry, key, (log.topics[0] for log in scan.touching[key]), block.block)
            for key in strangers
        ]
    )
    identified = yield from together(
        [
            MANAGERS[venue.family].identified(venue, key, block.block.hash)
            for key, venue in scan.managed.items()
            if key not in before
        ]
    )
    found = [record for record in identified if record is not None]
    found += [each.record for each in judged if each.record is not None]
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
    unmasked = tuple(each.address for each in judged if each.record is None and each.for_good)
    return _Before(before, loaded, unmasked)


def _loaded(record: PoolRecord, block: Block) -> Plan[PoolRecord]:
    try:
        return (yield from FAMILIES[record.venue.family].load(record, block.block.parent_hash))
    except (OutOfBounds, Misread):
        return record.stop(StopReason.MISSED_LOG, block.block.number)


def _refreshed(record: PoolRecord, block: Block) -> Plan[PoolRecord]:
    try:
        return (yield from FAMILIES[record.venue.family].refresh(record, block.block.hash))
    except (OutOfBounds, Misread):
        return record.stop(StopReason.MISSED_LOG, block.block.number)


def _applied(
    record: PoolRecord, logs: "list[Log] | tuple[()]", block: Block
) -> tuple[PoolRecord, Finding | None]:
    """The pool after its logs of a block, in order."""
    if record.stopped is not None:
        return record, None
    family = FAMILIES[record.venue.family]
    try:
        for log in logs:
            # A stranger may have told events that its family does not know.
            if log.topics[0] in family.TOUCHING:
                record = family.apply(record, log, block)
    except (OutOfBounds, Refusal) as error:
        number = block.block.number
        text = f"0x{record.key.hex()} at block {number} log {log.log_index}: {error}"
        found = Finding(record, StopReason.MISSED_LOG, text, stops=True)
        return record.stop(StopReason.MISSED_LOG, number), found
    return record, None


def _features(records: list[PoolRecord], tokens: list[TokenMetadata]) -> Iterator[PoolStateFeature]:
    decimals = {token.address: token.decimals for token in tokens}
    for record in sorted(records, key=lambda each: (each.address, each.id or b"")):
        if record.stopped is not None:
            yield StoppedPool(record.address, record.id, record.venue.name, *record.stopped)
            continue
        pair = decimals.get(record.token0), decimals.get(record.token1)
        feature = FAMILIES[record.venue.family].feature(record, pair)
        if feature is not None:
            yield feature
