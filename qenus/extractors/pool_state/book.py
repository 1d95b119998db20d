"""All pools at the chain's head, exactly undone: the ledger, and what undoing it left.

Every change in place gives the action that takes it back, for a step that is discarded. A block
that does not stand on the head begins the book anew: what is not known is read again, at the
parent's hash, and comes out the same. So what was not touched for long may be forgotten, too:
any account can have a factory make pools, for years.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from qenus.protocols.ledger import PoolLedger
from qenus.protocols.records import AnyRecord
from qenus.wire import BlockRef

__all__ = ["Book"]

_KEPT_ORPHANS = 32
_MAX_POOLS = 1 << 17

Undo = Callable[[], None]


class Book:
    """The factory-verified pools that were touched, by key, as the head block left them.

    Above `max_pools` those longest untouched are forgotten, a sixteenth at a time.
    """

    def __init__(self, max_pools: int = _MAX_POOLS) -> None:
        self._max_pools = max_pools
        self._ledger: PoolLedger[AnyRecord] = PoolLedger()
        # By block hash.
        self._orphans: deque[tuple[bytes, Mapping[bytes, AnyRecord | None]]] = deque(
            maxlen=_KEPT_ORPHANS
        )

    def __len__(self) -> int:
        return len(self._ledger)

    @property
    def head(self) -> bytes | None:
        """The hash of the block after which this holds; None before the first."""
        return self._ledger.head

    def get(self, key: bytes) -> AnyRecord | None:
        """Give a pool as the head left it, None where it is not known."""
        return self._ledger.get(key)

    def history(self, key: bytes, blocks: int) -> list[tuple[bytes, AnyRecord | None]]:
        """Give a pool after each of the last blocks: (block hash, record), newest first."""
        return list(islice(self._ledger.history(key), blocks))

    def orphaned(self, key: bytes, block_hash: bytes) -> Iterator[AnyRecord]:
        """Give what the last retracted blocks had made of a pool, newest first.

        A block that came back is no orphan: neither this one nor one in the book.
        """
        standing = {block_hash, *(at for at, _ in self._ledger.history(key))}
        for orphan, changes in reversed(self._orphans):
            record = changes.get(key)
            if record is not None and orphan not in standing:
                yield record

    def learn(self, loaded: Mapping[bytes, AnyRecord]) -> None:
        """Take in pools that were read at the head: they are known as long as it stands.

        A discarded step does not forget them, nor does a retract of what follows. A retract of the
        head does: a pool may have been touched before it could be known, or made.
        """
        self._ledger.learn(loaded)

    def apply(self, block: BlockRef, changes: Mapping[bytes, AnyRecord | None]) -> Undo:
        """Make a block the head.

        Raises LocalProtocolError: it does not stand on the head.
        """
        self._ledger.apply(block.hash, block.parent_hash, changes)
        if len(self._ledger) > self._max_pools:
            # What is forgotten needs no undo: it is read again when it is touched.
            self._ledger.forget_idle(self._max_pools * 15 // 16)
        return lambda: self._ledger.undo(block.hash)

    def retract(self, block: BlockRef) -> Undo:
        """Take a block back; one that is not the head was never taken in."""
        ledger = self._ledger
        if ledger.head != block.hash:
            return _nothing
        if not ledger.undoable:
            return self.begin_anew(block.parent_hash)
        changes = ledger.head_changes()
        ledger.undo(block.hash)
        self._orphans.append((block.hash, changes))

        def redo() -> None:
            self._orphans.pop()
            ledger.apply(block.hash, block.parent_hash, changes)

        return redo

    def begin_anew(self, parent_hash: bytes) -> Undo:
        """Forget all pools: the next block stands on this one."""
        before, self._ledger = self._ledger, PoolLedger(parent_hash)

        def undo() -> None:
            self._ledger = before

        return undo


def _nothing() -> None:
    pass
