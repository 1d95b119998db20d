"""Reads an event's Solidity declaration: name, parameters, and the topic that it is filed by."""

import re

import attrs
import sha3

from tools.protogen.contract import ContractError, Field, Message, snake

__all__ = ["Event", "Parameter", "events_of", "read_event"]

_EVENT = re.compile(r"([A-Za-z_$][\w$]*)\((.*)\)")
_PARAMETER = re.compile(
    r"(address|bool|bytes32|u?int[1-9][0-9]{0,2})(\[[1-9]?\])? (indexed )?([A-Za-z][A-Za-z0-9_]*)"
)

# What T[] may be an array of: qenus/extractors/abi_array.py reads these.
_IN_ARRAYS = ("address", "bytes32", "uint256", "int256")
# The first fields of every message that is read from a log.
_FROM_THE_LOG = {
    "transaction_hash": "bytes32",
    "transaction_index": "uint32",
    "log_index": "uint32",
    "address": "address",
}


@attrs.frozen
class Parameter:
    """One parameter of an event; `name` is the contract's own, in snake case.

    `count` says how many values it is: None for one value, n for T[n], 0 for T[].
    """

    name: str
    type: str
    indexed: bool
    count: int | None = None

    @property
    def bits(self) -> int:
        """The width of an integer type; 0 for address, bool and bytes32."""
        return int(self.type.lstrip("uint")) if "int" in self.type else 0

    @property
    def signed(self) -> bool:
        """Whether the type is a signed integer."""
        return self.type.startswith("int")

    @property
    def abi(self) -> str:
        """The type as the canonical signature writes it."""
        return self.type if self.count is None else f"{self.type}[{self.count or ''}]"

    @property
    def is_dynamic(self) -> bool:
        """Whether its word in the data is an offset to where its values are."""
        return self.count == 0

    @property
    def head_words(self) -> int:
        """How many words it takes where the data begins."""
        return self.count or 1


@attrs.frozen
class Event:
    """An event of value types and of arrays of them; arrays are never indexed."""

    name: str
    parameters: tuple[Parameter, ...]
    declaration: str

    @property
    def signature(self) -> str:
        """The canonical signature that is hashed into topic 0."""
        return f"{self.name}({','.join(each.abi for each in self.parameters)})"

    @property
    def topic0(self) -> bytes:
        """Keccak-256 of the signature."""
        return bytes(sha3.keccak_256(self.signature.encode("ascii")).digest())

    @property
    def indexed(self) -> tuple[Parameter, ...]:
        """The parameters that are topics 1 to 3."""
        return tuple(each for each in self.parameters if each.indexed)

    @property
    def in_data(self) -> tuple[Parameter, ...]:
        """The parameters that are in the log's data."""
        return tuple(each for each in self.parameters if not each.indexed)

    @property
    def head_bytes(self) -> int:
        """The size of the data where no parameter is dynamic, of its first part otherwise."""
        return 32 * sum(each.head_words for each in self.in_data)

    @property
    def is_dynamic(self) -> bool:
        """Whether any parameter is."""
        return any(each.is_dynamic for each in self.parameters)


def read_event(where: str, declaration: str) -> Event:
    """Read a declaration as Solidity writes it, without `event` and semicolon.

    Raises ContractError: a type that no decoder is made for, an integer of no Solidity width, an
    array that is indexed, or more than three indexed parameters.
    """
    whole = _EVENT.fullmatch(declaration)
    if not whole:
        raise ContractError(f"{where}: expected Name(type [indexed] name, …), got {declaration!r}")
    parameters = []
    for text in whole[2].split(", ") if whole[2] else ():
        found = _PARAMETER.fullmatch(text)
        if not found:
            raise ContractError(f"{where}: {whole[1]}: cannot read the parameter {text!r}")
        count = None if found[2] is None else int(found[2][1:-1] or 0)
        parameter = Parameter(snake(found[4]), found[1], found[3] is not None, count)
        if parameter.bits % 8 or parameter.bits > 256:
            raise ContractError(f"{where}: {whole[1]}: {parameter.type} is no Solidity type")
        if parameter.indexed and parameter.count is not None:
            raise ContractError(f"{where}: {whole[1]}: an indexed array is a hash, not its values")
        if parameter.is_dynamic and parameter.type not in _IN_ARRAYS:
            raise ContractError(f"{where}: {whole[1]}: no decoder is made for {parameter.abi}")
        parameters.append(parameter)
    event = Event(whole[1], tuple(parameters), declaration)
    if len(event.indexed) > 3:
        raise ContractError(f"{where}: {whole[1]}: more than three indexed parameters")
    return event


def events_of(message: Message) -> tuple[Event, ...]:
    """Read the events that a message declares, and hold the message's fields against them.

    Raises ContractError: a declaration cannot be read, or the fields do not follow it.
    """
    where = f"{message.file}: {message.name}"
    events = tuple(read_event(where, each) for each in message.events)
    declared = [(field.name, field.type) for field in message.fields[: len(_FROM_THE_LOG)]]
    if declared != list(_FROM_THE_LOG.items()):
        raise ContractError(f"{where}: fields {declared} do not follow the event: no log's place")
    own = message.fields[len(_FROM_THE_LOG) :]
    for event in events:
        _hold_against(where, own, event)
    for field in own:
        said_by = [event for event in events if field.name in _names(event)]
        if not said_by or (len(said_by) < len(events)) != field.optional:
            raise ContractError(f"{where}: {field.name}: optional is what only some events say")
    return events


def _names(event: Event) -> list[str]:
    return [each.name for each in event.parameters]


def _hold_against(where: str, fields: tuple[Field, ...], event: Event) -> None:
    by_name = {field.name: field for field in fields}
    following = [field.name for field in fields if field.name in _names(event)]
    if following != _names(event):
        raise ContractError(
            f"{where}: fields {list(by_name)} do not follow the event {event.declaration}"
        )
    for parameter in event.parameters:
        field = by_name[parameter.name]
        if not _carries(field, parameter):
            raise ContractError(
                f"{where}: {field.name}: {field.type} does not follow the event's {parameter.abi}"
            )


def _carries(field: Field, parameter: Parameter) -> bool:
    if field.repeated != (parameter.count is not None):
        return False
    if parameter.count is not None and parameter.count > field.max_count:
        return False
    # A narrower integer fits into a wider field where both travel as numbers.
    widened = (
        parameter.signed == field.type.startswith("int")
        and 0 < parameter.bits <= field.integer_bits <= 64
    )
    return field.type == parameter.type or widened
