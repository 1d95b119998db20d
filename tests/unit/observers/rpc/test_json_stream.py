"""A byte stream gives its JSON messages whatever pieces it comes in."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.json_stream import JsonStream

VALUES = st.lists(
    st.dictionaries(st.text(max_size=5), st.text(max_size=12) | st.integers(), max_size=4),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150)
@given(values=VALUES, cuts=st.lists(st.integers(1, 40), max_size=20))
def test_lines_come_out_as_they_went_in(values, cuts):
    stream = JsonStream(max_bytes=10_000)
    text = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    got, at = [], 0
    for cut in [*cuts, len(text)]:
        got += stream.feed(text[at : at + cut])
        at += cut
    assert [json.loads(message) for message in got] == values


@settings(max_examples=100)
@given(values=VALUES)
def test_values_without_newlines_come_out_when_the_last_is_whole(values):
    stream = JsonStream(max_bytes=10_000)
    texts = [json.dumps(value).encode() for value in values]
    whole = b"".join(texts)
    assert stream.feed(whole[:-1]) == []
    assert [json.loads(message) for message in stream.feed(whole[-1:])] == values


def test_a_message_without_end_is_refused_at_the_bound():
    stream = JsonStream(max_bytes=1000)
    assert stream.feed(b'{"a":' * 200) == []
    with pytest.raises(RemoteProtocolError, match="at most 1000 bytes"):
        stream.feed(b'"')


@settings(max_examples=150)
@given(values=VALUES, cuts=st.lists(st.integers(1, 40), max_size=20))
def test_values_without_newlines_come_out_once_and_in_order_in_whatever_pieces(values, cuts):
    stream = JsonStream(max_bytes=10_000)
    text = "".join(json.dumps(value) for value in values).encode()
    got, at = [], 0
    for cut in [*cuts, len(text)]:
        got += stream.feed(text[at : at + cut])
        at += cut
    assert [json.loads(message) for message in got] == values


@pytest.mark.parametrize("piece", [b",{}", b',{"a":[]}', b',"}"}', b"}"])
def test_a_stream_that_always_looks_whole_costs_time_in_proportion_to_its_length(piece):
    def cost(count: int) -> float:
        stream = JsonStream(max_bytes=1 << 30)
        began = time.process_time()
        with suppress(RemoteProtocolError):
            stream.feed(b"[")
            for _ in range(count):
                stream.feed(piece * 20)
        return time.process_time() - began

    # Twice the text, about twice the time; were all of it read again, it would be four times.
    assert min(cost(4000) for _ in range(3)) < 3 * min(cost(2000) for _ in range(3)) + 0.01


@pytest.mark.parametrize("text", [b"]}", b'{"a":1}}{}', b'[{"a":[]}]]}'])
def test_brackets_that_close_nothing_are_refused(text):
    stream = JsonStream(max_bytes=1000)
    with pytest.raises(RemoteProtocolError, match="closes nothing"):
        stream.feed(text)
