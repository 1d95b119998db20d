"""The sealer: proven blocks in, the canonical chain out, with retractions where it changes.

The fork tree is the sealer's dear state: it lives in a cell and changes together with what is sent,
so that a crash in between can neither lose a retraction nor say one twice.
"""

import attrs
import structlog

from qenus.chain import Answer, Chain, Change, ForkTree
from qenus.errors import LocalProtocolError
from qenus.wire import Block, BlockRef, Heads, Observed, Retract
from supervisors import Cell, Inbox, Outlet

__all__ = ["seal_blocks"]

_log = structlog.get_logger("sealer")


async def seal_blocks(
    found: Inbox[Observed[Block | Heads]],
    sealed: Outlet[Observed[Block | Retract | Heads]],
    tree: Cell[ForkTree],
    *,
    chain: Chain,
) -> None:
    """Send each block that extends or changes the canonical chain, after the retracts it needs.

    Sends `Retract`s newest first, the `Block`, then `Heads`, all on topic blocks.<chain>. `Heads`
    that come in say what is safe and finalized now.

    A block that is canonical already is dropped. One whose parent is not known begins the chain
    anew: the observer has filled every gap that can be filled. Above the head, something lies
    between, as subscribers see from the parent's hash; at or below the head, it replaces all that
    is held, which is retracted.

    Raises:
        FinalityReverted: a block contradicts what was finalized.

    Cancellation leaves tree and output as they were before the block in hand.
    """
    async for observed in found:
        content = observed.content
        if isinstance(content, Heads):
            marked = _mark(tree.value, content)
            heads = marked.heads()
            if marked is not tree.value and heads is not None:
                await sealed.send(Observed(observed.observed_ns, heads))
                tree.set(marked)
            continue
        ref = content.block
        change = _follow(tree.value, ref)
        if change.answer is Answer.DUPLICATE:
            continue
        if change.apply != (ref,):
            raise LocalProtocolError(f"expected {ref} alone to apply, found {change.apply}")
        for block in change.retract:
            _log.info("retract", chain=chain.name, number=block.number, hash=block.hash.hex())
            await sealed.send(Observed(observed.observed_ns, Retract(block)))
        await sealed.send_frame(found.frame)
        heads = change.tree.heads()
        assert heads is not None
        await sealed.send(Observed(observed.observed_ns, heads))
        tree.set(change.tree)


def _follow(tree: ForkTree, ref: BlockRef) -> Change:
    change = tree.insert(ref)
    if change.answer in (Answer.MOVED, Answer.DUPLICATE):
        return change
    head = tree.head
    assert head is not None
    anew = ForkTree(tree.chain_id, tree.window).insert(ref)
    if ref.number > head.number:
        _log.info("gap", behind=head.number, next=ref.number)
        return anew
    return attrs.evolve(anew, retract=tree.canonical()[::-1])


def _mark(tree: ForkTree, heads: Heads) -> ForkTree:
    """Take over the safe and the finalized block; those that are not on our chain stay out."""
    if heads.finalized is not None:
        tree = tree.mark_finalized(heads.finalized).tree
    if heads.safe is not None:
        tree = tree.mark_safe(heads.safe).tree
    return tree
