"""How JSON-RPC messages travel: over a WebSocket, a Unix socket, or HTTP.

`open_transport(url)` connects to ws://, wss://, http://, https:// or unix:///path and gives
something that sends and receives whole messages. Over HTTP every message sent is a request of its
own, and its reply, or the failure that it came to, is received like any other; only what the node
says unasked cannot be had there. What breaks the rules of WebSocket is told from what only breaks
the connection.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import trio
import trio_websocket

from qenus.errors import LocalProtocolError, RemoteProtocolError, TransientError
from qenus.observers.address import shown_address
from qenus.observers.frame_guard import FrameGuard
from qenus.observers.http_transport import open_http
from qenus.observers.json_stream import JsonStream

__all__ = ["MAX_MESSAGE_BYTES", "ConnectionLost", "Transport", "open_transport"]

MAX_MESSAGE_BYTES = 64 << 20
# 4 KiB reads, the WebSocket library's default, give a sixth of the throughput.
_READ_BYTES = 256 << 10
_QUEUE_MESSAGES = 64
_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
# RFC 6455, section 7.4.1: protocol error, and data that is not what its type says.
_BROKEN_CODES = frozenset({1002, 1007})
_BROKEN_TEXT = "WebSocket: expected UTF-8 and an orderly goodbye, found bytes that are neither"

_Stream: TypeAlias = "trio.SocketStream | trio.SSLStream[trio.SocketStream]"


class ConnectionLost(TransientError):
    """The node cannot be reached, or the connection to it ended."""


class Transport(Protocol):
    """Whole messages, both ways. `pushes`: the node can speak unasked, so it can be subscribed."""

    pushes: bool

    async def send(self, message: bytes, numbers: Sequence[int]) -> None:
        """Send a message; `numbers` are the ids of the calls in it. Raises ConnectionLost."""
        ...

    def give_up(self, numbers: Sequence[int]) -> None:
        """Nobody waits for the answers to that message any more."""
        ...

    async def receive(self) -> bytes:
        """Give the next message. Raises ConnectionLost or RemoteProtocolError."""
        ...


class _WebSocket:
    pushes = True

    def __init__(
        self, connection: trio_websocket.WebSocketConnection, stream: "_GuardedStream"
    ) -> None:
        self._connection = connection
        self._stream = stream

    async def send(self, message: bytes, _numbers: Sequence[int]) -> None:
        try:
            await self._connection.send_message(message.decode())
        except trio_websocket.ConnectionClosed as error:
            raise ConnectionLost(_reason(error)) from error

    async def receive(self) -> bytes:
        try:
            message: bytes | str = await self._connection.get_message()
        except trio_websocket.ConnectionClosed as error:
            if self._stream.fault is not None:
                raise self._stream.fault from None
            if error.reason is None or error.reason.code in _BROKEN_CODES:
                # The library found something broken that passes the guard; the other side may
                # have had the time to repeat what it was told of that.
                raise RemoteProtocolError(_BROKEN_TEXT) from None
            raise ConnectionLost(_reason(error)) from error
        return message if isinstance(message, bytes) else message.encode()

    def give_up(self, numbers: Sequence[int]) -> None:
        pass


class _GuardedStream(trio.abc.Stream):
    """A stream whose WebSocket frames are looked at as they come; `fault` is what was wrong.

    To the library a fault is a broken connection.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._guard = FrameGuard(max_bytes=MAX_MESSAGE_BYTES)
        # The server's answer to the handshake as far as it has come; None once frames follow.
        self._answer: bytes | None = b""
        self.fault: RemoteProtocolError | None = None

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        chunk = await self._stream.receive_some(max_bytes)
        try:
            self._look_at(chunk)
        except RemoteProtocolError as fault:
            self.fault = fault
            raise trio.BrokenResourceError from fault
        return chunk

    def _look_at(self, chunk: bytes | bytearray) -> None:
        if self._answer is None:
            self._guard.take(chunk)
            return
        self._answer += chunk
        _, end, frames = self._answer.partition(b"\r\n\r\n")
        # Whoever refuses the handshake sends no frames; what it sends, the library bounds.
        if end and self._answer.startswith(b"HTTP/1.1 101"):
            self._answer = None
            self._guard.take(frames)
        elif len(self._answer) > _READ_BYTES:
            raise RemoteProtocolError("WebSocket: expected a handshake, found no end of it")

    async def aclose(self) -> None:
        await self._stream.aclose()


class _UnixSocket:
    pushes = True

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._messages: list[bytes] = []
        self._splitter = JsonStream(max_bytes=MAX_MESSAGE_BYTES)
        self._sending = trio.StrictFIFOLock()

    async def send(self, message: bytes, _numbers: Sequence[int]) -> None:
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

    def give_up(self, numbers: Sequence[int]) -> None:
        pass


def _why(error: BaseException) -> BaseException:
    """What the system said of the first of the addresses that were tried."""
    cause = error.__cause__ or error
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause


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
        _check_host(url)
        async with _websocket(url) as transport:
            yield transport
    elif scheme in ("http", "https"):
        _check_host(url)
        async with open_http(url, max_bytes=MAX_MESSAGE_BYTES) as http:
            yield http
    else:
        raise LocalProtocolError(
            f"{shown_address(url)}: expected ws://, wss://, http://, https:// or unix:///path"
        )


def _check_host(url: str) -> None:
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:
            raise ValueError("expected a host, and a port other than 0 if any")
    except ValueError as error:
        raise LocalProtocolError(f"{shown_address(url)}: {error}") from None


async def _connect_unix(url: str, path: str) -> trio.SocketStream:
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            return await trio.open_unix_socket(path)
    except (OSError, trio.TooSlowError) as error:
        raise ConnectionLost(f"{shown_address(url)}: cannot be reached: {error}") from error


@asynccontextmanager
async def _websocket(url: str) -> AsyncIterator[_WebSocket]:
    stream = _GuardedStream(await _connect_stream(url))
    try:
        async with trio.open_nursery() as nursery:
            connection = await _shake_hands(nursery, stream, url)
            try:
                yield _WebSocket(connection, stream)
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
        raise ConnectionLost(f"{shown_address(url)}: cannot be reached: {_why(error)}") from error


async def _shake_hands(
    nursery: trio.Nursery, stream: _GuardedStream, url: str
) -> trio_websocket.WebSocketConnection:
    parts = urlsplit(url)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            return await trio_websocket.wrap_client_stream(
                nursery,
                # It is typed for trio's own two streams and uses what every stream has.
                cast("_Stream", stream),
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
