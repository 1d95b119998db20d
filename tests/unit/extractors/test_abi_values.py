"""Arrays of an event's data are read where compilers put them, and nowhere else."""

import pytest

from qenus.extractors import Refusal
from qenus.protocols.abi_values import addresses, read_words


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


_TWO = _word(32) + _word(2) + _word(7) + _word(8)


def test_the_words_and_where_the_next_array_begins_are_given() -> None:
    assert read_words(_TWO, "amounts", 0, 32, 2) == ((_word(7), _word(8)), 128)
    assert read_words(_word(32) + _word(0), "amounts", 0, 32, 2) == ((), 64)
    # What follows is the next array's.
    assert read_words(_TWO + b"more", "amounts", 0, 32, 8)[1] == 128


@pytest.mark.parametrize(
    ("data", "most", "said"),
    [
        (_TWO, 1, f"amounts: expected at most 1 values, found 0x{_word(2).hex()}"),
        (_word(64) + _TWO[32:], 2, f"amounts: expected offset 32, found 0x{_word(64).hex()}"),
        (_word(2**256 - 1) + _TWO[32:], 2, "amounts: expected offset 32, found 0xff"),
        (_TWO[:-1], 2, "data: expected at least 128 bytes, found 127"),
        (_TWO[:64], 2, "data: expected at least 128 bytes, found 64"),
        (_TWO[:63], 2, "data: expected at least 64 bytes, found 63"),
        (_TWO[:32], 2, "data: expected at least 64 bytes, found 32"),
        (_word(32) + _word(2**255), 2, "amounts: expected at most 2 values"),
    ],
)
def test_anything_else_is_refused_with_its_reason(data: bytes, most: int, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_words(data, "amounts", 0, 32, most)
    assert str(refusal.value).startswith(said)


def test_addresses_are_twenty_bytes_behind_twelve_zeros() -> None:
    owner = bytes(range(1, 21))
    assert addresses("tokens", (bytes(12) + owner, bytes(32))) == (owner, bytes(20))
    for at in range(12):
        word = bytes(at) + b"\x01" + bytes(11 - at) + owner
        with pytest.raises(Refusal, match=r"tokens: expected address, found 0x0"):
            addresses("tokens", (bytes(32), word))
