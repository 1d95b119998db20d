"""The demo node: serves a world as JSON-RPC over a WebSocket and extends it by the clock.

The thin shell around `rpc` and `world`. Each client has a reader, a writer and a bounded outbox
between them: a client that does not read delays no other, and is disconnected once its outbox is
full.
"""

import math
from functools import partial

import trio
from attrs import define, field
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    serve_websocket,
)

from qenus.errors import LocalProtocolError
from qenus.simulation.lies import Liar
from qenus.simulation.rpc import RpcSession
from qenus.simulation.world import Advance, World

__all__ = ["DemoNode", "serve"]

_OUTBOX_MESSAGES = 256
_CLOSING_SECONDS = 1.0
# The default of 4 KiB costs six times the throughput.
_RECEIVE_BYTES = 256 * 1024
_TRY_AGAIN_LATER = 1013


@define(eq=False)
class _Client:
    session: RpcSession
    outbox: trio.MemorySendChannel[bytes]
    scope: trio.CancelScope = field(factory=trio.CancelScope)


class DemoNode:
    """One endpoint of a world. `advance` moves the world and notifies this node's subscribers.

    `dropped_clients` counts those that were disconnected because they did not read. A `liar`
    falsifies the answers; several nodes, honest and lying, can share a world.
    """

    def __init__(
        self,
        world: World,
        *,
        liar: Liar | None = None,
        max_message_bytes: int = 1 << 20,
        max_clients: int = 64,
    ) -> None:
        self.world = world
        self._liar = liar
        self._answering = trio.Event()
        self._answering.set()
        self.dropped_clients = 0
        self._max_message_bytes = max_message_bytes
        self._max_clients = max_clients
        self._clients: dict[_Client, None] = {}

    def advance(self) -> Advance:
        """Move the world one step and announce the new canonical blocks to every subscriber."""
        moved = self.world.advance()
        self.announce(moved)
        return moved

    def announce(self, moved: Advance) -> None:
        """Announce the new canonical blocks to every subscriber; never waits."""
        if not self._answering.is_set():
            return
        for client in list(self._clients):
            try:
                for head in client.session.heads(moved.added):
                    client.outbox.send_nowait(head)
            except trio.BrokenResourceError:
                # The client has closed; its own task is about to remove it from the list.
                self._clients.pop(client)
            except trio.WouldBlock:
                self.dropped_clients += 1
                self._clients.pop(client)
                client.scope.cancel()

    def disconnect(self) -> None:
        """Close every connection at once, as a node that restarts does; go on listening."""
        for client in list(self._clients):
            client.scope.cancel()

    def fall_silent(self) -> None:
        """Keep connections open and send nothing more, as a dead peer behind a live socket does."""
        self._answering = trio.Event()

    def speak_again(self) -> None:
        """Answer the requests that came in the meantime, and announce new heads again."""
        self._answering.set()

    async def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Answer clients until cancelled; reports the ws:// URL once it listens.

        The world moves only when the caller calls `advance`. Cancellation closes the listener and
        every connection; the world stays as it is and can be served again.
        """
        async with trio.open_nursery() as nursery:
            server = await nursery.start(
                partial(
                    serve_websocket,
                    self._handle,
                    host,
                    port,
                    None,
                    max_message_size=self._max_message_bytes,
                    message_queue_size=64,
                    receive_buffer_size=_RECEIVE_BYTES,
                    connect_timeout=10,
                    disconnect_timeout=_CLOSING_SECONDS,
                )
            )
            shown = f"[{host}]" if ":" in host else host
            task_status.started(f"ws://{shown}:{server.port}")
            await trio.sleep_forever()

    async def _handle(self, request: WebSocketRequest) -> None:
        if len(self._clients) >= self._max_clients:
            await request.reject(503, body=b"too many clients")
            return
        socket = await request.accept()
        outbox, pending = trio.open_memory_channel[bytes](_OUTBOX_MESSAGES)
        client = _Client(RpcSession(self.world, self._liar), outbox)
        self._clients[client] = None
        try:
            with client.scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_write, socket, pending)
                    await self._read(socket, client)
                    nursery.cancel_scope.cancel()
        finally:
            self._clients.pop(client, None)
            with trio.move_on_after(_CLOSING_SECONDS):
                await socket.aclose(_TRY_AGAIN_LATER if client.scope.cancelled_caught else 1000)

    async def _read(self, socket: WebSocketConnection, client: _Client) -> None:
        try:
            while True:
                message = await socket.get_message()
                await self._answering.wait()
                reply = client.session.answer(message)
                if reply is not None:
                    # Waits on this client's own outbox only: it asks no faster than it reads.
                    await client.outbox.send(reply)
        except (ConnectionClosed, trio.BrokenResourceError):
            return


async def _write(socket: WebSocketConnection, pending: trio.MemoryReceiveChannel[bytes]) -> None:
    try:
        async with pending:
            async for message in pending:
                await socket.send_message(message.decode())
    except ConnectionClosed:
        return


async def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    block_interval_seconds: float = 1.0,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve a world and move it one step each interval until cancelled.

    Reports the ws:// URL through `task_status` once it listens.

    Raises:
        LocalProtocolError: the interval is not positive.

    Cancellation closes listener and connections.
    """
    if not (math.isfinite(block_interval_seconds) and block_interval_seconds > 0):
        raise LocalProtocolError(
            f"block_interval_seconds: expected more than 0, found {block_interval_seconds}"
        )
    node = DemoNode(world)
    async with trio.open_nursery() as nursery:
        url = await nursery.start(partial(node.serve, host=host, port=port))
        task_status.started(url)
        due = trio.current_time()
        while True:
            due += block_interval_seconds
            await trio.sleep_until(due)
            node.advance()
            # After a pause of the process the world goes on from now, without a burst.
            due = max(due, trio.current_time() - block_interval_seconds)
