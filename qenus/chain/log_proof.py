"""The proof that one log is in one block, made from a proved block and checked without it.

A proof is the header, whose hash is the block's; the nodes of the receipts trie from the header's
receipts root to the receipt; and the place of the log in that receipt. A checker that has the
block's hash needs nothing else. It proves the log's emitter, topics and data, its transaction's
index and its place within that transaction. It does not prove the log's index within the block, nor
the transaction's hash: a proof of those would need the receipts before it and the transactions
trie.

As JSON a proof spells each value in one way only (lower-case hex, no escapes, no other fields), so
that a proof with any bit changed is refused.
"""

from typing import Final

import msgspec
from msgspec import Struct

from qenus.chain.hex_values import Malformed, data, fixed
from qenus.chain.keccak import keccak256
from qenus.chain.ladder import ProvenBlock
from qenus.chain.merkle_proof import MAX_NODES, prove_value
from qenus.chain.ordered_trie import ordered_proof
from qenus.chain.rejection import Rejected
from qenus.chain.rlp import Item, RlpError, decode, encode_uint
from qenus.errors import LocalProtocolError

__all__ = [
    "LogProof",
    "ProvenLog",
    "check_log_proof",
    "log_proof_from_json",
    "log_proof_to_json",
    "prove_log",
]

# Of JSON: enough for a receipt of 4 MiB, which is more than gas can pay for.
_MAX_PROOF_BYTES: Final = 16 * 1024 * 1024
# Of bytes: headers take some 700, those of Clique and of genesis blocks a few thousand.
_MAX_HEADER_BYTES: Final = 128 * 1024
_MAX_HEADER_FIELDS: Final = 64
_RECEIPTS_ROOT_FIELD: Final = 5
_NUMBER_FIELD: Final = 8
_TIMESTAMP_FIELD: Final = 11


class LogProof(Struct, frozen=True, forbid_unknown_fields=True):
    """A log and what proves it. Bytes are 0x-hex in lower case.

    `log_position` counts from 0 within the receipt; `receipt_proof` are trie nodes, root first.
    """

    block_hash: str
    transaction_index: int
    log_position: int
    address: str
    topics: list[str]
    data: str
    header: str
    receipt_proof: list[str]


class ProvenLog(Struct, frozen=True):
    """The result of a checked proof: this log is in this block, at this place."""

    block_hash: bytes
    block_number: int
    # Unix time, seconds.
    timestamp: int
    transaction_index: int
    log_position: int
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


def prove_log(block: ProvenBlock, log_index: int) -> LogProof:
    """Make the proof of the log with this index within the block.

    Raises:
        LocalProtocolError: the block has no such log.
    """
    for at, receipt in enumerate(block.receipts):
        for position, log in enumerate(receipt.logs):
            if log.log_index == log_index:
                nodes = ordered_proof([one.encoded for one in block.receipts], at)
                return LogProof(
                    block_hash=_hex(block.block.block.hash),
                    transaction_index=at,
                    log_position=position,
                    address=_hex(log.address),
                    topics=[_hex(topic) for topic in log.topics],
                    data=_hex(log.data),
                    header=_hex(block.header_rlp),
                    receipt_proof=[_hex(node) for node in nodes],
                )
    count = sum(len(receipt.logs) for receipt in block.receipts)
    raise LocalProtocolError(f"log index: expected one of 0 … {count - 1}, found {log_index}")


def check_log_proof(proof: LogProof, block_hash: bytes | None = None) -> ProvenLog:
    """Check a proof and give the log that it proves.

    `block_hash` (32 bytes) is the hash that the caller trusts; without it the result holds for the
    block of `ProvenLog.block_hash`, and the caller has to know which chain has such a block.

    Raises:
        Rejected: at step "proof"; no other exception for any proof.
    """
    if len(proof.receipt_proof) > MAX_NODES:
        raise _refused("receipt_proof", f"at most {MAX_NODES} nodes", len(proof.receipt_proof))
    try:
        header_rlp = data(proof.header, _MAX_HEADER_BYTES, "header")
        claimed_hash = fixed(proof.block_hash, 32, "block_hash")
        nodes = [data(node, _MAX_PROOF_BYTES, "receipt_proof") for node in proof.receipt_proof]
        _require_lower_case(proof)
    except Malformed as fault:
        raise _refused(fault.field, fault.expected, fault.found) from None
    computed = keccak256(header_rlp)
    if computed != claimed_hash:
        raise _refused("header", claimed_hash, computed)
    if block_hash is not None and computed != block_hash:
        raise _refused("block_hash", block_hash, computed)
    root, number, timestamp = _header_fields(header_rlp)
    if not 0 <= proof.transaction_index < 1 << 32:
        raise _refused("transaction_index", "0 … 2^32 - 1", proof.transaction_index)
    key = encode_uint(proof.transaction_index)
    receipt = prove_value(root, key, nodes, "receipt_proof")
    if receipt is None:
        raise _refused("transaction_index", "a receipt", f"none at {proof.transaction_index}")
    address, topics, content = _log_at(receipt, proof.log_position)
    stated = (proof.address, proof.topics, proof.data)
    proved = (_hex(address), [_hex(topic) for topic in topics], _hex(content))
    if stated != proved:
        raise _refused("the log", proved, stated)
    return ProvenLog(
        block_hash=computed,
        block_number=number,
        timestamp=timestamp,
        transaction_index=proof.transaction_index,
        log_position=proof.log_position,
        address=address,
        topics=topics,
        data=content,
    )


def log_proof_to_json(proof: LogProof) -> bytes:
    """Write a proof as JSON."""
    return msgspec.json.encode(proof)


def log_proof_from_json(text: bytes) -> LogProof:
    """Read a proof from JSON.

    Raises:
        Rejected: at step "proof"; no other exception for any input.
    """
    if len(text) > _MAX_PROOF_BYTES:
        raise _refused("", f"at most {_MAX_PROOF_BYTES} bytes", f"{len(text)} bytes")
    try:
        proof = msgspec.json.decode(text, type=LogProof)
    except Exception as error:  # noqa: BLE001 - whatever the JSON library says, the text is at fault
        raise _refused("", "a log proof as JSON", str(error)) from None
    if b"\\" in text:
        raise _refused("", "no escapes", "one")
    return proof


def _header_fields(header_rlp: bytes) -> tuple[bytes, int, int]:
    """Give receipts root, number and timestamp of a header whose hash is already known."""
    try:
        fields = decode(header_rlp, _MAX_HEADER_FIELDS)
    except RlpError as error:
        raise _refused("header", "canonical RLP", error) from None
    if not isinstance(fields, list) or len(fields) < 15:
        raise _refused("header", "a list of at least 15 fields", fields)
    root, number, timestamp = (
        fields[at] for at in (_RECEIPTS_ROOT_FIELD, _NUMBER_FIELD, _TIMESTAMP_FIELD)
    )
    if not (isinstance(root, bytes) and isinstance(number, bytes) and isinstance(timestamp, bytes)):
        raise _refused("header", "bytes in every field", "a list")
    for name, value in (("number", number), ("timestamp", timestamp)):
        # Longer ones could not even be printed.
        if len(value) > 8:
            raise _refused("header", f"a {name} of at most 8 bytes", f"{len(value)} bytes")
    return root, int.from_bytes(number, "big"), int.from_bytes(timestamp, "big")


def _log_at(receipt: bytes, position: int) -> tuple[bytes, tuple[bytes, ...], bytes]:
    """Read one log from a receipt's consensus encoding."""
    try:
        fields = decode(receipt if receipt[0] >= 0xC0 else receipt[1:])
    except RlpError as error:
        raise _refused("receipt", "canonical RLP", error) from None
    logs = fields[3] if isinstance(fields, list) and len(fields) >= 4 else None
    if not isinstance(logs, list):
        raise _refused("receipt", "a list with the logs in fourth place", fields)
    if not 0 <= position < len(logs):
        raise _refused("log_position", f"0 … {len(logs) - 1}", position)
    log: Item = logs[position]
    if isinstance(log, list) and len(log) == 3:
        address, topics, content = log
        if isinstance(address, bytes) and isinstance(content, bytes) and isinstance(topics, list):
            read = tuple(topic for topic in topics if isinstance(topic, bytes))
            if len(read) == len(topics):
                return address, read, content
    raise _refused("receipt", "address, topics and data of a log", log)


def _require_lower_case(proof: LogProof) -> None:
    """Refuse a second spelling of the same bytes."""
    for field, text in (
        ("block_hash", proof.block_hash),
        ("header", proof.header),
        *(("receipt_proof", node) for node in proof.receipt_proof),
    ):
        if text != text.lower():
            raise Malformed(field, "hex in lower case", text)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _refused(where: str, expected: object, found: object) -> Rejected:
    return Rejected("proof", where=where, expected=expected, found=found)
