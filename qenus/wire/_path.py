"""Turns the decoder's positions into the contract's names: `$[2][0][7]` is `.features[0].tick`.

Only for errors. Where a position leads into a union, the bytes show which member it is; the walk
over them builds no values and is bounded.
"""

import re
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from qenus.wire.messages import FIELDS

__all__ = ["claimed_kind", "named_path"]

# At most this many kinds are listed in an error.
_FEW = 12
_UNIONS = (Union, UnionType)
_AT = re.compile(r"(?s)(.*) - at `\$((?:\[(?:\d+|\.\.\.)\])*)`")
_SAYS_WHAT_IT_FOUND = re.compile(r", got |^Invalid (?:enum )?value (.*)", re.DOTALL)
# How many values may be passed over to find a place; beyond it positions stay numbers.
_WALK = 100_000


def claimed_kind(data: bytes) -> int | None:
    """Read the kind that the bytes claim to be of; None where no array with a number stands."""
    return _Walk(data).kind()


def named_path(said: str, data: bytes, kind: Any) -> str:
    """Rewrite a decoder's message: where by name, what was expected, what was found."""
    parts = _AT.fullmatch(said)
    text, steps = (parts[1], re.findall(r"[\d.]+", parts[2])) if parts else (said, [])
    walk: _Walk | None = _Walk(data)
    kind = outside = _member(kind, walk)
    where = getattr(kind, "__name__", "message")
    for step in steps:
        if step == "...":
            where, walk = f"{where}[...]", None
            break
        outside = kind
        name, kind = _inside(kind, int(step))
        where += name
        walk = walk.element(int(step)) if walk else None
        kind = _member(kind, walk)
    return f"{where}: {_explained(text, walk, kind, outside)}"


def _explained(text: str, walk: "_Walk | None", kind: Any, outside: Any) -> str:
    """Say what was expected and what was found, in the same words whatever went wrong."""
    said = _SAYS_WHAT_IT_FOUND.search(text)
    if said is None:
        found = walk.shown() if walk else "something else"
        return f"{text[:1].lower()}{text[1:]}, found {found}"
    if said[1] is None:
        return f"{text[:1].lower()}{text[1:]}".replace(", got ", ", found ")
    if isinstance(kind, type):
        return f"expected a number of {kind.__name__}, found {said[1]}"
    kinds = [each.KIND for each in get_args(outside) or (outside,) if hasattr(each, "KIND")]
    if len(kinds) > _FEW:
        return f"expected one of {len(kinds)} kinds of message, found {said[1]}"
    return f"expected {' or '.join(map(str, sorted(kinds)))}, found {said[1]}"


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _inside(kind: Any, position: int) -> tuple[str, Any]:
    fields = FIELDS.get(kind) if isinstance(kind, type) else None
    if fields is not None and 1 <= position <= len(fields):
        declared = fields[position - 1]
        return f".{declared.name}", _hints(kind)[declared.attribute]
    if position == 0 and (fields is not None or get_origin(kind) in _UNIONS):
        return ".kind", None
    if get_origin(kind) is tuple:
        return f"[{position}]", get_args(kind)[0]
    return f"[{position}]", None


def _member(kind: Any, walk: "_Walk | None") -> Any:
    """Choose the union's member that the bytes claim to be; leave other types as they are."""
    if get_origin(kind) not in _UNIONS:
        return kind
    members = [each for each in get_args(kind) if each is not type(None)]
    if len(members) == 1:
        return members[0]
    claimed = walk.kind() if walk else None
    return next((each for each in members if getattr(each, "KIND", None) == claimed), kind)


class _Walk:
    """A position in MessagePack bytes; each move gives None where the bytes are malformed."""

    def __init__(self, data: bytes, at: int = 0, left: int = _WALK) -> None:
        self._data = data
        self._at = at
        self._left = left

    def element(self, position: int) -> "_Walk | None":
        """Go to the element at that position of the array that stands here."""
        opened = self._array()
        if opened is None or position >= opened[0]:
            return None
        at, pending = opened[1], position
        while pending:
            self._left -= 1
            step = _value(self._data, at)
            if step is None or self._left < 0:
                return None
            at, inside = step
            pending += inside - 1
        return _Walk(self._data, at, self._left)

    def kind(self) -> int | None:
        """Read the number at position 0 of the array that stands here."""
        opened = self._array()
        head = self._data[opened[1] : opened[1] + 3] if opened else b""
        if len(head) >= 2 and head[0] == 0xCC:
            return head[1]
        if len(head) == 3 and head[0] == 0xCD:
            return int.from_bytes(head[1:], "big")
        return head[0] if head and head[0] < 0x80 else None

    def shown(self) -> str:
        """Say what stands here: an integer itself, of anything longer how long it is."""
        head = self._data[self._at : self._at + 9]
        if not head:
            return "nothing"
        first = head[0]
        if first < 0x80 or first >= 0xE0:
            return str(int.from_bytes(head[:1], "big", signed=True))
        if first in _INTEGERS:
            size, signed = _INTEGERS[first]
            return str(int.from_bytes(head[1 : 1 + size], "big", signed=signed))
        if array := self._array():
            return f"{array[0]} elements"
        if first in _SIZED:
            return f"{int.from_bytes(head[1 : 1 + _SIZED[first][0]], 'big')} bytes"
        if 0xA0 <= first < 0xC0:
            return f"{first & 0x1F} bytes"
        return "something else"

    def _array(self) -> tuple[int, int] | None:
        head = self._data[self._at : self._at + 5]
        if head and 0x90 <= head[0] <= 0x9F:
            return head[0] & 0x0F, self._at + 1
        if head and head[0] == 0xDC:
            return int.from_bytes(head[1:3], "big"), self._at + 3
        if head and head[0] == 0xDD:
            return int.from_bytes(head[1:5], "big"), self._at + 5
        return None


# Size in bytes and sign.
_INTEGERS = {
    0xCC: (1, False), 0xCD: (2, False), 0xCE: (4, False), 0xCF: (8, False),
    0xD0: (1, True), 0xD1: (2, True), 0xD2: (4, True), 0xD3: (8, True),
}  # fmt: skip
# Bytes after the first one, for the types whose size is fixed; MessagePack specification, formats.
_FIXED = {
    0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1,
    0xD1: 2, 0xD2: 4, 0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip
# Width of the length, and bytes beside the length and the body.
_SIZED = {
    0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1),
    0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0),
}  # fmt: skip
_NESTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


def _value(data: bytes, at: int) -> tuple[int, int] | None:
    """Pass over one head or scalar: the place after it and how many values it opens."""
    if at >= len(data):
        return None
    first = data[at]
    if first < 0x80 or first >= 0xE0:
        return at + 1, 0
    if first < 0xA0:
        return at + 1, (first & 0x0F) * (2 if first < 0x90 else 1)
    if first < 0xC0:
        return at + 1 + (first & 0x1F), 0
    if first in _FIXED:
        return at + 1 + _FIXED[first], 0
    if first in _SIZED:
        width, beside = _SIZED[first]
        return at + 1 + width + beside + int.from_bytes(data[at + 1 : at + 1 + width], "big"), 0
    if first in _NESTED:
        width, each = _NESTED[first]
        return at + 1 + width, each * int.from_bytes(data[at + 1 : at + 1 + width], "big")
    return None
