"""Any message of the contract, drawn from what the contract declares of each field's type."""

from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from qenus import wire
from qenus.wire import FIELDS, Declared, OpenEnum

__all__ = ["MESSAGES", "any_message", "messages"]

# Every message that has a kind, by name.
MESSAGES: dict[str, type[Struct]] = {kind.__name__: kind for kind in FIELDS}
_SIZES = {"address": 20, **{f"bytes{size}": size for size in (*range(1, 33), 48)}}


def messages(name: str) -> st.SearchStrategy[Any]:
    """Draw a message of that type, within the bounds of its fields."""
    kind = MESSAGES[name]
    optional = {each.name for each in FIELDS[kind] if "None" in _annotation(kind, each)}
    most = {field.name: _max_length(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(
        kind,
        **{
            each.attribute: _field(each, each.name in optional, most[each.attribute])
            for each in FIELDS[kind]
        },
    )


def any_message() -> st.SearchStrategy[Any]:
    """Draw a message of any type."""
    return st.sampled_from(sorted(MESSAGES)).flatmap(messages)


def _annotation(kind: type[Struct], declared: Declared) -> str:
    return str(kind.__annotations__[declared.attribute])


def _max_length(kind: Any) -> int | None:
    """The bound that an annotation sets on a field's length, where it sets one."""
    for member in (kind, *get_args(kind)):
        if isinstance(member, msgspec.Meta) and member.max_length is not None:
            return member.max_length
    return None


def _field(declared: Declared, optional: bool, most: int | None) -> st.SearchStrategy[Any]:
    values = _one(declared.type)
    if declared.repeated:
        values = st.lists(values, max_size=min(3, 3 if most is None else most)).map(tuple)
    return st.none() | values if optional else values


def _one(kind: str) -> st.SearchStrategy[Any]:
    if kind in _SIZES:
        return st.binary(min_size=_SIZES[kind], max_size=_SIZES[kind])
    if kind == "bytes":
        return st.binary(max_size=64)
    if kind == "string":
        return st.text(max_size=16)
    if kind == "bool":
        return st.booleans()
    if kind[0].isupper():
        return _declared(kind)
    signed = kind.startswith(("int", "sint"))
    bits = int(kind.lstrip("suint"))
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    values = st.integers(low, high)
    if bits <= 64:
        return values
    return values.map(lambda value: value.to_bytes(bits // 8, "big", signed=signed))


def _declared(name: str) -> st.SearchStrategy[Any]:
    if name in MESSAGES:
        return messages(name)
    kind = getattr(wire, name)
    if isinstance(kind, type) and issubclass(kind, OpenEnum):
        return st.sampled_from(kind)
    return st.sampled_from(kind.__args__).flatmap(lambda member: messages(member.__name__))
