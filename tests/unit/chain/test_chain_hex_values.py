"""Quantities: one rule for every reader, and no text that could be two values."""

import pytest
import rlp

from qenus.chain.hex_values import Malformed, quantity, quantity_rlp


@pytest.mark.parametrize("value", [0, 1, 0xA, 0x7F, 0x80, 0xAB, 0xFF, 0x100, 0xABC, 2**64 - 1])
def test_a_quantity_reads_as_its_value_and_as_its_rlp(value):
    assert quantity(hex(value), 64, "f") == value
    assert quantity_rlp(hex(value), 64, "f") == rlp.encode(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "0x", "0X1", "-0x1", "0x1_0", " 0x1", "0x1 ", "0x-1", "0x+1", "0x 1"),
        *("0x\u0661\u0662\u0663", "0xg", "0x0g", "0x1" + "f" * 16, "0x" + "0" * 65),
        "0x" + "f" * 5000,
    ],
)
@pytest.mark.parametrize("read", [quantity, quantity_rlp])
def test_no_other_text_is_a_quantity(read, text):
    with pytest.raises(Malformed) as caught:
        read(text, 64, "f")
    assert caught.value.field == "f"


@pytest.mark.parametrize("value", [0, 1, 0xA, 0x7F, 0x80, 0xAB, 0xABC, 0x36E5F, 2**64 - 1])
def test_zeros_before_a_quantity_and_upper_case_digits_are_the_same_number(value):
    for text in (f"0x0{value:x}", f"0x{value:064x}", f"0x{value:X}", f"0x{value:064X}"):
        assert quantity(text, 64, "f") == value
        assert quantity_rlp(text, 64, "f") == rlp.encode(value)
