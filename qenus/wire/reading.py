"""Messages for people and JSON readers: plain dicts with the contract's own names.

Bytes are 0x-hex; an integer of a type beyond 64 bits is always a decimal string, a uint64 is a
number up to 2^53 and a decimal string beyond, since JavaScript's numbers end there; an enum is its
name in lower case. A feature also says its family, kind and protocol.

One plan a message type, made once from the generated table, so that reading is a loop over pairs.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from qenus.wire import messages
from qenus.wire._declared import Declared, OpenEnum, WireMessage
from qenus.wire.families import Batch
from qenus.wire.messages import FIELDS

__all__ = ["as_json", "feature_rows"]

_MAX_EXACT = 2**53


def as_json(message: WireMessage) -> dict[str, Any]:
    """Give the message as a dict that any JSON encoder writes."""
    lead, plan = _PLANS[type(message)]
    shown = dict(lead)
    for name, attribute, show in plan:
        value = getattr(message, attribute)
        shown[name] = None if value is None else show(value)
    return shown


def feature_rows(batch: Batch) -> Iterator[dict[str, Any]]:
    """Give each feature of a batch as one flat dict that says its block too."""
    identity = batch.identity
    block = {
        "chain_id": _unsigned(identity.block.chain_id),
        "block_number": _unsigned(identity.block.number),
        "block_hash": _hex(identity.block.hash),
        "tier": _enum(identity.tier),
    }
    for feature in batch.features:
        shown = as_json(feature)
        lead = _PLANS[type(feature)][0]
        yield {**lead, **block, **shown}


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _unsigned(value: int) -> int | str:
    return value if value <= _MAX_EXACT else str(value)


def _wide_unsigned(value: bytes) -> str:
    return str(int.from_bytes(value, "big"))


def _wide_signed(value: bytes) -> str:
    return str(int.from_bytes(value, "big", signed=True))


def _enum(value: OpenEnum) -> str:
    return value.name.lower()


def _itself(value: Any) -> Any:
    return value


def _show(declared: Declared) -> Callable[[Any], Any]:
    show = _show_one(declared)
    if not declared.repeated:
        return show
    return lambda values: [show(value) for value in values]


def _show_one(declared: Declared) -> Callable[[Any], Any]:
    if declared.attribute != declared.name:
        return _wide_signed if declared.type.startswith("int") else _wide_unsigned
    if declared.type.startswith(("bytes", "address")):
        return _hex
    if declared.type == "uint64":
        return _unsigned
    if declared.type[0].isupper():
        kind = getattr(messages, declared.type)
        is_enum = isinstance(kind, type) and issubclass(kind, OpenEnum)
        return _enum if is_enum else as_json
    return _itself


_LEAD = (("family", "FAMILY"), ("kind", "FEATURE"), ("protocol", "PROTOCOL"))
_Plan: TypeAlias = tuple[dict[str, Any], list[tuple[str, str, Callable[[Any], Any]]]]
_PLANS: dict[type[WireMessage], _Plan] = {
    kind: (
        {name: getattr(kind, constant) for name, constant in _LEAD if hasattr(kind, constant)},
        [(each.name, each.attribute, _show(each)) for each in declared],
    )
    for kind, declared in FIELDS.items()
}
