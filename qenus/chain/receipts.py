"""Encodes receipts from JSON into the bytes under the receipts root.

One pass over a receipt's logs gives the encoding, the bloom (computed from the logs, never the
claimed one) and the logs for the wire. Before Byzantium a receipt carries the state root after its
transaction in the place of the status.
Source: Ethereum Yellow Paper 4.3.1; EIP-658 (status), EIP-2718 (types).
"""

from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from qenus.chain.bloom import address_with_bits, topic_with_bits
from qenus.chain.hex_values import Malformed, data, fixed, quantity
from qenus.chain.rlp import (
    LIST_HEADERS,
    STRING_HEADERS,
    encode_bytes,
    encode_uint,
    list_header,
)
from qenus.chain.rpc_shapes import RpcLog, RpcReceipt
from qenus.wire import Log

__all__ = ["MAX_LOG_DATA_BYTES", "EncodedReceipt", "encode_receipt"]

# The wire contract's bound on the data of one log.
MAX_LOG_DATA_BYTES: Final = 16 * 1024 * 1024

# Below this many characters no bound on data can be exceeded.
_LONG_DATA: Final = 4096
# The header of the list of topics, by how many there are.
_TOPICS_HEADER: Final = tuple(list_header(33 * count) for count in range(5))
_BLOOM_HEADER: Final = b"\xb9\x01\x00"


class EncodedReceipt(Struct, frozen=True, gc=False):
    """A receipt in its consensus encoding, with bloom, status and logs.

    `bloom_bits` is the 2048-bit bloom of its logs as an integer; `status` is None before Byzantium.
    """

    encoded: bytes
    bloom_bits: int
    cumulative_gas_used: int
    status: int | None
    logs: tuple[Log, ...]


def encode_receipt(
    receipt: RpcReceipt, transaction_type: int, first_log_index: int, tail: bytes = b""
) -> EncodedReceipt:
    """Encode a receipt of a transaction of the given type.

    `first_log_index` is the block's count of logs before it; `tail` is the encoding of the fields
    that a chain appends to the list.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    logs, logs_rlp, bits = _encode_logs(receipt.logs or (), first_log_index)
    status, outcome = _outcome(receipt)
    cumulative = quantity(receipt.cumulative_gas_used, 64, "cumulativeGasUsed")
    payload = b"".join(
        (
            outcome,
            encode_uint(cumulative),
            _BLOOM_HEADER,
            bits.to_bytes(256, "big"),
            list_header(len(logs_rlp)),
            logs_rlp,
            tail,
        )
    )
    encoded = list_header(len(payload)) + payload
    if transaction_type:
        encoded = bytes((transaction_type,)) + encoded
    return EncodedReceipt(encoded, bits, cumulative, status, logs)


def _outcome(receipt: RpcReceipt) -> tuple[int | None, bytes]:
    """Give the status and its encoding; before Byzantium, no status and the state root."""
    if receipt.status is None:
        if receipt.root is None:
            raise Malformed("status", "a status, or a root before Byzantium", None)
        return None, b"\xa0" + fixed(receipt.root, 32, "root")
    status = receipt.status
    if isinstance(status, str):
        status = quantity(status, 8, "status")
    if status not in (0, 1):
        raise Malformed("status", "0x0 or 0x1", receipt.status)
    return status, b"\x01" if status else b"\x80"


def _encode_logs(
    logs: Sequence[RpcLog], first_log_index: int
) -> tuple[tuple[Log, ...], bytes, int]:
    """Give the logs for the wire, their encodings joined, and their bloom bits."""
    bits = 0
    read: list[Log] = []
    encoded: list[bytes] = []
    for at, log in enumerate(logs):
        text = log.data
        try:
            if log.removed:
                raise Malformed("removed", "false", True)
            address, some_bits = address_with_bits(log.address)
            bits |= some_bits
            topics = []
            for topic, some_bits in map(topic_with_bits, log.topics or ()):
                bits |= some_bits
                topics.append(topic)
            if text[:2] == "0x" and len(text) < _LONG_DATA:
                content = unhexlify(text[2:])
            else:
                content = data(text, MAX_LOG_DATA_BYTES, "data")
        except Malformed as fault:
            raise Malformed(f"logs[{at}].{fault.field}", fault.expected, fault.found) from None
        except ValueError:
            raise Malformed(f"logs[{at}].data", "0x and hex digits of whole bytes", text) from None
        size = len(content)
        content_rlp = STRING_HEADERS[size] + content if 1 < size < 2048 else encode_bytes(content)
        # Each topic comes after the one byte of its prefix.
        topics_rlp = b"\xa0".join((_TOPICS_HEADER[len(topics)], *topics))
        # 21 bytes: the address with its prefix.
        length = 21 + len(topics_rlp) + len(content_rlp)
        header = LIST_HEADERS[length] if length < 2048 else list_header(length)
        encoded += (header, b"\x94", address, topics_rlp, content_rlp)
        read.append(Log(first_log_index + at, address, tuple(topics), content))
    return tuple(read), b"".join(encoded), bits
