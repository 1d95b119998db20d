"""Lint of the .proto files, for what reviewers would otherwise repeat.

`contract` refuses declarations that cannot work; this finds those that readers cannot understand or
that cannot be maintained: a message or a field without a sentence, a batch without its identity, a
kind out of its range.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.protogen.contract import Contract, ContractError, Field, Message
from tools.protogen.event import events_of

__all__ = ["complaints"]

_MAX_COLUMNS = 100
_LOWER_CASE_NAMES = ("floor(", "features.", "across,")
# What these fields hold is plain from their names, or from the message that is their type.
_PLAIN_NAMES = frozenset(
    (
        *("hash", "parent_hash", "block_hash", "number", "block_number", "chain_id"),
        *("transaction_hash", "transaction_index", "log_index", "token0", "token1"),
        *("identity", "envelope", "block", "tier", "family"),
        *("session", "reason", "severity", "status"),
    )
)
_RANGE = re.compile(r"^//\s+(\d+) to\s+(\d+) (\w+\.proto)$", re.MULTILINE)


def complaints(folder: Path, contract: Contract) -> list[str]:
    """List every complaint about the files of a folder, each with file and place."""
    found = [complaint for path in sorted(folder.glob("*.proto")) for complaint in _text(path)]
    for enum in contract.enums:
        found += _sentence(f"{enum.file}: {enum.name}", enum.comment)
    for message in contract.messages:
        found += _message(message)
    found += _families(contract)
    found += _ranges(folder, contract)
    return found


def _text(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].startswith("// "):
        yield f"{path.name}: expected a comment that says what the file is for"
    for number, line in enumerate(lines, start=1):
        if len(line) > _MAX_COLUMNS and "option (event)" not in line:
            yield f"{path.name}:{number}: longer than {_MAX_COLUMNS} columns"
        if line != line.rstrip() or "\t" in line:
            yield f"{path.name}:{number}: white space at the end, or a tab"
    imports = [line for line in lines if line.startswith("import ")]
    if imports != sorted(imports):
        yield f"{path.name}: imports are not sorted"


def _sentence(where: str, comment: str) -> Iterator[str]:
    if not comment:
        yield f"{where}: expected a comment"
    elif not comment[0].isupper() or not comment.endswith((".", "?")):
        yield f"{where}: expected a sentence, got {comment!r}"


def _message(message: Message) -> Iterator[str]:
    where = f"{message.file}: {message.name}"
    yield from _sentence(where, message.comment)
    for field in message.fields:
        yield from _field(f"{where}.{field.name}", field)
    if message.events:
        try:
            events_of(message)
        except ContractError as error:
            yield str(error)
    if message.name.endswith("Batch") and (
        not message.fields or (message.fields[0].name, message.fields[0].type) != _IDENTITY
    ):
        yield f"{where}: expected `Identity identity = 1`"


_IDENTITY = ("identity", "Identity")


def _field(where: str, field: Field) -> Iterator[str]:
    if field.comment:
        # A sentence may begin with a name that is written in lower case.
        named = field.comment.startswith(_LOWER_CASE_NAMES)
        if not field.comment.endswith(".") or (field.comment[0].islower() and not named):
            yield f"{where}: expected a sentence, got {field.comment!r}"
        return
    if field.optional:
        yield f"{where}: optional without a comment that says when it is absent"
    elif field.name not in _PLAIN_NAMES:
        yield f"{where}: {field.type} without a comment that says its meaning and unit"


def _ranges(folder: Path, contract: Contract) -> Iterator[str]:
    """Hold every kind against the ranges that options.proto reserves."""
    text = (folder / "options.proto").read_text(encoding="utf-8")
    ranges = [(int(first), int(last), file) for first, last, file in _RANGE.findall(text)]
    for message in contract.messages:
        if message.members:
            continue
        inside = [file for first, last, file in ranges if first <= message.kind <= last]
        if inside != [message.file]:
            families = ", ".join(inside) or "no family yet"
            yield f"{message.file}: {message.name}: kind {message.kind} is reserved for {families}"


def _families(contract: Contract) -> Iterator[str]:
    known = {
        value.name for enum in contract.enums if enum.name == "Family" for value in enum.values
    }
    for message in contract.messages:
        family = contract.family_of(message)
        if family and family.upper() not in known:
            yield f"{message.file}: {message.name}: {family} is not in enum Family"
