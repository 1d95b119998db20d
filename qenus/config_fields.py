"""Fields of configuration sections: what a value must be, said once, where the field is declared.

Each room declares its section as a frozen attrs class of such fields; `qenus.config` reads the file
into all of them and reports every error at once. A field's check says what it expected and what it
found. Nothing is converted: true is no integer, and neither is "5".
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from qenus.plain_text import plain

__all__ = [
    "EXPECTED_NAME",
    "NAME",
    "PORT",
    "family_switch",
    "field_of",
    "integer",
    "list_of",
    "quoted",
    "section",
    "switch",
    "switched_off",
    "text",
    "texts",
]

# As much of a value as an error quotes.
_MAX_QUOTED_CHARACTERS: Final = 200
NAME: Final = r"[a-z0-9][a-z0-9_-]{0,31}"
EXPECTED_NAME: Final = "a name of lower-case letters, digits, - and _, 32 at most"
# 1 to 65534: the journal answers at the next one.
PORT: Final = r"(?!65535)(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"


def field_of(
    is_right: Callable[[object], bool],
    expected: str,
    *,
    default: Any = attrs.NOTHING,
    converter: Callable[[Any], Any] | None = None,
    shown: Callable[[object], str] = repr,
    metadata: Mapping[str, object] = MappingProxyType({}),
) -> Any:
    """A field of which `is_right` judges the value, as it is in the file and as it is kept.

    `shown` gives a value as an error shows it.
    """

    def check(_instance: object, _field: object, value: object) -> None:
        if not is_right(value):
            raise ValueError(f"expected {expected}, found {quoted(value, shown)}")

    return attrs.field(
        default=default,
        validator=check,
        converter=converter,
        metadata={"expected": expected, **metadata},
    )


def quoted(value: object, shown: Callable[[object], str] = repr) -> str:
    """Give a value as an error shows it."""
    try:
        found = shown(value)
    except ValueError:
        # Integers of thousands of digits are not written out.
        return "an integer that is too large to show"
    return plain(found, _MAX_QUOTED_CHARACTERS)


def _matches(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def text(pattern: str, expected: str, *, default: Any = attrs.NOTHING) -> Any:
    """A string field."""
    return field_of(_matches(pattern), expected, default=default)


def texts(pattern: str, expected: str, *, most: int) -> Any:
    """A field of strings: one or more."""
    return list_of(_matches(pattern), expected, most=most)


def list_of(
    is_right: Callable[[object], bool],
    expected: str,
    *,
    most: int,
    default: Any = attrs.NOTHING,
    converter: Callable[[Any], Any] | None = None,
    shown: Callable[[object], str] = repr,
) -> Any:
    """A field of several: one or more, unless none is the default; `shown` as for one."""
    least = 1 if default is attrs.NOTHING else 0
    each = f"a list of {'at least one ' if least else ''}{expected}"

    def check(_instance: object, _field: object, values: object) -> None:
        if not isinstance(values, tuple) or not least <= len(values) <= most:
            many = f", {most} at most" if isinstance(values, tuple) and len(values) > most else ""
            raise ValueError(f"expected {each}{many}, found {quoted(values)}")
        for value in values:
            if not is_right(value):
                raise ValueError(f"expected {expected}, found {quoted(value, shown)}")

    return attrs.field(
        default=default, validator=check, converter=converter, metadata={"expected": each}
    )


def integer(low: int, high: int, *, default: int) -> Any:
    """An integer field. true is no integer, and neither is "5"."""
    return field_of(
        lambda value: type(value) is int and low <= value <= high,
        f"an integer from {low} to {high}",
        default=default,
    )


def _is_switch(value: object) -> bool:
    return type(value) is bool


def switch(*, default: bool) -> Any:
    """A field that is true or false."""
    return field_of(_is_switch, "true or false", default=default)


def section(cls: type, *, by_name: bool = False, **default: Any) -> Any:
    """A field that is a table of its own; `by_name`: tables [field.NAME], as a tuple."""
    metadata = {"section": cls, "by_name": by_name, "expected": "a table"}
    return attrs.field(metadata=metadata, **default)


def family_switch() -> Any:
    """A switch named as a family of features: false where that family is not wanted."""
    return field_of(_is_switch, "true or false", default=True, metadata={"family": True})


def switched_off(section: attrs.AttrsInstance) -> frozenset[str]:
    """Give the names of the families that a section does not want."""
    fields = attrs.fields(type(section))
    return frozenset(
        each.name
        for each in fields
        if each.metadata.get("family") and not getattr(section, each.name)
    )
