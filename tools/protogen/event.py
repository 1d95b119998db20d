"""Reads an event's Solidity declaration: name, parameters, and the topic that it is filed by."""

import re

import attrs
import sha3

from tools.protogen.contract import ContractError, snake

__all__ = ["Event", "Parameter", "read_event"]

_EVENT = re.compile(r"([A-Za-z_$][\w$]*)\((.*)\)")
_PARAMETER = re.compile(r"(address|bytes32|u?int[1-9][0-9]{0,2}) (indexed )?([a-z][A-Za-z0-9]*)")


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
