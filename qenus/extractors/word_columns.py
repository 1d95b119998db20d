"""Columns of 32-byte words, cut to their type's width, padding looked at in all rows at once.

A column comes out as the wire carries its type: addresses, bytes32 and integers beyond 64 bits as
big-endian bytes of the type's own width, other integers and bool as numbers. Needs numpy, of the
extra `archive`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Words", "cut", "words_of"]

# One word of each row: shape (rows, 32), or (rows, n, 32) where n of them stand side by side.
Words: TypeAlias = npt.NDArray[np.uint8]
_Rows: TypeAlias = npt.NDArray[np.bool_]

_WORD = 32
_ONES = np.uint32(0xFFFFFFFF)
_SIGN = np.uint8(0x80)


def words_of(joined: bytes, rows: int, words: int) -> Words:
    """Lay bytes out as rows of so many words each, without copying them: (rows, words, 32)."""
    flat = np.frombuffer(joined, np.uint8) if joined else np.empty(0, np.uint8)
    return flat.reshape(rows, words, _WORD)


def cut(words: Words, kind: str) -> tuple[npt.NDArray[Any], _Rows | None]:
    """Cut one word of every row to the width of a Solidity value type.

    Returns the values, (rows, bytes) of uint8 or (rows,) of a number, and which rows are wrong:
    None where every word is a value of the type.
    """
    if kind in ("uint256", "int256", "bytes32", "bytes", "string"):
        # Of a text there is a column where it is indexed: its hash.
        return words, None
    if kind.startswith("bytes"):
        size = int(kind[5:])
        filled: _Rows = (words[:, size:] != 0).any(axis=1)
        return words[:, :size], filled
    bits = {"address": 160, "bool": 1}.get(kind) or int(kind.lstrip("uint"))
    if bits <= 64:
        return _number(words, kind, bits)
    pad = _WORD - bits // 8
    negative = words[:, pad] >= _SIGN if kind.startswith("int") else None
    return words[:, pad:], _differs(words, pad, negative)


def _number(words: Words, kind: str, bits: int) -> tuple[npt.NDArray[Any], _Rows]:
    """Read the last four or eight bytes as a number; the type may use a part of them."""
    size = 4 if bits <= 32 else 8
    code = "i" if kind.startswith("int") else "u"
    pad = _WORD - size
    read = np.ascontiguousarray(words[:, pad:]).view(f">{code}{size}")[:, 0]
    values: npt.NDArray[Any] = read.astype(f"{code}{size}")
    wrong = _differs(words, pad, values < 0 if code == "i" else None)
    if bits < 8 * size:
        half = 1 << (bits - 1)
        low, high = (-half, half - 1) if code == "i" else (0, 2 * half - 1)
        wrong |= (values < low) | (values > high)
    if kind == "bool":
        return values.astype(np.bool_), wrong
    width = next(each for each in (8, 16, 32, 64) if bits <= each)
    return values.astype(f"{code}{width // 8}", copy=False), wrong


def _differs(words: Words, pad: int, negative: _Rows | None) -> _Rows:
    """Tell the rows whose first `pad` bytes are not all zeros, or not all ones if negative."""
    # Four bytes at a time: a row's padding is a few of them.
    fours = words.view(np.uint32)
    bad = np.zeros(len(words), np.uint32)
    fill = None if negative is None else negative.astype(np.uint32) * _ONES
    for at in range(pad // 4):
        bad |= fours[:, at] if fill is None else fours[:, at] ^ fill
    for at in range(pad - pad % 4, pad):
        bad |= words[:, at] if fill is None else words[:, at] ^ fill.astype(np.uint8)
    wrong: _Rows = bad != 0
    return wrong
