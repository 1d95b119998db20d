"""All pools of a chain at its head, with the exact undo of the last blocks.

A block's changes replace whole pool values; what each replaced is kept for 256 blocks. Undoing the
head puts exactly those values back, so that a reorganisation, however often, leads to the states
that a chain without it would have had. A pool that a block brought in is gone again after its undo.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Generic, NamedTuple, TypeVar, cast

from qenus.errors import LocalProtocolError

__all__ = ["UNDO_BLOCKS", "PoolLedger"]

UNDO_BLOCKS = 256

P = TypeVar("P")


class _Applied(NamedTuple):
    block_hash: bytes
    parent_hash: bytes
    # Pool address -> what stood there before, None where nothing did.
    before: tuple[tuple[bytes, object | None], ...]


class PoolLedger(Generic[P]):
    """Pools by address after the block `head` (32-byte hash), None before the first block."""

    def __init__(self, head: bytes | None = None, *, undo_blocks: int = UNDO_BLOCKS) -> None:
        self.head = head
        self._pools: dict[bytes, P] = {}
        self._applied: deque[_Applied] = deque(maxlen=undo_blocks)

    def __len__(self) -> int:
        return len(self._pools)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pools)

    def get(self, address: bytes) -> P | None:
        """Return the pool at an address as the head left it, None where none is known."""
        return self._pools.get(address)

    @property
    def undoable(self) -> int:
        """How many blocks can be undone from here."""
        return len(self._applied)

    def apply(
        self, block_hash: bytes, parent_hash: bytes, changes: Mapping[bytes, P | None]
    ) -> None:
        """Make `block_hash` the head: each changed pool is replaced, None forgets it.

        Raises:
            LocalProtocolError: the block is not a child of the head. Nothing has changed then.
        """
        if self.head is not None and parent_hash != self.head:
            raise LocalProtocolError(
                f"block {block_hash.hex()}: expected parent {self.head.hex()}, "
                f"found {parent_hash.hex()}"
            )
        before = tuple((address, self._pools.get(address)) for address in changes)
        for address, pool in changes.items():
            self._put(address, pool)
        self._applied.append(_Applied(block_hash, parent_hash, before))
        self.head = block_hash

    def undo(self, block_hash: bytes) -> None:
        """Take back the head block: every pool that it changed is what it was before.

        Raises:
            LocalProtocolError: it is not the head, or it lies beyond what is kept. Nothing has
                changed then.
        """
        if not self._applied or self._applied[-1].block_hash != block_hash:
            found = self._applied[-1].block_hash.hex() if self._applied else "nothing to undo"
            raise LocalProtocolError(f"undo of {block_hash.hex()}: the last block is {found}")
        applied = self._applied.pop()
        for address, pool in applied.before:
            self._put(address, pool)  # type: ignore[arg-type]
        self.head = applied.parent_hash

    def learn(self, pools: Mapping[bytes, P]) -> None:
        """Take in pools that were not known, as the head left them: undoing the head forgets them.

        What they were before it is not known: blocks may have touched, or even made, what was not
        known then.

        Raises:
            LocalProtocolError: one is known already. Nothing has changed then.
        """
        known = next((address for address in pools if address in self._pools), None)
        if known is not None:
            raise LocalProtocolError(f"pool {known.hex()}: expected one that is not known yet")
        self._pools.update(pools)
        if self._applied:
            head = self._applied[-1]
            noted = {address for address, _ in head.before}
            new = tuple((address, None) for address in pools if address not in noted)
            self._applied[-1] = head._replace(before=head.before + new)

    def forget_idle(self, most: int) -> int:
        """Forget the pools longest unchanged until `most` are left; return how many that were.

        None that a kept block changed is among them, so every undo stays exact.
        """
        excess = len(self._pools) - most
        if excess <= 0:
            return 0
        kept = {address for applied in self._applied for address, _ in applied.before}
        idle = list(islice((one for one in self._pools if one not in kept), excess))
        for address in idle:
            del self._pools[address]
        return len(idle)

    def head_changes(self) -> dict[bytes, P | None]:
        """Return the pools that the head block changed, as it left them; None: it forgot one."""
        if not self._applied:
            return {}
        return {address: self._pools.get(address) for address, _ in self._applied[-1].before}

    def history(self, address: bytes) -> Iterator[tuple[bytes, P | None]]:
        """Yield (block hash, the pool after it) from the head back, as far as can be undone."""
        if self.head is None:
            return
        pool = self._pools.get(address)
        yield self.head, pool
        for applied in reversed(self._applied):
            for changed, before in applied.before:
                if changed == address:
                    pool = cast(P | None, before)
            yield applied.parent_hash, pool

    def _put(self, address: bytes, pool: P | None) -> None:
        # Behind all others: what was changed last stands last.
        self._pools.pop(address, None)
        if pool is not None:
            self._pools[address] = pool
