"""The link between a block and its parent: a claim that a block alone cannot prove."""

from qenus.chain.rejection import Rejected
from qenus.wire import BlockRef

__all__ = ["check_parent_link"]


def check_parent_link(block: BlockRef, parent: BlockRef) -> None:
    """Check that `block` is a child of `parent`: chain, hash and number.

    Raises:
        Rejected: at step "parent link".
    """
    for what, expected, found in (
        ("chain id", parent.chain_id, block.chain_id),
        ("parent hash", parent.hash, block.parent_hash),
        ("number", parent.number + 1, block.number),
    ):
        if expected != found:
            raise Rejected(
                "parent link",
                where=what,
                expected=expected,
                found=found,
                claimed_hash=block.hash,
            )
