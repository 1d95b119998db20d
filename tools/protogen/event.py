"""Reads an event's Solidity declaration: name, parameters, and the topic that it is filed by."""

import re

import attrs
import sha3

from tools.protogen.contract import ContractError, Message, snake

__all__ = ["Event", "Parameter", "event_of", "read_event"]

_EVENT = re.compile(r"([A-Za-z_$][\w$]*)\((.*)\)")
_PARAMETER = re.compile(r"(address|bytes32|u?int[1-9][0-9]{0,2}) (indexed )?([a-z][A-Za-z0-9]*)")

# The first fields of every message that is read from a log.
_FROM_THE_LOG = {
    "transaction_hash": "bytes32",
    "transaction_index": "uint32",
    "log_index": "uint32",
    "address": "address",
}


@attrs.frozen
class Parameter:
    """One parameter of an event; `name` is the contract's own, in snake case."""

    name: str
    type: str
    indexed: bool

    @property
    def bits(self) -> int:
        """The width of an integer type; 0 for address and bytes32."""
        return int(self.type.lstrip("uint")) if "int" in self.type else 0

    @property
    def signed(self) -> bool:
        """Whether the type is a signed integer."""
        return self.type.startswith("int")


@attrs.frozen
class Event:
    """An event of value types only, so that each parameter is exactly one 32-byte word."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def signature(self) -> str:
        """The canonical signature that is hashed into topic 0."""
        return f"{self.name}({','.join(each.type for each in self.parameters)})"

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
        """The parameters that are words of the log's data."""
        return tuple(each for each in self.parameters if not each.indexed)


def read_event(where: str, declaration: str) -> Event:
    """Read a declaration as Solidity writes it, without `event` and semicolon.

    Raises ContractError: a type of no fixed width, an integer of no Solidity width, or more than
    three indexed parameters.
    """
    whole = _EVENT.fullmatch(declaration)
    if not whole:
        raise ContractError(f"{where}: expected Name(type [indexed] name, …), got {declaration!r}")
    parameters = []
    for text in whole[2].split(", "):
        found = _PARAMETER.fullmatch(text)
        if not found:
            raise ContractError(f"{where}: {whole[1]}: cannot read the parameter {text!r}")
        parameter = Parameter(snake(found[3]), found[1], found[2] is not None)
        if parameter.bits % 8 or parameter.bits > 256:
            raise ContractError(f"{where}: {whole[1]}: {parameter.type} is no Solidity type")
        parameters.append(parameter)
    event = Event(whole[1], tuple(parameters))
    if len(event.indexed) > 3:
        raise ContractError(f"{where}: {whole[1]}: more than three indexed parameters")
    return event


def event_of(message: Message) -> Event:
    """Read the event that a message declares, and hold the message's fields against it.

    Raises ContractError: the declaration cannot be read, or the fields do not follow it.
    """
    event = read_event(f"{message.file}: {message.name}", message.event)
    declared = [(field.name, field.type) for field in message.fields]
    expected = [
        *_FROM_THE_LOG.items(),
        *((each.name, each.type) for each in event.parameters),
    ]
    if declared != expected:
        raise ContractError(
            f"{message.file}: {message.name}: fields {declared} do not follow the event {expected}"
        )
    return event
