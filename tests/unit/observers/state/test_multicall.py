"""Aggregated calls are what another ABI implementation writes, and nothing else is read as one."""

from contextlib import suppress

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.observers.state.multicall import MalformedAggregate, encode_aggregate, read_aggregate

CALLS = st.lists(st.tuples(st.binary(min_size=20, max_size=20), st.binary(max_size=70)), max_size=5)
RESULTS = st.lists(st.tuples(st.booleans(), st.binary(max_size=70)), max_size=5)


@settings(max_examples=60, derandomize=True)
@given(calls=CALLS)
def test_calls_are_encoded_as_eth_abi_encodes_them(calls):
    (expected,) = decode(["(address,bool,bytes)[]"], encode_aggregate(calls)[4:])
    assert [(f"0x{to.hex()}", True, data) for to, data in calls] == list(expected)
    entries = [(f"0x{to.hex()}", True, data) for to, data in calls]
    assert encode_aggregate(calls)[4:] == encode(["(address,bool,bytes)[]"], [entries])


@settings(max_examples=60, derandomize=True)
@given(results=RESULTS)
def test_results_that_eth_abi_wrote_are_read_and_failures_are_none(results):
    answer = encode(["(bool,bytes)[]"], [results])
    assert read_aggregate(answer, len(results)) == [data if ok else None for ok, data in results]
    with pytest.raises(MalformedAggregate):
        read_aggregate(answer, len(results) + 1)
    with pytest.raises(MalformedAggregate):
        read_aggregate(answer + bytes(32), len(results))


@settings(max_examples=60, derandomize=True)
@given(results=RESULTS, data=st.data())
def test_an_answer_with_a_changed_word_of_its_structure_is_refused(results, data):
    answer = encode(["(bool,bytes)[]"], [results])
    at = data.draw(st.integers(0, len(answer) // 32 - 1))
    word = int.from_bytes(answer[32 * at : 32 * at + 32], "big")
    changed = data.draw(st.integers(0, 2**256 - 1).filter(lambda other: other != word))
    lie = answer[: 32 * at] + changed.to_bytes(32, "big") + answer[32 * at + 32 :]
    try:
        read = read_aggregate(lie, len(results))
    except MalformedAggregate:
        return
    # What can be read is what eth_abi reads there: a word of some data, or a flag, was changed.
    (expected,) = decode(["(bool,bytes)[]"], lie)
    assert read == [content if ok else None for ok, content in expected]


def test_an_answer_with_anything_behind_a_results_end_is_refused():
    answer = encode(["(bool,bytes)[]"], [[(True, b"abc")]])
    assert read_aggregate(answer, 1) == [b"abc"]
    with pytest.raises(MalformedAggregate):
        read_aggregate(answer[:-1] + b"\1", 1)


@settings(max_examples=60, derandomize=True)
@given(answer=st.binary(max_size=200), count=st.integers(0, 4))
def test_any_bytes_are_read_or_refused(answer, count):
    with suppress(MalformedAggregate):
        assert len(read_aggregate(answer, count)) == count
