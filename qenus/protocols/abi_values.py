"""Reads what stands behind an event's first words, and only as contracts write it.

The ABI gives the offset of an array or a text in the data's first part; there stand its length and
its values. Compilers write one after the other without gaps, so each offset is known before it is
read: any other was not written by such an event, and is refused. What is read is bounded by the
data's size and by a count.
Source: the Contract ABI Specification, "Formal Specification of the Encoding", strict mode.
"""

from qenus.protocols.refusal import Refusal

__all__ = ["addresses", "narrow_values", "read_bytes", "read_text", "read_words"]

_WORD = 32
_ZERO_12 = bytes(12)


def read_words(
    data: bytes, field: str, head: int, tail: int, max_count: int
) -> tuple[tuple[bytes, ...], int]:
    """Give the words of the array whose offset stands at `head`, and where the next one begins.

    `head` and `tail` are byte positions in the data; the array has to begin at `tail`.

    Raises:
        Refusal: another offset, more than `max_count` values, or the data ends before them.
    """
    count = _length(data, field, head, tail, max_count, "values")
    begin = tail + _WORD
    end = begin + _WORD * count
    if len(data) < end:
        raise Refusal("data", f"at least {end} bytes", len(data))
    return tuple(data[at : at + _WORD] for at in range(begin, end, _WORD)), end


def read_bytes(data: bytes, field: str, head: int, tail: int, max_bytes: int) -> tuple[bytes, int]:
    """Give the `bytes` whose offset stands at `head`, and where the next value begins.

    Raises:
        Refusal: another offset, more than `max_bytes`, the data ends before them, or what fills
            the last word up is not zero.
    """
    size = _length(data, field, head, tail, max_bytes, "bytes")
    begin = tail + _WORD
    end = begin + -(-size // _WORD) * _WORD
    if len(data) < end:
        raise Refusal("data", f"at least {end} bytes", len(data))
    if data[begin + size : end].strip(b"\0"):
        raise Refusal(field, "zeros behind its end", data[begin + size : end])
    return data[begin : begin + size], end


def read_text(data: bytes, field: str, head: int, tail: int, max_letters: int) -> tuple[str, int]:
    """Give the `string` whose offset stands at `head`, and where the next value begins.

    Raises:
        Refusal: as `read_bytes` does, or it is not UTF-8 of at most `max_letters`.
    """
    raw, end = read_bytes(data, field, head, tail, 4 * max_letters)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refusal(field, "UTF-8", raw) from None
    if len(text) > max_letters:
        raise Refusal(field, f"at most {max_letters} letters", len(text))
    return text, end


def addresses(field: str, words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Give the addresses in words.

    Raises:
        Refusal: a word is no address.
    """
    for word in words:
        if word[:12] != _ZERO_12:
            raise Refusal(field, "address", word)
    return tuple(word[12:] for word in words)


def narrow_values(
    field: str, kind: str, words: tuple[bytes, ...]
) -> tuple[int | bool | bytes, ...]:
    """Give the values of a type narrower than a word, as the wire carries them.

    Integers up to 64 bits and bool are numbers, wider ones big-endian bytes of the type's width.

    Raises:
        Refusal: a word is no value of the type.
    """
    return tuple(_narrow(field, kind, word) for word in words)


def _narrow(field: str, kind: str, word: bytes) -> int | bool | bytes:
    if kind.startswith("bytes"):
        size = int(kind[5:])
        if word[size:].strip(b"\0"):
            raise Refusal(field, kind, word)
        return word[:size]
    signed = kind.startswith("int")
    bits = 1 if kind == "bool" else int(kind.lstrip("uint"))
    value = int.from_bytes(word, "big", signed=signed)
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    if not low <= value < high:
        raise Refusal(field, kind, word)
    if kind == "bool":
        return bool(value)
    return value if bits <= 64 else word[_WORD - bits // 8 :]


def _length(data: bytes, field: str, head: int, tail: int, most: int, what: str) -> int:
    """Read the length at `tail`, which the offset at `head` has to name."""
    offset = data[head : head + _WORD]
    if int.from_bytes(offset, "big") != tail:
        raise Refusal(field, f"offset {tail}", offset)
    length = data[tail : tail + _WORD]
    count = int.from_bytes(length, "big")
    if count > most:
        raise Refusal(field, f"at most {most} {what}", length)
    return count
