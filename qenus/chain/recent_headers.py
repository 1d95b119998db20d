"""The headers of the newest blocks, for the blocks after them to be held against.

A block is held against its parent wherever that is at hand: sealed blocks come one after the other,
so it nearly always is. The first block of all and one behind a gap have none, and then nothing is
asked. Kept are blocks without their transactions, a bounded number of them, the oldest leave first.
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
        """Hold a sealed block against its parent and name the rules; none where it is not held.

        Raises Rejected as `check_child` does.
        """
        parent = self._headers.get(block.block.parent_hash)
        return () if parent is None else check_child(block, parent, self._chain)

    def add(self, block: Block) -> None:
        """Keep the header of a sealed block that held."""
        self._headers[block.block.hash] = replace(block, transactions=())
        self._headers.move_to_end(block.block.hash)
        while len(self._headers) > self._limit:
            self._headers.popitem(last=False)
