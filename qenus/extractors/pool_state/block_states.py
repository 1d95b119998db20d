"""What a block does to the genuine pools that it touches: the plan of one block.

Emitters of touching events are known pools, pools that a factory made in this block, or strangers
who are judged. Who is genuine and new is read at the parent's hash; the block's own events then
make the state at its end. What no event tells (tokens, fees that a factory sets) is read at the
block's own hash, which is as much a function of the block and its parent's state.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import attrs

from qenus.extractors.pool_state.book import Book
from qenus.extractors.pool_state.drift import Finding, examine, is_sampled
from qenus.extractors.pool_state.families import FAMILIES, TOUCHING
from qenus.extractors.pool_state.genuine import Impostors, judge
from qenus.extractors.pool_state.reads import Plan, together
from qenus.extractors.pool_state.records import PoolRecord
from qenus.extractors.pool_state.registry import Registry
from qenus.extractors.pool_state.tokens import token_metadata
from qenus.extractors.refusal import Refusal
from qenus.pools import OutOfBounds
from qenus.wire import Block, Log, PoolStateFeature, StoppedPool, StopReason, TokenMetadata

__all__ = ["SAMPLED_ONE_IN", "BlockStates", "block_states"]

# Of so many touched pools one is held against its contract.
SAMPLED_ONE_IN = 64


class BlockStates(NamedTuple):
    """What is to be told of a block, what the book takes over, and what was found wrong.

    `loaded` are pools as they were read at the parent, `changes` what the block made of pools.
    """

    features: tuple[PoolStateFeature, ...]
    tokens: tuple[TokenMetadata, ...]
    loaded: Mapping[bytes, PoolRecord]
    changes: Mapping[bytes, PoolRecord]
    findings: tuple[Finding, ...]


class _Scan(NamedTuple):
    """The block's logs that matter: by emitter, and the pools that factories made."""

    touching: dict[bytes, list[Log]]
    created: dict[bytes, PoolRecord]
    puzzling: set[bytes]


def block_states(
    block: Block,
    book: Book,
    registry: Registry,
    impostors: Impostors,
    *,
    sampled_one_in: int = SAMPLED_ONE_IN,
) -> Plan[BlockStates]:
    """Tell how the pools that a block touched stand at its end. The book is only read.

    Raises Unusable: a node's answers are not of a genuine contract; ask again.
    """
    scan = _scan(block, book, registry)
    before, loaded = yield from _known_before(block, book, registry, impostors, scan)
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
    refreshed = yield from together(
        [FAMILIES[record.venue.family].refresh(record, own) for record in live.values()]
    )
    live = dict(zip(live, refreshed, strict=True))
    examined = yield from together(
        [
            examine(block.block, book.get(key), record, book)
            for key, record in live.items()
            if is_sampled(own, key, sampled_one_in)
        ]
    )
    after.update(live)
    for found in examined:
        if found is None:
            continue
        findings.append(found)
        if found.stops:
            after[found.record.key] = found.record.stop(found.reason, block.block.number)
            del live[found.record.key]
    tokens = yield from token_metadata(
        own, (token for record in live.values() for token in (record.token0, record.token1))
    )
    said = tuple(_features([after[key] for key in touched], tokens))
    return BlockStates(said, tuple(tokens), loaded, after, tuple(findings))


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


def _is_live(record: PoolRecord) -> bool:
    return record.pool is not None and record.stopped is None


def _scan(block: Block, book: Book, registry: Registry) -> _Scan:
    scan = _Scan({}, {}, set())
    for transaction in block.transactions:
        for log in transaction.logs:
            if not log.topics:
                continue
            topic = log.topics[0]
            known = book.get(log.address) or scan.created.get(log.address)
            if known is not None:
                family = FAMILIES[known.venue.family]
                if topic in family.TOUCHING:
                    scan.touching.setdefault(log.address, []).append(log)
                elif topic not in family.HARMLESS:
                    scan.puzzling.add(log.address)
            elif topic in TOUCHING:
                scan.touching.setdefault(log.address, []).append(log)
            venue = registry.venues.get(log.address)
            if venue is not None and topic == FAMILIES[venue.family].CREATED:
                made = FAMILIES[venue.family].created(venue, log)
                if made is not None:
                    scan.created[made.key] = made
    return scan


def _known_before(
    block: Block, book: Book, registry: Registry, impostors: Impostors, scan: _Scan
) -> Plan[tuple[dict[bytes, PoolRecord], dict[bytes, PoolRecord]]]:
    """The genuine pools of the block as the parent left them, and which of them were just read."""
    parent = block.block.parent_hash
    before: dict[bytes, PoolRecord] = {}
    strangers: list[bytes] = []
    for key in (*scan.touching, *(scan.puzzling - scan.touching.keys())):
        known = book.get(key)
        made = scan.created.get(key)
        if known is not None:
            before[key] = known
        elif made is not None:
            impostors.discard(key)
            before[key] = made
        elif key not in impostors:
            strangers.append(key)
    judged = yield from together([judge(registry, key, parent) for key in strangers])
    found = [each.record for each in judged if each.record is not None]
    for each in judged:
        if each.record is None and each.for_good:
            impostors.add(each.address)
    read = yield from together([_loaded(record, block) for record in found])
    loaded = {record.key: record for record in read}
    return {**before, **loaded}, loaded


def _loaded(record: PoolRecord, block: Block) -> Plan[PoolRecord]:
    try:
        return (yield from FAMILIES[record.venue.family].load(record, block.block.parent_hash))
    except OutOfBounds:
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
