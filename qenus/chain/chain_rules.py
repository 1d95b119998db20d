"""Which transactions each family of chains has, and what its receipts append.

The one place where the ladder asks what differs; the differences themselves are in the files of
the families.
"""

from collections.abc import Mapping
from typing import Final

from qenus.chain.chains import Family
from qenus.chain.optimism import DEPOSIT_TYPE, OPTIMISM_TRANSACTIONS, deposit_receipt_tail
from qenus.chain.rpc_shapes import RpcReceipt
from qenus.chain.transactions import ETHEREUM_TRANSACTIONS, Encoder

__all__ = ["TRANSACTIONS", "receipt_tail"]

TRANSACTIONS: Final[Mapping[Family, Mapping[int, Encoder]]] = {
    Family.ETHEREUM: ETHEREUM_TRANSACTIONS,
    Family.ARBITRUM: ETHEREUM_TRANSACTIONS,
    Family.OP_STACK: {**ETHEREUM_TRANSACTIONS, **OPTIMISM_TRANSACTIONS},
}


def receipt_tail(receipt: RpcReceipt, transaction_type: int, family: Family) -> bytes:
    """Give what the chain appends to a receipt's list, encoded. Raises Malformed."""
    if transaction_type == DEPOSIT_TYPE and family is Family.OP_STACK:
        return deposit_receipt_tail(receipt)
    return b""
