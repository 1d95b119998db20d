"""Headers, and the hash that names a block: Homestead to Amsterdam, and those built on them.

Forks only appended fields to the header, so the fields present show which fork it belongs to: base
fee (London), withdrawals root (Shanghai), blob gas and beacon root (Cancun), requests hash
(Prague), block access list and slot (Amsterdam). A field may be present only with all before it. OP
Stack headers follow the same forks; Arbitrum's stop at the base fee.
Source: Ethereum Yellow Paper 4.3; EIP-1559, 4895, 4844, 4788, 7685, 7928, 7843; the order of the
last two as in execution-specs' and go-ethereum's Amsterdam header.
"""

from typing import Final

from msgspec import Struct

from qenus.chain.hex_values import Malformed, data, fixed, quantity
from qenus.chain.keccak import keccak256
from qenus.chain.rlp import encode_bytes, encode_list, encode_uint
from qenus.chain.rpc_shapes import RpcHeader

__all__ = ["EMPTY_UNCLES_HASH", "MAX_EXTRA_DATA_BYTES", "Header", "header_rlp", "read_header"]

# The hash of an empty list of uncles.
EMPTY_UNCLES_HASH: Final = keccak256(b"\xc0")
# The wire contract's bound; Ethereum allows 32.
MAX_EXTRA_DATA_BYTES: Final = 65536


class Header(Struct, frozen=True, gc=False):
    """The consensus fields of a header, in their order. Hashes 32 bytes, the rest by its name."""

    parent_hash: bytes
    uncles_hash: bytes
    miner: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes
    nonce: bytes
    # Wei per gas.
    base_fee_per_gas: int | None = None
    withdrawals_root: bytes | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_block_root: bytes | None = None
    requests_hash: bytes | None = None
    block_access_list_hash: bytes | None = None
    slot_number: int | None = None


def read_header(rpc: RpcHeader) -> Header:
    """Read the hex text of a header.

    Raises:
        Malformed: a field is missing or not of its type; it has the field's JSON name.
    """
    return Header(
        parent_hash=fixed(rpc.parent_hash, 32, "parentHash"),
        uncles_hash=fixed(rpc.sha3_uncles, 32, "sha3Uncles"),
        miner=fixed(rpc.miner, 20, "miner"),
        state_root=fixed(rpc.state_root, 32, "stateRoot"),
        transactions_root=fixed(rpc.transactions_root, 32, "transactionsRoot"),
        receipts_root=fixed(rpc.receipts_root, 32, "receiptsRoot"),
        logs_bloom=fixed(rpc.logs_bloom, 256, "logsBloom"),
        difficulty=quantity(rpc.difficulty, 256, "difficulty"),
        number=quantity(rpc.number, 64, "number"),
        gas_limit=quantity(rpc.gas_limit, 64, "gasLimit"),
        gas_used=quantity(rpc.gas_used, 64, "gasUsed"),
        timestamp=quantity(rpc.timestamp, 64, "timestamp"),
        extra_data=data(rpc.extra_data, MAX_EXTRA_DATA_BYTES, "extraData"),
        mix_hash=fixed(rpc.mix_hash, 32, "mixHash"),
        nonce=fixed(rpc.nonce, 8, "nonce"),
        # 64 bits: 18 ether for one gas will do, and is what the wire contract carries.
        base_fee_per_gas=_optional_quantity(rpc.base_fee_per_gas, "baseFeePerGas"),
        withdrawals_root=_optional_hash(rpc.withdrawals_root, "withdrawalsRoot"),
        blob_gas_used=_optional_quantity(rpc.blob_gas_used, "blobGasUsed"),
        excess_blob_gas=_optional_quantity(rpc.excess_blob_gas, "excessBlobGas"),
        parent_beacon_block_root=_optional_hash(
            rpc.parent_beacon_block_root, "parentBeaconBlockRoot"
        ),
        requests_hash=_optional_hash(rpc.requests_hash, "requestsHash"),
        block_access_list_hash=_optional_hash(rpc.block_access_list_hash, "blockAccessListHash"),
        slot_number=_optional_quantity(rpc.slot_number, "slotNumber"),
    )


def header_rlp(header: Header) -> bytes:
    """Encode a header; its Keccak-256 is the block's hash.

    Raises:
        Malformed: a later fork's field is present without an earlier one's.
    """
    items = [
        encode_bytes(header.parent_hash),
        encode_bytes(header.uncles_hash),
        encode_bytes(header.miner),
        encode_bytes(header.state_root),
        encode_bytes(header.transactions_root),
        encode_bytes(header.receipts_root),
        encode_bytes(header.logs_bloom),
        encode_uint(header.difficulty),
        encode_uint(header.number),
        encode_uint(header.gas_limit),
        encode_uint(header.gas_used),
        encode_uint(header.timestamp),
        encode_bytes(header.extra_data),
        encode_bytes(header.mix_hash),
        encode_bytes(header.nonce),
    ]
    absent = ""
    for name, value in (
        ("baseFeePerGas", header.base_fee_per_gas),
        ("withdrawalsRoot", header.withdrawals_root),
        ("blobGasUsed", header.blob_gas_used),
        ("excessBlobGas", header.excess_blob_gas),
        ("parentBeaconBlockRoot", header.parent_beacon_block_root),
        ("requestsHash", header.requests_hash),
        ("blockAccessListHash", header.block_access_list_hash),
        ("slotNumber", header.slot_number),
    ):
        if value is None:
            absent = absent or name
        elif absent:
            raise Malformed(absent, f"a value, since {name} has one", None)
        else:
            items.append(encode_uint(value) if isinstance(value, int) else encode_bytes(value))
    return encode_list(items)


def _optional_quantity(text: str | None, field: str) -> int | None:
    return None if text is None else quantity(text, 64, field)


def _optional_hash(text: str | None, field: str) -> bytes | None:
    return None if text is None else fixed(text, 32, field)
