"""A JSON-RPC session with a node: concurrent calls, batches and subscriptions over one transport.

`open_session(url)` connects; `call` gives a result's bytes as the node wrote them, undecoded, so
that big replies are parsed once, by whoever knows their shape; `subscribe` gives the bytes of each
notification. When the connection ends, whoever waits gets `ConnectionLost`: reconnecting is left to
who opened the session. Everything received is bounded, and an answer is taken for the one question
that it answers: a second answer, one to a question that nobody asked and a batch that leaves one
out break the rules, which ends the session and is its `fault`.

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
from qenus.observers.address import NodeAddress
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
# Late answers to calls that were given up are expected, from so many of them.
_MAX_GIVEN_UP = 4096
# A head is 2 KB, a transaction without its blobs at most some 300 KB.
_MAX_NOTIFICATION_BYTES = 1 << 20
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

    def __init__(
        self,
        method: str,
        endpoint: str,
        code: int,
        message: str,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.method = method
        self.endpoint = endpoint
        self.code = code
        # How long the node wants to be left alone, where it says so.
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{endpoint}: {method}: error {code}: {message[:_MAX_SHOWN]}")

    @property
    def busy(self) -> bool:
        """Whether the node only asks for patience."""
        return self.code in _BUSY


@attrs.define
class RpcStatistics:
    """What came of calls; `seconds` is the sum over the answered ones.

    Given to one session after another, it counts on.
    """

    sessions: int = 0
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
    # Added by the transport: HTTP says it in a header.
    retry_after_seconds: float | None = None
    # Added by the transport: nobody answered this message, whose connection was its own.
    unreached: bool = False


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
        # Its answers come in one message: those that are not in it never come.
        self.batch: Sequence[_Call] = ()

    @property
    def was_answered(self) -> bool:
        """Whether the node itself said something to it."""
        said = self.answer
        return said is not None and (said.error is None or not said.error.unreached)


class RpcSession:
    """One connection to one node; made by `open_session`."""

    def __init__(
        self, endpoint: str, transport: Transport, statistics: RpcStatistics | None = None
    ) -> None:
        self.endpoint = endpoint
        self.statistics = statistics or RpcStatistics()
        self.statistics.sessions += 1
        self._transport = transport
        self._calls: dict[int, _Call] = {}
        self._given_up: dict[int, None] = {}
        self._next_id = 0
        self._subscriptions: dict[str, trio.MemorySendChannel[bytes]] = {}
        self._lost: Exception | None = None

    @property
    def can_subscribe(self) -> bool:
        """Whether the transport carries what the node says unasked."""
        return self._transport.pushes

    @property
    def fault(self) -> RemoteProtocolError | None:
        """The rule that the node broke, if that is what ended the session."""
        return self._lost if isinstance(self._lost, RemoteProtocolError) else None

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
            self._close([number])
        return self._result(method, call)

    async def read(
        self, method: str, *params: object, timeout_seconds: float = _CALL_SECONDS
    ) -> bytes:
        """Call a method that changes nothing; ask again, a little later, a node that is busy.

        A node that says when to come back is left alone until then; when that is later than
        `timeout_seconds`, its refusal is raised. Over HTTP a lost connection is that one call's:
        it is asked again too.

        Raises: what `call` raises.

        Cancellation leaves the session usable.
        """
        pause = _FIRST_PAUSE_SECONDS
        for _ in range(_ATTEMPTS - 1):
            asked_for = 0.0
            try:
                return await self.call(method, *params, timeout_seconds=timeout_seconds)
            except ConnectionLost:
                if self.can_subscribe or self._lost is not None:
                    raise
            except RpcError as error:
                asked_for = error.retry_after_seconds or 0.0
                if not error.busy or asked_for > timeout_seconds:
                    raise
            # Full jitter, so that those who were refused together do not come back together.
            await trio.sleep(asked_for + pause * random.random())
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
            RemoteProtocolError: answers came, but not to all of them.

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
            self._close(numbers)
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
        if len(calls) > 1:
            for call in calls:
                call.batch = calls
        self._calls.update(zip(numbers, calls, strict=True))
        statistics = self.statistics
        statistics.calls += len(calls)
        began = trio.current_time()
        try:
            with trio.fail_after(timeout_seconds):
                await self._transport.send(message, numbers)
                for call in calls:
                    await call.answered.wait()
        except trio.TooSlowError:
            statistics.timed_out += len(calls)
            raise RpcTimeout(
                f"{self.endpoint}: {name}: no answer within {timeout_seconds} s"
            ) from None
        except ConnectionLost as error:
            raise ConnectionLost(f"{self.endpoint}: {error}") from error
        if any(call.was_answered for call in calls):
            seconds = trio.current_time() - began
            statistics.seconds += seconds
            statistics.slowest_seconds = max(statistics.slowest_seconds, seconds)
        return calls

    def _close(self, numbers: Sequence[int]) -> None:
        """Wait for these no longer."""
        given_up = False
        for number in numbers:
            call = self._calls.pop(number, None)
            if call is None:
                continue
            # No circle of calls and their batch is left to the garbage collector.
            call.batch = ()
            if not call.answered.is_set():
                given_up = True
                self._given_up[number] = None
                if len(self._given_up) > _MAX_GIVEN_UP:
                    del self._given_up[next(iter(self._given_up))]
        if given_up:
            self._transport.give_up(numbers)

    def _result(self, method: str, call: _Call) -> bytes:
        answer = call.answer
        if answer is None:
            if self._lost is None:
                raise RemoteProtocolError(
                    f"{self.endpoint}: {method}: expected an answer to each call of a batch, "
                    "found one left out"
                )
            raise ConnectionLost(f"{self.endpoint}: {method}: {self._lost}")
        if answer.error is not None:
            said = answer.error
            if said.unreached:
                raise ConnectionLost(f"{self.endpoint}: {said.message[:_MAX_SHOWN]}")
            self.statistics.refused += 1
            raise RpcError(method, self.endpoint, said.code, said.message, said.retry_after_seconds)
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
                self._handle_batch(_incoming_batch.decode(message))
            else:
                self._handle(_incoming.decode(message))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            # The id of the call that this was the answer to cannot be told: end all of them.
            raise RemoteProtocolError(f"expected a JSON-RPC message: {error}") from None

    def _handle_batch(self, batch: Sequence[_Incoming]) -> None:
        if not batch:
            raise RemoteProtocolError("expected answers in a batch, found none")
        answered = [call for incoming in batch if (call := self._handle(incoming)) is not None]
        # All of a batch has the same list of calls: what is not answered now never is.
        for calls in {id(call.batch): call.batch for call in answered}.values():
            for call in calls:
                call.answered.set()

    def _handle(self, incoming: _Incoming) -> _Call | None:
        """Take one message and give the call that it answers, if that is still open."""
        number = incoming.id
        if incoming.method == "eth_subscription" and incoming.params is not None:
            self._notify(incoming.params)
        elif number is None:
            if incoming.error is not None:
                raise RemoteProtocolError(
                    "expected an answer that names its call, found error "
                    f"{incoming.error.code}: {incoming.error.message[:_MAX_SHOWN]}"
                )
        elif (call := self._calls.get(number)) is not None:
            if call.answered.is_set():
                raise RemoteProtocolError(f"expected one answer to call {number}, found a second")
            call.answer = incoming
            call.answered.set()
            return call
        elif number in self._given_up:
            del self._given_up[number]
        else:
            raise RemoteProtocolError(
                f"expected answers to what was asked, found one to {number}, which is no open call"
            )
        return None

    def _notify(self, said: _Notification) -> None:
        channel = self._subscriptions.get(said.subscription)
        if channel is None:
            return
        result = bytes(said.result)
        if len(result) > _MAX_NOTIFICATION_BYTES:
            raise RemoteProtocolError(
                f"expected notifications of at most {_MAX_NOTIFICATION_BYTES} bytes, "
                f"found one of {len(result)}"
            )
        try:
            channel.send_nowait(result)
        except trio.WouldBlock:
            raise RemoteProtocolError(f"{_NOTIFICATIONS} notifications were not taken") from None
        except trio.BrokenResourceError:
            # Whoever listened has left.
            del self._subscriptions[said.subscription]


@asynccontextmanager
async def open_session(
    url: str | NodeAddress, *, statistics: RpcStatistics | None = None
) -> AsyncIterator[RpcSession]:
    """Connect to the node at `url`: ws://, wss://, http://, https:// or unix:///path.

    `statistics` goes on counting where an earlier session to the same node stopped.

    Raises:
        ConnectionLost: the node cannot be reached. Over HTTP the first call tells.

    Cancellation closes the connection.
    """
    try:
        address = NodeAddress.of(url)
        async with (
            open_transport(address.url_with_secrets()) as transport,
            trio.open_nursery() as nursery,
        ):
            session = RpcSession(str(address), transport, statistics)
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
