"""Arbitrum's additions to Ethereum's consensus: its transaction types and its header fields.

Types 0x64 to 0x6a have no signature: they come from L1 or from ArbOS itself. 0x78 marks blocks from
before Nitro: under the roots they are encoded as legacy, and their hash cannot be computed from
their fields at all. A receipt's extra fields (gasUsedForL1, l1BlockNumber) are under no root.
The header packs the state of the bridge to L1 into extraData and mixHash; nodes repeat it as fields
of the block, which are checked against it.
Source: OffchainLabs/go-ethereum core/types/arb_types.go, arbitrum_legacy_tx.go, receipt.go.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from qenus.chain.headers import Header
from qenus.chain.hex_values import Malformed, data, fixed, quantity_rlp
from qenus.chain.rlp import encode_bytes, encode_list
from qenus.chain.rpc_shapes import RpcHeader, RpcTransaction
from qenus.chain.transactions import (
    ETHEREUM_TRANSACTIONS,
    MAX_INPUT_BYTES,
    Encoder,
    recipient_rlp,
    required,
)

__all__ = [
    "ARBITRUM_TRANSACTIONS",
    "CLASSIC_TYPE",
    "ArbitrumHeaderInfo",
    "arbitrum_header_info",
    "repeated_header_info",
]

# Blocks from before Nitro have it; the roots cover it as a legacy transaction.
CLASSIC_TYPE: Final = 0x78

# The precompiles that ArbOS's own transactions go to: no part of their encoding.
_ARBOS: Final = bytes.fromhex("00000000000000000000000000000000000a4b05")
_ARB_RETRYABLE_TX: Final = bytes.fromhex("000000000000000000000000000000000000006e")


class ArbitrumHeaderInfo(Struct, frozen=True, gc=False):
    """The state of the bridge to L1, as an Arbitrum header carries it.

    `send_root` is the root of all messages sent to L1, `send_count` their number.
    """

    send_root: bytes
    send_count: int
    l1_block_number: int
    arbos_version: int


def arbitrum_header_info(header: Header) -> ArbitrumHeaderInfo | None:
    """Read what a Nitro header packs into extraData and mixHash; None for headers without it."""
    if header.base_fee_per_gas is None or len(header.extra_data) != 32 or header.difficulty != 1:
        return None
    packed = header.mix_hash
    return ArbitrumHeaderInfo(
        send_root=header.extra_data,
        send_count=int.from_bytes(packed[0:8], "big"),
        l1_block_number=int.from_bytes(packed[8:16], "big"),
        arbos_version=int.from_bytes(packed[16:24], "big"),
    )


def repeated_header_info(
    rpc: RpcHeader, info: ArbitrumHeaderInfo
) -> list[tuple[str, int, str | int]]:
    """List the fields in which the node repeats it: JSON name, expected value, value found."""
    expected = (
        ("sendRoot", int.from_bytes(info.send_root, "big"), rpc.send_root),
        ("sendCount", info.send_count, rpc.send_count),
        ("l1BlockNumber", info.l1_block_number, rpc.l1_block_number),
    )
    return [(name, right, found) for name, right, found in expected if found is not None]


def _typed(kind: int, *fields: bytes) -> bytes:
    return bytes((kind,)) + encode_list(fields)


def _deposit(tx: RpcTransaction) -> bytes:
    if tx.to is None:
        raise Malformed("to", "an address", None)
    return _typed(
        0x64,
        _chain(tx),
        _hash(tx.request_id, "requestId"),
        _address(tx.sender, "from"),
        recipient_rlp(tx),
        quantity_rlp(tx.value, 256, "value"),
    )


def _unsigned(tx: RpcTransaction) -> bytes:
    return _typed(
        0x65,
        _chain(tx),
        _address(tx.sender, "from"),
        quantity_rlp(tx.nonce, 64, "nonce"),
        _fee_cap(tx),
        *_call(tx),
    )


def _contract(tx: RpcTransaction) -> bytes:
    return _typed(
        0x66,
        _chain(tx),
        _hash(tx.request_id, "requestId"),
        _address(tx.sender, "from"),
        _fee_cap(tx),
        *_call(tx),
    )


def _retry(tx: RpcTransaction) -> bytes:
    return _typed(
        0x68,
        _chain(tx),
        quantity_rlp(tx.nonce, 64, "nonce"),
        _address(tx.sender, "from"),
        _fee_cap(tx),
        *_call(tx),
        _hash(tx.ticket_id, "ticketId"),
        _address(tx.refund_to, "refundTo"),
        _amount(tx.max_refund, "maxRefund"),
        _amount(tx.submission_fee_refund, "submissionFeeRefund"),
    )


def _submit_retryable(tx: RpcTransaction) -> bytes:
    _goes_to(tx, _ARB_RETRYABLE_TX)
    retry_to = b"\x80" if tx.retry_to is None else b"\x94" + fixed(tx.retry_to, 20, "retryTo")
    retry_data = data(required(tx.retry_data, "retryData"), MAX_INPUT_BYTES, "retryData")
    return _typed(
        0x69,
        _chain(tx),
        _hash(tx.request_id, "requestId"),
        _address(tx.sender, "from"),
        _amount(tx.l1_base_fee, "l1BaseFee"),
        _amount(tx.deposit_value, "depositValue"),
        _fee_cap(tx),
        quantity_rlp(tx.gas, 64, "gas"),
        retry_to,
        _amount(tx.retry_value, "retryValue"),
        _address(tx.beneficiary, "beneficiary"),
        _amount(tx.max_submission_fee, "maxSubmissionFee"),
        _address(tx.refund_to, "refundTo"),
        encode_bytes(retry_data),
    )


def _internal(tx: RpcTransaction) -> bytes:
    _goes_to(tx, _ARBOS)
    return _typed(0x6A, _chain(tx), encode_bytes(data(tx.input, MAX_INPUT_BYTES, "input")))


def _call(tx: RpcTransaction) -> tuple[bytes, ...]:
    return (
        quantity_rlp(tx.gas, 64, "gas"),
        recipient_rlp(tx),
        quantity_rlp(tx.value, 256, "value"),
        encode_bytes(data(tx.input, MAX_INPUT_BYTES, "input")),
    )


def _chain(tx: RpcTransaction) -> bytes:
    return quantity_rlp(required(tx.chain_id, "chainId"), 64, "chainId")


def _fee_cap(tx: RpcTransaction) -> bytes:
    """Encode the most that is paid for gas; where nodes leave it out, gasPrice is the same."""
    text = tx.gas_price if tx.max_fee_per_gas is None else tx.max_fee_per_gas
    return quantity_rlp(required(text, "maxFeePerGas"), 256, "maxFeePerGas")


def _amount(text: str | None, field: str) -> bytes:
    return quantity_rlp(required(text, field), 256, field)


def _address(text: str | None, field: str) -> bytes:
    return b"\x94" + fixed(required(text, field), 20, field)


def _hash(text: str | None, field: str) -> bytes:
    return b"\xa0" + fixed(required(text, field), 32, field)


def _goes_to(tx: RpcTransaction, precompile: bytes) -> None:
    """Check a callee that is not part of the encoding, so that no root covers it."""
    if tx.to is None or fixed(tx.to, 20, "to") != precompile:
        raise Malformed("to", "0x" + precompile.hex(), tx.to)


ARBITRUM_TRANSACTIONS: Final[Mapping[int, Encoder]] = {
    0x64: _deposit,
    0x65: _unsigned,
    0x66: _contract,
    0x68: _retry,
    0x69: _submit_retryable,
    0x6A: _internal,
    CLASSIC_TYPE: ETHEREUM_TRANSACTIONS[0x00],
}
