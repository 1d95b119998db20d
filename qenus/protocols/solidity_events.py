"""Events as Solidity declares them: name, parameters, and the topic that their logs bear.

A declaration is written as in a contract, without `event` and semicolon. Value types, `bytes`,
`string`, T[n] and T[] of value types, and tuples of value types are read. A tuple's members become
parameters of their own, `<tuple>_<member>`: that is how the ABI lays a static tuple out.
Source: the Contract ABI Specification, "Events" and "Formal Specification of the Encoding".
"""

import re
from collections.abc import Iterator
from functools import cached_property

import attrs

# Not by way of qenus.chain: the generator reads declarations before there is any message.
from sha3 import keccak_256

from qenus.errors import LocalProtocolError

__all__ = ["Event", "Parameter", "read_event"]

_EVENT = re.compile(r"([A-Za-z_$][\w$]*)\((.*)\)")
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VALUE = r"address|bool|string|bytes(?:[1-9][0-9]?)?|u?int[1-9][0-9]{0,2}"
_PARAMETER = re.compile(rf"({_VALUE})(\[[1-9]?\])? (indexed )?({_NAME})")
_TUPLE = re.compile(rf"\((.+)\) (indexed )?({_NAME})")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MAX_INDEXED = 3


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
        """The width of an integer type; 0 for every other type."""
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
    def is_text(self) -> bool:
        """Whether it is of `bytes` or `string`, which have any length."""
        return self.type in ("bytes", "string")

    @property
    def is_dynamic(self) -> bool:
        """Whether its word in the data is an offset to where its values are."""
        return self.count == 0 or (self.is_text and not self.indexed)

    @property
    def head_words(self) -> int:
        """How many words it takes where the data begins."""
        return self.count or 1


@attrs.frozen(slots=False)
class Event:
    """An event as a contract declares it."""

    name: str
    parameters: tuple[Parameter, ...]
    signature: str
    declaration: str

    @cached_property
    def topic0(self) -> bytes:
        """Keccak-256 of the canonical signature."""
        digest: bytes = keccak_256(self.signature.encode("ascii")).digest()
        return digest

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


def read_event(declaration: str) -> Event:
    """Read one declaration.

    Raises:
        LocalProtocolError: a type that no decoder is made for, an integer of no Solidity width,
            an array or a tuple that is indexed, or more than three indexed parameters.
    """
    whole = _EVENT.fullmatch(declaration)
    if not whole:
        raise LocalProtocolError(f"expected Name(type [indexed] name, …), found {declaration!r}")
    name = whole[1]
    parameters: list[Parameter] = []
    types: list[str] = []
    for text in _split(whole[2]):
        inside = _TUPLE.fullmatch(text)
        members = [_parameter(name, each) for each in _split(inside[1] if inside else text)]
        if inside:
            _check_tuple(name, inside, members)
            types.append(f"({','.join(each.abi for each in members)})")
            prefix = _snake(inside[3])
            members = [attrs.evolve(each, name=f"{prefix}_{each.name}") for each in members]
        else:
            types += [each.abi for each in members]
        parameters += members
    if sum(each.indexed for each in parameters) > _MAX_INDEXED:
        raise LocalProtocolError(f"{name}: more than three indexed parameters")
    return Event(name, tuple(parameters), f"{name}({','.join(types)})", declaration)


def _split(text: str) -> Iterator[str]:
    """Part parameters at the commas that stand in no tuple."""
    if "(" not in text:
        yield from text.split(", ") if text else ()
        return
    depth = begin = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and text.startswith(", ", at):
            yield text[begin:at]
            begin = at + 2
    yield text[begin:]


def _parameter(event: str, text: str) -> Parameter:
    found = _PARAMETER.fullmatch(text)
    if not found:
        raise LocalProtocolError(f"{event}: cannot read the parameter {text!r}")
    count = None if found[2] is None else int(found[2][1:-1] or 0)
    parameter = Parameter(_snake(found[4]), found[1], found[3] is not None, count)
    size = int(parameter.type[5:] or 0) if parameter.type.startswith("bytes") else 0
    if parameter.bits % 8 or parameter.bits > 256 or size > 32:
        raise LocalProtocolError(f"{event}: {parameter.type} is no Solidity type")
    if parameter.indexed and parameter.count is not None:
        raise LocalProtocolError(f"{event}: an indexed array is a hash, not its values")
    if parameter.is_text and parameter.count is not None:
        raise LocalProtocolError(f"{event}: no decoder is made for {parameter.abi}")
    return parameter


def _check_tuple(event: str, found: re.Match[str], members: list[Parameter]) -> None:
    if found[2]:
        raise LocalProtocolError(f"{event}: an indexed tuple is a hash, not its values")
    for each in members:
        if each.indexed or each.is_dynamic:
            raise LocalProtocolError(f"{event}: no decoder is made for ({found[1]})")


def _snake(name: str) -> str:
    return _WORD_START.sub("_", name).lower()
