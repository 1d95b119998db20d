"""JSON-RPC over HTTP: every message is a request of its own.

What an answer comes to is received like any other message: a reply, or the failure that the server
would have told of, had it spoken JSON-RPC. Who is no longer waited for gets its connection back.
"""

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from email.utils import parsedate_to_datetime

import httpx
import msgspec
import trio

from qenus.errors import RemoteProtocolError

__all__ = ["HttpTransport", "open_http"]

_QUEUE_MESSAGES = 64
_CONNECTIONS = 16
# Between two pieces of a reply; whoever asked has a deadline of its own for all of it.
_PIECE_SECONDS = 30.0
# A refusal without an id, of whatever it is, is shorter.
_MAX_REFUSAL_BYTES = 64 << 10
_MAX_SHOWN = 200
_JSON = {"content-type": "application/json"}


@asynccontextmanager
async def open_http(url: str, *, max_bytes: int) -> AsyncIterator["HttpTransport"]:
    """Give a transport to `url`; whether anybody is there is known with the first call.

    It goes there directly, whatever proxy the environment names, and trusts whom the system does:
    as over WebSocket.

    Cancellation closes the connections.
    """
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    async with (
        httpx.AsyncClient(
            limits=limits,
            timeout=_PIECE_SECONDS,
            trust_env=False,
            verify=ssl.create_default_context(),
        ) as client,
        trio.open_nursery() as nursery,
    ):
        yield HttpTransport(client, url, nursery, max_bytes)
        nursery.cancel_scope.cancel()


class HttpTransport:
    """Made by `open_http`. `max_bytes` bounds a reply."""

    pushes = False

    def __init__(
        self, client: httpx.AsyncClient, url: str, nursery: trio.Nursery, max_bytes: int
    ) -> None:
        self._max_bytes = max_bytes
        self._client = client
        self._url = url
        self._nursery = nursery
        self._replies, self._taken = trio.open_memory_channel[bytes | RemoteProtocolError](
            _QUEUE_MESSAGES
        )
        # By the first of the ids that a request carries.
        self._under_way: dict[int, trio.CancelScope] = {}

    async def send(self, message: bytes, numbers: Sequence[int]) -> None:
        """Post a message; `numbers` are the ids of the calls in it."""
        self._nursery.start_soon(self._post, message, numbers)

    async def receive(self) -> bytes:
        """Give the next reply. Raises RemoteProtocolError."""
        reply = await self._taken.receive()
        if isinstance(reply, RemoteProtocolError):
            raise reply
        return reply

    def give_up(self, numbers: Sequence[int]) -> None:
        """Nobody waits for the answers to that message any more."""
        scope = self._under_way.pop(numbers[0], None)
        if scope is not None:
            scope.cancel()

    async def _post(self, message: bytes, numbers: Sequence[int]) -> None:
        reply: bytes | RemoteProtocolError
        with trio.CancelScope() as self._under_way[numbers[0]]:
            try:
                reply = _named(await self._reply(message), numbers)
            except httpx.HTTPError as error:
                reply = _unreached(numbers, f"cannot be reached: {_why(error)}")
            except RemoteProtocolError as fault:
                reply = fault
            except _HttpStatus as status:
                reply = _failure(numbers, status.code, str(status), status.retry_after_seconds)
            await self._replies.send(reply)
        self._under_way.pop(numbers[0], None)

    async def _reply(self, message: bytes) -> bytes:
        request = self._client.build_request("POST", self._url, headers=_JSON)
        request.headers["content-length"] = str(len(message))
        request.stream = _Body(message)
        response = await self._client.send(request, stream=True)
        async with aclosing(response):
            body = bytearray()
            claimed = response.headers.get("content-length", "")
            self._check_size(int(claimed[:20]) if claimed.isdecimal() else 0)
            # Left by cancelling: the library's generators are unwound from their innermost on.
            with trio.CancelScope() as reading:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > self._max_bytes:
                        reading.cancel()
            self._check_size(len(body))
            if response.status_code != httpx.codes.OK:
                words = bytes(body[:_MAX_SHOWN]).decode(errors="replace")
                raise _HttpStatus(
                    response.status_code, words, _retry_after(response.headers.get("retry-after"))
                )
        return bytes(body)

    def _check_size(self, length: int) -> None:
        if length > self._max_bytes:
            raise RemoteProtocolError(
                f"HTTP: expected replies of at most {self._max_bytes} bytes, found one of {length}"
            )


class _Body(httpx.AsyncByteStream):
    """What is posted. The library's own is a generator, which a cancellation leaves half-run."""

    def __init__(self, message: bytes) -> None:
        self._left = [message]

    def __aiter__(self) -> "_Body":
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


class _HttpStatus(Exception):
    """The server answered with something other than a JSON-RPC reply."""

    def __init__(self, code: int, words: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"HTTP {code}: {words}")
        self.code = code
        self.retry_after_seconds = retry_after_seconds


def _why(error: BaseException) -> str:
    """What the system said of the first address that was tried, below what libraries made of it."""
    why = str(error) or type(error).__name__
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
        why = str(error) or why
    return why


def _retry_after(text: str | None) -> float | None:
    """Read a Retry-After header: seconds, or the time itself (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            return float(text[:9])
        return max(0.0, parsedate_to_datetime(text[:64]).timestamp() - time.time())
    except ValueError:
        return None


class _Refusal(msgspec.Struct):
    """What a server says that did not read far enough to know the id."""

    error: msgspec.Raw
    id: int | str | None = None


def _named(reply: bytes, numbers: Sequence[int]) -> bytes:
    """The reply; a refusal that names no call is one to all of the request's."""
    if len(reply) > _MAX_REFUSAL_BYTES or not reply.lstrip().startswith(b"{"):
        return reply
    try:
        refusal = msgspec.json.decode(reply, type=_Refusal)
    except (msgspec.DecodeError, RecursionError):
        return reply
    if refusal.id is not None:
        return reply
    return _replies(numbers, refusal.error)


def _failure(
    numbers: Sequence[int], code: int, words: str, retry_after_seconds: float | None = None
) -> bytes:
    """What the node would have said, had it spoken JSON-RPC."""
    error: dict[str, object] = {"code": code, "message": words[:_MAX_SHOWN]}
    if retry_after_seconds is not None:
        error["retry_after_seconds"] = retry_after_seconds
    return _replies(numbers, error)


def _unreached(numbers: Sequence[int], words: str) -> bytes:
    """What is told to those whose message nobody answered: it says nothing of the node's mind."""
    return _replies(numbers, {"code": 0, "message": words[:_MAX_SHOWN], "unreached": True})


def _replies(numbers: Sequence[int], error: object) -> bytes:
    said = [{"jsonrpc": "2.0", "id": number, "error": error} for number in numbers]
    return msgspec.json.encode(said if len(said) > 1 else said[0])
