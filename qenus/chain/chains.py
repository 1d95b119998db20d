"""The chains that Qenus watches, and which rules of the ladder each of them has.

A chain is named by its EIP-155 id. What differs between them is small and is stated here as data:
the family decides which transaction types exist, how a receipt is encoded and what the header's
withdrawals root means.
"""

from enum import Enum
from typing import Final

from attrs import frozen

from qenus.errors import LocalProtocolError

__all__ = [
    "ARBITRUM_ONE",
    "BASE",
    "CHAINS",
    "ETHEREUM",
    "OPTIMISM",
    "OP_SEPOLIA",
    "Chain",
    "Family",
    "chain_by_id",
]


class Family(Enum):
    """The software whose consensus rules a chain follows."""

    ETHEREUM = "ethereum"
    ARBITRUM = "arbitrum"
    OP_STACK = "op-stack"


@frozen
class Chain:
    """A chain: its short name as it stands in topics and paths, its EIP-155 id and its rules.

    `canyon_time` (Unix seconds) is when an OP Stack chain took its later base fee denominator; from
    `holocene_time` on the parameters are in the headers. 0 where the chain always had it.
    `fork_window` is how many blocks a fork tree has to hold for the chain's finality, which trails
    by that of layer 1 on a layer 2, to stay within: half an hour of them at least. `block_seconds`
    is the time between two blocks, Arbitrum's when it is busy.
    """

    name: str
    chain_id: int
    family: Family
    canyon_time: int = 0
    holocene_time: int = 0
    fork_window: int = 256
    block_seconds: float = 12.0


ETHEREUM: Final = Chain("ethereum", 1, Family.ETHEREUM)
ARBITRUM_ONE: Final = Chain(
    "arbitrum", 42161, Family.ARBITRUM, fork_window=8192, block_seconds=0.25
)
# Activation times as the Superchain registry has them.
OPTIMISM: Final = Chain(
    "optimism",
    10,
    Family.OP_STACK,
    canyon_time=1704992401,
    holocene_time=1736445601,
    fork_window=1024,
    block_seconds=2.0,
)
BASE: Final = Chain(
    "base",
    8453,
    Family.OP_STACK,
    canyon_time=1704992401,
    holocene_time=1736445601,
    fork_window=1024,
    block_seconds=2.0,
)
# The chain of the recorded OP Stack blocks.
OP_SEPOLIA: Final = Chain(
    "op-sepolia",
    11155420,
    Family.OP_STACK,
    canyon_time=1699981200,
    holocene_time=1732633200,
    fork_window=1024,
    block_seconds=2.0,
)

CHAINS: Final = {
    chain.chain_id: chain for chain in (ETHEREUM, ARBITRUM_ONE, OPTIMISM, BASE, OP_SEPOLIA)
}


def chain_by_id(chain_id: int) -> Chain:
    """Give the chain with an EIP-155 id. Raises LocalProtocolError for one not known."""
    chain = CHAINS.get(chain_id)
    if chain is None:
        known = ", ".join(f"{one.chain_id} ({one.name})" for one in CHAINS.values())
        raise LocalProtocolError(f"chain id: expected one of {known}, found {chain_id}")
    return chain
