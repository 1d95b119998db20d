"""How far the block-pure branch is: by it the state branch knows when to stop waiting.

The state branch may wait for a block's state while the chain leaves that block behind; its retract
lies further back in the same mailbox. So the branch ahead writes here, with its own step, which
blocks are orphaned now and where the head is.
"""

import attrs

from qenus.wire import BlockRef

__all__ = ["ChainProgress"]

_MAX_ORPHANS = 4096


@attrs.frozen
class ChainProgress:
    """The number of the newest block, and the hashes of the blocks that were retracted last."""

    head: int = -1
    orphans: tuple[bytes, ...] = ()

    def applied(self, block: BlockRef) -> "ChainProgress":
        """Give how it stands after a block that is canonical now."""
        orphans = self.orphans
        if block.hash in orphans:
            orphans = tuple(orphan for orphan in orphans if orphan != block.hash)
        return ChainProgress(block.number, orphans)

    def retracted(self, block: BlockRef) -> "ChainProgress":
        """Give how it stands after a block was taken back."""
        return ChainProgress(block.number - 1, (*self.orphans, block.hash)[-_MAX_ORPHANS:])
