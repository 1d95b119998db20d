"""A node whose every answer a test can change: over a WebSocket, HTTP or a Unix socket.

It tells the truth of a demo world until a hook says otherwise. Hooks may be changed while it
serves, may be coroutine functions, and each request of a connection is answered in a task of its
own, so that one that waits holds up no other. A hook gives

- a dict or a list: sent as JSON,
- bytes: sent as the whole message, as they are,
- `Wire(data)`: written to the connection below WebSocket frames and HTTP, as it is,
- None: no answer, ever,
- `HANG_UP`: the connection is closed.
"""

import inspect
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import h11
import trio
import trio_websocket

from qenus.simulation import World, WorldRules
from qenus.simulation.rpc import RpcSession

__all__ = [
    "HANG_UP",
    "ScriptedNode",
    "Wire",
    "error",
    "http_reply",
    "result",
    "rules",
    "until",
]

_MAX_BYTES: Final = 80 << 20
_READ_BYTES: Final = 256 << 10
_PATIENCE_SECONDS: Final = 30.0

Reply = dict[str, Any]


@attrs.frozen
class Wire:
    """Bytes below all framing; with `close` the connection ends behind them."""

    data: bytes
    close: bool = False


HANG_UP: Final = Wire(b"", close=True)

Said = Reply | list[Any] | bytes | Wire | None
Hook = Callable[[str, list[Any], Reply], "Said | Awaitable[Said]"]
BatchHook = Callable[[list[Reply], list[Any]], "Said | Awaitable[Said]"]
HeadHook = Callable[[bytes], bytes | Wire | None]


def rules(seed: int = 1, **changes: Any) -> WorldRules:
    """Give a small world without reorgs, unless `changes` want them."""
    defaults = {"transactions_per_block": 4, "history_blocks": 14, "reorg_chance": 0}
    return WorldRules(**{"seed": bytes([seed]), **defaults, **changes})


def result(reply: Reply, value: Any) -> Reply:
    """Give the answer that has this result instead."""
    return {"jsonrpc": "2.0", "id": reply["id"], "result": value}


def error(reply: Reply, code: int, message: str, **more: Any) -> Reply:
    """Give the answer that is this error instead."""
    return {
        "jsonrpc": "2.0",
        "id": reply["id"],
        "error": {"code": code, "message": message, **more},
    }


def http_reply(status: str, body: bytes = b"", *headers: str, close: bool = False) -> Wire:
    """Give an HTTP response: `http_reply("429 Too Many Requests", b"slow", "retry-after: 1")`."""
    lines = [f"HTTP/1.1 {status}", *headers, f"content-length: {len(body)}", "", ""]
    return Wire("\r\n".join(lines).encode() + body, close=close)


async def until(condition: Callable[[], object], seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until something is so. Raises trio.TooSlowError."""
    with trio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.002)


class ScriptedNode:
    """Serves a world; `nursery.start(node.serve)`, `serve_http`, or `partial(serve_unix, path)`.

    - `answer(method, params, truth)` makes the answer to a call;
    - `batch(requests, answers)` makes the answer to a whole batch of them;
    - `head(message)` makes what is sent for a new head, None to keep it back;
    - `refusal` is sent in place of a WebSocket handshake or of any HTTP reply; a `Wire` of nothing
      that does not close leaves the client waiting.

    `calls` are (trio time, method, params), `batches` their sizes, `handshakes` the heads of
    requests over WebSocket and HTTP, `connections` how many were opened, over all transports.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        answer: Hook | None = None,
        batch: BatchHook | None = None,
        head: HeadHook | None = None,
        refusal: Wire | None = None,
    ) -> None:
        self.world = World(rules()) if world is None else world
        self.answer = answer
        self.batch = batch
        self.head = head
        self.refusal = refusal
        self.calls: list[tuple[float, str, list[Any]]] = []
        self.batches: list[int] = []
        self.handshakes: list[bytes] = []
        self.connections = 0
        self._clients: dict[_Client, None] = {}

    def asked(self, method: str) -> int:
        """How often a method was called."""
        return sum(called == method for _, called, _ in self.calls)

    @property
    def connected(self) -> int:
        """How many connections are open that can be spoken to unasked."""
        return len(self._clients)

    def advance(self, *, announce: bool = True) -> None:
        """Move the world one step, and announce its new heads to those that subscribed."""
        moved = self.world.advance()
        if announce:
            self.announce(moved)

    def announce(self, moved: Any) -> None:
        """Announce the heads of a step of the world, which other nodes may share."""
        for client in list(self._clients):
            for said in client.session.heads(moved.added):
                head = said if self.head is None else self.head(said)
                if head is not None:
                    client.outbox.send_nowait(head)

    def say(self, message: bytes | Wire) -> None:
        """Send something unasked to all that are connected."""
        for client in list(self._clients):
            client.outbox.send_nowait(message)

    def disconnect(self) -> None:
        """Close every WebSocket and Unix connection; new ones are accepted."""
        for client in list(self._clients):
            client.scope.cancel()

    async def serve(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve WebSockets until cancelled; started with the address."""
        await self._serve_tcp("ws", self._websocket, task_status)

    async def serve_http(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve HTTP until cancelled; started with the address."""
        await self._serve_tcp("http", self._http, task_status)

    async def serve_unix(self, path: Path, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Serve a Unix socket at `path` until cancelled; started with the address."""
        bound = trio.socket.socket(trio.socket.AF_UNIX)
        await bound.bind(str(path))
        bound.listen()
        task_status.started(f"unix://{path}")
        await trio.serve_listeners(partial(self._guard, self._unix), [trio.SocketListener(bound)])

    async def start(self, nursery: trio.Nursery, transport: str, folder: Path | None = None) -> str:
        """Serve over "ws", "http" or "unix" (a socket in `folder`); give the address."""
        if transport == "unix":
            assert folder is not None
            return await nursery.start(
                partial(self.serve_unix, folder / f"node{self.connections}-{id(self):x}.ipc")
            )
        return await nursery.start({"ws": self.serve, "http": self.serve_http}[transport])

    async def _serve_tcp(self, scheme, handler, task_status) -> None:
        async with trio.open_nursery() as nursery:
            (listener,) = await nursery.start(
                partial(trio.serve_tcp, partial(self._guard, handler), 0, host="127.0.0.1")
            )
            task_status.started(f"{scheme}://127.0.0.1:{listener.socket.getsockname()[1]}")

    async def _guard(self, handler, stream) -> None:
        self.connections += 1
        gone = (
            trio.BrokenResourceError,
            trio.ClosedResourceError,
            trio_websocket.ConnectionClosed,
            h11.RemoteProtocolError,
            _HungUp,
        )
        async with stream:
            try:
                await handler(stream)
            except BaseExceptionGroup as group:
                _, other = group.split((*gone, trio.Cancelled))
                if other is not None:
                    raise
            except gone:
                pass

    async def _reply(self, session: RpcSession, text: bytes | str) -> Said:
        request = json.loads(text)
        if not isinstance(request, list):
            return await self._one(session, request)
        self.batches.append(len(request))
        answers = [await self._one(session, one) for one in request]
        return answers if self.batch is None else await _settled(self.batch(request, answers))

    async def _one(self, session: RpcSession, request: Reply) -> Said:
        method, params = request["method"], request.get("params", [])
        self.calls.append((trio.current_time(), method, params))
        answered = session.answer(json.dumps(request))
        if answered is None:
            return None
        truth = json.loads(answered)
        return truth if self.answer is None else await _settled(self.answer(method, params, truth))

    async def _websocket(self, stream: trio.SocketStream) -> None:
        replayed = _Replayed(stream)
        head = await replayed.look_at_head()
        self.handshakes.append(head)
        if self.refusal is not None:
            await _refuse(stream, self.refusal)
            return
        async with trio.open_nursery() as nursery:
            request = await trio_websocket.wrap_server_stream(
                nursery,
                replayed,
                max_message_size=_MAX_BYTES,
                receive_buffer_size=_READ_BYTES,
            )
            socket = await request.accept()

            async def write(message: bytes) -> None:
                await socket.send_message(message.decode())

            await self._converse(socket.get_message, write, stream)
            with trio.move_on_after(0.1):
                await socket.aclose()
            nursery.cancel_scope.cancel()

    async def _unix(self, stream: trio.SocketStream) -> None:
        lines = _Lines(stream)

        async def write(message: bytes) -> None:
            await stream.send_all(message + b"\n")

        await self._converse(lines.next, write, stream)

    async def _converse(self, read, write, stream: trio.SocketStream) -> None:
        outbox, pending = trio.open_memory_channel[bytes | Wire](1 << 16)
        client = _Client(RpcSession(self.world), outbox)
        self._clients[client] = None

        async def write_all() -> None:
            async for message in pending:
                if isinstance(message, Wire):
                    await _write(stream, message)
                else:
                    await write(message)

        async def answer(text: bytes | str) -> None:
            said = await self._reply(client.session, text)
            if said is not None:
                raw = isinstance(said, bytes | Wire)
                outbox.send_nowait(said if raw else _encoded(said))

        try:
            with client.scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(write_all)
                    while True:
                        nursery.start_soon(answer, await read())
        finally:
            del self._clients[client]

    async def _http(self, stream: trio.SocketStream) -> None:
        session = RpcSession(self.world)
        server = h11.Connection(h11.SERVER)
        while True:
            body = b""
            while not isinstance(event := server.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    server.receive_data(await stream.receive_some(_READ_BYTES))
                elif isinstance(event, h11.Request):
                    lines = [b"%b: %b" % (name, value) for name, value in event.headers]
                    start = b"%b %b HTTP/1.1" % (event.method, event.target)
                    self.handshakes.append(b"\r\n".join([start, *lines]))
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    return
            said = self.refusal or await self._reply(session, body)
            if said is None:
                await trio.sleep_forever()
            if not isinstance(said, Wire):
                message = said if isinstance(said, bytes) else _encoded(said)
                said = http_reply("200 OK", message, "content-type: application/json")
            await _write(stream, said)
            if not said.data:
                await trio.sleep_forever()
            # The other side's view of the connection: this answer was whole.
            server.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
            server.send(h11.EndOfMessage())
            server.start_next_cycle()


@attrs.define(eq=False)
class _Client:
    session: RpcSession
    outbox: trio.MemorySendChannel[bytes | Wire]
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)


class _HungUp(Exception):
    """A hook wanted the connection closed."""


class _Replayed(trio.abc.Stream):
    """A stream whose first bytes were looked at and are still to be read."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._seen = b""

    async def look_at_head(self) -> bytes:
        while b"\r\n\r\n" not in self._seen:
            chunk = await self._stream.receive_some(_READ_BYTES)
            if not chunk:
                raise _HungUp
            self._seen += chunk
        return self._seen.partition(b"\r\n\r\n")[0]

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._seen:
            seen, self._seen = self._seen, b""
            return seen
        return await self._stream.receive_some(max_bytes)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Lines:
    """The lines that come over a stream."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._held = b""

    async def next(self) -> bytes:
        while b"\n" not in self._held:
            chunk = await self._stream.receive_some(_READ_BYTES)
            if not chunk:
                raise _HungUp
            self._held += chunk
        line, _, self._held = self._held.partition(b"\n")
        return line


async def _settled(said):
    return await said if inspect.isawaitable(said) else said


async def _write(stream: trio.SocketStream, wire: Wire) -> None:
    await stream.send_all(wire.data)
    if wire.close:
        raise _HungUp


async def _refuse(stream: trio.SocketStream, refusal: Wire) -> None:
    await stream.send_all(refusal.data)
    if not refusal.data and not refusal.close:
        with suppress(trio.BrokenResourceError):
            while await stream.receive_some(_READ_BYTES):
                pass


def _encoded(said: Reply | list[Any]) -> bytes:
    """As JSON; an answer in a batch that is itself bytes stands in it as it is."""
    if isinstance(said, dict):
        return json.dumps(said).encode()
    parts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in said]
    return b"[" + b",".join(parts) + b"]"
