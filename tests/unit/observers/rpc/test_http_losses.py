"""Over HTTP each message has a connection of its own: that one is lost says nothing of the node."""

import json
from contextlib import asynccontextmanager
from functools import partial

import h11
import pytest
import trio

from qenus.observers.doctor.examination import examine
from qenus.observers.rpc import ConnectionLost, open_session


@asynccontextmanager
async def node_that_hangs_up(times):
    """Serve `0x1` to every call, but hang up on the first `times` messages; give its URL."""
    heard = 0

    async def serve(stream):
        nonlocal heard
        connection = h11.Connection(h11.SERVER)
        body = b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.receive_some())
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed):
                return
        heard += 1
        if heard <= times:
            return
        calls = json.loads(body)
        answers = [
            {"jsonrpc": "2.0", "id": call["id"], "result": "0x1"}
            for call in (calls if isinstance(calls, list) else [calls])
        ]
        said = json.dumps(answers if isinstance(calls, list) else answers[0]).encode()
        head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(said)
        await stream.send_all(head + said)

    async def handle(stream):
        async with stream:
            await serve(stream)

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


async def test_a_read_whose_connection_was_lost_is_asked_again():
    async with node_that_hangs_up(2) as url, open_session(url) as session:
        assert await session.read("eth_chainId") == b'"0x1"'
        assert (session.statistics.calls, session.statistics.refused) == (3, 0)


async def test_a_call_whose_connection_was_lost_is_no_refusal_and_the_session_lives_on():
    async with node_that_hangs_up(1) as url, open_session(url) as session:
        with pytest.raises(ConnectionLost, match="cannot be reached"):
            await session.call("eth_sendRawTransaction", "0x")
        # The time without an answer is not how fast the node is.
        assert session.statistics.seconds == 0
        assert await session.call("eth_chainId") == b'"0x1"'


async def test_a_batch_whose_connection_was_lost_answers_none_of_its_calls():
    async with node_that_hangs_up(1) as url, open_session(url) as session:
        with pytest.raises(ConnectionLost):
            await session.batch([("eth_call", ()), ("eth_call", ())])
        assert await session.batch([("a", ()), ("b", ())]) == [b'"0x1"', b'"0x1"']


async def test_the_doctor_reports_an_absent_node_and_a_server_that_is_no_node_differently():
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    (finding,) = (await examine(f"http://127.0.0.1:{port}")).findings
    assert (finding.name, finding.advice) == ("connection", "Check address, port and firewall.")
    assert "Connection refused" in finding.found


async def test_a_node_is_asked_directly_whatever_proxy_the_environment_names(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with node_that_hangs_up(0) as url, open_session(url) as session:
        assert await session.read("eth_chainId") == b'"0x1"'
