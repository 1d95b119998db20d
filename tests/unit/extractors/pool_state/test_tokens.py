"""What tokens say is read within bounds; eth-abi writes what they say."""

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_state import Script

from qenus.protocols.tokens import NATIVE, decimals_in, text_in, token_metadata

TOKEN, OTHER = b"t" * 20, b"o" * 20
BLOCK = b"b" * 32


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (encode(["uint8"], [18]), 18),
        (encode(["uint256"], [0]), 0),
        (encode(["uint256"], [255]), 255),
        (encode(["uint256"], [256]), None),
        (encode(["int256"], [-1]), None),
        (b"", None),
        (b"\x12", None),
        (None, None),
    ],
)
def test_decimals_are_one_word_from_0_to_255_or_absent(answer, expected):
    assert decimals_in(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (encode(["string"], ["WETH"]), "WETH"),
        (b"MKR".ljust(32, b"\0"), "MKR"),
        (encode(["string"], ["x" * 32]), "x" * 32),
        (encode(["string"], ["x" * 33]), None),
        (encode(["string"], ["₮" * 10]), "₮" * 10),
        (encode(["string"], ["₮" * 11]), None),
        (encode(["string"], ["\x1b[31mred"]), None),
        (encode(["string"], ["two\nlines"]), None),
        (encode(["string"], ["\u202eright to left"]), None),
        (encode(["bytes"], [b"\xff\xfe"]), None),
        (encode(["string"], [""]), None),
        (encode(["string"], ["x"])[:-32], None),
        (encode(["uint256", "uint256"], [32, 2**255]), None),
        (encode(["uint256", "uint256"], [64, 1]) + b"x".ljust(32, b"\0"), None),
        (b"\0" * 32, None),
        (bytes(10_000_000), None),
        (b"", None),
        (None, None),
    ],
)
def test_texts_are_short_printable_strings_or_bytes32_or_absent(answer, expected):
    assert text_in(answer, 32) == expected


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=200))
def test_no_answer_whatever_raises_or_gives_what_is_not_printable(answer):
    text = text_in(answer, 32)
    assert text is None or (text.isprintable() and 0 < len(text.encode()) <= 32)
    decimals = decimals_in(answer)
    assert decimals is None or 0 <= decimals <= 255


def test_tokens_are_asked_once_each_as_unverified_contracts_and_the_chains_own_currency_never():
    script = Script()
    script.says(TOKEN, "decimals()", ["uint8"], [6])
    script.says(TOKEN, "symbol()", ["string"], ["USDC"])
    script.says(TOKEN, "name()", ["string"], ["USD Coin"])
    found = script.run(token_metadata(BLOCK, [TOKEN, OTHER, TOKEN, NATIVE]))
    assert [(t.address, t.decimals, t.symbol, t.name) for t in found] == [
        (NATIVE, 18, None, None),
        (OTHER, None, None, None),
        (TOKEN, 6, "USDC", "USD Coin"),
    ]
    assert len(script.asked) == 6
    assert all(call.unverified and call.block_hash == BLOCK for call in script.asked)
