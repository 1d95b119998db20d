"""What reviewers would otherwise have to say of the .proto files again and again.

`contract` refuses what cannot work; this finds what works and cannot be understood, or not be kept
up: a message without a sentence, an amount without a unit, a batch without its identity.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.protogen.contract import Contract, ContractError, Field, Message
from tools.protogen.event import event_of

__all__ = ["complaints"]

_MAX_COLUMNS = 100
# Numbers of these types are amounts, prices or times, which mean nothing without a unit.
_MEASURES = re.compile(r"u?int(?:64|[789]\d|1\d\d|2\d\d)")
_LOWER_CASE_NAMES = ("floor(", "features.", "across,")
_SAY_IT_BY_NAME = ("number", "index", "seq", "slot", "gas_used", "gas_limit", "gas", "nonce")


def complaints(folder: Path, contract: Contract) -> list[str]:
    """List every complaint about the files of a folder, each with file and place."""
    found = [complaint for path in sorted(folder.glob("*.proto")) for complaint in _text(path)]
    for enum in contract.enums:
        found += _sentence(f"{enum.file}: {enum.name}", enum.comment)
    for message in contract.messages:
        found += _message(message)
    found += _families(contract)
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
        yield from _field(f"{where}.{field.name}", message, field)
    if message.event:
        try:
            event_of(message)
        except ContractError as error:
            yield str(error)
    if message.name.endswith("Batch") and (
        not message.fields or (message.fields[0].name, message.fields[0].type) != _IDENTITY
    ):
        yield f"{where}: expected `Identity identity = 1`"


_IDENTITY = ("identity", "Identity")


def _field(where: str, message: Message, field: Field) -> Iterator[str]:
    if field.comment:
        # A sentence may begin with a name that is written in lower case.
        named = field.comment.startswith(_LOWER_CASE_NAMES)
        if not field.comment.endswith(".") or (field.comment[0].islower() and not named):
            yield f"{where}: expected a sentence, got {field.comment!r}"
        return
    told = "units of" in message.comment or field.name.endswith(_SAY_IT_BY_NAME)
    if _MEASURES.fullmatch(field.type) and not told and not field.name.endswith("chain_id"):
        yield f"{where}: {field.type} without a comment that says its unit"
    if field.optional:
        yield f"{where}: optional without a comment that says when it is absent"


def _families(contract: Contract) -> Iterator[str]:
    known = {
        value.name for enum in contract.enums if enum.name == "Family" for value in enum.values
    }
    for message in contract.messages:
        family = contract.family_of(message)
        if family and family.upper() not in known:
            yield f"{message.file}: {message.name}: {family} is not in enum Family"
