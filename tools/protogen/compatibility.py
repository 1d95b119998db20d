"""Compatibility: the contract may grow, and no earlier declaration may change.

Each version's golden file holds, beside its vectors, the declaration that they came from. Before
generating, the contract is compared with all of them, including the current version's: a
message, a field or a value that is gone, a number, a type or a name that changed, a bound that
became narrower, or a new field that older senders cannot leave out is refused. Drafts, which no
producer fills yet, are left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tools.protogen.contract import Contract, Field, Message

__all__ = ["breaches", "declaration"]

_SAME: Final = ("name", "type", "optional", "repeated", "since")
_BOUNDS: Final = ("max_bytes", "max_count")


def declaration(contract: Contract) -> dict[str, Any]:
    """Give the part of a contract that must not change, as JSON values."""
    return {
        "messages": {
            message.name: _message(message)
            for message in contract.messages
            if not contract.is_draft(message.name)
        },
        "enums": {enum.name: [value.name for value in enum.values] for enum in contract.enums},
    }


def breaches(contract: Contract, before: Mapping[str, Any]) -> list[str]:
    """List the parts of an earlier declaration that the contract breaks."""
    now = declaration(contract)
    found: list[str] = []
    for name, message in before["messages"].items():
        found += _message_breaches(name, message, now["messages"].get(name))
    for name, values in before["enums"].items():
        if now["enums"].get(name, [])[: len(values)] != values:
            found.append(f"{name}: expected the values {', '.join(values)} to stay in this order")
    return found


def _message(message: Message) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "feature": message.feature,
        "protocol": message.protocol,
        "members": list(message.members),
        "fields": [_field(field) for field in message.fields],
    }


def _field(field: Field) -> dict[str, Any]:
    return {name: getattr(field, name) for name in (*_SAME, *_BOUNDS)}


def _message_breaches(
    name: str, before: Mapping[str, Any], now: Mapping[str, Any] | None
) -> Iterator[str]:
    if now is None:
        yield f"{name}: was declared before and is gone"
        return
    for word in ("kind", "feature", "protocol"):
        if now[word] != before[word]:
            yield f"{name}: {word}: expected {before[word]!r} as before, found {now[word]!r}"
    for member in before["members"]:
        if member not in now["members"]:
            yield f"{name}: {member} was a member before and is gone"
    for at, field in enumerate(before["fields"]):
        if at >= len(now["fields"]):
            yield f"{name}.{field['name']}: was field {at + 1} before and is gone"
        else:
            yield from _field_breaches(f"{name}.{field['name']}", field, now["fields"][at])
    for field in now["fields"][len(before["fields"]) :]:
        if not field["since"]:
            yield f"{name}.{field['name']}: a new field needs (since), older senders have none"


def _field_breaches(where: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for word in _SAME:
        if now[word] != before[word]:
            yield f"{where}: {word}: expected {before[word]!r} as before, found {now[word]!r}"
    for word in _BOUNDS:
        if now[word] < before[word]:
            yield f"{where}: {word}: expected at least {before[word]} as before, found {now[word]}"
