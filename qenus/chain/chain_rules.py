"""The transaction types of each kind of chain, and how its receipts differ.

The ladder looks up all differences between kinds here; each kind's own file implements them.
"""

from collections.abc import Mapping
from typing import Final

from qenus.chain.arbitrum import ARBITRUM_TRANSACTIONS, CLASSIC_TYPE
from qenus.chain.chains import ChainKind
from qenus.chain.hex_values import fixed
from qenus.chain.keccak import keccak256
from qenus.chain.optimism import DEPOSIT_TYPE, OPTIMISM_TRANSACTIONS, deposit_receipt_tail
from qenus.chain.receipts import EncodedReceipt, encode_receipt
from qenus.chain.rpc_shapes import RpcReceipt, RpcTransaction
from qenus.chain.transactions import ETHEREUM_TRANSACTIONS, Encoder

__all__ = ["TRANSACTIONS", "encode_receipt_of", "tells_gas_used", "transaction_hash"]

TRANSACTIONS: Final[Mapping[ChainKind, Mapping[int, Encoder]]] = {
    ChainKind.ETHEREUM: ETHEREUM_TRANSACTIONS,
    # Arbitrum takes no blobs.
    ChainKind.ARBITRUM: {
        **{kind: one for kind, one in ETHEREUM_TRANSACTIONS.items() if kind != 0x03},
        **ARBITRUM_TRANSACTIONS,
    },
    # Nor does the OP Stack.
    ChainKind.OP_STACK: {
        **{kind: one for kind, one in ETHEREUM_TRANSACTIONS.items() if kind != 0x03},
        **OPTIMISM_TRANSACTIONS,
    },
}


def encode_receipt_of(
    receipt: RpcReceipt, transaction_type: int, first_log_index: int, chain_kind: ChainKind
) -> EncodedReceipt:
    """Encode a receipt as its chain does.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    tail = b""
    if chain_kind is ChainKind.OP_STACK and transaction_type == DEPOSIT_TYPE:
        tail = deposit_receipt_tail(receipt)
    elif chain_kind is ChainKind.ARBITRUM and transaction_type == CLASSIC_TYPE:
        transaction_type = 0
    return encode_receipt(receipt, transaction_type, first_log_index, tail)


def tells_gas_used(transaction_type: int, chain_kind: ChainKind) -> bool:
    """Say whether a receipt's gasUsed equals its increment of cumulativeGasUsed.

    It does not for a transaction from before Nitro: nodes store its gas apart from the cumulative
    gas under the root, and answer with the stored value. Source: OffchainLabs/go-ethereum,
    core/types/receipt.go.
    """
    return chain_kind is not ChainKind.ARBITRUM or transaction_type != CLASSIC_TYPE


def transaction_hash(
    tx: RpcTransaction, transaction_type: int, encoded: bytes, chain_kind: ChainKind
) -> bytes:
    """Give a transaction's hash, computed from its encoding and never read from the node's answer.

    The one exception: that of a transaction from before Nitro is not a hash of anything that a node
    has, so it is the node's word, and the receipts must at least agree with it.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if chain_kind is ChainKind.ARBITRUM and transaction_type == CLASSIC_TYPE:
        return fixed(tx.hash, 32, "hash")
    return keccak256(encoded)
