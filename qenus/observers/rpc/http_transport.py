"""JSON-RPC over HTTP: every message is a request of its own.

What an answer comes to is received like any other message: a reply, or the failure that the server
answered with, had it spoken JSON-RPC. A request that is no longer waited for gives its connection
back. There are no cookies, no redirects and no proxies; replies are asked for as they are, and what
is compressed all the same is inflated within the bound of a reply. Headers, pieces and replies are
bounded before they are kept.

Source: RFC 9110 (15.5, 15.6: statuses; 8.4: Content-Encoding); RFC 9112 (HTTP/1.1).
"""

import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from time import thread_time
from typing import Final, cast
from urllib.parse import quote, urlsplit

import httpcore
import trio

from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.observers.address import NodeAddress, shown_address
from qenus.observers.rpc.connection import LARGE_BYTES, Received
from qenus.observers.rpc.http_streams import BoundedHeads, BoundedStream
from qenus.observers.rpc.retry_after import retry_after_seconds

__all__ = ["HttpTransport", "open_http"]

_QUEUE_MESSAGES: Final = 64
_CONNECTIONS: Final = 16
# Between two pieces of a reply; its call has a deadline of its own for all of it.
_TIMEOUTS: Final = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": None}
_MAX_SHOWN: Final = 200
# Servers write pieces of 2 KiB and more, but for the last one and some at the beginning.
_MIN_PIECE_BYTES: Final = 256
_MAX_SMALL_PIECES: Final = 1024
# A piece of some bytes may be inflated to a thousand times as many: a step at a time.
_INFLATE_STEP_BYTES: Final = 1 << 20
_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_UNREACHED: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
)


@asynccontextmanager
async def open_http(
    address: NodeAddress, _max_message_bytes: int
) -> AsyncIterator["HttpTransport"]:
    """Give a transport to an address; whether a node is there is known with the first call.

    What a reply may have of bytes is said with each message that asks for it.

    It goes there directly, whatever proxy the environment names, and trusts what the system does:
    as over WebSocket.

    Raises:
        LocalProtocolError: the address names no host that can be asked for.

    Cancellation closes the connections.
    """
    async with (
        httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=_CONNECTIONS,
            network_backend=BoundedHeads(),
        ) as pool,
        trio.open_nursery() as nursery,
    ):
        yield HttpTransport(pool, address, nursery)
        nursery.cancel_scope.cancel()


class HttpTransport:
    """Made by `open_http`."""

    pushes = False

    def __init__(
        self, pool: httpcore.AsyncConnectionPool, address: NodeAddress, nursery: trio.Nursery
    ) -> None:
        self._pool = pool
        self._url, self._headers = _target(address)
        self._nursery = nursery
        self.read_seconds = 0.0
        self._replies, self._taken = trio.open_memory_channel[Received](_QUEUE_MESSAGES)
        # By the first of the ids that a request carries.
        self._under_way: dict[int, trio.CancelScope] = {}

    async def send(self, message: bytes, numbers: Sequence[int], max_bytes: int) -> None:
        """Post a message; `numbers` are the ids of its calls, `max_bytes` bounds the reply."""
        self._nursery.start_soon(self._post, message, numbers, max_bytes)

    async def receive(self) -> Received:
        """Give the next reply, or what came in its place."""
        return await self._taken.receive()

    def give_up(self, numbers: Sequence[int]) -> None:
        """The answers to that message are no longer waited for."""
        scope = self._under_way.pop(numbers[0], None)
        if scope is not None:
            scope.cancel()

    def _count(self, seconds: float) -> None:
        self.read_seconds += seconds

    async def _post(self, message: bytes, numbers: Sequence[int], max_bytes: int) -> None:
        with trio.CancelScope() as self._under_way[numbers[0]]:
            try:
                reply = await self._reply(message, numbers, max_bytes)
            except _UNREACHED as error:
                reply = Received(numbers=numbers, lost=f"cannot be reached: {_why(error)}")
            except RemoteProtocolError as error:
                reply = Received(numbers=numbers, broken=str(error))
            except Exception as error:  # noqa: BLE001 (a library's own: it ends this request only)
                name = type(error).__name__
                reply = Received(numbers=numbers, broken=f"HTTP: the reply is unreadable: {name}")
            await self._replies.send(reply)
        self._under_way.pop(numbers[0], None)

    async def _reply(self, message: bytes, numbers: Sequence[int], max_bytes: int) -> Received:
        request = httpcore.Request(
            "POST",
            self._url,
            headers=[*self._headers, (b"content-length", b"%d" % len(message))],
            content=_Body(message),
            extensions={"timeout": _TIMEOUTS},
        )
        response = await self._pool.handle_async_request(request)
        stream = response.extensions.get("network_stream")
        if isinstance(stream, BoundedStream):
            stream.head_is_over()
        async with aclosing(response):
            headers = {name.lower(): value.strip() for name, value in response.headers}
            body = await _read(response, headers, max_bytes, self._count)
        status = response.status
        if status in _REDIRECTS:
            body = _redirect(headers)
        after = headers.get(b"retry-after", b"").decode("ascii", "replace")
        return Received(body, numbers, status, retry_after_seconds(after))


def _target(address: NodeAddress) -> tuple[httpcore.URL, list[tuple[bytes, bytes]]]:
    """What is asked for, and the headers that every request has."""
    parts = urlsplit(address.url_with_secrets())
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    name = parts.hostname or ""
    try:
        host = name.encode("ascii" if name.isascii() else "idna")
    except UnicodeError:
        raise LocalProtocolError(f"{address}: expected a host name") from None
    url = httpcore.URL(
        scheme=parts.scheme.encode(), host=host, port=parts.port, target=path.encode()
    )
    shown = b"[%b]" % host if b":" in host else host
    headers = [
        (b"host", shown if parts.port is None else b"%b:%d" % (shown, parts.port)),
        (b"accept", b"application/json"),
        (b"accept-encoding", b"identity"),
        (b"content-type", b"application/json"),
        (b"user-agent", b"qenus"),
    ]
    authorization = address.authorization()
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    return url, headers


async def _read(
    response: httpcore.Response,
    headers: dict[bytes, bytes],
    max_bytes: int,
    count: Callable[[float], None],
) -> bytes:
    """Read a reply's body, within bounds of bytes and of pieces, and count its CPU time.

    Raises:
        RemoteProtocolError: it is too large, or cannot be undone.
    """
    claimed = headers.get(b"content-length", b"")
    _check_size(int(claimed[:20]) if claimed.isdigit() else 0, max_bytes)
    inflate = _inflater(headers.get(b"content-encoding", b""))
    body = bytearray()
    pieces = 0
    broken: RemoteProtocolError | None = None
    # Left by cancelling: the library's generators are unwound from their innermost on.
    with trio.CancelScope() as reading:
        async for chunk in response.aiter_stream():
            pieces += 1
            try:
                await _add(body, chunk, inflate, max_bytes, count)
                if pieces > _MAX_SMALL_PIECES + len(body) // _MIN_PIECE_BYTES:
                    raise RemoteProtocolError(
                        f"HTTP: expected pieces of {_MIN_PIECE_BYTES} bytes and more, found "
                        f"{pieces} in {len(body)} bytes"
                    )
            except RemoteProtocolError as error:
                broken = error
                reading.cancel()
    if broken is not None:
        raise broken
    # What is large is not copied: its reader owns it, and takes it for bytes.
    return cast("bytes", body) if len(body) > LARGE_BYTES else bytes(body)


async def _add(
    body: bytearray,
    chunk: bytes,
    inflate: "zlib._Decompress | None",
    max_bytes: int,
    count: Callable[[float], None],
) -> None:
    began = thread_time()
    if inflate is None:
        body += chunk
        count(thread_time() - began)
        _check_size(len(body), max_bytes)
        return
    try:
        for step in _inflated(inflate, chunk):
            body += step
            count(thread_time() - began)
            _check_size(len(body), max_bytes)
            await trio.lowlevel.checkpoint()
            began = thread_time()
    except zlib.error as error:
        raise RemoteProtocolError(f"HTTP: expected what gzip made: {error}") from None


def _inflated(inflate: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    while chunk:
        yield inflate.decompress(chunk, _INFLATE_STEP_BYTES)
        chunk = inflate.unconsumed_tail


def _inflater(encoding: bytes) -> "zlib._Decompress | None":
    """What undoes a Content-Encoding; None where there is nothing to undo.

    None is asked for. One that a proxy applied all the same is undone; a list of them is what only
    an attack sends: each layer multiplies what a reply can grow to.
    """
    names = [name.strip().lower() for name in encoding[:_MAX_SHOWN].split(b",")]
    names = [name for name in names if name not in (b"", b"identity")]
    if not names:
        return None
    if names in ([b"gzip"], [b"x-gzip"], [b"deflate"]):
        # 32 more than the window's bits: zlib detects gzip or zlib by the header.
        return zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    shown = b", ".join(names).decode("ascii", "replace")
    raise RemoteProtocolError(f"HTTP: expected a reply as it is, found it encoded by {shown!r}")


def _check_size(length: int, max_bytes: int) -> None:
    if length > max_bytes:
        raise RemoteProtocolError(
            f"HTTP: expected replies of at most {max_bytes} bytes, found one of {length}"
        )


def _redirect(headers: dict[bytes, bytes]) -> bytes:
    """What is said of a redirect. It is never followed: another host would be given the keys."""
    to = shown_address(headers.get(b"location", b"")[:2048].decode("ascii", "replace"))
    return f"it points to {to or 'no address'}, and redirects are not followed".encode()


class _Body:
    """What is posted. The library's own is a generator, which a cancellation leaves half-run."""

    def __init__(self, message: bytes) -> None:
        self._left = [message]

    def __aiter__(self) -> "_Body":
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()

    async def aclose(self) -> None:
        """Nothing is left open."""


def _why(error: BaseException) -> str:
    """What the system said of the first address that was tried, below what libraries made of it."""
    why = str(error) or type(error).__name__
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
        why = str(error) or why
    return why[:_MAX_SHOWN]
