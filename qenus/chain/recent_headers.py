"""The headers of the newest blocks, as parents to check later blocks against.

Sealed blocks come one after the other, so the parent is nearly always among them. The first block
of all and a block after a gap have no known parent and are not checked. A bounded number of blocks
is kept, without transactions; the oldest are dropped first.
"""

from collections import OrderedDict

from msgspec.structs import replace

from qenus.chain.chains import Chain
from qenus.chain.header_rules import check_child
from qenus.wire import Block

__all__ = ["RecentHeaders"]


class RecentHeaders:
    """The headers of at most `limit` sealed blocks of a chain."""

    def __init__(self, chain: Chain, limit: int) -> None:
        """Begin with none."""
        self._chain = chain
        self._limit = limit
        self._headers: OrderedDict[bytes, Block] = OrderedDict()

    def __len__(self) -> int:
        """Count the headers held."""
        return len(self._headers)

    def check(self, block: Block) -> tuple[str, ...]:
        """Check a sealed block against its parent; give the rules checked, none without a parent.

        Raises:
            Rejected: as `check_child` does.
        """
        parent = self._headers.get(block.block.parent_hash)
        return () if parent is None else check_child(block, parent, self._chain)

    def add(self, block: Block) -> None:
        """Keep the header of a sealed block that passed."""
        self._headers[block.block.hash] = replace(block, transactions=())
        self._headers.move_to_end(block.block.hash)
        while len(self._headers) > self._limit:
            self._headers.popitem(last=False)
