"""Withdrawals of the beacon chain, as they stand under the withdrawals root (EIP-4895)."""

from qenus.chain.hex_values import fixed, quantity_rlp
from qenus.chain.rlp import encode_list
from qenus.chain.rpc_shapes import RpcWithdrawal

__all__ = ["encode_withdrawal"]


def encode_withdrawal(withdrawal: RpcWithdrawal) -> bytes:
    """Encode a withdrawal; its amount is in gwei.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    return encode_list(
        (
            quantity_rlp(withdrawal.index, 64, "index"),
            quantity_rlp(withdrawal.validator_index, 64, "validatorIndex"),
            b"\x94" + fixed(withdrawal.address, 20, "address"),
            quantity_rlp(withdrawal.amount, 64, "amount"),
        )
    )
