"""Writes the msgspec Structs: one class a message, whose array position is the field number.

Position 0 of the array is the message's kind. Bounds become msgspec constraints, so that decoding
checks every one of them in C; an integer beyond 64 bits is a `_be` field of exactly its type's
width with a property that reads it.
"""

import textwrap
from collections.abc import Iterator

from tools.protogen.contract import Contract, Enum, Field, Message

__all__ = ["write_structs"]

_HEAD = '''"""The messages of the contract.

Generated from proto/*.proto by `python -m tools.protogen`. Do not edit: change the .proto files and
run it again.
"""
# fmt: off

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from qenus.wire._declared import Declared, OpenEnum
'''
_BYTES_OF = {"address": 20, "bytes16": 16, "bytes32": 32, "bytes48": 48}


def write_structs(contract: Contract) -> str:
    """Give the text of the generated module."""
    names = [*(each.name for each in contract.enums), *(each.name for each in contract.messages)]
    parts = [
        _HEAD,
        _listed("__all__ = [", sorted([*names, "FIELDS", "Message"], key=_as_ruff_sorts)),
        *("\n\n" + _enum(each) for each in contract.enums),
        *("\n\n" + _declaration(contract, each) for each in contract.messages),
        "\n\n" + _any_message(contract),
        "\n\n" + _table(contract),
    ]
    return "".join(parts)


def _as_ruff_sorts(name: str) -> tuple[bool, str]:
    return (not name.isupper(), name)


def _listed(head: str, names: list[str]) -> str:
    return "\n" + head + "\n" + "".join(f'    "{name}",\n' for name in names) + "]\n"


def _enum(enum: Enum) -> str:
    lines = [f"class {enum.name}(OpenEnum):", *_docstring([enum.comment]), ""]
    for value in enum.values:
        lines += _comment(value.comment)
        lines.append(f"    {value.name} = {value.number}")
    return "\n".join(lines) + "\n"


def _declaration(contract: Contract, message: Message) -> str:
    if message.members:
        joined = " | ".join(message.members)
        lines = [f"{message.name}: TypeAlias = ("]
        lines += [f"    {piece}" for piece in textwrap.wrap(joined, 90)]
        return "\n".join([*lines, ")"]) + "\n"
    # msgspec wants a name for the tag although an array has none; no field may bear that name.
    settings = f'array_like=True, frozen=True, gc=False, tag_field="_kind", tag={message.kind}'
    head = f"class {message.name}(Struct, {settings}):"
    lines = [head, *_docstring(_documentation(message)), ""]
    lines += _constants(contract, message)
    defaulted = _first_defaulted(message)
    for field in message.fields:
        default = f" = {_default(field)}" if field.number >= defaulted else ""
        lines.append(f"    {field.attribute}: {_annotation(field)}{default}")
    for field in message.fields:
        if field.is_wide:
            lines += ["", *_property(field)]
    return "\n".join(lines) + "\n"


def _constants(contract: Contract, message: Message) -> Iterator[str]:
    yield f"    KIND: ClassVar[int] = {message.kind}"
    yield f'    NAME: ClassVar[str] = "{message.snake_name}"'
    family = contract.family_of(message)
    for name, value in (
        ("FAMILY", family),
        ("FEATURE", message.feature),
        ("PROTOCOL", message.protocol),
    ):
        if value:
            yield f'    {name}: ClassVar[str] = "{value}"'
    if message.event:
        yield "    EVENT: ClassVar[str] = ("
        for piece in textwrap.wrap(message.event, 85, drop_whitespace=False):
            yield f'        "{piece}"'
        yield "    )"
    yield ""


def _documentation(message: Message) -> list[str]:
    said = [message.comment]
    for field in message.fields:
        many = f" (0 to {field.max_count})" if field.repeated else ""
        maybe = ", optional" if field.optional else ""
        said.append(f"{field.attribute}: {field.type}{many}{maybe}. {field.comment}".rstrip())
    return said


def _docstring(paragraphs: list[str], indent: str = "    ") -> list[str]:
    lines = textwrap.wrap(
        paragraphs[0], 95, initial_indent=f'{indent}"""', subsequent_indent=indent
    )
    if len(paragraphs) == 1:
        lines[-1] += '"""'
        return lines
    lines.append("")
    for paragraph in paragraphs[1:]:
        lines += textwrap.wrap(
            paragraph, 98, initial_indent=indent, subsequent_indent=f"{indent}    "
        )
    return [*lines, f'{indent}"""']


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="    # ", subsequent_indent="    # ")


def _first_defaulted(message: Message) -> int:
    """The number from which on fields have defaults: appended ones and trailing optional ones."""
    first = len(message.fields) + 1
    for field in reversed(message.fields):
        if not (field.since or field.optional):
            break
        first = field.number
    return first


def _default(field: Field) -> str:
    if field.optional:
        return "None"
    if field.repeated:
        return "()"
    if field.is_wide:
        return f"bytes({field.integer_bits // 8})"
    if field.type in _BYTES_OF:
        return f"bytes({_BYTES_OF[field.type]})"
    zero = {"string": '""', "bytes": 'b""', "bool": "False"}
    if field.type in zero:
        return zero[field.type]
    if field.type[0].isupper():
        return f"{field.type}.UNSPECIFIED"
    return "0"


def _annotation(field: Field) -> str:
    text = _element(field)
    if field.repeated:
        text = f"Annotated[tuple[{text}, ...], Meta(max_length={field.max_count})]"
    return f"{text} | None" if field.optional else text


def _element(field: Field) -> str:
    width = field.integer_bits // 8 if field.is_wide else _BYTES_OF.get(field.type, 0)
    if width:
        return f"Annotated[bytes, Meta(min_length={width}, max_length={width})]"
    if field.type == "bytes":
        return f"Annotated[bytes, Meta(max_length={field.max_bytes})]"
    if field.type == "string":
        return f"Annotated[str, Meta(max_length={field.max_bytes})]"
    if field.type == "uint64":
        # MessagePack itself ends at 2**64 - 1.
        return "Annotated[int, Meta(ge=0)]"
    if field.type == "bool" or field.type[0].isupper():
        return field.type
    bits = int(field.type.lstrip("suint"))
    if field.type[0] == "u":
        return f"Annotated[int, Meta(ge=0, le={2**bits - 1})]"
    return f"Annotated[int, Meta(ge={-(2 ** (bits - 1))}, le={2 ** (bits - 1) - 1})]"


def _property(field: Field) -> Iterator[str]:
    signed = ", signed=True" if field.type.startswith("int") else ""
    value = f'int.from_bytes(self.{field.attribute}, "big"{signed})'
    if field.optional:
        value = f"None if self.{field.attribute} is None else {value}"
    yield "    @property"
    yield f"    def {field.name}(self) -> int{' | None' if field.optional else ''}:"
    yield from _docstring([field.comment or f"{field.type}."], indent="        ")
    yield f"        return {value}"


def _any_message(contract: Contract) -> str:
    names = [each.name for each in contract.messages if not each.members]
    lines = ["# Any message: what a decoder of unknown bytes is asked for."]
    lines.append("Message: TypeAlias = (")
    lines += [f"    {'| ' if index else ''}{name}" for index, name in enumerate(names)]
    return "\n".join([*lines, ")"]) + "\n"


def _table(contract: Contract) -> str:
    lines = [
        "# Every message's fields with the exact types that the Structs' annotations only bound.",
        "FIELDS: Mapping[type[Struct], tuple[Declared, ...]] = {",
    ]
    for message in contract.messages:
        if message.members:
            continue
        lines.append(f"    {message.name}: (")
        for field in message.fields:
            many = ", repeated=True" if field.repeated else ""
            lines.append(
                f'        Declared("{field.name}", "{field.attribute}", "{field.type}"{many}),'
            )
        lines.append("    ),")
    return "\n".join([*lines, "}"]) + "\n"
