"""Encodes transactions from JSON into the bytes that were signed and hashed.

Legacy (with and without EIP-155), 0x01 (EIP-2930), 0x02 (EIP-1559), 0x03 (EIP-4844) and 0x04
(EIP-7702), in the form in which they stand in the block: under the transactions root, without blob
sidecars. The hash of a transaction is the hash of that encoding; the JSON's hash is not used.
The files of the rollups add their own types.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from qenus.chain.hex_values import Malformed, data, fixed, quantity, quantity_rlp
from qenus.chain.rlp import encode_bytes, encode_list, encode_uint, list_header
from qenus.chain.rpc_shapes import RpcAccess, RpcAuthorization, RpcTransaction

__all__ = [
    "ETHEREUM_TRANSACTIONS",
    "MAX_INPUT_BYTES",
    "Encoder",
    "declared_chain_id",
    "encode_transaction",
    "recipient_rlp",
    "required",
    "transaction_type",
]

Encoder: TypeAlias = Callable[[RpcTransaction], bytes]

MAX_INPUT_BYTES: Final = 16 * 1024 * 1024


# The parity as nearly every typed signature carries it.
_PARITIES: Final[Mapping[str | None, bytes]] = {"0x0": b"\x80", "0x1": b"\x01"}


def transaction_type(tx: RpcTransaction) -> int:
    """Give the EIP-2718 type, 0 for legacy.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    return 0 if tx.type is None else quantity(tx.type, 8, "type")


def encode_transaction(
    tx: RpcTransaction, encoders: Mapping[int, Encoder], kind: int | None = None
) -> bytes:
    """Encode a transaction as it stands under the transactions root.

    `kind` is its type, where the caller has read it already.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    encoder = encoders.get(transaction_type(tx) if kind is None else kind)
    if encoder is None:
        known = ", ".join(hex(number) for number in sorted(encoders))
        raise Malformed("type", f"one of {known}", tx.type)
    return encoder(tx)


def declared_chain_id(tx: RpcTransaction, kind: int) -> int | None:
    """Give the EIP-155 id of the chain that the signature is for, None when it is for any.

    `kind` is the transaction's type.

    Legacy transactions carry it within v (EIP-155), typed ones as a field.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if kind == 0:
        v = quantity(required(tx.v, "v"), 256, "v")
        return (v - 35) // 2 if v >= 35 else None
    return None if tx.chain_id is None else quantity(tx.chain_id, 64, "chainId")


def required(value: str | None, field: str) -> str:
    """Give a field that this type of transaction must have.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if value is None:
        raise Malformed(field, "a value", None)
    return value


def recipient_rlp(tx: RpcTransaction) -> bytes:
    """Encode the callee, the empty string where the transaction creates a contract."""
    return b"\x80" if tx.to is None else b"\x94" + fixed(tx.to, 20, "to")


def _legacy(tx: RpcTransaction) -> bytes:
    payload = b"".join(
        (
            quantity_rlp(tx.nonce, 64, "nonce"),
            quantity_rlp(required(tx.gas_price, "gasPrice"), 256, "gasPrice"),
            _call(tx),
            quantity_rlp(required(tx.v, "v"), 256, "v"),
            _r_and_s(tx),
        )
    )
    return list_header(len(payload)) + payload


def _with_access_list(tx: RpcTransaction) -> bytes:
    payload = b"".join(
        (
            _chain_and_nonce(tx),
            quantity_rlp(required(tx.gas_price, "gasPrice"), 256, "gasPrice"),
            _call(tx),
            _access_list(tx),
            _y_parity(tx),
            _r_and_s(tx),
        )
    )
    return b"\x01" + list_header(len(payload)) + payload


def _dynamic_fee(tx: RpcTransaction) -> bytes:
    payload = b"".join(
        (
            quantity_rlp(required(tx.chain_id, "chainId"), 64, "chainId"),
            quantity_rlp(tx.nonce, 64, "nonce"),
            _fees(tx),
            quantity_rlp(tx.gas, 64, "gas"),
            recipient_rlp(tx),
            quantity_rlp(tx.value, 256, "value"),
            encode_bytes(data(tx.input, MAX_INPUT_BYTES, "input")),
            _access_list(tx),
            _y_parity(tx),
            _r_and_s(tx),
        )
    )
    return b"\x02" + list_header(len(payload)) + payload


def _blob(tx: RpcTransaction) -> bytes:
    _must_call(tx)
    hashes = tx.blob_versioned_hashes or ()
    payload = b"".join(
        (
            _chain_and_nonce(tx),
            _fees(tx),
            _call(tx),
            _access_list(tx),
            quantity_rlp(
                required(tx.max_fee_per_blob_gas, "maxFeePerBlobGas"), 256, "maxFeePerBlobGas"
            ),
            encode_list([b"\xa0" + fixed(one, 32, "blobVersionedHashes") for one in hashes]),
            _y_parity(tx),
            _r_and_s(tx),
        )
    )
    return b"\x03" + list_header(len(payload)) + payload


def _set_code(tx: RpcTransaction) -> bytes:
    _must_call(tx)
    authorizations = tx.authorization_list or ()
    payload = b"".join(
        (
            _chain_and_nonce(tx),
            _fees(tx),
            _call(tx),
            _access_list(tx),
            encode_list([_authorization(one) for one in authorizations]),
            _y_parity(tx),
            _r_and_s(tx),
        )
    )
    return b"\x04" + list_header(len(payload)) + payload


def _chain_and_nonce(tx: RpcTransaction) -> bytes:
    chain_id = quantity_rlp(required(tx.chain_id, "chainId"), 64, "chainId")
    return chain_id + quantity_rlp(tx.nonce, 64, "nonce")


def _fees(tx: RpcTransaction) -> bytes:
    priority = required(tx.max_priority_fee_per_gas, "maxPriorityFeePerGas")
    most = required(tx.max_fee_per_gas, "maxFeePerGas")
    return quantity_rlp(priority, 256, "maxPriorityFeePerGas") + quantity_rlp(
        most, 256, "maxFeePerGas"
    )


def _call(tx: RpcTransaction) -> bytes:
    """Encode gas limit, callee, value and input: side by side in every type."""
    return b"".join(
        (
            quantity_rlp(tx.gas, 64, "gas"),
            recipient_rlp(tx),
            quantity_rlp(tx.value, 256, "value"),
            encode_bytes(data(tx.input, MAX_INPUT_BYTES, "input")),
        )
    )


def _must_call(tx: RpcTransaction) -> None:
    if tx.to is None:
        raise Malformed("to", "an address: this type cannot create a contract", None)


def _y_parity(tx: RpcTransaction) -> bytes:
    """Encode the parity of the signature's point; old nodes give it as v only."""
    if tx.v == tx.y_parity and tx.v in _PARITIES:
        return _PARITIES[tx.v]
    return encode_uint(_parity_of(tx.y_parity, tx.v, ""))


def _parity_of(y_parity: str | None, v: str | None, path: str) -> int:
    """Give the parity of yParity, which v must agree with where both are present.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    parity = None
    if y_parity is not None:
        parity = quantity(y_parity, 256, f"{path}yParity")
    if v is not None:
        number = quantity(v, 256, f"{path}v")
        # v as the parity itself, as in legacy signatures, or as in EIP-155.
        said = number - 27 if number in (27, 28) else number if number < 35 else (number - 35) % 2
        if parity is not None and said != parity:
            raise Malformed(f"{path}v", f"what says yParity {y_parity}", v)
        parity = said
    if parity is None:
        raise Malformed(f"{path}yParity", "a value", None)
    return parity


def _r_and_s(tx: RpcTransaction) -> bytes:
    return quantity_rlp(required(tx.r, "r"), 256, "r") + quantity_rlp(required(tx.s, "s"), 256, "s")


def _access_list(tx: RpcTransaction) -> bytes:
    if not tx.access_list:
        return b"\xc0"
    return encode_list([_access(entry) for entry in tx.access_list])


def _access(entry: RpcAccess) -> bytes:
    keys = [b"\xa0" + fixed(key, 32, "accessList.storageKeys") for key in entry.storage_keys or ()]
    address = fixed(entry.address, 20, "accessList.address")
    return encode_list((b"\x94", address, encode_list(keys)))


def _authorization(one: RpcAuthorization) -> bytes:
    field = "authorizationList"
    return encode_list(
        (
            quantity_rlp(one.chain_id, 256, f"{field}.chainId"),
            b"\x94" + fixed(one.address, 20, f"{field}.address"),
            quantity_rlp(one.nonce, 64, f"{field}.nonce"),
            encode_uint(_parity_of(one.y_parity, one.v, f"{field}.")),
            quantity_rlp(one.r, 256, f"{field}.r"),
            quantity_rlp(one.s, 256, f"{field}.s"),
        )
    )


ETHEREUM_TRANSACTIONS: Final[Mapping[int, Encoder]] = {
    0x00: _legacy,
    0x01: _with_access_list,
    0x02: _dynamic_fee,
    0x03: _blob,
    0x04: _set_code,
}
