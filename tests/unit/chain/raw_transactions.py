"""Raw transactions in the form of JSON-RPC, taken apart by the independent rlp package."""

import msgspec
import rlp

from qenus.chain.rpc_shapes import RpcAccess, RpcTransaction


def rpc_of(raw: bytes) -> RpcTransaction:
    """Put a raw transaction into the form of JSON-RPC, by the independent rlp package."""
    kind = raw[0] if raw[0] < 0xC0 else 0
    fields = rlp.decode(raw[1:] if kind else raw, strict=True)

    def number(at: int) -> str:
        return hex(int.from_bytes(fields[at], "big"))

    def text(at: int) -> str:
        return "0x" + fields[at].hex()

    def callee(at: int) -> str | None:
        return text(at) if fields[at] else None

    place = {"hash": "", "block_hash": "", "block_number": "", "transaction_index": ""}
    if kind == 0x7E:
        return RpcTransaction(
            **place, type="0x7e", nonce="0x0", source_hash=text(0), sender=text(1), to=callee(2),
            mint=number(3), value=number(4), gas=number(5), is_system_tx=bool(fields[6]),
            input=text(7),
        )  # fmt: skip
    if kind == 0:
        return RpcTransaction(
            **place, nonce=number(0), gas_price=number(1), gas=number(2), to=callee(3),
            value=number(4), input=text(5), v=number(6), r=number(7), s=number(8),
        )  # fmt: skip
    fees = {"gas_price": number(2)} if kind == 1 else {
        "max_priority_fee_per_gas": number(2), "max_fee_per_gas": number(3),
    }  # fmt: skip
    at = 3 if kind == 1 else 4
    assert kind in (1, 2)
    entries = [
        {"address": "0x" + address.hex(), "storageKeys": ["0x" + key.hex() for key in keys]}
        for address, keys in fields[at + 4]
    ]
    return RpcTransaction(
        **place, **fees, type=hex(kind), chain_id=number(0), nonce=number(1), gas=number(at),
        to=callee(at + 1), value=number(at + 2), input=text(at + 3),
        access_list=msgspec.convert(entries, list[RpcAccess]),
        y_parity=number(at + 5), r=number(at + 6), s=number(at + 7),
    )  # fmt: skip
