"""Rules for a header alone and for a header and its parent, by the kind of chain.

`check_header` is the ladder's last rung and needs the block alone. `check_child` needs the parent;
a first block and a block after a gap have no known parent and are not checked by it.

                     Ethereum                  OP Stack                    Arbitrum
extraData            at most 32 bytes          the same; from Holocene 9   32 bytes
                                               bytes, from Jovian 17
difficulty           0 from Paris on           0                           1
uncles               none from Paris on        none                        none
nonce                0 from Paris on           0                           (delayed messages)
blobGasUsed          the blobs that are there, 0; from Jovian on the       (absent)
                     at most the schedule's    footprint of data, at most
                     maximum                   the gas limit
excessBlobGas        by schedule and parent    0                           (absent)
timestamp            after the parent's        after the parent's          not before the parent's
gas limit            less than a 1024th from   (set by its operator)       (constant)
                     the parent's, 5000 or
                     more
base fee             by parent (`base_fee`)    by parent                   (set by ArbOS)

In all of them the gas used is at most the gas limit. OP Stack blocks from before Bedrock and
Arbitrum blocks from before Nitro come from other software and are not checked by these rules.
Source: Yellow Paper 4.4.4; EIP-1559, EIP-3675, EIP-4844; Optimism specs, Holocene and Jovian,
"Execution Engine"; OffchainLabs/nitro, arbos/block_processor.go.
"""

from typing import Final

from qenus.chain.base_fee import check_base_fee
from qenus.chain.blob_gas import GAS_PER_BLOB, blob_fork, next_excess_blob_gas
from qenus.chain.chains import Chain, ChainKind
from qenus.chain.headers import EMPTY_UNCLES_HASH, Header
from qenus.chain.parent_link import check_parent_link
from qenus.chain.rejection import Rejected
from qenus.wire import Block

__all__ = ["check_child", "check_header"]

_MAX_EXTRA_DATA_BYTES: Final = 32
_LEAST_GAS_LIMIT: Final = 5000
_GAS_LIMIT_BOUND: Final = 1024
_LONDON_ELASTICITY: Final = 2
# Length and version of an OP Stack header's extraData.
_HOLOCENE: Final = (9, 0)
_JOVIAN: Final = (17, 1)


def check_header(header: Header, blobs: int, chain: Chain) -> None:
    """Check the rules that a header must satisfy without regard to its parent.

    `blobs` is how many blobs the block's transactions carry.

    Raises:
        Rejected: at step "header rules"; `where` names the field.
    """
    if not chain.header_rules:
        return
    if chain.kind is ChainKind.ARBITRUM:
        # From before Nitro, where there was no base fee.
        if header.base_fee_per_gas is None:
            return
        _require("difficulty", header.difficulty == 1, 1, header.difficulty)
        size = len(header.extra_data)
        _require("extraData", size == 32, "32 bytes", f"{size} bytes")
        _check_no_uncles(header)
    elif chain.kind is ChainKind.OP_STACK:
        if header.timestamp < chain.paris_time:
            return
        _check_after_paris(header)
        _check_op_stack(header, chain)
    else:
        if header.timestamp >= chain.paris_time:
            _check_after_paris(header)
        _check_length(header)
        _check_blobs(header, blobs, chain)
    _require(
        "gasUsed",
        header.gas_used <= header.gas_limit,
        f"at most the gas limit, {header.gas_limit}",
        header.gas_used,
    )


def check_child(block: Block, parent: Block, chain: Chain) -> tuple[str, ...]:
    """Check a sealed block against its sealed parent, and give the names of the rules checked.

    Raises:
        Rejected: at step "parent link", "header rules" or "base fee".
    """
    check_parent_link(block.block, parent.block)
    if not chain.header_rules or _is_older_software(block, chain):
        return ("parent link",)
    try:
        return ("parent link", *_check_after_parent(block, parent, chain))
    except Rejected as rejected:
        rejected.claimed_hash = block.block.hash
        raise


def _check_after_parent(block: Block, parent: Block, chain: Chain) -> list[str]:
    checked = ["timestamp"]
    least = parent.timestamp + (chain.kind is not ChainKind.ARBITRUM)
    _require("timestamp", block.timestamp >= least, f"at least {least}", block.timestamp)
    if chain.kind is ChainKind.ETHEREUM:
        _check_gas_limit(block, parent)
        checked.append("gas limit")
        fork = blob_fork(chain, block.timestamp)
        if fork is not None:
            excess = next_excess_blob_gas(parent, fork)
            _require(
                "excessBlobGas",
                block.excess_blob_gas == excess,
                f"{excess} by the blob schedule from {fork.time} on, {fork.target} of "
                f"{fork.maximum} blobs (a later fork has to be in conf/chains)",
                block.excess_blob_gas,
            )
            checked.append("excess blob gas")
    check_base_fee(block, parent, chain)
    if chain.kind is not ChainKind.ARBITRUM and block.base_fee_per_gas is not None:
        checked.append("base fee")
    return checked


def _is_older_software(block: Block, chain: Chain) -> bool:
    return chain.kind is ChainKind.OP_STACK and block.timestamp < chain.paris_time


def _check_gas_limit(block: Block, parent: Block) -> None:
    limit = parent.gas_limit
    if parent.base_fee_per_gas is None and block.base_fee_per_gas is not None:
        # London's first block: the limit became twice the target that it was.
        limit *= _LONDON_ELASTICITY
    bound = limit // _GAS_LIMIT_BOUND
    _require(
        "gasLimit",
        abs(block.gas_limit - limit) < bound and block.gas_limit >= _LEAST_GAS_LIMIT,
        f"less than {bound} from {limit}, and at least {_LEAST_GAS_LIMIT}",
        block.gas_limit,
    )


def _check_after_paris(header: Header) -> None:
    _require("difficulty", header.difficulty == 0, 0, header.difficulty)
    _require("nonce", not any(header.nonce), "8 bytes of zero", header.nonce)
    _check_no_uncles(header)


def _check_no_uncles(header: Header) -> None:
    found = header.uncles_hash
    _require("sha3Uncles", found == EMPTY_UNCLES_HASH, EMPTY_UNCLES_HASH, found)


def _check_length(header: Header) -> None:
    size = len(header.extra_data)
    _require(
        "extraData",
        size <= _MAX_EXTRA_DATA_BYTES,
        f"at most {_MAX_EXTRA_DATA_BYTES} bytes",
        f"{size} bytes",
    )


def _check_op_stack(header: Header, chain: Chain) -> None:
    extra = header.extra_data
    form = (len(extra), extra[0] if extra else -1)
    if header.timestamp < chain.holocene_time:
        _check_length(header)
    else:
        if chain.jovian_time is None:
            forms = {_HOLOCENE, _JOVIAN}
        else:
            forms = {_JOVIAN if header.timestamp >= chain.jovian_time else _HOLOCENE}
        expected = " or ".join(f"{size} bytes, version {number}" for size, number in sorted(forms))
        # Denominator and elasticity are divisors.
        usable = form in forms and any(extra[1:5]) and any(extra[5:9])
        _require("extraData", usable, f"{expected} with nothing to divide by zero", extra)
    _require("excessBlobGas", not header.excess_blob_gas, 0, header.excess_blob_gas)
    most = header.gas_limit if form == _JOVIAN and header.timestamp >= chain.holocene_time else 0
    used = header.blob_gas_used or 0
    _require("blobGasUsed", used <= most, f"at most {most}", used)


def _check_blobs(header: Header, blobs: int, chain: Chain) -> None:
    if not chain.blob_forks:
        return
    fork = blob_fork(chain, header.timestamp)
    if fork is None:
        _require("blobGasUsed", header.blob_gas_used is None, "none yet", header.blob_gas_used)
        return
    _require("excessBlobGas", header.excess_blob_gas is not None, "a value", None)
    used, most = blobs * GAS_PER_BLOB, fork.maximum * GAS_PER_BLOB
    _require("blobGasUsed", header.blob_gas_used == used, used, header.blob_gas_used)
    _require("blobGasUsed", used <= most, f"at most {most}", used)


def _require(field: str, holds: bool, expected: object, found: object) -> None:
    if not holds:
        raise Rejected("header rules", where=f"block.{field}", expected=expected, found=found)
