"""Blob gas: what a block may use, and the excess that follows from its parent.

Excess is what blocks used above the target, carried on; the blob base fee is its exponential. With
Osaka's reserve price (EIP-7918) a block whose blobs are cheaper than the gas to verify them
carries on a part of the blob gas used instead of the part above the target. All of it follows the
schedule of the block itself, also in the first block of a fork.
Source: EIP-4844, EIP-7691, EIP-7918.
"""

from typing import Final

from qenus.chain.chains import BlobFork, Chain
from qenus.wire import Block

__all__ = ["GAS_PER_BLOB", "blob_base_fee", "blob_fork", "next_excess_blob_gas"]

GAS_PER_BLOB: Final = 131072
_BLOB_BASE_COST: Final = 8192
# e^64 wei is above any base fee of 64 bits, so the exact value does not matter.
_BEYOND_ANY_BASE_FEE: Final = 64


def blob_fork(chain: Chain, timestamp: int) -> BlobFork | None:
    """Give the blob schedule of a block at `timestamp` (Unix seconds), None before the first."""
    found = None
    for fork in chain.blob_forks:
        if fork.time > timestamp:
            break
        found = fork
    return found


def blob_base_fee(excess_blob_gas: int, update_fraction: int) -> int:
    """Give the blob base fee in wei per blob gas.

    Takes as many steps as the fee has digits: bound `excess_blob_gas` by what is needed first.
    Source: EIP-4844, fake_exponential with a minimum of 1 wei.
    """
    total, power, step = 0, update_fraction, 1
    while power > 0:
        total += power
        power = power * excess_blob_gas // (update_fraction * step)
        step += 1
    return total // update_fraction


def next_excess_blob_gas(parent: Block, fork: BlobFork) -> int:
    """Give the excess blob gas of the child of `parent`, a block of `fork`."""
    excess, used = parent.excess_blob_gas or 0, parent.blob_gas_used or 0
    target = fork.target * GAS_PER_BLOB
    if excess + used < target:
        return 0
    if fork.reserve_price and _is_below_reserve(parent.base_fee_per_gas or 0, excess, fork):
        return excess + used * (fork.maximum - fork.target) // fork.maximum
    return excess + used - target


def _is_below_reserve(base_fee: int, excess: int, fork: BlobFork) -> bool:
    """Say whether a blob cost less than the gas to verify it."""
    if excess > _BEYOND_ANY_BASE_FEE * fork.update_fraction:
        return False
    blob_fee = blob_base_fee(excess, fork.update_fraction)
    return _BLOB_BASE_COST * base_fee > GAS_PER_BLOB * blob_fee
