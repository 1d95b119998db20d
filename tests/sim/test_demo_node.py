"""The demo node over real sockets on loopback: subscribers, slow clients, cancellation."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from qenus.chain.ladder import seal
from qenus.errors import LocalProtocolError
from qenus.simulation import World, WorldRules
from qenus.simulation.node import DemoNode, serve

RULES = WorldRules(transactions_per_block=6, history_blocks=14)


@pytest.fixture
async def node(nursery: trio.Nursery) -> tuple[DemoNode, str]:
    node = DemoNode(World(RULES), max_message_bytes=4096, max_clients=3)
    return node, await nursery.start(node.serve)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[WebSocketConnection]:
    """A client whose socket is closed in the end; open_websocket_url may leave it open."""
    host, port = url.removeprefix("ws://").split(":")
    async with (
        await trio.open_tcp_stream(host, int(port)) as stream,
        trio.open_nursery() as nursery,
    ):
        socket = await wrap_client_stream(
            nursery, stream, f"{host}:{port}", "/", max_message_size=1 << 24
        )
        async with socket:
            yield socket


async def ask(socket: WebSocketConnection, method: str, *params: object) -> Any:
    await socket.send_message(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    )
    return json.loads(await socket.get_message())["result"]


async def test_a_subscriber_follows_the_chain_and_every_block_seals(node: tuple[DemoNode, str]):
    demo, url = node
    with trio.fail_after(10):
        async with connect(url) as socket:
            await ask(socket, "eth_subscribe", "newHeads")
            demo.advance()
            demo.announce(demo.world.reorganise(2))
            expected = demo.world.block_by_number(demo.world.head.number)
            heads = []
            while not heads or heads[-1]["hash"] != "0x" + expected.hash.hex():  # type: ignore[union-attr]
                heads.append(json.loads(await socket.get_message())["params"]["result"])
            # One or more heads of the advance, then the three of the branch, in order.
            numbers = [int(head["number"], 16) for head in heads]
            assert numbers[-3:] == list(range(numbers[-1] - 2, numbers[-1] + 1))
            for head in heads[-3:]:
                block = await ask(socket, "eth_getBlockByHash", head["hash"], True)
                receipts = await ask(socket, "eth_getBlockReceipts", head["hash"])
                sealed = seal(
                    json.dumps(block).encode(), json.dumps(receipts).encode(), demo.world.chain
                )
                assert "0x" + sealed.block.hash.hex() == head["hash"]


async def test_a_world_served_by_the_clock_grows():
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            world = World(RULES)
            start = world.head.number
            url = await nursery.start(partial(serve, world, block_interval_seconds=0.01))
            async with connect(url) as socket:
                await ask(socket, "eth_subscribe", "newHeads")
                for _ in range(3):
                    await socket.get_message()
            assert world.head.number > start
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf")])
async def test_an_interval_that_is_no_interval_is_refused(interval: float):
    with pytest.raises(LocalProtocolError, match="block_interval_seconds"):
        await serve(World(RULES), block_interval_seconds=interval)


async def test_a_client_that_does_not_read_is_dropped_and_the_others_are_served(
    node: tuple[DemoNode, str],
):
    demo, url = node
    with trio.fail_after(30):
        async with connect(url) as good:
            await ask(good, "eth_subscribe", "newHeads")
            stalled = await _raw_subscriber(url)
            while not demo.dropped_clients:
                # Many small steps: the stalled client's socket buffers must fill first.
                demo.announce(demo.world.extend())
                head = json.loads(await good.get_message())["params"]["result"]
                assert head["hash"] == "0x" + demo.world.head.hash.hex()
            assert demo.dropped_clients == 1
            assert await ask(good, "eth_chainId") == "0x539"
            await stalled.aclose()


async def _raw_subscriber(url: str) -> trio.SocketStream:
    """A client that subscribes over a tiny receive buffer and never reads again."""
    host, port = url.removeprefix("ws://").split(":")
    stream = await trio.open_tcp_stream(host, int(port))
    stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4096)
    await stream.send_all(
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await stream.receive_some(4096)
    for _ in range(20):
        text = b'{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'
        await stream.send_all(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
    return stream


async def test_a_node_that_falls_silent_answers_once_it_speaks_again(node: tuple[DemoNode, str]):
    demo, url = node
    with trio.fail_after(10):
        async with connect(url) as socket:
            await ask(socket, "eth_subscribe", "newHeads")
            demo.fall_silent()
            demo.announce(demo.world.extend())
            with trio.move_on_after(0.1) as patience:
                await ask(socket, "eth_chainId")
            assert patience.cancelled_caught
            demo.speak_again()
            # What was asked is answered; the head of the silent time was never announced.
            assert json.loads(await socket.get_message())["result"] == "0x539"


async def test_a_node_that_disconnects_goes_on_listening(node: tuple[DemoNode, str]):
    demo, url = node
    with trio.fail_after(10):
        async with connect(url) as socket:
            await ask(socket, "eth_chainId")
            demo.disconnect()
            with pytest.raises(ConnectionClosed):
                await socket.get_message()
        async with connect(url) as socket:
            assert await ask(socket, "eth_chainId") == "0x539"


async def test_a_message_beyond_the_bound_closes_that_connection_only(node: tuple[DemoNode, str]):
    _, url = node
    with trio.fail_after(10):
        async with connect(url) as socket:
            await socket.send_message("x" * 5000)
            with pytest.raises(ConnectionClosed):
                await socket.get_message()
        async with connect(url) as socket:
            assert await ask(socket, "eth_chainId") == "0x539"


async def test_a_peer_that_speaks_no_websocket_harms_no_other_client(node: tuple[DemoNode, str]):
    _, url = node
    host, port = url.removeprefix("ws://").split(":")
    with trio.fail_after(10):
        for greeting in (b"\x16\x03\x01 this is no HTTP\r\n\r\n", b""):
            stream = await trio.open_tcp_stream(host, int(port))
            await stream.send_all(greeting)
            await stream.aclose()
        async with connect(url) as socket:
            assert await ask(socket, "eth_chainId") == "0x539"


async def test_more_clients_than_allowed_are_turned_away(node: tuple[DemoNode, str]):
    _, url = node
    with trio.fail_after(10):
        async with connect(url), connect(url), connect(url):
            with pytest.RaisesGroup(pytest.RaisesExc(ConnectionRejected), flatten_subgroups=True):
                async with connect(url):
                    pass


async def test_cancellation_ends_the_node_while_clients_are_connected():
    with trio.fail_after(5):
        async with trio.open_nursery() as clients, trio.open_nursery() as nursery:
            url = await nursery.start(DemoNode(World(RULES)).serve)
            opened = trio.Event()

            async def stay() -> None:
                async with connect(url) as socket:
                    opened.set()
                    with pytest.raises(ConnectionClosed):
                        await socket.get_message()

            clients.start_soon(stay)
            await opened.wait()
            nursery.cancel_scope.cancel()
