"""A WebSocket that is not opened: said at once, with its status, and raised where it is asked for.

The library raises what it dislikes about an answer in a task of its own; none of that escapes.
"""

import base64
import hashlib
from functools import partial

import pytest
import trio
import trio_websocket
from scripted_node import HANG_UP, ScriptedNode, Wire, http_reply
from trio.testing import MockClock

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc import ConnectionLost, HandshakeRefused, open_session

KEY = "SECRETKEY0123456789"
ACCEPT = "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
STATUSES = {
    "429 Too Many Requests": http_reply("429 Too Many Requests", b"slow down", "retry-after: 7"),
    "401 Unauthorized": http_reply("401 Unauthorized", b"", "www-authenticate: Basic"),
    "403 Forbidden": http_reply("403 Forbidden", b"no such key", close=True),
    "301 Moved": http_reply("301 Moved", b"", f"location: wss://elsewhere.example/{KEY}"),
    "502 Bad Gateway": http_reply("502 Bad Gateway", b"<html>", close=True),
    "200 OK": http_reply("200 OK", b"{}", "content-type: application/json"),
}


async def failure_of(url):
    """Give what opening a session raises."""
    with pytest.raises(QenusError) as failed:
        async with open_session(url):
            pytest.fail("it was opened")
    return failed.value


@pytest.mark.parametrize("status", STATUSES)
async def test_a_refused_handshake_says_its_status(nursery, status):
    node = ScriptedNode(refusal=STATUSES[status])
    url = await nursery.start(node.serve)
    refused = await failure_of(url)
    assert isinstance(refused, HandshakeRefused)
    assert isinstance(refused, ConnectionLost)
    assert refused.status == int(status.split()[0])
    assert str(refused).startswith(f"{url}: the handshake was refused: HTTP {status}")


async def test_how_long_to_stay_away_is_given_to_the_caller(nursery):
    node = ScriptedNode(refusal=STATUSES["429 Too Many Requests"])
    assert (await failure_of(await nursery.start(node.serve))).retry_after_seconds == 7.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("retry-after: " + "9" * 4_500, 86_400.0),
        ("retry-after: 1e300", None),
        ("retry-after: -5", None),
        ("retry-after: soon", None),
        ("retry-after: Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("retry-after: Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("retry-after: Fri, 31 Dec 99999999 23:59:59 GMT", None),
        ("x: y", None),
    ],
)
async def test_how_long_to_stay_away_is_bounded(nursery, said, seconds):
    node = ScriptedNode(refusal=http_reply("503 Busy", b"", said))
    refused = await failure_of(await nursery.start(node.serve))
    assert (refused.status, refused.retry_after_seconds) == (503, seconds)


async def test_a_redirect_is_said_and_not_followed(nursery):
    elsewhere = ScriptedNode()
    to = await nursery.start(elsewhere.serve)
    node = ScriptedNode(refusal=http_reply("301 Moved", b"", f"location: {to}/{KEY}"))
    refused = await failure_of(await nursery.start(node.serve))
    assert f"it points to {to}, and redirects are not followed" in str(refused)
    assert KEY not in str(refused)
    assert elsewhere.connections == 0


async def test_a_refusal_is_known_before_its_body_ends(nursery):
    node = ScriptedNode(refusal=Wire(b"HTTP/1.1 429 No\r\ncontent-length: 99\r\n\r\nnot yet"))
    url = await nursery.start(node.serve)
    with trio.fail_after(5):
        assert (await failure_of(url)).status == 429


async def test_a_refusal_that_repeats_the_address_is_reported_without_its_key(nursery):
    node = ScriptedNode(refusal=http_reply("404 Not Found", f"Cannot GET /v3/{KEY}".encode()))
    url = await nursery.start(node.serve)
    refused = await failure_of(f"{url}/v3/{KEY}")
    assert "Cannot GET" in str(refused)
    assert KEY not in str(refused)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "expected an HTTP answer, found b'SSH-2'"),
        (b"\x15\x03\x01\x00\x02\x02\x16", r"TLS \(is it wss:// there\?\)"),
        (b"HTTP/1.1 abc\r\n\r\n", "expected an HTTP answer"),
        (b"HTTP/1.1 101 OK\r\n\r\n", "expected an upgrade to WebSocket"),
        (b"HTTP/1.1 101 OK\r\n\xff\xfe: x\r\n\r\n", "expected a header"),
        (b"HTTP/1.1 101 OK\r\n" + ACCEPT.encode() + b"bad\r\n\r\n", "of this request's key"),
        (b"HTTP/1.1 101 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", "at most 100 headers"),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 40_000, "at most 16384 bytes"),
        (b"HTTP/1.1 101 OK\r\nconnection: \xc3\xa9\r\n\r\n", "expected an upgrade"),
    ],
)
async def test_an_answer_that_breaks_the_rules_is_named(nursery, answer, expected):
    node = ScriptedNode(refusal=Wire(answer))
    url = await nursery.start(node.serve)
    with trio.fail_after(5), pytest.raises(RemoteProtocolError, match=expected) as broken:
        async with open_session(url):
            pass
    assert str(broken.value).startswith(f"{url}: ")


async def test_extensions_that_were_not_offered_are_refused():
    """Compression above all: what it inflates to has no bound before it is there."""
    async with trio.open_nursery() as nursery:

        async def accept_with_compression(stream):
            request = await stream.receive_some()
            key = request.lower().split(b"sec-websocket-key: ")[1].split(b"\r\n")[0]
            key = request[request.lower().index(key) :][: len(key)]
            await stream.send_all(
                b"HTTP/1.1 101 OK\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                b"sec-websocket-extensions: permessage-deflate\r\n"
                b"sec-websocket-accept: " + accept_of(key) + b"\r\n\r\n"
            )
            await trio.sleep_forever()

        (listener,) = await nursery.start(
            partial(trio.serve_tcp, accept_with_compression, 0, host="127.0.0.1")
        )
        port = listener.socket.getsockname()[1]
        with pytest.raises(RemoteProtocolError, match="no sec-websocket-extensions"):
            async with open_session(f"ws://127.0.0.1:{port}"):
                pass
        nursery.cancel_scope.cancel()


def accept_of(key: bytes) -> bytes:
    salted = key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(salted).digest())


async def test_a_hang_up_during_the_handshake_is_noticed_at_once(nursery):
    node = ScriptedNode(refusal=HANG_UP)
    url = await nursery.start(node.serve)
    with trio.fail_after(5), pytest.raises(ConnectionLost, match="closed during the handshake"):
        async with open_session(url):
            pass


async def test_a_hang_up_in_the_middle_of_the_answer_is_noticed_at_once(nursery):
    node = ScriptedNode(refusal=Wire(b"HTTP/1.1 101 Switching\r\nupgr", close=True))
    url = await nursery.start(node.serve)
    with trio.fail_after(5), pytest.raises(ConnectionLost, match="closed during the handshake"):
        async with open_session(url):
            pass


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0.05)


async def test_a_server_that_never_answers_is_given_up(nursery, autojump_clock):
    node = ScriptedNode(refusal=Wire(b""))
    url = await nursery.start(node.serve)
    with pytest.raises(ConnectionLost, match=r"no handshake within 10.0 s"):
        async with open_session(url):
            pass


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/\u00e9 \x7f/{KEY}", "ws://127.0.0.1:9/%zz?a b"])
async def test_an_address_that_needs_quoting_is_quoted(url):
    with pytest.raises(ConnectionLost, match="cannot be reached"):
        async with open_session(url):
            pass


async def test_what_is_quoted_arrives(nursery):
    node = ScriptedNode()
    url = await nursery.start(node.serve)
    async with open_session(f"{url}/p\u00e4th/%41?a b=c%20d"):
        pass
    assert node.handshakes[0].startswith(b"GET /p%C3%A4th/%41?a%20b=c%20d HTTP/1.1\r\n")


async def test_a_library_that_breaks_ends_its_own_connection_only(nursery, monkeypatch):
    async def break_down(self, event):
        raise ArithmeticError("a bug")

    monkeypatch.setattr(trio_websocket.WebSocketConnection, "_handle_ping_event", break_down)
    ping = Wire(b"\x89\x00")
    node = ScriptedNode(answer=lambda _method, _params, _truth: ping)
    async with open_session(await nursery.start(node.serve)) as session:
        with pytest.raises(ConnectionLost, match="ArithmeticError"):
            await session.call("eth_chainId")
        assert isinstance(session.fault, RemoteProtocolError)
