"""The guard lets through what a WebSocket server may send, and names what it may not.

Frames are made, and broken ones judged, by wsproto.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.frame_guard import FrameGuard

LIMIT = 1 << 20


def guarded(pieces: list[bytes], *, limit: int = LIMIT) -> None:
    guard = FrameGuard(max_bytes=limit)
    for piece in pieces:
        guard.take(piece)


def cut(text: bytes, cuts: list[int]) -> list[bytes]:
    pieces, at = [], 0
    for size in [*cuts, len(text)]:
        pieces.append(text[at : at + size])
        at += size
    return pieces


MESSAGES = st.lists(
    st.one_of(
        st.tuples(st.just("data"), st.binary(max_size=300) | st.just(b"x" * 70_000), st.booleans()),
        st.tuples(st.just("ping"), st.binary(max_size=125), st.just(True)),
    ),
    max_size=8,
)
CUTS = st.lists(st.integers(0, 200), max_size=12)


@settings(max_examples=100)
@given(messages=MESSAGES, cuts=CUTS)
def test_what_a_server_may_send_goes_through_in_whatever_pieces(messages, cuts):
    server = FrameProtocol(client=False, extensions=[])
    sent, opened = b"", False
    for kind, payload, final in messages:
        if kind == "ping":
            sent += server.ping(payload)
        else:
            sent += server.send_data(payload, fin=final)
            opened = not final
    if opened:
        sent += server.send_data(b"", fin=True)
    guarded(cut(sent, cuts))


@given(messages=MESSAGES, cuts=CUTS)
def test_data_is_put_together_and_control_frames_go_on_to_the_library(messages, cuts):
    server = FrameProtocol(client=False, extensions=[])
    sent, pings, whole, part = b"", b"", [], b""
    for kind, payload, final in messages:
        if kind == "ping":
            ping = server.ping(payload)
            pings += ping
            sent += ping
            continue
        sent += server.send_data(payload, fin=final)
        part += payload
        if final:
            whole.append(part)
            part = b""
    guard = FrameGuard(max_bytes=LIMIT)
    assert b"".join(guard.take(piece) for piece in cut(sent, cuts)) == pings
    assert list(guard.messages) == whole


@pytest.mark.parametrize("cut_at", [2, 3, 4])
def test_text_that_is_no_utf8_is_refused_however_it_is_cut(cut_at):
    broken = b"\x81\x02\xc3\x28"
    with pytest.raises(RemoteProtocolError, match="UTF-8"):
        guarded([broken[:cut_at], broken[cut_at:]])


@settings(max_examples=300)
@given(text=st.binary(min_size=2, max_size=40), cuts=CUTS)
def test_frames_that_the_library_cannot_read_are_refused_first(text, cuts):
    client = FrameProtocol(client=True, extensions=[])
    client.receive_bytes(text)
    try:
        for _ in client.received_frames():
            pass
    except ParseFailed as error:
        # Texts and closing codes are the library's to judge.
        if error.code == 1007 or "close" in str(error).lower() or "CLOSE" in str(error):
            return
        with pytest.raises(RemoteProtocolError, match="WebSocket: expected"):
            guarded(cut(text, cuts))


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (b"\x83\x01a", "found 0x3"),
        (b"\x8b\x00", "found 0xb"),
        (b"\xc1\x01a", "reserved bits of 0, found 100"),
        (b"\x91\x01a", "reserved bits of 0, found 001"),
        (b"\x81\x81abcda", "found a masked one"),
        (b"\x80\x01a", "found a fragment of none"),
        (b"\x01\x01a\x81\x01b", "found another message"),
        (b"\x09\x00", "found a fragmented one"),
        (b"\x89\x7e\x00\x7e" + b"a" * 126, "found 126 bytes or more"),
        (b"\x81\x7f" + (LIMIT + 1).to_bytes(8, "big"), f"found one of {LIMIT + 1} or more"),
        (b"\x81\x7f" + b"\xff" * 8, "at most 1048576 bytes"),
        (
            b"\x01\x7f" + (LIMIT - 1).to_bytes(8, "big") + b"a" * (LIMIT - 1) + b"\x80\x02bb",
            "or mo",
        ),
        (b"\x01\x00" + b"\x00\x00" * 20_000, "fragments of 1024 bytes and more"),
        (b"\x89\x00" * 300, "at most 256 control frames"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 21])
def test_a_broken_frame_is_named_in_whatever_pieces_it_comes(frames, found, size):
    pieces = [frames[at : at + size] for at in range(0, min(len(frames), 100_000), size)]
    if len(frames) > 100_000:
        pieces = [frames[at : at + (1 << 16)] for at in range(0, len(frames), 1 << 16)]
    with pytest.raises(RemoteProtocolError, match=found):
        guarded(pieces)


def test_an_oversized_message_is_refused_by_the_length_it_claims():
    guard = FrameGuard(max_bytes=LIMIT)
    guard.take(b"\x81\x01a\x89\x01p")
    with pytest.raises(RemoteProtocolError, match=f"found one of {2 * LIMIT} or more"):
        guard.take(b"\x82\x7f" + (2 * LIMIT).to_bytes(8, "big"))


def test_control_frames_between_messages_never_add_up():
    guard = FrameGuard(max_bytes=LIMIT)
    for _ in range(20):
        guard.take(b"\x89\x00" * 200 + b"\x81\x01a")


def test_a_flood_of_tiny_messages_in_one_piece_is_refused():
    guard = FrameGuard(max_bytes=LIMIT)
    # What a node says in a moment: short, but not so short.
    guard.take((b"\x81\x20" + b"a" * 32) * 5_000)
    with pytest.raises(RemoteProtocolError, match="frames of 16 bytes and more, found a flood"):
        guard.take(b"\x81\x01a" * 5_000)
