"""How JSON-RPC messages travel: over a WebSocket, a Unix socket, or HTTP.

`open_transport(url)` connects to ws://, wss://, http://, https:// or unix:///path and gives
something that sends and receives whole messages. Over HTTP every message sent is a request of its
own, and its reply, or the failure that it came to, is received like any other; only what the node
says unasked cannot be had there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import httpx
import msgspec
import trio
import trio_websocket

from qenus.errors import LocalProtocolError, TransientError
from qenus.observers.address import shown_address
from qenus.observers.json_stream import JsonStream

__all__ = ["MAX_MESSAGE_BYTES", "ConnectionLost", "Transport", "open_transport"]

MAX_MESSAGE_BYTES = 64 << 20
# 4 KiB reads, the WebSocket library's default, give a sixth of the throughput.
_READ_BYTES = 256 << 10
_QUEUE_MESSAGES = 64
_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_HTTP_CONNECTIONS = 16
_HTTP_SECONDS = 30.0
_MAX_SHOWN = 200

_Stream: TypeAlias = "trio.SocketStream | trio.SSLStream[trio.SocketStream]"


class ConnectionLost(TransientError):
    """The node cannot be reached, or the connection to it ended."""


class Transport(Protocol):
    """Whole messages, both ways. `pushes`: the node can speak unasked, so it can be subscribed."""

    pushes: bool

    async def send(self, message: bytes, number: int) -> None:
        """Send a message; `number` is its id. Raises ConnectionLost."""
        ...

    async def receive(self) -> bytes:
        """Give the next message. Raises ConnectionLost or RemoteProtocolError."""
        ...


class _WebSocket:
    pushes = True

    def __init__(self, connection: trio_websocket.WebSocketConnection) -> None:
        self._connection = connection

    async def send(self, message: bytes, _number: int) -> None:
        try:
            await self._connection.send_message(message.decode())
        except trio_websocket.ConnectionClosed as error:
            raise ConnectionLost(_reason(error)) from error

    async def receive(self) -> bytes:
        try:
            message: bytes | str = await self._connection.get_message()
        except trio_websocket.ConnectionClosed as error:
            raise ConnectionLost(_reason(error)) from error
        return message if isinstance(message, bytes) else message.encode()


class _UnixSocket:
    pushes = True

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._messages: list[bytes] = []
        self._splitter = JsonStream(max_bytes=MAX_MESSAGE_BYTES)
        self._sending = trio.StrictFIFOLock()

    async def send(self, message: bytes, _number: int) -> None:
        try:
            async with self._sending:
                # A message cut short would spoil all that follow; it is small and sent at once.
                with trio.CancelScope(shield=True), trio.fail_after(_CLOSE_SECONDS):
                    await self._stream.send_all(message + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as error:
            raise ConnectionLost(f"the socket broke: {error.__cause__ or error}") from error

    async def receive(self) -> bytes:
        while not self._messages:
            try:
                chunk = await self._stream.receive_some(_READ_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise ConnectionLost(f"the socket broke: {error.__cause__ or error}") from error
            if not chunk:
                raise ConnectionLost("the connection was closed")
            self._messages = self._splitter.feed(bytes(chunk))[::-1]
        return self._messages.pop()


class _Http:
    pushes = False

    def __init__(self, client: httpx.AsyncClient, url: str, nursery: trio.Nursery) -> None:
        self._client = client
        self._url = url
        self._nursery = nursery
        self._replies, self._taken = trio.open_memory_channel[bytes](_QUEUE_MESSAGES)

    async def send(self, message: bytes, number: int) -> None:
        self._nursery.start_soon(self._post, message, number)

    async def receive(self) -> bytes:
        return await self._taken.receive()

    async def _post(self, message: bytes, number: int) -> None:
        try:
            reply = await self._reply(message)
        except httpx.HTTPError as error:
            reply = _failure(number, 0, f"cannot be reached: {error or type(error).__name__}")
        except _HttpStatus as status:
            reply = _failure(number, status.code, str(status))
        await self._replies.send(reply)

    async def _reply(self, message: bytes) -> bytes:
        headers = {"content-type": "application/json"}
        async with self._client.stream(
            "POST", self._url, content=message, headers=headers
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_MESSAGE_BYTES:
                    raise _HttpStatus(
                        response.status_code, f"a reply beyond {MAX_MESSAGE_BYTES} bytes"
                    )
            if response.status_code != httpx.codes.OK:
                words = bytes(body[:_MAX_SHOWN]).decode(errors="replace")
                raise _HttpStatus(response.status_code, words)
        return bytes(body)


class _HttpStatus(Exception):
    """The server answered with something other than a JSON-RPC reply."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"HTTP {code}: {words}")
        self.code = code


def _failure(number: int, code: int, words: str) -> bytes:
    """What the node would have said, had it spoken JSON-RPC."""
    error = {"code": code, "message": words[:_MAX_SHOWN]}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "error": error})


def _reason(error: trio_websocket.ConnectionClosed) -> str:
    reason = error.reason
    if reason is None:
        return "the connection broke"
    return f"the connection was closed: {reason.code} {reason.reason or reason.name}"


@asynccontextmanager
async def open_transport(url: str) -> AsyncIterator[Transport]:
    """Connect to a node.

    Raises:
        ConnectionLost: it cannot be reached. Over HTTP that is only known with the first call.
        LocalProtocolError: the address is of no kind that is known.

    Cancellation closes the connection.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "unix":
        async with await _connect_unix(url, rest) as stream:
            yield _UnixSocket(stream)
    elif scheme in ("ws", "wss"):
        async with _websocket(url) as connection:
            yield _WebSocket(connection)
    elif scheme in ("http", "https"):
        limits = httpx.Limits(max_connections=_HTTP_CONNECTIONS)
        async with (
            httpx.AsyncClient(limits=limits, timeout=_HTTP_SECONDS) as client,
            trio.open_nursery() as nursery,
        ):
            yield _Http(client, url, nursery)
            nursery.cancel_scope.cancel()
    else:
        raise LocalProtocolError(
            f"{shown_address(url)}: expected ws://, wss://, http://, https:// or unix:///path"
        )


async def _connect_unix(url: str, path: str) -> trio.SocketStream:
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            return await trio.open_unix_socket(path)
    except (OSError, trio.TooSlowError) as error:
        raise ConnectionLost(f"{shown_address(url)}: cannot be reached: {error}") from error


@asynccontextmanager
async def _websocket(url: str) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    stream = await _connect_stream(url)
    try:
        async with trio.open_nursery() as nursery:
            connection = await _shake_hands(nursery, stream, url)
            try:
                yield connection
            finally:
                # Not shielded: once cancelled, nobody reads the other side's goodbye any more.
                with trio.move_on_after(_CLOSE_SECONDS):
                    await connection.aclose()
                nursery.cancel_scope.cancel()
    finally:
        # The library leaves the socket open when the other side was the first to close.
        await trio.aclose_forcefully(stream)


async def _connect_stream(url: str) -> _Stream:
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "wss"
    try:
        port = parts.port or (443 if tls else 80)
        with trio.fail_after(_CONNECT_SECONDS):
            if tls:
                secure = await trio.open_ssl_over_tcp_stream(host, port, https_compatible=True)
                await secure.do_handshake()
                return secure
            return await trio.open_tcp_stream(host, port)
    except trio.TooSlowError:
        raise ConnectionLost(
            f"{shown_address(url)}: no connection within {_CONNECT_SECONDS} s"
        ) from None
    except ValueError as error:
        raise LocalProtocolError(f"{shown_address(url)}: {error}") from None
    except (OSError, trio.BrokenResourceError) as error:
        raise ConnectionLost(
            f"{shown_address(url)}: cannot be reached: {error.__cause__ or error}"
        ) from error


async def _shake_hands(
    nursery: trio.Nursery, stream: _Stream, url: str
) -> trio_websocket.WebSocketConnection:
    parts = urlsplit(url)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            return await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                parts.netloc.rpartition("@")[2],
                resource,
                message_queue_size=_QUEUE_MESSAGES,
                max_message_size=MAX_MESSAGE_BYTES,
                receive_buffer_size=_READ_BYTES,
            )
    except trio.TooSlowError:
        raise ConnectionLost(
            f"{shown_address(url)}: no handshake within {_CONNECT_SECONDS} s"
        ) from None
    except trio_websocket.ConnectionRejected as error:
        raise ConnectionLost(
            f"{shown_address(url)}: no WebSocket there: HTTP {error.status_code}"
        ) from error
    except (
        OSError,
        trio.BrokenResourceError,
        trio_websocket.HandshakeError,
        trio_websocket.ConnectionClosed,
    ) as error:
        raise ConnectionLost(
            f"{shown_address(url)}: the handshake failed: {error.__cause__ or error}"
        ) from error
