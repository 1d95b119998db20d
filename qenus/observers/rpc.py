"""A JSON-RPC session with a node: concurrent calls, batches and subscriptions over one transport.

`open_session(url)` connects; `call` gives a result's bytes as the node wrote them, undecoded, so
that big replies are parsed once, by whoever knows their shape; `subscribe` gives the bytes of each
notification. When the connection ends, whoever waits gets `ConnectionLost`: reconnecting is left to
who opened the session. Everything received is bounded.

Sources: the JSON-RPC 2.0 specification; geth's documentation of eth_subscribe.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import msgspec
import structlog
import trio

from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.address import shown_address
from qenus.observers.transports import ConnectionLost, Transport, open_transport

__all__ = [
    "ConnectionLost",
    "RpcError",
    "RpcSession",
    "RpcStatistics",
    "RpcTimeout",
    "first_failure",
    "open_session",
]

_CALL_SECONDS = 10.0
_MAX_CALLS = 1024
_MAX_BATCH = 200
# A subscriber this far behind would be told of heads that nobody wants any more.
_NOTIFICATIONS = 1024
_MAX_SHOWN = 200
# Too many requests, as HTTP and as providers say it (EIP-1474), and gateways that are overloaded.
_BUSY = frozenset({429, -32005, 502, 503, 504})
_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 0.05

_log = structlog.get_logger("rpc")


class RpcTimeout(TransientError):
    """The node did not answer within the deadline."""


class RpcError(TransientError):
    """The node answered with an error: `method`, `endpoint`, `code` and the node's own words."""

    def __init__(self, method: str, endpoint: str, code: int, message: str) -> None:
        self.method = method
        self.endpoint = endpoint
        self.code = code
        super().__init__(f"{endpoint}: {method}: error {code}: {message[:_MAX_SHOWN]}")

    @property
    def busy(self) -> bool:
        """Whether the node only asks for patience."""
        return self.code in _BUSY


@attrs.define
class RpcStatistics:
    """What came of the calls of one session; `seconds` is the sum over the answered ones."""

    calls: int = 0
    answered: int = 0
    refused: int = 0
    timed_out: int = 0
    received_bytes: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0


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
_incoming_batch = msgspec.json.Decoder(list[_Incoming])
_text = msgspec.json.Decoder(str)


class _Call:
    """A call under way."""

    def __init__(self) -> None:
        self.answered = trio.Event()
        self.answer: _Incoming | None = None


class RpcSession:
    """One connection to one node; made by `open_session`."""

    def __init__(self, endpoint: str, transport: Transport) -> None:
        self.endpoint = endpoint
        self.statistics = RpcStatistics()
        self._transport = transport
        self._calls: dict[int, _Call] = {}
        self._next_id = 0
        self._subscriptions: dict[str, trio.MemorySendChannel[bytes]] = {}
        self._lost: Exception | None = None

    @property
    def can_subscribe(self) -> bool:
        """Whether the transport carries what the node says unasked."""
        return self._transport.pushes

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
        ((number, request),) = self._requests([(method, params)])
        try:
            (call,) = await self._exchange(
                msgspec.json.encode(request), [number], method, timeout_seconds
            )
        finally:
            self._calls.pop(number, None)
        return self._result(method, call)

    async def read(
        self, method: str, *params: object, timeout_seconds: float = _CALL_SECONDS
    ) -> bytes:
        """Call a method that changes nothing; ask again, a little later, a node that is busy.

        Raises: what `call` raises.

        Cancellation leaves the session usable.
        """
        pause = _FIRST_PAUSE_SECONDS
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self.call(method, *params, timeout_seconds=timeout_seconds)
            except RpcError as error:
                if not error.busy:
                    raise
            # Full jitter, so that those who were refused together do not come back together.
            await trio.sleep(pause * random.random())
            pause *= 2
        return await self.call(method, *params, timeout_seconds=timeout_seconds)

    async def batch(
        self,
        calls: Sequence[tuple[str, Sequence[object]]],
        *,
        timeout_seconds: float = _CALL_SECONDS,
    ) -> list[bytes | RpcError]:
        """Call several methods in one message, at most 200; give each one's result or error.

        Raises:
            RpcTimeout: the node did not answer all of them in time.
            ConnectionLost: the connection ended first.

        Cancellation leaves the session usable.
        """
        if len(calls) > _MAX_BATCH:
            raise ValueError(f"expected at most {_MAX_BATCH} calls, found {len(calls)}")
        if not calls:
            return []
        requests = self._requests(calls)
        numbers = [number for number, _ in requests]
        message = msgspec.json.encode([request for _, request in requests])
        name = f"a batch of {len(calls)}"
        try:
            answered = await self._exchange(message, numbers, name, timeout_seconds)
        finally:
            for number in numbers:
                self._calls.pop(number, None)
        results: list[bytes | RpcError] = []
        for (method, _), call in zip(calls, answered, strict=True):
            try:
                results.append(self._result(method, call))
            except RpcError as error:
                results.append(error)
        return results

    def _requests(
        self, calls: Sequence[tuple[str, Sequence[object]]]
    ) -> list[tuple[int, dict[str, object]]]:
        requests = []
        for method, params in calls:
            self._next_id += 1
            request = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
            requests.append((self._next_id, request))
        return requests

    async def _exchange(
        self, message: bytes, numbers: Sequence[int], name: str, timeout_seconds: float
    ) -> list[_Call]:
        """Send a message and wait for the answers to all that it asks."""
        if len(self._calls) + len(numbers) > _MAX_CALLS:
            raise RpcTimeout(f"{self.endpoint}: {name}: {_MAX_CALLS} calls are unanswered")
        if self._lost is not None:
            raise ConnectionLost(f"{self.endpoint}: {self._lost}")
        calls = [_Call() for _ in numbers]
        self._calls.update(zip(numbers, calls, strict=True))
        statistics = self.statistics
        statistics.calls += len(calls)
        began = trio.current_time()
        try:
            with trio.fail_after(timeout_seconds):
                await self._transport.send(message, numbers[0])
                for call in calls:
                    await call.answered.wait()
        except trio.TooSlowError:
            statistics.timed_out += len(calls)
            raise RpcTimeout(
                f"{self.endpoint}: {name}: no answer within {timeout_seconds} s"
            ) from None
        except ConnectionLost as error:
            raise ConnectionLost(f"{self.endpoint}: {error}") from error
        seconds = trio.current_time() - began
        statistics.seconds += seconds
        statistics.slowest_seconds = max(statistics.slowest_seconds, seconds)
        return calls

    def _result(self, method: str, call: _Call) -> bytes:
        answer = call.answer
        if answer is None:
            raise ConnectionLost(f"{self.endpoint}: {method}: {self._lost}")
        if answer.error is not None:
            self.statistics.refused += 1
            raise RpcError(method, self.endpoint, answer.error.code, answer.error.message)
        result = bytes(answer.result)
        if not result:
            raise RemoteProtocolError(
                f"{self.endpoint}: {method}: expected a result or an error, found neither"
            )
        self.statistics.answered += 1
        return result

    async def subscribe(self, *params: object) -> trio.MemoryReceiveChannel[bytes]:
        """Subscribe with eth_subscribe; the channel gives each notification's result as JSON.

        The channel ends when the connection does.

        Raises: what `call` raises.
        """
        try:
            subscription = _text.decode(await self.call("eth_subscribe", *params))
        except msgspec.DecodeError as error:
            raise RemoteProtocolError(
                f"{self.endpoint}: eth_subscribe: expected an id: {error}"
            ) from None
        send, receive = trio.open_memory_channel[bytes](_NOTIFICATIONS)
        self._subscriptions[subscription] = send
        return receive

    async def listen(self) -> None:
        """Take in what the node sends until the connection ends, then tell all who wait."""
        try:
            while True:
                message = await self._transport.receive()
                self.statistics.received_bytes += len(message)
                self._take(message)
        except ConnectionLost as error:
            self._lost = error
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
            if message.lstrip()[:1] == b"[":
                for incoming in _incoming_batch.decode(message):
                    self._handle(incoming)
            else:
                self._handle(_incoming.decode(message))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            # The id of the call that this was the answer to cannot be told: end all of them.
            raise RemoteProtocolError(f"expected a JSON-RPC message: {error}") from None

    def _handle(self, incoming: _Incoming) -> None:
        if incoming.method == "eth_subscription" and incoming.params is not None:
            channel = self._subscriptions.get(incoming.params.subscription)
            if channel is not None:
                try:
                    channel.send_nowait(bytes(incoming.params.result))
                except trio.WouldBlock:
                    raise RemoteProtocolError(
                        f"{_NOTIFICATIONS} notifications were not taken"
                    ) from None
                except trio.BrokenResourceError:
                    # Whoever listened has left.
                    del self._subscriptions[incoming.params.subscription]
        elif incoming.id is not None and incoming.id in self._calls:
            call = self._calls[incoming.id]
            call.answer = incoming
            call.answered.set()


@asynccontextmanager
async def open_session(url: str) -> AsyncIterator[RpcSession]:
    """Connect to the node at `url`: ws://, wss://, http://, https:// or unix:///path.

    Raises:
        ConnectionLost: the node cannot be reached. Over HTTP the first call tells.

    Cancellation closes the connection.
    """
    try:
        async with open_transport(url) as transport, trio.open_nursery() as nursery:
            session = RpcSession(shown_address(url), transport)
            nursery.start_soon(session.listen)
            yield session
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nurseries are ours: who has one failure to handle need not know of them.
        raise first_failure(group) from None


def first_failure(error: BaseException) -> BaseException:
    """Give the failure inside of the groups that nurseries make; being cancelled is the last."""
    while isinstance(error, BaseExceptionGroup):
        _, failed = error.split(trio.Cancelled)
        error = (failed or error).exceptions[0]
    return error
