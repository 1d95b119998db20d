"""Text from outside, made safe to show: what a screen, a log or a page would obey is escaped.

Subscriber names, token symbols, client versions, error messages and alert texts are written by
others. `plain` gives such a text as one line of visible characters, and bounds it. Control
characters (C0, C1, ESC, newlines), line separators, bidirectional overrides, zero-width and other
invisible characters, private-use and unassigned ones come out as the escapes that Python writes:
\\n, \\x1b, \\u202e. Visible letters of every script stay as they are.

A plain text stays as it is when it is made plain again, so every door may do it for itself: the
log, the console, the page and the alert.
"""

import unicodedata
from typing import Final

__all__ = ["MAX_PLAIN_CHARACTERS", "escaped_json", "plain"]

# As much as a person reads of one message.
MAX_PLAIN_CHARACTERS: Final = 512
# Letters of Vietnamese, Hebrew or Thai bear two or three marks; a tower of them hides other lines.
_MAX_MARKS: Final = 4
_DELETE: Final = "\x7f"
_NAMED: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Printable for Python and still nothing to see: Unicode's Default_Ignorable_Code_Point outside of
# category Cf, and the empty braille cell. Source: Unicode 15, DerivedCoreProperties.txt.
_INVISIBLE: Final = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    ]
)


def plain(text: str, limit: int = MAX_PLAIN_CHARACTERS) -> str:
    """Give `text` as one line of visible characters, at most `limit` of them.

    What was cut off is counted: the text then ends in "… (N more)".

    Raises:
        ValueError: the limit leaves no room to say that something was cut off.
    """
    if limit < len(_cut_mark(len(text))):
        raise ValueError(f"expected a limit of at least {len(_cut_mark(len(text)))}, found {limit}")
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    # How much of `text` and of what is shown still leaves room for the mark of a cut.
    room, fits, fits_of = limit - len(_cut_mark(len(text))), 0, 0
    length = marks = 0
    for read, one in enumerate(text):
        marks = marks + 1 if unicodedata.combining(one) else 0
        piece = one if _is_visible(one) and marks <= _MAX_MARKS else _escaped(one)
        shown.append(piece)
        length += len(piece)
        if length <= room:
            fits, fits_of = len(shown), read + 1
        elif length > limit:
            return "".join(shown[:fits]) + _cut_mark(len(text) - fits_of)
    return "".join(shown)


def escaped_json(text: str) -> str:
    """Give JSON of the same value, with what is not visible written as \\uXXXX.

    JSON is obliged to escape C0 only: C1, bidirectional overrides and the like may stand in it.
    Source: RFC 8259, section 7.
    """
    if text.isascii() and _DELETE not in text:
        return text
    return "".join(one if _is_visible(one) or one == "\n" else _json_escaped(one) for one in text)


def _json_escaped(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _cut_mark(more: int) -> str:
    return f"… ({more} more)"


def _is_visible(one: str) -> bool:
    return one.isprintable() and ord(one) not in _INVISIBLE


def _escaped(one: str) -> str:
    code = ord(one)
    if one in _NAMED:
        return _NAMED[one]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
