"""What a block is, proven: headers, transactions, receipts, roots, the ladder and the fork tree.

Nothing a node says is believed. `seal` recomputes a block's hash and roots from its JSON and gives
it in the wire's form or raises `Rejected`; `ForkTree` says what to retract and apply when the head
moves. Pure: bytes in, values out, no I/O and no clock.
"""

from qenus.chain.chains import (
    ARBITRUM_ONE,
    BASE,
    CHAINS,
    ETHEREUM,
    OP_SEPOLIA,
    OPTIMISM,
    Chain,
    Family,
    chain_by_id,
)
from qenus.chain.fork_tree import Answer, Change, FinalityReverted, ForkTree
from qenus.chain.ladder import ProvenBlock, check_parent_link, prove_block, seal
from qenus.chain.rejection import STEPS, Rejected, Step

__all__ = [
    "ARBITRUM_ONE",
    "BASE",
    "CHAINS",
    "ETHEREUM",
    "OPTIMISM",
    "OP_SEPOLIA",
    "STEPS",
    "Answer",
    "Chain",
    "Change",
    "Family",
    "FinalityReverted",
    "ForkTree",
    "ProvenBlock",
    "Rejected",
    "Step",
    "chain_by_id",
    "check_parent_link",
    "prove_block",
    "seal",
]
