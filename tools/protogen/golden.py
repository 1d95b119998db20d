"""Golden vectors: bytes that every later version must read as this version does.

Each message that is no draft twice: everything least (zero, empty, absent) and everything greatest.
The bytes are packed by the msgpack package and the readings are spelled out from the declaration,
so that neither comes from the code that has to read them. The declaration itself stands beside
them, bounds and all: later versions are held against it (`compatibility`).
"""

import json
from typing import Any

import msgpack

from tools.protogen.compatibility import declaration
from tools.protogen.contract import Contract, Field, Message

__all__ = ["write_golden"]

_SIZES = {"address": 20, **{f"bytes{size}": size for size in (*range(1, 33), 48)}}
_MAX_EXACT = 2**53


def write_golden(contract: Contract, version: str) -> str:
    """Give the text of one version's file of vectors."""
    vectors = []
    for message in contract.messages:
        if message.members or message.draft:
            continue
        for greatest in (False, True):
            wire, shown = _sample(contract, message, greatest)
            packed: bytes = msgpack.Packer(use_bin_type=True).pack(wire)
            vectors.append({"message": message.name, "hex": packed.hex(), "json": shown})
    held = {"version": version, "contract": declaration(contract), "vectors": vectors}
    return json.dumps(held, indent=1) + "\n"


def _sample(
    contract: Contract, message: Message, greatest: bool
) -> tuple[list[Any], dict[str, Any]]:
    wire: list[Any] = [message.kind]
    shown: dict[str, Any] = {}
    if message.feature:
        shown["family"] = contract.family_of(message)
        shown["kind"] = message.feature
        if message.protocol:
            shown["protocol"] = message.protocol
    for field in message.fields:
        on_wire, in_json = _value(contract, field, greatest)
        wire.append(on_wire)
        shown[field.name] = in_json
    return wire, shown


def _value(contract: Contract, field: Field, greatest: bool) -> tuple[Any, Any]:
    if field.optional and not greatest:
        return None, None
    if not field.repeated:
        return _one(contract, field, field.type, greatest)
    if not greatest:
        return [], []
    union = next((each for each in contract.messages if each.name == field.type), None)
    kinds = union.members if union is not None and union.members else (field.type,)
    pairs = [_one(contract, field, kind, greatest) for kind in kinds]
    return [wire for wire, _ in pairs], [shown for _, shown in pairs]


def _one(contract: Contract, field: Field, kind: str, greatest: bool) -> tuple[Any, Any]:
    if kind in _SIZES:
        value = bytes([0xF0 | field.number & 0x0F if greatest else 0]) * _SIZES[kind]
        return value, f"0x{value.hex()}"
    if kind == "bytes":
        value = b"\xc1\x00\xff" if greatest else b""
        return value, f"0x{value.hex()}"
    if kind == "string":
        text = "√ sqrt"[: field.max_bytes] if greatest else ""
        return text, text
    if kind == "bool":
        return greatest, greatest
    if kind[0].isupper():
        return _declared(contract, kind, greatest)
    return _integer(kind, greatest)


def _declared(contract: Contract, kind: str, greatest: bool) -> tuple[Any, Any]:
    for enum in contract.enums:
        if enum.name == kind:
            value = enum.values[-1 if greatest else 0]
            return value.number, value.name.lower()
    return _sample(contract, contract.message(kind), greatest)


def _integer(kind: str, greatest: bool) -> tuple[Any, Any]:
    bits = int(kind.lstrip("suint"))
    signed = not kind.startswith("u")
    if signed:
        value = 2 ** (bits - 1) - 1 if greatest else -(2 ** (bits - 1))
    else:
        value = 2**bits - 1 if greatest else 0
    if bits > 64:
        return value.to_bytes(bits // 8, "big", signed=signed), str(value)
    return value, value if value <= _MAX_EXACT else str(value)
