"""The contract as values: what the .proto files declare, with options, comments and bounds.

protoc compiles the files into a descriptor set with source info; that is read back with the
project's own options (proto/options.proto) known. A declaration that breaks a rule of the contract
is refused here, so that no writer has to ask again.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

__all__ = ["Contract", "ContractError", "Enum", "EnumValue", "Field", "Message", "read_contract"]

_SCALARS = {4: "uint64", 8: "bool", 9: "string", 12: "bytes", 13: "uint32", 17: "sint32"}
_MESSAGE, _ENUM = 11, 14
_MESSAGE_OPTIONS = ("kind", "feature", "protocol", "draft")
_EVENT_OPTION = "event"
_FIELD_OPTIONS = ("abi", "max_bytes", "max_count", "since")
_REPEATED = 3
_ABI = re.compile(r"address|bytes(?:[1-9]|[12][0-9]|3[0-2]|48)|u?int[1-9][0-9]{0,2}")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ContractError(ValueError):
    """A .proto file declares something that the contract's rules forbid."""


@attrs.frozen
class Field:
    """One field of a message. `type` is a Solidity type, a proto scalar, or a declared name."""

    name: str
    number: int
    type: str
    comment: str
    optional: bool
    repeated: bool
    max_bytes: int
    max_count: int
    since: int

    @property
    def integer_bits(self) -> int:
        """The width of an integer type; 0 for every other type."""
        found = re.fullmatch(r"u?int(\d+)", self.type)
        return int(found[1]) if found else 0

    @property
    def is_wide(self) -> bool:
        """Whether the value travels as big-endian bytes: an integer beyond 64 bits."""
        return self.integer_bits > 64

    @property
    def attribute(self) -> str:
        """The name of the field in Python, which says when the value is big-endian bytes."""
        return f"{self.name}_be" if self.is_wide else self.name


@attrs.frozen
class Message:
    """A message; one with `members` is a union of other messages and has no kind of its own."""

    name: str
    file: str
    comment: str
    kind: int
    feature: str
    protocol: str
    events: tuple[str, ...]
    fields: tuple[Field, ...]
    members: tuple[str, ...]
    # No producer fills it yet: it may still change.
    draft: bool = False

    @property
    def snake_name(self) -> str:
        """The name as JSON and topics write it: BlockEnd is block_end."""
        return snake(self.name)


@attrs.frozen
class EnumValue:
    """A value of an enum, with the enum's own prefix taken off its name."""

    name: str
    number: int
    comment: str


@attrs.frozen
class Enum:
    """An open enum: later versions append values, earlier readers keep the number."""

    name: str
    file: str
    comment: str
    values: tuple[EnumValue, ...]


@attrs.frozen
class Contract:
    """Everything that the .proto files declare, messages in dependency order."""

    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]

    def message(self, name: str) -> Message:
        """Give the message of that name."""
        return next(each for each in self.messages if each.name == name)

    def is_draft(self, name: str) -> bool:
        """Whether a message, or every member of a union, is a draft."""
        found = next((each for each in self.messages if each.name == name), None)
        if found is None:
            return False
        return all(map(self.is_draft, found.members)) if found.members else found.draft

    def family_of(self, message: Message) -> str:
        """Name the family that a feature belongs to; empty for the rest.

        A family's files bear its name: amm.proto, and amm_curve.proto beside it.
        """
        if not message.feature:
            return ""
        stem = message.file.removesuffix(".proto")
        known = [value.name.lower() for enum in self.enums for value in enum.values]
        begins = [name for name in known if f"{stem}_".startswith(f"{name}_")]
        return max(begins, key=len, default=stem)


def snake(name: str) -> str:
    """Turn CamelCase into snake_case."""
    return _WORD_START.sub("_", name).lower()


def read_contract(folder: Path) -> Contract:
    """Compile every .proto file of a folder and check it against the contract's rules.

    Raises:
        ContractError: a rule is broken, or protoc refuses the files.
    """
    names = sorted(path.name for path in folder.glob("*.proto"))
    pool, files = _compile(folder, names)
    options = {
        name: pool.FindExtensionByName(f"qenus.{name}")
        for name in (*_MESSAGE_OPTIONS, _EVENT_OPTION, *_FIELD_OPTIONS)
    }
    messages: list[Message] = []
    enums: list[Enum] = []
    for file in files:
        if file.package != "qenus":
            continue
        comments = _comments(file)
        for index, declared in enumerate(file.enum_type):
            enums.append(_enum(file.name, declared, comments, (5, index)))
        for index, declared in enumerate(file.message_type):
            messages.append(_message(file.name, declared, comments, (4, index), options))
    contract = Contract(tuple(_in_dependency_order(messages)), tuple(enums))
    _check_kinds(contract)
    _check_drafts(contract)
    return contract


def _compile(folder: Path, names: list[str]) -> tuple[Any, list[Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "set.bin"
        arguments = ["protoc", f"-I{folder}", f"-I{_well_known()}", "--include_imports"]
        arguments += ["--include_source_info", f"--descriptor_set_out={target}", *names]
        if protoc.main(arguments) != 0:
            raise ContractError(f"protoc refuses {folder}")
        raw = target.read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(raw).file:
        pool.Add(file)
    # Read once more with classes of that pool: only they know the options as extensions.
    kind = pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet")
    parsed: Any = message_factory.GetMessageClass(kind).FromString(raw)
    return pool, list(parsed.file)


def _well_known() -> Path:
    return Path(protoc.__file__).parent / "_proto"


def _comments(file: Any) -> dict[tuple[int, ...], str]:
    return {
        tuple(place.path): " ".join(place.leading_comments.split())
        for place in file.source_code_info.location
        if place.leading_comments
    }


def _enum(file: str, declared: Any, comments: Any, path: tuple[int, ...]) -> Enum:
    prefix = snake(declared.name).upper() + "_"
    values = []
    for index, value in enumerate(declared.value):
        if not value.name.startswith(prefix):
            raise ContractError(f"{file}: {value.name}: expected the prefix {prefix}")
        if value.number != index:
            raise ContractError(f"{file}: {value.name}: expected number {index}")
        comment = comments.get((*path, 2, index), "")
        values.append(EnumValue(value.name.removeprefix(prefix), value.number, comment))
    if values[0].name != "UNSPECIFIED":
        raise ContractError(f"{file}: {declared.name}: expected {prefix}UNSPECIFIED = 0 first")
    return Enum(declared.name, file, comments.get(path, ""), tuple(values))


def _message(
    file: str, declared: Any, comments: Any, path: tuple[int, ...], options: dict[str, Any]
) -> Message:
    where = f"{file}: {declared.name}"
    said = {name: declared.options.Extensions[options[name]] for name in _MESSAGE_OPTIONS}
    said["events"] = tuple(declared.options.Extensions[options[_EVENT_OPTION]])
    unions = [each for each in declared.oneof_decl if not each.name.startswith("_")]
    members: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    if unions:
        members = tuple(field.type_name.rpartition(".")[2] for field in declared.field)
        whole = len(unions) == 1 and all(
            field.HasField("oneof_index") and field.type == _MESSAGE for field in declared.field
        )
        if not whole or said["kind"]:
            raise ContractError(f"{where}: a oneof of messages must be all there is, without kind")
    else:
        fields = tuple(
            _field(where, field, comments.get((*path, 2, index), ""), options)
            for index, field in enumerate(declared.field)
        )
        _check_fields(where, said["kind"], fields)
    comment = comments.get(path, "")
    return Message(declared.name, file, comment, fields=fields, members=members, **said)


def _field(where: str, declared: Any, comment: str, options: dict[str, Any]) -> Field:
    where = f"{where}.{declared.name}"
    abi, max_bytes, max_count, since = (
        declared.options.Extensions[options[name]] for name in _FIELD_OPTIONS
    )
    if declared.type in (_MESSAGE, _ENUM):
        type_name = declared.type_name.rpartition(".")[2]
    elif declared.type in _SCALARS:
        type_name = _SCALARS[declared.type]
    else:
        raise ContractError(f"{where}: expected one of {', '.join(_SCALARS.values())}")
    repeated = declared.label == _REPEATED
    field = Field(
        name=declared.name,
        number=declared.number,
        type=abi or type_name,
        comment=comment,
        optional=declared.proto3_optional,
        repeated=repeated,
        max_bytes=max_bytes,
        max_count=max_count,
        since=since,
    )
    _check_field(where, field, type_name, abi)
    return field


def _check_field(where: str, field: Field, scalar: str, abi: str) -> None:
    if not _SNAKE.fullmatch(field.name):
        raise ContractError(f"{where}: expected a name in snake_case")
    if abi:
        bits = field.integer_bits
        signed = abi.startswith("int")
        narrow = "sint32" if signed else "uint32" if bits <= 32 else "uint64"
        carrier = narrow if bits and not field.is_wide else "bytes"
        if not _ABI.fullmatch(abi) or bits % 8 or bits > 256 or scalar != carrier:
            raise ContractError(f"{where}: {abi} cannot travel as {scalar}")
    elif scalar in ("bytes", "string") and not field.max_bytes:
        raise ContractError(f"{where}: expected max_bytes or an abi type")
    if field.repeated != bool(field.max_count):
        raise ContractError(f"{where}: max_count belongs to repeated fields, and to each of them")


def _check_fields(where: str, kind: int, fields: tuple[Field, ...]) -> None:
    if not kind:
        raise ContractError(f"{where}: expected option (kind)")
    numbers = [field.number for field in fields]
    if numbers != list(range(1, len(fields) + 1)):
        raise ContractError(f"{where}: expected fields 1 to {len(fields)} in order, got {numbers}")
    versions = [field.since for field in fields]
    if versions != sorted(versions):
        raise ContractError(f"{where}: a field of a later version stands before an earlier one")


def _check_kinds(contract: Contract) -> None:
    seen: dict[int, str] = {}
    for message in contract.messages:
        if message.members:
            continue
        if message.kind in seen:
            first = seen[message.kind]
            raise ContractError(f"{message.file}: {message.name}: kind is that of {first}")
        seen[message.kind] = message.name


def _check_drafts(contract: Contract) -> None:
    """What is kept must not be made of what may still change."""
    for message in contract.messages:
        for field in message.fields if not message.draft else ():
            if contract.is_draft(field.type):
                raise ContractError(
                    f"{message.file}: {message.name}.{field.name}: {field.type} is a draft"
                )


def _in_dependency_order(messages: list[Message]) -> Iterator[Message]:
    by_name = {message.name: message for message in messages}
    done: set[str] = set()

    def visit(message: Message, inside: tuple[str, ...]) -> Iterator[Message]:
        if message.name in inside:
            raise ContractError(f"{message.file}: {message.name} contains itself")
        for name in (*message.members, *(field.type for field in message.fields)):
            if name in by_name and name not in done:
                yield from visit(by_name[name], (*inside, message.name))
        if message.name not in done:
            done.add(message.name)
            yield message

    for message in messages:
        yield from visit(message, ())
