"""The parts of the generated messages: their base, their bounded types, their open enums.

Written by hand. msgspec checks the bounds while it decodes; `Declared` has the facts of
each field that its annotation cannot express, as one table for readers (JSON, error paths).
"""

from enum import IntEnum
from typing import Annotated, ClassVar, Self, TypeAlias

from msgspec import Meta, Struct

__all__ = ["Declared", "OpenEnum", "WireMessage", "declared"]

_MAX_ENUM = 2**31 - 1

Bytes4: TypeAlias = Annotated[bytes, Meta(min_length=4, max_length=4)]
Bytes8: TypeAlias = Annotated[bytes, Meta(min_length=8, max_length=8)]
Bytes14: TypeAlias = Annotated[bytes, Meta(min_length=14, max_length=14)]
Bytes16: TypeAlias = Annotated[bytes, Meta(min_length=16, max_length=16)]
Bytes20: TypeAlias = Annotated[bytes, Meta(min_length=20, max_length=20)]
Bytes32: TypeAlias = Annotated[bytes, Meta(min_length=32, max_length=32)]
Bytes48: TypeAlias = Annotated[bytes, Meta(min_length=48, max_length=48)]
Int24: TypeAlias = Annotated[int, Meta(ge=-(2**23), le=2**23 - 1)]
Uint8: TypeAlias = Annotated[int, Meta(ge=0, le=2**8 - 1)]
Uint16: TypeAlias = Annotated[int, Meta(ge=0, le=2**16 - 1)]
Uint24: TypeAlias = Annotated[int, Meta(ge=0, le=2**24 - 1)]
Uint32: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
# MessagePack itself ends at 2**64 - 1.
Uint64: TypeAlias = Annotated[int, Meta(ge=0)]


class WireMessage(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind"):
    """The base of every message: an array of its kind and its fields, in the contract's order.

    Messages are values without cycles, so the garbage collector need not look at them. msgspec
    wants a name for the tag although an array has none; no field may bear it.
    """

    # What stands at position 0, and the message's name in snake case.
    KIND: ClassVar[int]
    NAME: ClassVar[str]


class OpenEnum(IntEnum):
    """An enum to which later versions append: an unknown number stays itself, UNKNOWN_<n>.

    So a subscriber of an earlier version can still read, and pass on unchanged, what it does not
    know, as in proto3.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if type(value) is not int or not 0 <= value <= _MAX_ENUM:
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value}"
        unknown._value_ = value
        return unknown


class Declared(Struct, frozen=True):
    """One field as the contract declares it. Its place in the tuple plus one is its number."""

    # The name in the contract and in JSON; `attribute` is the name in Python.
    name: str
    attribute: str
    # A Solidity type, a proto scalar, or the name of a message, union or enum.
    type: str
    repeated: bool = False


def declared(text: str) -> tuple[Declared, ...]:
    """Read `name type, name type*, …` as the generated modules write it: the star for repeated."""
    return tuple(_declared(*item.split()) for item in text.split(", "))


def _declared(name: str, kind: str) -> Declared:
    repeated = kind.endswith("*")
    kind = kind.removesuffix("*")
    is_wide = kind.lstrip("u").startswith("int") and int(kind.lstrip("uint")) > 64
    return Declared(name, f"{name}_be" if is_wide else name, kind, repeated)
