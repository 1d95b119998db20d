"""What a generated message knows beyond its Struct: open enums and its fields' exact types.

Written by hand; the generated module builds on it and the readers (JSON, error paths, reference)
work from the tables that it declares.
"""

from enum import IntEnum
from typing import Self

import msgspec

__all__ = ["Declared", "OpenEnum"]

_MAX_ENUM = 2**31 - 1


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


class Declared(msgspec.Struct, frozen=True):
    """One field as the contract declares it. Its place in the tuple plus one is its number."""

    # The name in the contract and in JSON; `attribute` is the name in Python.
    name: str
    attribute: str
    # A Solidity type, a proto scalar, or the name of a message, union or enum.
    type: str
    repeated: bool = False
