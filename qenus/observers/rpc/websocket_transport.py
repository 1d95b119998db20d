"""JSON-RPC over a WebSocket: one message a frame, or a run of fragments.

The library shakes hands, frames what is sent and answers control frames, in a task of its own.
Between it and the socket stands a stream that reads first: the handshake and then every frame are
checked before the library sees them, messages are put together there as they come, and a peer that
sends in uselessly small pieces is cut off. What the library raises in its task ends the
connection like everything else that ends it, and escapes to nothing else.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import thread_time
from typing import Any, Final, TypeAlias, cast
from urllib.parse import quote, urlsplit

import structlog
import trio
import trio_websocket

from qenus.errors import LocalProtocolError, QenusError, RemoteProtocolError
from qenus.observers.address import NodeAddress
from qenus.observers.rpc.connection import (
    LARGE_BYTES,
    ConnectionLost,
    HandshakeRefused,
    Received,
)
from qenus.observers.rpc.frame_guard import FrameGuard
from qenus.observers.rpc.handshake_guard import HandshakeGuard
from qenus.observers.rpc.token_bucket import TokenBucket

__all__ = ["open_websocket"]

# 4 KiB reads, the WebSocket library's default, give a sixth of the throughput.
_READ_BYTES: Final = 256 << 10
_QUEUE_MESSAGES: Final = 64
_CONNECT_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 1.0
# RFC 6455, section 7.4.1: protocol error, and data that is not what its type says.
_BROKEN_CODES: Final = frozenset({1002, 1007})
_BROKEN_TEXT: Final = "WebSocket: expected UTF-8 and an orderly close, found bytes that are neither"
# Each read costs as much as some KiB do; a message of an honest node is one, or large reads.
_SMALL_READ_BYTES: Final = 256
_SMALL_READS: Final = 20_000
_SMALL_READS_A_SECOND: Final = 2_000

_Stream: TypeAlias = "trio.SocketStream | trio.SSLStream[trio.SocketStream]"

_log = structlog.get_logger("rpc")


@asynccontextmanager
async def open_websocket(
    address: NodeAddress, max_message_bytes: int
) -> AsyncIterator["WebSocketTransport"]:
    """Connect, shake hands and give the transport.

    Raises:
        HandshakeRefused: the server answered with another status than 101, or hung up.
        ConnectionLost: it cannot be reached, or does not answer in time.
        RemoteProtocolError: its answer breaks the rules of the handshake.
        LocalProtocolError: the address names no host or resource.

    Cancellation closes the connection.
    """
    stream = _GuardedStream(await _connect(address), max_message_bytes)
    try:
        async with trio.open_nursery() as nursery:
            reader = _Reader(nursery, stream.end)
            connection = await _shake_hands(reader, stream, address)
            nursery.start_soon(_end_with, connection, stream)
            try:
                yield WebSocketTransport(connection, stream, reader, address)
            finally:
                await _close(connection)
                nursery.cancel_scope.cancel()
    finally:
        # The library leaves the socket open when the other side was the first to close.
        await trio.aclose_forcefully(stream)


class WebSocketTransport:
    """Made by `open_websocket`."""

    pushes = True

    def __init__(
        self,
        connection: trio_websocket.WebSocketConnection,
        stream: "_GuardedStream",
        reader: "_Reader",
        address: NodeAddress,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._reader = reader
        self._address = address

    @property
    def read_seconds(self) -> float:
        """The CPU time that reading took so far."""
        return self._stream.read_seconds

    async def send(self, message: bytes, _numbers: Sequence[int], _max_bytes: int) -> None:
        """Send a message. Raises ConnectionLost."""
        try:
            await self._connection.send_message(message.decode())
        except trio_websocket.ConnectionClosed as error:
            raise ConnectionLost(self._reason(error)) from error
        except Exception as error:
            raise ConnectionLost(f"the connection broke: {type(error).__name__}") from error

    async def receive(self) -> Received:
        """Give the next message. Raises ConnectionLost or RemoteProtocolError."""
        with suppress(trio.EndOfChannel):
            return Received(await self._stream.messages.receive())
        try:
            # It is given no message: this says how the connection ended.
            await self._connection.get_message()
        except trio_websocket.ConnectionClosed as error:
            if self._stream.fault is not None:
                raise self._stream.fault from None
            if error.reason is None:
                # The library lets go of its messages before it says why it stopped reading.
                with trio.move_on_after(_CLOSE_SECONDS):
                    await self._reader.ended.wait()
            if self._reader.raised is not None:
                raise RemoteProtocolError(
                    f"WebSocket: expected frames, found what broke the reader: "
                    f"{type(self._reader.raised).__name__}"
                ) from self._reader.raised
            if error.reason is None or error.reason.code in _BROKEN_CODES:
                # The library found something broken that passes the guard; the other side may
                # have had the time to repeat the reason that it got.
                raise RemoteProtocolError(_BROKEN_TEXT) from None
            raise ConnectionLost(self._reason(error)) from error
        raise ConnectionLost("the connection ended")

    def give_up(self, numbers: Sequence[int]) -> None:
        """Nothing is held for an answer that is no longer waited for."""

    def _reason(self, error: trio_websocket.ConnectionClosed) -> str:
        reason = error.reason
        if reason is None:
            return "the connection broke"
        words = self._address.scrub(reason.reason or "") or reason.name
        return f"the connection was closed: {reason.code} {words}"


class _Reader:
    """Stands for a nursery where the library starts its reading task, and keeps what that raises.

    `ended` is set, and `on_end` called, when the task is over, however it ended.
    """

    def __init__(self, nursery: trio.Nursery, on_end: Callable[[], None]) -> None:
        self._nursery = nursery
        self._on_end = on_end
        self.ended = trio.Event()
        self.raised: Exception | None = None

    def start_soon(self, task: Callable[..., Awaitable[Any]], *arguments: object) -> None:
        """Start the task where it can take nothing else down with it."""
        self._nursery.start_soon(self._run, task, arguments)

    async def _run(self, task: Callable[..., Awaitable[Any]], arguments: Sequence[object]) -> None:
        try:
            await task(*arguments)
        except Exception as error:  # noqa: BLE001 (whatever it is, it ends this connection only)
            self.raised = error
        finally:
            self.ended.set()
            self._on_end()


class _GuardedStream(trio.abc.Stream):
    """A stream whose handshake and frames are read as they come; `fault` is what was wrong.

    What it hands on is the handshake and control frames; `messages` are those that the frames make,
    up to the end of the connection. To the library a fault is a broken connection.
    """

    def __init__(self, stream: _Stream, max_message_bytes: int) -> None:
        self._stream = stream
        self._frames = FrameGuard(max_bytes=max_message_bytes)
        self._handshake: HandshakeGuard | None = HandshakeGuard()
        self._small_reads = TokenBucket(_SMALL_READS, _SMALL_READS_A_SECOND)
        self.fault: QenusError | None = None
        self.read_seconds = 0.0
        self._whole, self.messages = trio.open_memory_channel[bytes](_QUEUE_MESSAGES)

    def end(self) -> None:
        """No message comes any more."""
        self._whole.close()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._handshake is not None:
            self._handshake.sent(data)
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            if self._handshake is not None:
                return await self._take_handshake(self._handshake)
            while True:
                await self._hand_on_messages()
                chunk = await self._stream.receive_some(max_bytes)
                began = thread_time()
                self._check_size(chunk)
                controls = self._frames.take(chunk)
                self.read_seconds += thread_time() - began
                if controls or not chunk:
                    await self._hand_on_messages()
                    return controls
        except (RemoteProtocolError, HandshakeRefused) as fault:
            self.fault = fault
            raise trio.BrokenResourceError from fault

    async def _hand_on_messages(self) -> None:
        """Hand on what is whole, as fast as it is taken."""
        messages = self._frames.messages
        while messages:
            message = messages.popleft()
            # What is large is not copied: its reader owns it, and takes it for bytes.
            large = len(message) > LARGE_BYTES
            await self._whole.send(cast("bytes", message) if large else bytes(message))

    async def _take_handshake(self, handshake: HandshakeGuard) -> bytes:
        answer = None
        while answer is None:
            chunk = await self._stream.receive_some(_READ_BYTES)
            self._check_size(chunk)
            answer = handshake.take(chunk)
        self._handshake = None
        head, end, rest = answer.partition(b"\r\n\r\n")
        return head + end + self._frames.take(rest)

    def _check_size(self, chunk: bytes | bytearray) -> None:
        if len(chunk) < _SMALL_READ_BYTES and not self._small_reads.take(1, trio.current_time()):
            raise RemoteProtocolError(
                f"WebSocket: expected at most {_SMALL_READS_A_SECOND} small pieces a second, "
                "found more"
            )

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _connect(address: NodeAddress) -> _Stream:
    parts = urlsplit(address.url_with_secrets())
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
        raise ConnectionLost(f"{address}: no connection within {_CONNECT_SECONDS} s") from None
    except (OSError, trio.BrokenResourceError, ssl.SSLError) as error:
        raise ConnectionLost(f"{address}: cannot be reached: {_why(error)}") from error
    except ValueError as error:
        raise LocalProtocolError(f"{address}: {error}") from None


async def _end_with(connection: trio_websocket.WebSocketConnection, stream: _GuardedStream) -> None:
    """End the messages once the library takes the connection for closed, as after a goodbye."""
    with suppress(trio_websocket.ConnectionClosed):
        # It is given no message; the socket may stay open for as long as the other side likes.
        await connection.get_message()
    stream.end()


async def _shake_hands(
    reader: _Reader, stream: _GuardedStream, address: NodeAddress
) -> trio_websocket.WebSocketConnection:
    parts = urlsplit(address.url_with_secrets())
    resource = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        resource += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    authorization = address.authorization()
    headers = [] if authorization is None else [(b"Authorization", authorization.encode())]
    connection: trio_websocket.WebSocketConnection | None = None
    with trio.move_on_after(_CONNECT_SECONDS) as patience:
        async with trio.open_nursery() as nursery:
            # A reader that is over answers no handshake any more: who waits for it waits in vain.
            nursery.start_soon(_cancel_after, reader.ended, nursery.cancel_scope)
            connection = await trio_websocket.wrap_client_stream(
                # Of a nursery the library uses one method, of a stream what every stream has.
                cast("trio.Nursery", reader),
                cast("_Stream", stream),
                parts.netloc.rpartition("@")[2],
                resource,
                extra_headers=headers,
                receive_buffer_size=_READ_BYTES,
            )
            nursery.cancel_scope.cancel()
    if connection is not None:
        return connection
    if patience.cancelled_caught:
        raise ConnectionLost(f"{address}: no handshake within {_CONNECT_SECONDS} s")
    raise _named(_failure(stream, reader), address)


async def _cancel_after(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


def _failure(stream: _GuardedStream, reader: _Reader) -> QenusError:
    if stream.fault is not None:
        return stream.fault
    if isinstance(reader.raised, ValueError):
        # It is raised before anything is sent: the host or resource cannot be encoded.
        return LocalProtocolError("expected a host name and a resource, found neither")
    if reader.raised is not None:
        return ConnectionLost(f"the handshake failed: {type(reader.raised).__name__}")
    return ConnectionLost("the connection broke during the handshake")


def _named(failure: QenusError, address: NodeAddress) -> QenusError:
    """The same failure, which names the node and none of its keys."""
    words = f"{address}: {address.scrub(str(failure))}"
    if isinstance(failure, HandshakeRefused):
        return HandshakeRefused(words, failure.status, failure.retry_after_seconds)
    return type(failure)(words)


async def _close(connection: trio_websocket.WebSocketConnection) -> None:
    # Not shielded: once cancelled, the other side's close is read by nothing any more.
    with trio.move_on_after(_CLOSE_SECONDS):
        try:
            await connection.aclose()
        except Exception as error:  # noqa: BLE001 (it is being closed: there is no more to lose)
            _log.debug("close failed", error=type(error).__name__)


def _why(error: BaseException) -> BaseException:
    """What the system said of the first of the addresses that were tried."""
    cause = error.__cause__ or error
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause
