"""Reads the arrays of an event's data, and only as contracts write them.

The ABI gives an array's offset in the data's first part; there stand its length and its values, a
word each. Compilers write the arrays one after the other without gaps, so each offset is known
before it is read: any other was not written by such an event, and is refused. What is read is
bounded by the data's size and by a count.
Source: the Contract ABI Specification, "Formal Specification of the Encoding", strict mode.
"""

from qenus.extractors.refusal import Refusal

__all__ = ["addresses", "read_words"]

_WORD = 32
_ZERO_12 = bytes(12)


def read_words(
    data: bytes, field: str, head: int, tail: int, max_count: int
) -> tuple[tuple[bytes, ...], int]:
    """Give the words of the array whose offset stands at `head`, and where the next one begins.

    `head` and `tail` are byte positions in the data; the array has to begin at `tail`.

    Raises Refusal: another offset, more than `max_count` values, or the data ends before them.
    """
    offset = data[head : head + _WORD]
    if int.from_bytes(offset, "big") != tail:
        raise Refusal(field, f"offset {tail}", offset)
    begin = tail + _WORD
    length = data[tail:begin]
    count = int.from_bytes(length, "big")
    if count > max_count:
        raise Refusal(field, f"at most {max_count} values", length)
    end = begin + _WORD * count
    if len(data) < end:
        raise Refusal("data", f"at least {end} bytes", len(data))
    return tuple(data[at : at + _WORD] for at in range(begin, end, _WORD)), end


def addresses(field: str, words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Give the addresses in words. Raises Refusal: a word is no address."""
    for word in words:
        if word[:12] != _ZERO_12:
            raise Refusal(field, "address", word)
    return tuple(word[12:] for word in words)
