"""The fork tree: which block is the head, and what to take back and apply when it moves.

An immutable value: every operation gives a new tree and a `Change` that says, in order, which
blocks to retract (newest first) and which to apply (oldest first). Applied to what was published,
changes always leave exactly the head's chain published.

    insert(ref)            a block that its source calls the head: add it and follow it
    add(ref)               add a block, the head stays
    follow(hash)           move the head to a block of the tree, forwards, sideways or back
    mark_safe, mark_finalized

The tree holds the last `window` blocks of the head's chain and the branches that leave it there, at
most 16 blocks of one number. A request that it cannot serve gets an answer, not an
exception: an unknown parent must be fetched first, a block to be marked must be held. Only a
violation of finality is raised: `FinalityReverted`.

A caller that walks down from a block with UNKNOWN_PARENT and fetches parents ends in one of two
ways. Either a parent is held, and the branch can be inserted from there up. Or a block answers
STALE, at the latest the block with the number of `oldest`: the branch then leaves the chain below
everything that is held and can never be joined. Publish the retracts of `canonical()`, newest
first, and start a new tree with the branch's tip.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from attrs import Attribute, evolve, field, frozen

from qenus.chain.parent_link import check_parent_link
from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import BlockRef, Heads

__all__ = ["Answer", "Change", "FinalityReverted", "ForkTree"]

_MAX_SIBLINGS: Final = 16


class FinalityReverted(RemoteProtocolError):
    """A source's chain leaves out the finalized block; see `finalized` and `conflicting`."""

    def __init__(self, finalized: BlockRef, conflicting: BlockRef) -> None:
        """Name the finalized block and the one that cannot be reconciled with it."""
        self.finalized = finalized
        self.conflicting = conflicting
        super().__init__(
            f"chain {finalized.chain_id}: expected descendants of finalized block "
            f"{finalized.number} (0x{finalized.hash.hex()}), "
            f"found block {conflicting.number} (0x{conflicting.hash.hex()})"
        )


class Answer(Enum):
    """The outcome of an operation."""

    # The head moved; `retract` and `apply` say how.
    MOVED = "moved"
    # The block was added; nothing to retract or apply.
    TAKEN = "taken"
    # The block was held already; nothing changed.
    DUPLICATE = "duplicate"
    # Its parent is not in the tree: fetch the parent first, then offer it again.
    UNKNOWN_PARENT = "unknown parent"
    # Older than what is held or marked already, or a rival of the oldest block held: what leaves
    # the chain there cannot be joined to it any more. Nothing changed.
    STALE = "stale"
    # More than a window above the head, which has to move first.
    FAR_AHEAD = "far ahead"
    # To be marked, it has to be on the head's chain: follow the right head first.
    OFF_HEAD = "off head"
    # To be marked, it has to be held: it is above the head, or too far below what is held for the
    # tree to say whether the head descends from it. Nothing changed.
    UNKNOWN = "unknown"


class _Place(Enum):
    ON_CHAIN = "on the head's chain"
    OFF_CHAIN = "not on the head's chain"
    UNKNOWN = "not held"


_UNMARKED: Final = {_Place.OFF_CHAIN: Answer.OFF_HEAD, _Place.UNKNOWN: Answer.UNKNOWN}


@frozen
class Change:
    """The tree after an operation, and what to publish because of it.

    Without a move both lists are empty. `retract` runs from the old head down to, not including,
    the common ancestor; `apply` from there up to the new head.
    """

    tree: "ForkTree"
    answer: Answer
    retract: tuple[BlockRef, ...] = ()
    apply: tuple[BlockRef, ...] = ()


def _check_window(_tree: "ForkTree", _field: "Attribute[int]", window: int) -> None:
    if window < 1:
        raise LocalProtocolError(f"window: expected at least 1 block, found {window}")


@frozen
class ForkTree:
    """The recent blocks of one chain and where its heads are. `window` is in blocks, at least 1.

    Only what the window holds can be marked: a chain whose finality trails by more than 256 blocks
    needs a wider one, `Chain.fork_window`. An insert copies the table of what is held: on a chain
    without branches 16 µs at a window of 256 and 107 µs at 4096, with branches ten times as much.
    """

    chain_id: int
    window: int = field(default=256, validator=_check_window)
    head: BlockRef | None = None
    safe: BlockRef | None = None
    finalized: BlockRef | None = None
    _blocks: Mapping[bytes, BlockRef] = field(factory=dict, repr=False)

    def __len__(self) -> int:
        """Count the blocks held."""
        return len(self._blocks)

    def __contains__(self, block_hash: object) -> bool:
        """Say whether the block with this hash is held."""
        return block_hash in self._blocks

    def get(self, block_hash: bytes) -> BlockRef | None:
        """Give the block with this hash, None when it is not held."""
        return self._blocks.get(block_hash)

    def heads(self) -> Heads | None:
        """Give the heads as the wire carries them, None before the first block."""
        if self.head is None:
            return None
        return Heads(self.chain_id, self.head, self.safe, self.finalized)

    @property
    def oldest(self) -> BlockRef | None:
        """Give the oldest block held, from which all others descend; None before the first."""
        # A block is held from after its parent on, so the ancestor of all comes first.
        return next(iter(self._blocks.values()), None)

    def canonical(self) -> tuple[BlockRef, ...]:
        """Give the head's chain as far as it is held, oldest first."""
        return () if self.head is None else tuple(self._line(self.head))[::-1]

    def common_ancestor(self, one: bytes, other: bytes) -> BlockRef:
        """Give the newest block that both blocks descend from (or are).

        Raises:
            LocalProtocolError: one of them is not held.
        """
        return self._fork_point(self._held(one), self._held(other))

    def insert(self, ref: BlockRef) -> Change:
        """Add a block that its source calls the head, and follow it.

        A block that is on the head's chain already is a duplicate: to go back to it, `follow` it.

        Raises:
            FinalityReverted: the block cannot descend from the finalized one.
            Rejected: at step "parent link": number and parent do not agree.
            LocalProtocolError: a block of another chain, or a second one of its hash.
        """
        if ref.hash in self._blocks and self._place(ref) is _Place.ON_CHAIN:
            return Change(self, Answer.DUPLICATE)
        added = self._add(ref)
        if added.answer in (Answer.UNKNOWN_PARENT, Answer.STALE):
            return added
        moved = added.tree.follow(ref.hash)
        # The first block of all was both at once.
        return added if moved.answer is Answer.DUPLICATE else moved

    def add(self, ref: BlockRef) -> Change:
        """Add a block without moving the head; the first one of all becomes the head.

        Raises:
            FinalityReverted: the block cannot descend from the finalized one.
            Rejected: at step "parent link": number and parent do not agree.
            LocalProtocolError: a block of another chain, or a second one of its hash.
        """
        if self.head is not None and ref.number > self.head.number + self.window:
            return Change(self, Answer.FAR_AHEAD)
        return self._add(ref)

    def follow(self, block_hash: bytes) -> Change:
        """Move the head to a block of the tree.

        Raises:
            FinalityReverted: the new head's chain leaves out the finalized block.
            LocalProtocolError: the block is not held.
        """
        target = self._held(block_hash)
        head = self._held_head()
        if target == head:
            return Change(self, Answer.DUPLICATE)
        fork = self._fork_point(head, target)
        if self.finalized is not None and fork.number < self.finalized.number:
            raise FinalityReverted(self.finalized, target)
        retract = tuple(self._line(head, fork))
        apply = tuple(self._line(target, fork))[::-1]
        safe = self.safe
        if safe is not None and safe.number > fork.number:
            # The safe block left the chain with the branch; the common ancestor is still safe.
            safe = fork
        tree = evolve(self, head=target, safe=safe)
        return Change(tree._pruned(), Answer.MOVED, retract, apply)

    def mark_safe(self, ref: BlockRef) -> Change:
        """Mark the block up to which the chain is safe; a reorg may lower it.

        Raises:
            LocalProtocolError: a block of another chain, or a second one of its hash.
        """
        place = self._place(ref)
        if self.finalized is not None and ref.number < self.finalized.number:
            return Change(self, Answer.STALE)
        if place is not _Place.ON_CHAIN:
            return Change(self, _UNMARKED[place])
        if self.safe is not None and self.safe.hash == ref.hash:
            return Change(self, Answer.DUPLICATE)
        return Change(evolve(self, safe=ref), Answer.TAKEN)

    def mark_finalized(self, ref: BlockRef) -> Change:
        """Mark the block up to which the chain is final, and drop the branches that leave it out.

        Raises:
            FinalityReverted: the block contradicts an earlier finalized block.
            LocalProtocolError: a block of another chain, or a second one of its hash.
        """
        place = self._place(ref)
        before = self.finalized
        if before is not None and ref.number <= before.number:
            if ref.hash == before.hash and ref.number == before.number:
                return Change(self, Answer.DUPLICATE)
            if ref.number == before.number or place is _Place.OFF_CHAIN:
                raise FinalityReverted(before, ref)
            return Change(self, Answer.STALE)
        if place is not _Place.ON_CHAIN:
            return Change(self, _UNMARKED[place])
        safe = self.safe
        if safe is None or safe.number < ref.number:
            safe = ref
        return Change(evolve(self, finalized=ref, safe=safe)._pruned(), Answer.TAKEN)

    def _known(self, ref: BlockRef) -> bool:
        """Say whether a block is held; raises LocalProtocolError for one that cannot be asked."""
        if ref.chain_id != self.chain_id:
            raise LocalProtocolError(f"expected a block of chain {self.chain_id}, found {ref}")
        known = self._blocks.get(ref.hash)
        if known is not None and known != ref:
            raise LocalProtocolError(f"two blocks of one hash: {known} and {ref}")
        return known is not None

    def _add(self, ref: BlockRef) -> Change:
        if self._known(ref):
            return Change(self, Answer.DUPLICATE)
        oldest = self.oldest
        if oldest is None:
            tree = evolve(self, head=ref, blocks={ref.hash: ref})
            return Change(tree, Answer.MOVED, apply=(ref,))
        if ref.number < oldest.number:
            return Change(self, Answer.STALE)
        self._check_finality(ref)
        if ref.number == oldest.number:
            return Change(self, Answer.STALE)
        parent = self._blocks.get(ref.parent_hash)
        if parent is None:
            return Change(self, Answer.UNKNOWN_PARENT)
        check_parent_link(ref, parent)
        blocks = self._without_oldest_sibling(ref.number)
        blocks[ref.hash] = ref
        return Change(evolve(self, blocks=blocks), Answer.TAKEN)

    def _held(self, block_hash: bytes) -> BlockRef:
        ref = self._blocks.get(block_hash)
        if ref is None:
            raise LocalProtocolError(f"block 0x{block_hash.hex()} is not in the tree")
        return ref

    def _held_head(self) -> BlockRef:
        if self.head is None:
            raise LocalProtocolError("the tree is empty")
        return self.head

    def _line(self, ref: BlockRef, above: BlockRef | None = None) -> Iterator[BlockRef]:
        """Walk from a block down to, not including, `above`, or to the oldest block held."""
        at: BlockRef | None = ref
        while at is not None and at != above:
            yield at
            at = self._blocks.get(at.parent_hash)

    def _fork_point(self, one: BlockRef, other: BlockRef) -> BlockRef:
        while one.hash != other.hash:
            if one.number >= other.number:
                one = self._held(one.parent_hash)
            else:
                other = self._held(other.parent_hash)
        return one

    def _off_line(self, head: BlockRef) -> int:
        """Count the blocks held that are not on the line from `head` down to the oldest."""
        return len(self._blocks) - (head.number - next(iter(self._blocks.values())).number + 1)

    def _place(self, ref: BlockRef) -> "_Place":
        """Say where a block stands to the head's chain, as far as the held blocks show it."""
        self._known(ref)
        if self.head is None or ref.number > self.head.number:
            return _Place.UNKNOWN
        oldest = self.head
        for held in self._line(self.head):
            if held.number == ref.number:
                return _Place.ON_CHAIN if held == ref else _Place.OFF_CHAIN
            oldest = held
        if ref.number + 1 < oldest.number:
            return _Place.UNKNOWN
        # One below the oldest, which names its parent.
        return _Place.ON_CHAIN if oldest.parent_hash == ref.hash else _Place.OFF_CHAIN

    def _check_finality(self, ref: BlockRef) -> None:
        """Refuse a new block that cannot descend from the finalized one."""
        finalized = self.finalized
        if finalized is None or ref.number > finalized.number + 1:
            return
        if ref.number <= finalized.number or ref.parent_hash != finalized.hash:
            raise FinalityReverted(finalized, ref)

    def _without_oldest_sibling(self, number: int) -> dict[bytes, BlockRef]:
        """Give a copy of the blocks with room for one more of this number.

        A source that invents blocks without end pushes out the oldest of them, never the head's
        chain.
        """
        blocks = dict(self._blocks)
        if self._off_line(self._held_head()) < _MAX_SIBLINGS - 1:
            return blocks
        siblings = [ref for ref in blocks.values() if ref.number == number]
        if len(siblings) >= _MAX_SIBLINGS:
            canonical = set(self.canonical())
            doomed = {next(ref.hash for ref in siblings if ref not in canonical)}
            for ref in sorted(blocks.values(), key=_by_number):
                if ref.parent_hash in doomed:
                    doomed.add(ref.hash)
            for block_hash in doomed:
                del blocks[block_hash]
        return blocks

    def _pruned(self) -> "ForkTree":
        """Give the tree without blocks below the window and branches off the finalized block."""
        head = self._held_head()
        if self._off_line(head) == 0:
            blocks = dict(self._blocks)
            for _ in range(len(blocks) - self.window):
                del blocks[next(iter(blocks))]
            return evolve(self, blocks=blocks)
        line = list(self._line(head))[: self.window]
        kept = {ref.hash for ref in line}
        base = line[-1].number
        if self.finalized is not None:
            base = max(base, self.finalized.number)
        for ref in sorted(self._blocks.values(), key=_by_number):
            if ref.number > base and ref.parent_hash in kept:
                kept.add(ref.hash)
        blocks = {block_hash: ref for block_hash, ref in self._blocks.items() if block_hash in kept}
        return evolve(self, blocks=blocks)


def _by_number(ref: BlockRef) -> int:
    return ref.number
