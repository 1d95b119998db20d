"""Whatever the bytes: a message within the contract's bounds, or RemoteProtocolError."""

import tracemalloc

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import MESSAGES, any_message

from qenus.errors import RemoteProtocolError
from qenus.wire import Message, as_json, decode, encode

# Little that is random is MessagePack; this is, of any shape that a sender could think of.
_ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(max_size=40),
        st.binary(max_size=40),
        st.sampled_from(sorted(kind.KIND for kind in MESSAGES.values())),
    ),
    lambda inside: st.lists(inside, max_size=12) | st.dictionaries(st.integers(0, 99), inside),
    max_leaves=40,
)


def _answer(data: bytes, kind: object) -> None:
    try:
        message = decode(data, kind)
    except RemoteProtocolError:
        return
    assert decode(encode(message), kind) == message
    as_json(message)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    _answer(data, Message)


@settings(max_examples=200, deadline=None)
@given(_ANYTHING, st.sampled_from(sorted(MESSAGES)))
def test_any_messagepack_is_answered(value: object, name: str) -> None:
    data = msgpack.packb(value, use_bin_type=True)
    _answer(data, Message)
    _answer(data, MESSAGES[name])


@settings(max_examples=300, deadline=None)
@given(any_message(), st.data())
def test_any_change_of_a_messages_bytes_is_answered(message: object, data: st.DataObject) -> None:
    raw = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        how = data.draw(st.sampled_from(["flip", "drop", "insert", "cut"]))
        if how == "flip":
            raw[at] ^= data.draw(st.integers(1, 255))
        elif how == "drop" and len(raw) > 1:
            del raw[at]
        elif how == "insert":
            raw.insert(at, data.draw(st.integers(0, 255)))
        else:
            del raw[at + 1 :]
    _answer(bytes(raw), Message)
    _answer(bytes(raw), type(message))


@settings(max_examples=200, deadline=None)
@given(any_message())
def test_a_message_survives_the_wire_and_its_bytes_are_the_only_ones(message: object) -> None:
    data = encode(message)
    assert decode(data, type(message)) == message
    assert encode(decode(data)) == data


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_a_small_frame_never_takes_much_memory(name: str, data: st.DataObject) -> None:
    head = bytes([0x90 + 15]) + msgpack.packb(MESSAGES[name].KIND)
    claims = [b"\xdd\xff\xff\xff\xff", b"\xdd\x00\x10\x00\x00", b"\xc6\xff\xff\xff\xff"]
    claims += [b"\xdf\xff\xff\xff\xff", b"\xdb\x04\x00\x00\x00", b"\xc9\x7f\xff\xff\xff\x01"]
    claims += [b"\x01", b"\xc4\x20" + bytes(32), b"\xc4\x14" + bytes(20), b"\x95\x0a\x01\x01"]
    body = b"".join(data.draw(st.lists(st.sampled_from(claims), max_size=12)))
    _answer(head + body, Message)  # the decoder itself is made outside the measurement
    tracemalloc.start()
    try:
        _answer(head + body, Message)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A claim of 2^20 elements that was believed would take 8 MiB at once.
    assert peak < 2_000_000
