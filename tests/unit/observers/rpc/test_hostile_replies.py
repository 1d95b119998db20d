"""What a hostile node sends is cut before it costs memory or time, and ends its session alone."""

import gzip
import re
import time
import tracemalloc
import zlib
from contextlib import suppress
from functools import cache

import pytest
import trio
import trio.lowlevel
from scripted_node import ScriptedNode, Wire, http_reply, until

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc import ConnectionLost, RpcError, open_session
from qenus.observers.rpc.messages import MalformedMessage, read_message
from qenus.observers.rpc.token_bucket import TokenBucket

MIB = 1 << 20
# CPU time, so that a busy machine does not decide: each of these took seconds.
SOON_CPU_SECONDS = 1.0


@cache
def gzip_bomb(layers: int, mib: int) -> bytes:
    """Zeros, compressed as often as that."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(b"0" * MIB) for _ in range(mib)) + packer.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body, 9)
    return body


async def refused(url: str, method: str = "eth_call", **options) -> Exception:
    """Give what a call raises, and see that it costs little."""
    async with open_session(url) as session:
        await trio.lowlevel.checkpoint()
        tracemalloc.start()
        began = time.process_time()
        try:
            with pytest.raises(QenusError) as failed:
                await session.call(method, **options)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert time.process_time() - began < SOON_CPU_SECONDS * 4
        assert peak < 300 * MIB
        return failed.value


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,gzip,gzip", "br", "zstd", "gzip, br"])
async def test_encodings_that_were_not_asked_for_are_refused(nursery, encoding):
    body = gzip_bomb(3, 300)
    assert len(body) < 1_000
    node = ScriptedNode(refusal=http_reply("200 OK", body, f"content-encoding: {encoding}"))
    error = await refused(await nursery.start(node.serve_http))
    assert isinstance(error, RemoteProtocolError)
    assert "expected a reply as it is, found it encoded by" in str(error)
    assert b"accept-encoding: identity" in node.handshakes[0].lower()


async def test_one_encoding_is_undone_within_the_bound_of_a_reply(nursery):
    node = ScriptedNode(refusal=http_reply("200 OK", gzip_bomb(1, 200), "content-encoding: gzip"))
    error = await refused(await nursery.start(node.serve_http))
    assert "expected replies of at most 67108864 bytes" in str(error)


@pytest.mark.parametrize("name", ["gzip", "deflate", "identity", ""])
async def test_a_reply_that_a_proxy_compressed_is_read(nursery, name):
    def compressed(_method, _params, truth):
        body = b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}' % truth["id"]
        packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}.get(name, body)
        return http_reply("200 OK", packed, f"content-encoding: {name}")

    node = ScriptedNode(answer=compressed)
    async with open_session(await nursery.start(node.serve_http)) as session:
        assert await session.call("eth_chainId") == b'"0x1"'


async def test_what_gzip_did_not_make_is_named(nursery):
    node = ScriptedNode(refusal=http_reply("200 OK", b"nothing", "content-encoding: gzip"))
    error = await refused(await nursery.start(node.serve_http))
    assert "expected what gzip made" in str(error)


HEADS = {
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200_000,
    "one header without end": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000_000,
    "interim answers without end": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100_000,
    "a length of 5,000 digits": b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5_000 + b"\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "a status that is none": b"HTTP/1.1 99999 OK\r\n\r\n",
    "a chunk of 5,000 digits": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"f" * 5_000
    + b"\r\n",
    "chunks of one byte": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"1\r\nx\r\n" * 100_000,
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
}


@pytest.mark.parametrize("name", HEADS)
async def test_http_that_is_no_reply_is_a_failure_of_that_call(nursery, name):
    node = ScriptedNode(refusal=Wire(HEADS[name]))
    url = await nursery.start(node.serve_http)
    async with open_session(url) as session:
        began = time.process_time()
        with pytest.raises(QenusError) as failed:
            await session.call("eth_chainId", timeout_seconds=20)
        assert time.process_time() - began < SOON_CPU_SECONDS * 4
        assert "no answer within" not in str(failed.value)
        node.refusal = None
        assert await session.read("eth_chainId")
        assert session.fault is None


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
async def test_an_array_of_millions_is_refused_at_its_first_element_too_many(
    nursery, tmp_path, transport
):
    """40 MB of it made a gigabyte of objects and held the loop for seconds."""
    body = b"[" + b"{}," * (13 * MIB) + b"{}]"
    node = ScriptedNode(answer=lambda *_: body)
    error = await refused(await node.start(nursery, transport, tmp_path), timeout_seconds=60)
    # Without a newline it is refused by its brackets, before it is whole.
    assert re.search("at most length 200|at most a bracket in 8 bytes", str(error))


@pytest.mark.parametrize(
    "message",
    [
        b"[" + b"{}," * (10 * MIB) + b"{}]",
        b'{"id":1,' + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}",
        b'{"id":1,"error":{%s}}' % b",".join(b'"k%d":1' % n for n in range(1_000_000)),
        b'{"id":"1","error":[' + b"{}," * (5 * MIB) + b"{}]}",
    ],
)
def test_reading_a_message_makes_little_of_much(message):
    tracemalloc.start()
    began = time.process_time()
    try:
        with suppress(MalformedMessage):
            read_message(message)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < SOON_CPU_SECONDS
    # A copy of some of it at most.
    assert peak < 2 * len(message) + MIB


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
async def test_a_large_answer_to_a_small_question_is_refused_by_its_size(
    nursery, tmp_path, transport
):
    node = ScriptedNode(
        answer=lambda _m, _p, truth: b'{"id":%d,"result":"%s"}' % (truth["id"], b"f" * (8 * MIB))
    )
    error = await refused(await node.start(nursery, transport, tmp_path), "eth_chainId")
    assert "expected" in str(error)
    assert "at most" in str(error)


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_heads_at_wire_speed_end_the_session(nursery, tmp_path, transport):
    node = ScriptedNode()
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        heads = await session.subscribe("newHeads")
        node.advance()
        await heads.receive()
        name = next(iter(session._subscriptions._by_id))
        head = b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"%s",'
        message = head % name.encode() + b'"result":{"number":"0x1"}}}'
        began, taken = time.process_time(), 0
        for _ in range(5_000):
            node.say(message)
        with trio.move_on_after(20):
            async for _ in heads:
                taken += 1
        assert time.process_time() - began < SOON_CPU_SECONDS * 5
        assert taken < 1_200
    assert "expected at most 64 notifications a second, found more" in str(session.fault)


@pytest.mark.parametrize("transport", ["ws", "unix"])
@pytest.mark.parametrize(
    "message",
    [
        b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x0","result":0}}',
        b'{"jsonrpc":"2.0","method":"eth_other","params":[]}',
        b'{"jsonrpc":"2.0","id":7,"method":"eth_call","params":[]}',
    ],
)
async def test_messages_that_nothing_asked_for_have_a_budget(nursery, tmp_path, message, transport):
    node = ScriptedNode()
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        assert await session.call("eth_chainId")
        for _ in range(10_000):
            node.say(message)
        await until(lambda: session.fault is not None)
    assert "that were not asked for, found more" in str(session.fault)


async def test_tiny_fragments_are_refused_after_some(nursery):
    node = ScriptedNode(answer=lambda *_: Wire(b"\x01\x01{" + b"\x00\x01 " * 100_000))
    error = await refused(await nursery.start(node.serve))
    assert "expected fragments of 1024 bytes and more" in str(error)


@pytest.mark.parametrize("transport", ["ws", "unix"])
async def test_a_drip_of_single_bytes_is_cut_off(nursery, tmp_path, transport, monkeypatch):
    import qenus.observers.rpc.unix_transport as unix_transport
    import qenus.observers.rpc.websocket_transport as websocket_transport

    for module in (unix_transport, websocket_transport):
        monkeypatch.setattr(module, "_SMALL_READS", 50)
        monkeypatch.setattr(module, "_SMALL_READS_A_SECOND", 1)

    async def drip(_method, _params, _truth):
        # For as long as the connection lasts: on a busy machine several drops are one read.
        if transport == "ws":
            node.say(Wire(b"\x81\x7e\xff\xff"))
        while True:
            node.say(Wire(b" "))
            await trio.sleep(0.005)

    node = ScriptedNode(answer=drip)
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(QenusError):
            await session.call("eth_call")
    assert "small pieces a second, found more" in str(session.fault)


@pytest.mark.parametrize(
    ("goodbye", "found", "kind"),
    [
        (b"\x88\x02\x03\xe9", "1001", ConnectionLost),
        (b"\x88\x00", "closed", ConnectionLost),
        (b"\x88\x01a", "found bytes that are neither", RemoteProtocolError),
    ],
)
async def test_a_goodbye_ends_the_session_though_the_socket_stays_open(
    nursery, goodbye, found, kind
):
    node = ScriptedNode(answer=lambda *_: Wire(goodbye))
    async with open_session(await node.start(nursery, "ws")) as session:
        with pytest.raises(ConnectionLost, match=found), trio.fail_after(5):
            await session.call("eth_call")
        assert (session.fault is None) == (kind is ConnectionLost)


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
async def test_numbers_of_thousands_of_digits_reach_no_arithmetic(nursery, tmp_path, transport):
    digits = b"9" * 5_000
    node = ScriptedNode(
        answer=lambda _m, _p, truth: (
            b'{"id":%d,"error":{"code":%s,"message":%s,"data":{"rate":'
            b'{"backoff_seconds":%s}}}}' % (truth["id"], digits, digits, digits)
        )
    )
    async with open_session(await node.start(nursery, transport, tmp_path)) as session:
        with pytest.raises(RpcError) as failed:
            await session.call("eth_call")
        assert failed.value.code == 0
        assert failed.value.retry_after_seconds in (None, 86_400.0)


def test_a_bucket_gives_bursts_and_a_rate():
    bucket = TokenBucket(10, 2)
    assert [bucket.take(1, 0.0) for _ in range(11)] == [True] * 10 + [False]
    # What was taken beyond it is owed, up to as much again.
    assert not bucket.take(1, 0.5)
    assert bucket.take(1, 2.0)
    assert not bucket.take(1_000_000, 2.0)
    assert bucket.take(1, 20.0)
    # A clock that steps back gives nothing.
    assert bucket.take(5, 10.0)
    assert not bucket.take(5, 10.0)
