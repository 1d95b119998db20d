"""Reconciles pools with their contracts: is what events made of a pool what its contract says?

Now and then, by the block's own hash, a touched pool is compared with its contract at that block.
A difference is examined before the pool is stopped: what the contract says again, what it said at
the blocks before, and what retracted blocks had made of the pool show how it came about.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from qenus.extractors.pool_state.book import Book
from qenus.protocols.reads import Plan, together
from qenus.protocols.records import AnyRecord
from qenus.wire import BlockRef, StopReason

__all__ = ["Discrepancy", "examine", "is_sampled"]

# So far back it is looked for when a pool went wrong.
_HISTORY_BLOCKS = 32


class Discrepancy(NamedTuple):
    """A pool that differs. `stops`: it is wrong, and the node was not merely late."""

    record: AnyRecord
    reason: StopReason
    text: str
    stops: bool


def is_sampled(block_hash: bytes, key: bytes, one_in: int) -> bool:
    """Whether a pool is compared with its contract at a block: one in so many, alike everywhere."""
    drawn = int.from_bytes(sha256(block_hash + key).digest()[:8], "big")
    return drawn % one_in == 0


def examine(block: BlockRef, before: AnyRecord | None, after: AnyRecord, book: Book) -> Plan[
    Discrepancy | None
]:  # fmt: skip
    """Compare a pool with its contract after a block; `before` is how the last block left it."""
    family = after.venue.family
    expected = family.facts(after)
    found = yield from family.probe(after, block.hash)
    if found == expected:
        return None
    again = yield from family.probe(after, block.hash)
    text = f"0x{after.key.hex()} at block {block.number}: events say {expected}, contract {again}"
    if again == expected:
        text = f"0x{after.key.hex()} at block {block.number}: first {found}, then {again}"
        return Discrepancy(after, StopReason.DELIVERY_LAG, text, stops=False)
    reason = yield from _why(block, before, after, book)
    return Discrepancy(after, reason, text, stops=True)


def _why(
    block: BlockRef, before: AnyRecord | None, after: AnyRecord, book: Book
) -> Plan[StopReason]:
    family = after.venue.family
    expected = family.facts(after)
    if before is None or before.pool is None:
        # Read at the parent and already wrong: something in this very block was not understood.
        unexplained = after.unexplained_at == block.number
        return StopReason.MISSED_LOG if unexplained else StopReason.STORAGE_MUTATED
    stale = yield from family.probe(before, block.hash)
    if stale == family.facts(before) != expected:
        return StopReason.DELIVERY_LAG
    for orphan in book.orphaned(after.key, block.hash):
        if orphan.pool is not None and family.facts(orphan) in (expected, family.facts(before)):
            return StopReason.UNHANDLED_REORG
    return (yield from _since_when(block, after, book))


def _since_when(block: BlockRef, after: AnyRecord, book: Book) -> Plan[StopReason]:
    """Whether the pool emitted an unknown event since it last agreed with its contract."""
    family = after.venue.family
    history = [
        (block_hash, record)
        for block_hash, record in book.history(after.key, _HISTORY_BLOCKS)
        if record is not None and record.pool is not None
    ]
    probes = yield from together([family.probe(record, at) for at, record in history])
    agreed = _newest_agreeing([record for _, record in history], probes)
    # The newest of the history is the parent of this block.
    since = block.number - 1 - (len(history) if agreed is None else agreed)
    return StopReason.MISSED_LOG if after.unexplained_at > since else StopReason.STORAGE_MUTATED


def _newest_agreeing(
    records: Sequence[AnyRecord], probes: Sequence[tuple[int, ...] | None]
) -> int | None:
    for at, (record, found) in enumerate(zip(records, probes, strict=True)):
        if found == record.venue.family.facts(record):
            return at
    return None
