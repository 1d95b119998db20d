"""The base fee of a block, recomputed from its parent.

EIP-1559's rule with each chain's own parameters. Ethereum: elasticity 2, denominator 8, and one
gwei in the first block of London. OP Stack: parameters of the chain until Holocene, from then on
those in the parent's extraData (version 0: denominator and elasticity); with Jovian (version 1) a
minimum too, and what is metered is the larger of gas and data-availability footprint, which stands
where Ethereum has blob gas. Before Holocene extraData holds other things (Clique's seals, the word
BEDROCK) and is not read. ArbOS sets Arbitrum's base fee from its state, so it cannot be recomputed.
Source: EIP-1559; Optimism specs, Holocene and Jovian, "Execution Engine".
"""

from typing import Final

from attrs import frozen

from qenus.chain.chains import Chain, ChainKind
from qenus.chain.rejection import Rejected
from qenus.wire import Block

__all__ = ["FeeRule", "check_base_fee", "fee_rule", "next_base_fee"]

_INITIAL_BASE_FEE_WEI: Final = 10**9


@frozen
class FeeRule:
    """The parameters of EIP-1559 for one block: target = limit / elasticity; minimum in wei."""

    elasticity: int
    denominator: int
    minimum: int = 0
    meters_footprint: bool = False


_ETHEREUM: Final = FeeRule(elasticity=2, denominator=8)


def fee_rule(parent: Block, timestamp: int, chain: Chain) -> FeeRule | None:
    """Give the rule for the child of `parent` at `timestamp` (Unix seconds), None if there is none.

    Raises:
        Rejected: at step "base fee": the parent's extraData holds no valid parameters.
    """
    if chain.kind is ChainKind.ETHEREUM:
        return _ETHEREUM
    if chain.kind is ChainKind.ARBITRUM:
        return None
    extra = parent.extra_data
    if parent.timestamp < chain.holocene_time:
        is_canyon = timestamp >= chain.canyon_time
        return FeeRule(
            chain.elasticity, chain.canyon_denominator if is_canyon else chain.denominator
        )
    version = extra[:1]
    denominator = int.from_bytes(extra[1:5], "big")
    elasticity = int.from_bytes(extra[5:9], "big")
    if (len(extra), version) in ((9, b"\0"), (17, b"\1")) and denominator and elasticity:
        minimum = int.from_bytes(extra[9:17], "big")
        return FeeRule(elasticity, denominator, minimum, meters_footprint=version == b"\1")
    raise Rejected(
        "base fee",
        where=f"extraData of parent {parent.block.number}",
        expected="9 bytes of version 0 or 17 bytes of version 1 with nothing zero",
        found=extra,
        claimed_hash=parent.block.hash,
    )


def next_base_fee(parent: Block, rule: FeeRule) -> int:
    """Give the base fee, in wei per gas, of the child of `parent` (EIP-1559, block validity)."""
    base_fee = parent.base_fee_per_gas
    if base_fee is None:
        return _INITIAL_BASE_FEE_WEI
    target = max(parent.gas_limit // rule.elasticity, 1)
    used = parent.gas_used
    if rule.meters_footprint:
        used = max(used, parent.blob_gas_used or 0)
    if used > target:
        change = base_fee * (used - target) // target // rule.denominator
        base_fee += max(change, 1)
    elif used < target:
        base_fee -= base_fee * (target - used) // target // rule.denominator
    return max(base_fee, rule.minimum)


def check_base_fee(block: Block, parent: Block, chain: Chain) -> None:
    """Check a sealed block's base fee against its sealed parent, where the chain's rule allows.

    Two blocks without a base fee are from before London (Bedrock on the OP Stack) and pass. After
    a block with one, every block must have one.

    Raises:
        Rejected: at step "base fee".
    """
    if block.base_fee_per_gas is None:
        if parent.base_fee_per_gas is not None:
            raise Rejected(
                "base fee",
                expected="one, as the parent has",
                found=None,
                claimed_hash=block.block.hash,
            )
        return
    rule = fee_rule(parent, block.timestamp, chain)
    if rule is None:
        return
    expected = next_base_fee(parent, rule)
    if expected != block.base_fee_per_gas:
        raise Rejected(
            "base fee",
            expected=expected,
            found=block.base_fee_per_gas,
            claimed_hash=block.block.hash,
        )
