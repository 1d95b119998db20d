"""The OP Stack's additions to Ethereum's consensus: deposits, their receipts, no requests.

A deposit (0x7e) comes from L1 and has no signature; its source hash identifies its origin. Its
receipt carries the sender's nonce and a version. The receipts root covers both since Canyon,
exactly if the version is present.
Source: Optimism specs, "Deposits" and "Canyon"; op-geth core/types/deposit_tx.go, receipt.go.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from qenus.chain.hex_values import Malformed, data, fixed, quantity_rlp
from qenus.chain.rlp import encode_bytes, encode_list
from qenus.chain.rpc_shapes import RpcReceipt, RpcTransaction
from qenus.chain.transactions import MAX_INPUT_BYTES, Encoder, recipient_rlp, required

__all__ = ["DEPOSIT_TYPE", "EMPTY_REQUESTS_HASH", "OPTIMISM_TRANSACTIONS", "deposit_receipt_tail"]

DEPOSIT_TYPE: Final = 0x7E

# EIP-7685: SHA-256 over no requests, the only value that an OP Stack header may carry.
EMPTY_REQUESTS_HASH: Final = hashlib.sha256(b"").digest()


def deposit_receipt_tail(receipt: RpcReceipt) -> bytes:
    """Give the fields that a deposit's receipt appends to its list.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if receipt.deposit_receipt_version is None:
        return b""
    if receipt.deposit_nonce is None:
        raise Malformed("depositNonce", "a value, since depositReceiptVersion has one", None)
    return quantity_rlp(receipt.deposit_nonce, 64, "depositNonce") + quantity_rlp(
        receipt.deposit_receipt_version, 64, "depositReceiptVersion"
    )


def _deposit(tx: RpcTransaction) -> bytes:
    fields = (
        b"\xa0" + fixed(required(tx.source_hash, "sourceHash"), 32, "sourceHash"),
        b"\x94" + fixed(required(tx.sender, "from"), 20, "from"),
        recipient_rlp(tx),
        # Nodes give no mint as absent, as null or as 0x0: one encoding.
        b"\x80" if tx.mint is None else quantity_rlp(tx.mint, 256, "mint"),
        quantity_rlp(tx.value, 256, "value"),
        quantity_rlp(tx.gas, 64, "gas"),
        b"\x01" if tx.is_system_tx else b"\x80",
        encode_bytes(data(tx.input, MAX_INPUT_BYTES, "input")),
    )
    return bytes((DEPOSIT_TYPE,)) + encode_list(fields)


OPTIMISM_TRANSACTIONS: Final[Mapping[int, Encoder]] = {DEPOSIT_TYPE: _deposit}
