"""A JSON-RPC session with a node over one WebSocket: concurrent calls and subscriptions.

`open_session(url)` connects; `call` gives a result's bytes as the node wrote them, undecoded, so
that big replies are parsed once, by whoever knows their shape; `subscribe` gives the bytes of each
notification. When the connection ends, whoever waits gets `ConnectionLost`: reconnecting is left to
the actor's supervisor. Everything received is bounded.

Sources: the JSON-RPC 2.0 specification; geth's documentation of eth_subscribe.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec
import structlog
import trio
import trio_websocket

from qenus.errors import LocalProtocolError, RemoteProtocolError, TransientError

__all__ = ["ConnectionLost", "RpcError", "RpcSession", "RpcTimeout", "open_session"]

# 4 KiB reads, the library's default, give a sixth of the throughput.
_READ_BYTES = 256 << 10
_QUEUE_MESSAGES = 64
MAX_MESSAGE_BYTES = 64 << 20
_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_CALL_SECONDS = 10.0
_MAX_CALLS = 1024
# A subscriber this far behind would be told of heads that nobody wants any more.
_NOTIFICATIONS = 1024
_MAX_SHOWN = 200

_Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]

_log = structlog.get_logger("rpc")


class ConnectionLost(TransientError):
    """The node cannot be reached, or the connection to it ended."""


class RpcTimeout(TransientError):
    """The node did not answer within the deadline."""


class RpcError(TransientError):
    """The node answered with an error: `method`, `endpoint`, `code` and the node's own words."""

    def __init__(self, method: str, endpoint: str, code: int, message: str) -> None:
        self.method = method
        self.endpoint = endpoint
        self.code = code
        super().__init__(f"{endpoint}: {method}: error {code}: {message[:_MAX_SHOWN]}")


class _Error(msgspec.Struct):
    code: int
    message: str = ""


class _Notification(msgspec.Struct):
    subscription: str
    result: msgspec.Raw


class _Incoming(msgspec.Struct):
    """A response or a notification: `id` and `method` tell which."""

    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: _Error | None = None
    method: str | None = None
    params: _Notification | None = None


_incoming = msgspec.json.Decoder(_Incoming)
_text = msgspec.json.Decoder(str)


class _Call:
    """A call under way."""

    def __init__(self) -> None:
        self.answered = trio.Event()
        self.answer: _Incoming | None = None


class RpcSession:
    """One connection to one node; made by `open_session`."""

    def __init__(self, endpoint: str, connection: trio_websocket.WebSocketConnection) -> None:
        self.endpoint = endpoint
        self._connection = connection
        self._calls: dict[int, _Call] = {}
        self._next_id = 0
        self._subscriptions: dict[str, trio.MemorySendChannel[bytes]] = {}
        self._lost: Exception | None = None

    async def call(
        self, method: str, *params: object, timeout_seconds: float = _CALL_SECONDS
    ) -> bytes:
        """Call a method and give its result as JSON bytes; `null` is a result too.

        Raises:
            RpcError: the node answered with an error.
            RpcTimeout: the node did not answer in time.
            ConnectionLost: the connection ended first.

        Cancellation leaves the session usable; a late answer is dropped.
        """
        if len(self._calls) >= _MAX_CALLS:
            raise RpcTimeout(f"{self.endpoint}: {method}: {_MAX_CALLS} calls are unanswered")
        self._next_id += 1
        number = self._next_id
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        call = self._calls[number] = _Call()
        try:
            with trio.fail_after(timeout_seconds):
                await self._send(msgspec.json.encode(request))
                await call.answered.wait()
        except trio.TooSlowError:
            raise RpcTimeout(
                f"{self.endpoint}: {method}: no answer within {timeout_seconds} s"
            ) from None
        finally:
            del self._calls[number]
        answer = call.answer
        if answer is None:
            raise ConnectionLost(f"{self.endpoint}: {method}: {self._lost}")
        if answer.error is not None:
            raise RpcError(method, self.endpoint, answer.error.code, answer.error.message)
        if not bytes(answer.result):
            raise RemoteProtocolError(
                f"{self.endpoint}: {method}: expected a result or an error, found neither"
            )
        return bytes(answer.result)

    async def _send(self, message: bytes) -> None:
        if self._lost is not None:
            raise ConnectionLost(f"{self.endpoint}: {self._lost}")
        try:
            await self._connection.send_message(message.decode())
        except trio_websocket.ConnectionClosed as error:
            raise ConnectionLost(f"{self.endpoint}: {_reason(error)}") from error

    async def subscribe(self, *params: object) -> trio.MemoryReceiveChannel[bytes]:
        """Subscribe with eth_subscribe; the channel gives each notification's result as JSON.

        The channel ends when the connection does.

        Raises: what `call` raises.
        """
        subscription = _text.decode(await self.call("eth_subscribe", *params))
        send, receive = trio.open_memory_channel[bytes](_NOTIFICATIONS)
        self._subscriptions[subscription] = send
        return receive

    async def listen(self) -> None:
        """Take in what the node sends until the connection ends, then tell all who wait."""
        try:
            while True:
                message = await self._connection.get_message()
                self._take(message if isinstance(message, bytes) else message.encode())
        except trio_websocket.ConnectionClosed as error:
            self._lost = ConnectionLost(_reason(error))
        except RemoteProtocolError as error:
            self._lost = error
            _log.warning("broken message", endpoint=self.endpoint, error=str(error))
        finally:
            if self._lost is None:
                self._lost = ConnectionLost("the session was closed")
            for call in self._calls.values():
                call.answered.set()
            for channel in self._subscriptions.values():
                channel.close()

    def _take(self, message: bytes) -> None:
        try:
            incoming = _incoming.decode(message)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            # The id of the call that this was the answer to cannot be told: end all of them.
            raise RemoteProtocolError(f"expected a JSON-RPC message: {error}") from None
        if incoming.method == "eth_subscription" and incoming.params is not None:
            channel = self._subscriptions.get(incoming.params.subscription)
            if channel is not None:
                try:
                    channel.send_nowait(bytes(incoming.params.result))
                except trio.WouldBlock:
                    raise RemoteProtocolError(
                        f"{_NOTIFICATIONS} notifications were not taken"
                    ) from None
        elif incoming.id is not None and incoming.id in self._calls:
            call = self._calls[incoming.id]
            call.answer = incoming
            call.answered.set()


def _reason(error: trio_websocket.ConnectionClosed) -> str:
    reason = error.reason
    if reason is None:
        return "the connection broke"
    return f"the connection was closed: {reason.code} {reason.reason or reason.name}"


@asynccontextmanager
async def open_session(url: str) -> AsyncIterator[RpcSession]:
    """Connect to the node at `url`, ws:// or wss://.

    Raises:
        ConnectionLost: the node cannot be reached.

    Cancellation closes the connection.
    """
    stream = await _open_stream(url)
    try:
        async with trio.open_nursery() as nursery:
            connection = await _shake_hands(nursery, stream, url)
            session = RpcSession(url, connection)
            nursery.start_soon(session.listen)
            try:
                yield session
            finally:
                with trio.move_on_after(_CLOSE_SECONDS, shield=True):
                    await connection.aclose()
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nursery is ours: who has one failure to handle need not know of it.
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
    finally:
        # trio-websocket leaves the socket open when the node ended the connection.
        await trio.aclose_forcefully(stream)


async def _open_stream(url: str) -> _Stream:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    if parts.scheme not in ("ws", "wss") or parts.hostname is None:
        raise LocalProtocolError(f"{url}: expected ws://host:port or wss://host:port")
    port = parts.port or (443 if secure else 80)
    try:
        with trio.fail_after(_CONNECT_SECONDS):
            if secure:
                return await trio.open_ssl_over_tcp_stream(parts.hostname, port)
            return await trio.open_tcp_stream(parts.hostname, port)
    except trio.TooSlowError:
        raise ConnectionLost(f"{url}: no connection within {_CONNECT_SECONDS} s") from None
    except OSError as error:
        raise ConnectionLost(f"{url}: cannot be reached: {error}") from error


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
        raise ConnectionLost(f"{url}: no handshake within {_CONNECT_SECONDS} s") from None
    except trio_websocket.ConnectionRejected as error:
        raise ConnectionLost(f"{url}: no WebSocket there: HTTP {error.status_code}") from error
    except (
        OSError, trio.BrokenResourceError, trio_websocket.HandshakeError,
        trio_websocket.ConnectionClosed,
    ) as error:  # fmt: skip
        raise ConnectionLost(f"{url}: the handshake failed: {error}") from error
