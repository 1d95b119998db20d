"""The JSON of a node's blocks and receipts, decoded straight from bytes into the fields needed.

Other fields of a node's answer are skipped without being built. Wrong types, missing fields,
trailing bytes, unbounded nesting and absurd sizes are rejected here, at step "shape" with the path.
Hex text stays text; the code that uses it parses it (`hex_values`).

Nodes write the same value in several ways. The rule: a value that a root or the header's hash
covers may be written in any unambiguous way, because the root decides whether it is right. A value
that no root covers is compared with the computed one.

required    every field without a default below; a type (string, list, object) for each field
            that is there; hex text with 0x for numbers and bytes; bytes of their exact length
tolerated   in the place of a list that is empty (accessList, storageKeys, logs, topics, uncles,
            withdrawals before and after their fork, blobVersionedHashes, authorizationList,
            transactions): null, or no field at all; the roots say whether it is empty
            in the place of a value that a fork added or that may be false (removed, isSystemTx,
            type): null, or no field at all
            a quantity with zeros before it or with upper-case digits, r and s as bytes among them:
            the same number, whose encoding the roots cover (`hex_values`)
            status as a JSON number: the receipts root covers it
            a receipt's bloom of zeros only, or none: it is not used, the logs' own is computed and
            the header's bloom is held against that; any other bloom has to be the logs' own
            v of a typed transaction as parity, as parity + 27 or as EIP-155 has it: it has to say
            the parity that yParity says, or stands for it where that is absent
            addresses and hashes in upper case (EIP-55)
not         JSON numbers for other quantities, 0x for zero, a receipts list of null, hash and place
            of a transaction or log that are null: no node is known that sends them of a block
            that it has

Source: ethereum/execution-apis, eth_getBlockByHash and eth_getBlockReceipts.
"""

import re
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from qenus.chain.rejection import Rejected

__all__ = [
    "MAX_JSON_BYTES",
    "RpcAccess",
    "RpcAuthorization",
    "RpcBlock",
    "RpcHeader",
    "RpcLog",
    "RpcReceipt",
    "RpcTransaction",
    "RpcWithdrawal",
    "parse_block",
    "parse_header",
    "parse_receipts",
]

# The bound that the wire contract puts on a block as a source gave it.
MAX_JSON_BYTES: Final = 64 * 1024 * 1024


class RpcAccess(Struct, rename="camel", frozen=True, gc=False):
    """An entry of an access list (EIP-2930)."""

    address: str
    storage_keys: list[str] | None = None


class RpcAuthorization(Struct, rename="camel", frozen=True, gc=False):
    """An authorization to run another account's code (EIP-7702)."""

    chain_id: str
    address: str
    nonce: str
    r: str
    s: str
    y_parity: str | None = None
    v: str | None = None


class RpcTransaction(Struct, rename="camel", frozen=True, gc=False):
    """A transaction of any type; the type decides which fields are required."""

    hash: str
    block_hash: str
    block_number: str
    transaction_index: str
    nonce: str
    gas: str
    value: str
    input: str
    # Old nodes leave it out where it is 0x0.
    type: str | None = "0x0"
    to: str | None = None
    sender: str | None = field(default=None, name="from")
    v: str | None = None
    r: str | None = None
    s: str | None = None
    y_parity: str | None = None
    gas_price: str | None = None
    chain_id: str | None = None
    access_list: list[RpcAccess] | None = None
    max_priority_fee_per_gas: str | None = None
    max_fee_per_gas: str | None = None
    max_fee_per_blob_gas: str | None = None
    blob_versioned_hashes: list[str] | None = None
    authorization_list: list[RpcAuthorization] | None = None
    # OP Stack deposits.
    source_hash: str | None = None
    mint: str | None = None
    is_system_tx: bool | None = None
    # Arbitrum's own types.
    request_id: str | None = None
    ticket_id: str | None = None
    refund_to: str | None = None
    max_refund: str | None = None
    submission_fee_refund: str | None = None
    l1_base_fee: str | None = None
    deposit_value: str | None = None
    retry_to: str | None = None
    retry_value: str | None = None
    retry_data: str | None = None
    beneficiary: str | None = None
    max_submission_fee: str | None = None


class RpcWithdrawal(Struct, rename="camel", frozen=True, gc=False):
    """A withdrawal of the beacon chain (EIP-4895); the amount is in gwei."""

    index: str
    validator_index: str
    address: str
    amount: str


class RpcHeader(Struct, rename="camel", frozen=True, gc=False):
    """A header as eth_subscribe newHeads and eth_getBlockByHash give it."""

    hash: str
    parent_hash: str
    sha3_uncles: str
    miner: str
    state_root: str
    transactions_root: str
    receipts_root: str
    logs_bloom: str
    difficulty: str
    number: str
    gas_limit: str
    gas_used: str
    timestamp: str
    extra_data: str
    mix_hash: str
    nonce: str
    base_fee_per_gas: str | None = None
    withdrawals_root: str | None = None
    blob_gas_used: str | None = None
    excess_blob_gas: str | None = None
    parent_beacon_block_root: str | None = None
    requests_hash: str | None = None
    block_access_list_hash: str | None = None
    slot_number: str | None = None
    # Arbitrum repeats here what its header packs into extraData and mixHash.
    send_root: str | None = None
    send_count: str | None = None
    # anvil, a development node, gives a JSON number. Where the header packs it, its hash
    # covers it, so both spellings are accepted; elsewhere it is not read.
    l1_block_number: str | int | None = None


class RpcBlock(RpcHeader, rename="camel", frozen=True, gc=False, kw_only=True):
    """A block with whole transactions."""

    transactions: list[RpcTransaction] | None = None
    uncles: list[str] | None = None
    withdrawals: list[RpcWithdrawal] | None = None


class RpcLog(Struct, rename="camel", frozen=True, gc=False):
    """A log with its place in the block."""

    address: str
    data: str
    block_hash: str
    block_number: str
    transaction_hash: str
    transaction_index: str
    log_index: str
    topics: Annotated[list[str], Meta(max_length=4)] | None = None
    removed: bool | None = False


class RpcReceipt(Struct, rename="camel", frozen=True, gc=False):
    """A receipt; `status` since Byzantium, `root` before."""

    block_hash: str
    block_number: str
    transaction_hash: str
    transaction_index: str
    cumulative_gas_used: str
    logs: list[RpcLog] | None = None
    gas_used: str | None = None
    type: str | None = None
    logs_bloom: str | None = None
    # Some recorders keep it as a JSON number. The receipts root covers it, so both spellings are
    # accepted.
    status: str | int | None = None
    root: str | None = None
    # OP Stack deposits.
    deposit_nonce: str | None = None
    deposit_receipt_version: str | None = None


class _Claim(Struct):
    hash: str


_T = TypeVar("_T")
_HEADER: Final = msgspec.json.Decoder(RpcHeader)
_BLOCK: Final = msgspec.json.Decoder(RpcBlock)
_RECEIPTS: Final = msgspec.json.Decoder(list[RpcReceipt])
_CLAIM: Final = msgspec.json.Decoder(_Claim)

_TYPE_FAULT: Final = re.compile(r"Expected (?P<expected>.+?), got (?P<found>.+)")
_MISSING: Final = re.compile(r"Object missing required field (?P<field>.+)")


def parse_header(text: bytes) -> RpcHeader:
    """Read a header from JSON.

    Raises:
        Rejected: at step "shape".
    """
    return _parse(text, _HEADER, "block")


def parse_block(text: bytes) -> RpcBlock:
    """Read a block with whole transactions from JSON.

    Raises:
        Rejected: at step "shape".
    """
    return _parse(text, _BLOCK, "block")


def parse_receipts(text: bytes) -> list[RpcReceipt]:
    """Read the receipts of a block from JSON.

    Raises:
        Rejected: at step "shape".
    """
    return _parse(text, _RECEIPTS, "receipts")


def claimed_hash(text: bytes) -> bytes | None:
    """Give the hash that a block's JSON claims, None where there is none to read."""
    if len(text) > MAX_JSON_BYTES:
        return None
    try:
        raw = bytes.fromhex(_CLAIM.decode(text).hash.removeprefix("0x"))
    except Exception:  # noqa: BLE001 - as in `_parse`
        return None
    return raw if len(raw) == 32 else None


def _parse(text: bytes, decoder: msgspec.json.Decoder[_T], what: str) -> _T:
    if len(text) > MAX_JSON_BYTES:
        raise Rejected(
            "shape",
            where=what,
            expected=f"at most {MAX_JSON_BYTES} bytes",
            found=f"{len(text)} bytes",
        )
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _misshapen(str(error), what) from None
    except RecursionError:
        raise Rejected(
            "shape", where=what, expected="a block's few levels", found="nesting without end"
        ) from None
    except Exception as error:  # noqa: BLE001
        # Not JSON, not UTF-8, a number of too many digits. Which exceptions say so depends on the
        # library's version (before 0.21 msgspec's are no ValueError); that the text is at fault
        # does not: nothing but the text goes in.
        raise Rejected("shape", where=what, expected="one JSON text", found=str(error)) from None


def _misshapen(message: str, what: str) -> Rejected:
    """Turn the decoder's words ("Expected `str`, got `int` - at `$.hash`") into a rejection."""
    fault, _, place = message.partition(" - at ")
    where = what + place.strip("`").removeprefix("$")
    if match := _TYPE_FAULT.fullmatch(fault):
        return Rejected("shape", where=where, expected=match["expected"], found=match["found"])
    if match := _MISSING.fullmatch(fault):
        return Rejected("shape", where=where, expected=f"a field {match['field']}", found="none")
    return Rejected("shape", where=where, expected=fault, found="something else")
