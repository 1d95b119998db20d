"""RLP, the encoding that every hash and root on these chains is taken over.

Encoding is built from four pieces (string, integer, list header, list) because the hot callers
know the shape of what they encode and put the bytes together in one pass. Decoding accepts only
the canonical form: two different byte strings never decode to the same item.
Source: Ethereum Yellow Paper, appendix B.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

__all__ = [
    "LIST_HEADERS",
    "STRING_HEADERS",
    "Item",
    "RlpError",
    "decode",
    "encode",
    "encode_bytes",
    "encode_list",
    "encode_uint",
    "list_header",
]

Item: TypeAlias = "bytes | list[Item]"

# Deeper than any structure of the chains nests (a trie node holds one level of inline nodes).
_MAX_DEPTH = 16
# More than any receipt has: its items cost gas. An empty list takes one byte as RLP and 64 as ours.
_MAX_ITEMS = 1 << 20


class RlpError(ValueError):
    """The bytes are not one canonical RLP item."""


def _header(short: int, length: int) -> bytes:
    if length < 56:
        return bytes((short + length,))
    size = (length.bit_length() + 7) >> 3
    return bytes((short + 55 + size,)) + length.to_bytes(size, "big")


# Headers of the most frequent lengths, made once: a block needs 3,000.
LIST_HEADERS: Final = tuple(_header(0xC0, length) for length in range(2048))
STRING_HEADERS: Final = tuple(_header(0x80, length) for length in range(2048))


def list_header(length: int) -> bytes:
    """Give the prefix of a list whose encoded items take `length` bytes."""
    return LIST_HEADERS[length] if length < 2048 else _header(0xC0, length)


def encode_bytes(value: bytes) -> bytes:
    """Encode a byte string."""
    length = len(value)
    if length < 2048:
        if length == 1 and value < b"\x80":
            return value
        return STRING_HEADERS[length] + value
    return _header(0x80, length) + value


def encode_uint(value: int) -> bytes:
    """Encode a non-negative integer: big-endian without leading zeros, zero as the empty string."""
    if value < 0x80:
        return bytes((value,)) if value else b"\x80"
    return encode_bytes(value.to_bytes((value.bit_length() + 7) >> 3, "big"))


def encode_list(encoded_items: Iterable[bytes]) -> bytes:
    """Encode a list whose items are encoded already."""
    payload = b"".join(encoded_items)
    return list_header(len(payload)) + payload


def encode(item: Item) -> bytes:
    """Encode a byte string or a (nested) list of them."""
    if isinstance(item, bytes):
        return encode_bytes(item)
    return encode_list([encode(child) for child in item])


def decode(data: bytes, max_items: int = _MAX_ITEMS) -> Item:
    """Decode exactly one item that fills `data`, with at most `max_items` items in it.

    Raises:
        RlpError: more items, or bytes that `encode` would not produce: trailing bytes, a length
            that is longer than needed, a single byte wrapped in a string, nesting beyond 16
            levels.
    """
    item, end = _decode_at(data, 0, len(data), _MAX_DEPTH, [max_items])
    if end != len(data):
        raise RlpError(f"{len(data) - end} bytes after the item")
    return item


def _decode_at(data: bytes, at: int, limit: int, depth: int, budget: list[int]) -> tuple[Item, int]:
    if at >= limit:
        raise RlpError(f"no item at byte {at}")
    prefix = data[at]
    if prefix < 0x80:
        return data[at : at + 1], at + 1
    is_list = prefix >= 0xC0
    start, end = _span(data, at, limit, prefix - (0xC0 if is_list else 0x80))
    if not is_list:
        if end - start == 1 and data[start] < 0x80:
            raise RlpError(f"a single byte below 0x80 wrapped in a string at byte {at}")
        return data[start:end], end
    if depth == 0:
        raise RlpError(f"lists nest deeper than {_MAX_DEPTH} at byte {at}")
    items: list[Item] = []
    position = start
    while position < end:
        if budget[0] == 0:
            raise RlpError(f"too many items, more begin at byte {position}")
        budget[0] -= 1
        child, position = _decode_at(data, position, end, depth - 1, budget)
        items.append(child)
    return items, end


def _span(data: bytes, at: int, limit: int, tag: int) -> tuple[int, int]:
    """Give where the payload of the string or list at `at` starts and ends."""
    start = at + 1
    if tag < 56:
        length = tag
    else:
        start += tag - 55
        encoded = data[at + 1 : start]
        if start > limit or encoded[0] == 0:
            raise RlpError(f"a length with leading zeros or cut short at byte {at}")
        length = int.from_bytes(encoded, "big")
        if length < 56:
            raise RlpError(f"a long form for a short length at byte {at}")
    if length > limit - start:
        raise RlpError(f"{length} bytes announced at byte {at}, {limit - start} there")
    return start, start + length
