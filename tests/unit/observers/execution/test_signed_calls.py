"""A signed transaction is read as what was signed, or refused with the reason."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.chain import BASE, ETHEREUM
from qenus.observers.execution.simulations import InvalidCall, TransactionCall, signed_call

# The example of EIP-155, with the sender that it names.
EXAMPLE = bytes.fromhex(
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a0"
    "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a0"
    "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)
SENDER = bytes.fromhex("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")


def test_the_example_of_eip_155_is_read_as_the_eip_says():
    assert signed_call(EXAMPLE, ETHEREUM) == TransactionCall(
        sender=SENDER,
        to=b"\x35" * 20,
        value=10**18,
        gas_limit=21_000,
        nonce=9,
        max_fee_per_gas=20 * 10**9,
    )


@pytest.mark.parametrize(
    ("raw", "chain", "reason"),
    [
        (EXAMPLE, BASE, "chain id"),
        (EXAMPLE + b"\0", ETHEREUM, "expected a signed transaction"),
        (b"", ETHEREUM, "found 0"),
        (b"\x04" + EXAMPLE, ETHEREUM, "expected 0 to 3, found 4"),
        (b"\x02" + EXAMPLE, ETHEREUM, "expected a signed transaction"),
    ],
)
def test_what_is_no_transaction_of_the_chain_is_refused(raw, chain, reason):
    with pytest.raises(InvalidCall, match=reason):
        signed_call(raw, chain)


@settings(max_examples=150, derandomize=True)
@given(at=st.integers(0, len(EXAMPLE) - 1), mask=st.integers(1, 255))
def test_a_changed_byte_never_leaves_the_same_call(at, mask):
    changed = bytes((*EXAMPLE[:at], EXAMPLE[at] ^ mask, *EXAMPLE[at + 1 :]))
    with suppress(InvalidCall):
        assert signed_call(changed, ETHEREUM) != signed_call(EXAMPLE, ETHEREUM)


@settings(max_examples=150, derandomize=True)
@given(raw=st.binary(max_size=300), kind=st.sampled_from([b"", b"\1", b"\2", b"\3"]))
def test_any_bytes_are_read_or_refused(raw, kind):
    with suppress(InvalidCall):
        signed_call(kind + raw, ETHEREUM)


@pytest.mark.parametrize(
    ("call", "intrinsic", "floor"),
    [
        (TransactionCall(SENDER, SENDER), 21_000, 21_000),
        # Three zero bytes and one other: EIP-2028, and EIP-7623's tokens.
        (TransactionCall(SENDER, SENDER, bytes(3) + b"\1"), 21_028, 21_070),
        (TransactionCall(SENDER, None, bytes(33)), 53_136, 21_330),
        (TransactionCall(SENDER, SENDER, access_list=((SENDER, (1, 2)),)), 27_200, 21_000),
    ],
)
def test_gas_before_the_first_instruction_is_what_the_rules_say(call, intrinsic, floor):
    assert (call.intrinsic_gas, call.floor_gas) == (intrinsic, floor)
