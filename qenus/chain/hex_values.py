"""Quantities and data of JSON-RPC: the two hex encodings of values.

A quantity is an integer: 0x, then hex digits. By the specification they are lower case and without
leading zeros, and nearly all nodes write them so: there is a fast path for that. Some nodes pad
words and signatures with zeros or write upper-case digits; that is the same number and is read too,
up to 32 bytes of digits. Data is bytes: 0x, then two digits for each byte, of either case, since
some nodes write addresses with their checksum (EIP-55). Why this is safe stands in `rpc_shapes`.
Source: EIP-1474, ethereum/execution-apis base types.

These functions run some ten thousand times a block. So each takes the field's name as an argument,
and raises `Malformed`, which the caller turns into a rejection with the full path.
"""

from binascii import unhexlify
from typing import Final

from qenus.chain.rlp import STRING_HEADERS, encode_uint

__all__ = ["Malformed", "data", "fixed", "quantity", "quantity_rlp"]


class Malformed(ValueError):
    """A value does not follow the rules of its type. `field` is its path within the part read."""

    def __init__(self, field: str, expected: str, found: object) -> None:
        """Say that `field` should have been `expected` and was `found`."""
        super().__init__(field, expected, found)
        self.field = field
        self.expected = expected
        self.found = found


# Values of at most two digits: most values, gas prices and signatures aside.
_SHORT_RLP: Final = {f"0x{value:x}": encode_uint(value) for value in range(256)}
# 0x and the digits of 32 bytes: no number of the chains is longer, however it is padded.
_MAX_QUANTITY_CHARACTERS: Final = 66


def quantity(text: str, bits: int, field: str) -> int:
    """Read a quantity of at most `bits` bits.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    digits = text[2:]
    if (
        text[:2] == "0x"
        and 4 * len(digits) <= bits
        and (digits[:1] != "0" or digits == "0")
        and text.islower()
    ):
        try:
            # Unlike int(), this takes neither signs, nor blanks, nor underscores.
            raw = unhexlify(digits if len(digits) % 2 == 0 else "0" + digits)
        except ValueError:
            raw = b""
        if raw:
            return int.from_bytes(raw, "big")
    return _unusual_quantity(text, bits, field)


def quantity_rlp(text: str, bits: int, field: str) -> bytes:
    """Read a quantity of at most `bits` bits straight into its RLP.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    length = len(text)
    if length < 5:
        known = _SHORT_RLP.get(text)
        if known is not None:
            return known
    elif text[:2] == "0x" and text[2] != "0" and 4 * length - 8 <= bits and text.islower():
        try:
            raw = unhexlify(text[2:] if length % 2 == 0 else "0" + text[2:])
        except ValueError:
            pass
        else:
            return STRING_HEADERS[len(raw)] + raw
    return encode_uint(_unusual_quantity(text, bits, field))


def data(text: str, max_bytes: int, field: str) -> bytes:
    """Read data of any length up to `max_bytes`.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if text[:2] == "0x" and len(text) <= 2 + 2 * max_bytes:
        try:
            return unhexlify(text[2:])
        except ValueError:
            pass
    raise Malformed(field, f"0x and hex digits of whole bytes, at most {max_bytes} bytes", text)


def fixed(text: str, size: int, field: str) -> bytes:
    """Read data of exactly `size` bytes.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    if len(text) == 2 + 2 * size and text[:2] == "0x":
        try:
            return unhexlify(text[2:])
        except ValueError:
            pass
    raise Malformed(field, f"0x and {2 * size} hex digits", text)


def _unusual_quantity(text: str, bits: int, field: str) -> int:
    """Read a quantity with zeros before it or upper-case digits.

    Raises:
        Malformed: a value is missing or not of its type.
    """
    digits = text[2:]
    if text[:2] == "0x" and digits and len(text) <= _MAX_QUANTITY_CHARACTERS:
        try:
            value = int.from_bytes(unhexlify(digits.zfill(len(digits) + len(digits) % 2)), "big")
        except ValueError:
            pass
        else:
            if value.bit_length() <= bits:
                return value
    raise Malformed(field, f"0x and the hex digits of a quantity of at most {bits} bits", text)
