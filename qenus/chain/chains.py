"""The chains that Qenus watches, and the rules of the ladder that each of them has.

A chain is identified by its EIP-155 id. The differences between chains are stated here as data: the
kind decides which transaction types exist, how a receipt is encoded, what the header's
withdrawals root means and which rules a header has to keep; the times of its forks say from when.
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
    "BlobFork",
    "Chain",
    "ChainKind",
    "chain_by_id",
]


class ChainKind(Enum):
    """The software whose consensus rules a chain follows."""

    ETHEREUM = "ethereum"
    ARBITRUM = "arbitrum"
    OP_STACK = "op-stack"


@frozen
class BlobFork:
    """The blob schedule of an Ethereum chain from `time` (Unix seconds) on.

    `target` and `maximum` are in blobs a block; `update_fraction` says how fast the blob base fee
    follows the excess; with `reserve_price` it is held to the base fee. Source: EIP-4844, EIP-7691,
    EIP-7840, EIP-7892 (blob-parameter-only forks), EIP-7918 (reserve price).
    """

    time: int
    target: int
    maximum: int
    update_fraction: int
    reserve_price: bool = False


@frozen
class Chain:
    """A chain: its short name as it stands in topics and paths, its EIP-155 id and its rules.

    Times are Unix seconds, 0 where the chain always had it. From `paris_time` on there are no
    uncles, no difficulty and no nonce: Paris on Ethereum, Bedrock on the OP Stack. `blob_forks` are
    Ethereum's, oldest first; empty where they are not known; blobs are then not checked.
    `canyon_time` is when an OP Stack chain took its later base fee denominator; from
    `holocene_time` on the parameters are in the headers, from `jovian_time` on with a minimum
    (None: from when a header has one); until then they are `elasticity`, `denominator` and
    `canyon_denominator`. `header_rules` is false for a chain that does not keep
    Ethereum's rules for headers, or not always, as development nodes do; its blocks are then held
    against their hash, their roots and the parent link alone (`header_rules`).
    `fork_window` is how many blocks a fork tree has to hold for the chain's finality, which trails
    by that of layer 1 on a layer 2, to stay within: half an hour of them at least. `block_seconds`
    is the time between two blocks, Arbitrum's when it is busy.
    """

    name: str
    chain_id: int
    kind: ChainKind
    paris_time: int = 0
    blob_forks: tuple[BlobFork, ...] = ()
    canyon_time: int = 0
    holocene_time: int = 0
    jovian_time: int | None = None
    elasticity: int = 6
    denominator: int = 50
    canyon_denominator: int = 250
    header_rules: bool = True
    fork_window: int = 256
    block_seconds: float = 12.0


# Activation times as go-ethereum's params/config.go has them.
ETHEREUM: Final = Chain(
    "ethereum",
    1,
    ChainKind.ETHEREUM,
    paris_time=1663224179,
    blob_forks=(
        BlobFork(1710338135, 3, 6, 3338477),
        BlobFork(1746612311, 6, 9, 5007716),
        BlobFork(1764798551, 6, 9, 5007716, reserve_price=True),
        BlobFork(1765290071, 10, 15, 8346193, reserve_price=True),
        BlobFork(1767747671, 14, 21, 11684671, reserve_price=True),
    ),
)
ARBITRUM_ONE: Final = Chain(
    "arbitrum", 42161, ChainKind.ARBITRUM, fork_window=8192, block_seconds=0.25
)
# Activation times as the Superchain registry has them.
OPTIMISM: Final = Chain(
    "optimism",
    10,
    ChainKind.OP_STACK,
    # Bedrock's first block, 105235063.
    paris_time=1686068903,
    canyon_time=1704992401,
    holocene_time=1736445601,
    jovian_time=1764691201,
    fork_window=1024,
    block_seconds=2.0,
)
BASE: Final = Chain(
    "base",
    8453,
    ChainKind.OP_STACK,
    canyon_time=1704992401,
    holocene_time=1736445601,
    jovian_time=1764691201,
    fork_window=1024,
    block_seconds=2.0,
)
# The chain of the recorded OP Stack blocks.
OP_SEPOLIA: Final = Chain(
    "op-sepolia",
    11155420,
    ChainKind.OP_STACK,
    canyon_time=1699981200,
    holocene_time=1732633200,
    jovian_time=1763568001,
    fork_window=1024,
    block_seconds=2.0,
)

CHAINS: Final = {
    chain.chain_id: chain for chain in (ETHEREUM, ARBITRUM_ONE, OPTIMISM, BASE, OP_SEPOLIA)
}


def chain_by_id(chain_id: int) -> Chain:
    """Give the chain with an EIP-155 id.

    Raises:
        LocalProtocolError: no chain with this id is known.
    """
    chain = CHAINS.get(chain_id)
    if chain is None:
        known = ", ".join(f"{one.chain_id} ({one.name})" for one in CHAINS.values())
        raise LocalProtocolError(f"chain id: expected one of {known}, found {chain_id}")
    return chain
