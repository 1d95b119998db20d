"""Blocks and their proofs: headers, transactions, receipts, roots, the ladder, the fork tree.

The code trusts nothing that a node says. `seal` recomputes a block's hash and roots from its JSON
and gives it in the wire's form or raises `Rejected`; `check_child` holds it against its parent, by
the chain's rules (`check_parent_link` and `check_base_fee` are parts of that); `ForkTree` says what
to retract and apply when the head moves; `prove_log` and `check_log_proof` prove and check a single
log without the block; `check_state_proof` reads accounts and storage; `Evidence` keeps rejected
answers. Pure: bytes in, values out, no I/O and no clock.

`qenus.chain.senders` is not imported here, because its import is expensive and few callers need it.
"""

from qenus.chain.base_fee import check_base_fee
from qenus.chain.chains import (
    ARBITRUM_ONE,
    BASE,
    CHAINS,
    ETHEREUM,
    OP_SEPOLIA,
    OPTIMISM,
    BlobFork,
    Chain,
    ChainKind,
    chain_by_id,
)
from qenus.chain.evidence import Evidence, EvidenceBox, evidence_of
from qenus.chain.fork_tree import Answer, Change, FinalityReverted, ForkTree
from qenus.chain.header_rules import check_child
from qenus.chain.ladder import ProvenBlock, prove_block, seal
from qenus.chain.log_proof import (
    LogProof,
    ProvenLog,
    check_log_proof,
    log_proof_from_json,
    log_proof_to_json,
    prove_log,
)
from qenus.chain.parent_link import check_parent_link
from qenus.chain.recent_headers import RecentHeaders
from qenus.chain.rejection import STEPS, Rejected, Step
from qenus.chain.state_proof import Account, ProvenState, check_state_proof

__all__ = [
    "ARBITRUM_ONE",
    "BASE",
    "CHAINS",
    "ETHEREUM",
    "OPTIMISM",
    "OP_SEPOLIA",
    "STEPS",
    "Account",
    "Answer",
    "BlobFork",
    "Chain",
    "ChainKind",
    "Change",
    "Evidence",
    "EvidenceBox",
    "FinalityReverted",
    "ForkTree",
    "LogProof",
    "ProvenBlock",
    "ProvenLog",
    "ProvenState",
    "RecentHeaders",
    "Rejected",
    "Step",
    "chain_by_id",
    "check_base_fee",
    "check_child",
    "check_log_proof",
    "check_parent_link",
    "check_state_proof",
    "evidence_of",
    "log_proof_from_json",
    "log_proof_to_json",
    "prove_block",
    "prove_log",
    "seal",
]
