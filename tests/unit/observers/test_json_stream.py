"""A byte stream gives its JSON messages whatever pieces it comes in."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.errors import RemoteProtocolError
from qenus.observers.json_stream import JsonStream

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
