"""Quantities and data of JSON-RPC: the two ways in which a node writes a value as hex text.

A quantity is an integer: 0x, then hex digits without leading zeros, zero as 0x0. Data is bytes: 0x,
then two digits for each byte. Both are read strictly; a value that two texts could write is a
value that two nodes could disagree about. Source: EIP-1474, ethereum/execution-apis base types.

These run some ten thousand times a block, so they take the field's name along instead of being
wrapped, and fail with `Malformed`, which the caller turns into a rejection that knows the path.
"""

from binascii import unhexlify
from typing import Final

from qenus.chain.rlp import encode_bytes

__all__ = ["Malformed", "data", "fixed", "quantity", "quantity_rlp", "signature_rlp"]


class Malformed(ValueError):
    """A value does not follow the rules of its type. `field` is its path within the part read."""

    def __init__(self, field: str, expected: str, found: object) -> None:
        """Say that `field` should have been `expected` and was `found`."""
        super().__init__(field, expected, found)
        self.field = field
        self.expected = expected
        self.found = found


_DIGIT_RLP: Final = {f"0x{digit:x}": bytes((digit,)) if digit else b"\x80" for digit in range(16)}
_STRING_PREFIX: Final = [bytes((0x80 + length,)) for length in range(56)]


def quantity(text: str, bits: int, field: str) -> int:
    """Read a quantity of at most `bits` bits. Raises Malformed."""
    raw = _quantity_bytes(text, bits, field)
    return int.from_bytes(raw, "big")


def quantity_rlp(text: str, bits: int, field: str) -> bytes:
    """Read a quantity of at most `bits` bits straight into its RLP. Raises Malformed."""
    if len(text) == 3 and text in _DIGIT_RLP:
        return _DIGIT_RLP[text]
    raw = _quantity_bytes(text, bits, field)
    if len(raw) == 1 and raw < b"\x80":
        return raw
    return _STRING_PREFIX[len(raw)] + raw


def signature_rlp(text: str, field: str) -> bytes:
    """Read r or s of a signature straight into its RLP. Raises Malformed.

    Some nodes write them as 32 bytes of data instead of as quantities: the same number, and the
    transactions root decides whether it is the right one.
    """
    if len(text) == 66 and text[2:3] == "0":
        return encode_bytes(fixed(text, 32, field).lstrip(b"\x00"))
    return quantity_rlp(text, 256, field)


def data(text: str, max_bytes: int, field: str) -> bytes:
    """Read data of any length up to `max_bytes`. Raises Malformed."""
    if text[:2] == "0x" and len(text) <= 2 + 2 * max_bytes:
        try:
            return unhexlify(text[2:])
        except ValueError:
            pass
    raise Malformed(field, f"0x and hex digits of whole bytes, at most {max_bytes} bytes", text)


def fixed(text: str, size: int, field: str) -> bytes:
    """Read data of exactly `size` bytes. Raises Malformed."""
    if len(text) == 2 + 2 * size and text[:2] == "0x":
        try:
            return unhexlify(text[2:])
        except ValueError:
            pass
    raise Malformed(field, f"0x and {2 * size} hex digits", text)


def _quantity_bytes(text: str, bits: int, field: str) -> bytes:
    digits = text[2:]
    if text[:2] == "0x" and 4 * len(digits) <= bits and (digits[:1] != "0" or digits == "0"):
        try:
            raw = unhexlify(digits if len(digits) % 2 == 0 else "0" + digits)
        except ValueError:
            raw = b""
        if raw:
            return raw
    raise Malformed(field, f"a quantity of at most {bits} bits without leading zeros", text)
