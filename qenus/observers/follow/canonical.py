"""The canonical chain once the sealer took what was sent, and the only way to extend it.

Endpoints are followed at the same time, each in a task of its own, and what they bring is committed
here, one extension after the other, in the observer's own task: a failure to send is the
observer's, a block that cannot stand where it was brought is the endpoint's. An extension was made
from the chain as it stood back then; where it does not fit any more it is STALE, and nothing of
what does not fit is sent.
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum

import attrs
import trio

from qenus.chain import Chain, FinalityReverted, ForkTree, RecentHeaders, Rejected
from qenus.errors import RemoteProtocolError
from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc.claims import Announced
from qenus.wire import Block, BlockRef, Heads, Observed
from supervisors import Outlet

__all__ = ["CanonicalChain", "Extended", "Extension"]


class Extended(Enum):
    """What came of an extension: it is on the chain, or the chain has moved meanwhile."""

    SENT = "sent"
    STALE = "stale"


@attrs.define(eq=False)
class Extension:
    """Proven blocks, oldest first, to put on the chain, and from where on they were found.

    `base` is the chain's head when the way was walked: blocks that hang on nothing begin the chain
    anew only from there. `whole`: all of a branch is here, so that it may replace another one.
    """

    endpoint: Endpoint
    head: Announced
    base: BlockRef | None
    blocks: Sequence[tuple[Announced, Block]]
    whole: bool = False
    done: trio.Event = attrs.field(factory=trio.Event)
    result: Extended = Extended.STALE
    error: RemoteProtocolError | None = None


class CanonicalChain:
    """The chain of one observer. `tree` is the sealer's, as far as it was sent."""

    def __init__(
        self,
        tree: ForkTree,
        found: Outlet[Observed[Block | Heads]],
        chain: Chain,
        watch: Watch,
        endpoints: Sequence[Endpoint],
    ) -> None:
        self.tree = tree
        # Whose head is followed.
        self.leader: Endpoint | None = None
        self._found = found
        self._chain = chain
        self._watch = watch
        self._endpoints = endpoints
        self._extensions: deque[Extension] = deque()
        # Begins anew with us: the first block after a restart is not held against its parent.
        self._headers = RecentHeaders(chain, tree.window)
        self._walked: tuple[ForkTree | None, Mapping[bytes, BlockRef]] = (None, {})

    def by_hash(self) -> Mapping[bytes, BlockRef]:
        """The head's chain by hash, oldest first; walked once for each state of the tree."""
        tree, by_hash = self._walked
        if tree is not self.tree:
            by_hash = {ref.hash: ref for ref in self.tree.canonical()}
            self._walked = self.tree, by_hash
        return by_hash

    def holds(self, block_hash: bytes) -> bool:
        """Whether a block is canonical."""
        return block_hash in self.by_hash()

    def may_lead(self, endpoint: Endpoint, head: Announced) -> bool:
        """Whether an endpoint's head may be followed.

        Everyone may extend the chain; to leave its head for another branch takes the endpoint
        that was followed last, or a longer branch.
        """
        ours = self.tree.head
        return (
            ours is None
            or head.parent_hash == ours.hash
            or head.number > ours.number
            or self.leader is None
            or self.leader is endpoint
            or self.leader.session is None
        )

    async def extend(self, extension: Extension) -> Extended:
        """Have blocks committed, in order.

        Raises:
            RemoteProtocolError: a block is not what its header was said to be, or finality forbids.

        Cancellation leaves the extension to be committed.
        """
        self._extensions.append(extension)
        self._watch.ring()
        await extension.done.wait()
        if extension.error is not None:
            raise extension.error
        return extension.result

    async def serve(self) -> None:
        """Send what comes up, for ever: blocks, finality."""
        while True:
            await self._watch.wait()
            while self._extensions:
                await self._take(self._extensions.popleft())
            if self._watch.finality_moved:
                self._watch.finality_moved = False
                await self._mark_finality()

    async def _take(self, extension: Extension) -> None:
        before = self.tree
        for at, (wanted, block) in enumerate(extension.blocks):
            if self.holds(block.block.hash):
                continue
            try:
                self._headers.check(block)
                tree = self._tree_with(extension, wanted, block.block, first=at == 0)
            except RemoteProtocolError as error:
                extension.error = error
                break
            if tree is None:
                break
            await self._found.send(Observed(wanted.observed_ns, block))
            self.tree = tree
            self._headers.add(block)
        else:
            extension.result = Extended.SENT
            if self.tree is not before and self.holds(extension.head.hash):
                self.leader = extension.endpoint
        extension.done.set()

    def _tree_with(
        self, extension: Extension, wanted: Announced, ref: BlockRef, *, first: bool
    ) -> ForkTree | None:
        """The tree with a block as its head; None where it does not fit any more."""
        if ref.parent_hash != wanted.parent_hash:
            raise Rejected(
                "parent link",
                where=f"block {ref.number}",
                expected=f"0x{wanted.parent_hash.hex()}",
                found=f"0x{ref.parent_hash.hex()}",
                claimed_hash=ref.hash,
            )
        head = self.tree.head
        if head is None or head.hash != ref.parent_hash:
            if not first or not self.may_lead(extension.endpoint, extension.head):
                return None
            # Half of a branch replaces nothing: the rest of it may never come.
            fits = extension.whole if self.holds(ref.parent_hash) else head == extension.base
            if not fits:
                return None
        tree = self.tree.insert(ref).tree
        if tree.head != ref:
            tree = ForkTree(self._chain.chain_id, self.tree.window).insert(ref).tree
        return tree

    async def _mark_finality(self) -> None:
        """Mark what all connected endpoints have come to, and say so to the sealer."""
        before = self.tree
        connected = [e for e in self._endpoints if e.session is not None]
        for marks, mark in (
            ([(e.finalized, e) for e in connected], ForkTree.mark_finalized),
            ([(e.safe, e) for e in connected], ForkTree.mark_safe),
        ):
            # One that claims too much is not believed for it; one that claims too little delays.
            claimed = [(claim, endpoint) for claim, endpoint in marks if claim is not None]
            if not claimed:
                continue
            lowest, endpoint = min(claimed, key=lambda one: one[0].number)
            ref = self.by_hash().get(lowest.hash)
            if ref is not None:
                try:
                    self.tree = mark(self.tree, ref).tree
                except FinalityReverted as error:
                    self._watch.reject(endpoint, error)
        heads = self.tree.heads()
        if heads is not None and self.tree is not before:
            await self._found.send(Observed(time.time_ns(), heads))
