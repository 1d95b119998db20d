"""A JSON-RPC session with a node: concurrent calls, batches and subscriptions over one transport.

`open_session(url)` connects; `call` gives a result's bytes as the node wrote them, undecoded, so
that big replies are parsed once, by what knows their shape; `subscribe` gives the bytes of each
notification. When the connection ends, what waits for it gets `ConnectionLost`: reconnecting is
left to whatever opened the session. A node that is busy is left alone by all callers together, as
long as it wants or for a growing moment; batches are cut to what the node takes. What it breaks in
one answer fails that call; what belongs to no call, or floods, ends the session and is its `fault`.

Sources: the JSON-RPC 2.0 specification; geth's documentation of eth_subscribe.
"""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import thread_time
from typing import Final

import msgspec
import structlog
import trio

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.address import NodeAddress
from qenus.observers.rpc.batching import Batching
from qenus.observers.rpc.connection import (
    ConnectionLost,
    Transport,
)
from qenus.observers.rpc.dialects import NodeError, is_busy
from qenus.observers.rpc.errors import RpcError, RpcTimeout, first_failure
from qenus.observers.rpc.exchanges import Exchange, Exchanges, Outcome
from qenus.observers.rpc.node_limits import NodeLimits
from qenus.observers.rpc.statistics import RpcStatistics
from qenus.observers.rpc.subscriptions import NOTIFICATIONS_A_SECOND, Subscriptions
from qenus.observers.rpc.transports import open_transport
from qenus.observers.session_bounds import DEFAULT_BOUNDS, SessionBounds

__all__ = ["CALL_SECONDS", "RpcSession", "open_session"]

CALL_SECONDS: Final = 10.0
# Over HTTP a lost connection is that one call's: so often it is asked again.
_ATTEMPTS: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.05
# What these methods give is a number or a few words.
_SHORT_ANSWERS: Final = frozenset(
    {
        "eth_blockNumber",
        "eth_chainId",
        "eth_gasPrice",
        "eth_subscribe",
        "eth_syncing",
        "net_version",
        "web3_clientVersion",
    }
)
_SHORT_ANSWER_BYTES: Final = 64 << 10

_log = structlog.get_logger("rpc")


class RpcSession:
    """One connection to one node; made by `open_session`."""

    def __init__(
        self,
        address: NodeAddress,
        transport: Transport,
        statistics: RpcStatistics | None = None,
        on_work: Callable[[float], None] | None = None,
        bounds: SessionBounds = DEFAULT_BOUNDS,
    ) -> None:
        self.endpoint = str(address)
        self.statistics = statistics or RpcStatistics()
        self.statistics.sessions += 1
        self._address = address
        self._transport = transport
        self._on_work = on_work
        self._bounds = bounds
        self._exchanges = Exchanges(bounds)
        self._answered_at = float("-inf")
        self._probing = trio.Lock()
        self._subscriptions = Subscriptions()
        self._lost: QenusError | None = None

    @property
    def can_subscribe(self) -> bool:
        """Whether the transport carries what the node says unasked."""
        return self._transport.pushes

    @property
    def fault(self) -> RemoteProtocolError | None:
        """The rule that the node broke, if that is what ended the session."""
        return self._lost if isinstance(self._lost, RemoteProtocolError) else None

    @property
    def limits(self) -> NodeLimits:
        """What the node allows, as far as it has been found out."""
        return self.statistics.limits

    def silent_seconds(self, now: float) -> float:
        """How long something has been asked and nothing was answered; 0 where nothing is asked."""
        asked_at = self._exchanges.oldest_at
        return 0.0 if asked_at is None else now - max(asked_at, self._answered_at)

    async def call(
        self, method: str, *params: object, timeout_seconds: float = CALL_SECONDS
    ) -> bytes:
        """Call a method and give its result as JSON bytes; `null` is a result too.

        A node that is left alone because it is busy is called once that is over.

        Raises:
            RpcError: the node answered with an error, or is to be left alone for longer.
            RpcTimeout: the node did not answer in time.
            ConnectionLost: the connection ended first.
            RemoteProtocolError: the answer is malformed; the session goes on.

        Cancellation leaves the session usable; a late answer is dropped.
        """
        until = trio.current_time() + timeout_seconds
        (outcome,) = await self._ask([(method, params)], until, False)
        return self._result(method, outcome)

    async def read(
        self, method: str, *params: object, timeout_seconds: float = CALL_SECONDS
    ) -> bytes:
        """Call a method that changes nothing; ask again, within the time, a node that is busy.

        A node that wants to be left alone for longer than that has its refusal raised. Over HTTP a
        lost connection is that one call's: it is asked again too.

        Raises: what `call` raises.

        Cancellation leaves the session usable.
        """
        until = trio.current_time() + timeout_seconds
        losses = 0
        refusal: RpcError | None = None
        while True:
            left = until - trio.current_time()
            try:
                return await self.call(method, *params, timeout_seconds=left)
            except ConnectionLost:
                losses += 1
                if self.can_subscribe or self._lost is not None or losses == _ATTEMPTS:
                    raise
                # Full jitter, so that those that were cut off together do not return together.
                await trio.sleep(_FIRST_PAUSE_SECONDS * 2**losses * random.random())
            except RpcError as error:
                if not error.busy or self.limits.pause.left(trio.current_time()) >= left:
                    raise
                refusal = error
            except RpcTimeout:
                # It was busy all the time: that says more.
                raise refusal or RpcTimeout(
                    f"{self.endpoint}: {method}: no answer within {timeout_seconds:g} s"
                ) from None
            if trio.current_time() >= until:
                raise refusal or RpcTimeout(
                    f"{self.endpoint}: {method}: no answer within {timeout_seconds:g} s"
                )

    async def batch(
        self,
        calls: Sequence[tuple[str, Sequence[object]]],
        *,
        timeout_seconds: float = CALL_SECONDS,
    ) -> list[bytes | RpcError]:
        """Call several methods in as few messages as the node allows; give each result or error.

        Calls that met a busy node are asked again within the time.

        Raises:
            RpcTimeout: the node did not answer all of them in time.
            ConnectionLost: the connection ended first.
            RemoteProtocolError: answers came, but not to all of them, or malformed ones.

        Cancellation leaves the session usable.
        """
        until = trio.current_time() + timeout_seconds

        async def ask(part: Sequence[int], unproven: bool) -> Sequence[Outcome]:
            return await self._ask([calls[at] for at in part], until, unproven)

        batching = Batching(self.limits, self._probing, ask, until)
        try:
            with trio.fail_at(until):
                outcomes = await batching.outcomes(len(calls))
        except trio.TooSlowError:
            raise RpcTimeout(
                f"{self.endpoint}: a batch of {len(calls)}: no answer within {timeout_seconds:g} s"
            ) from None
        except BaseExceptionGroup as group:
            failure = first_failure(group)
            if isinstance(failure, RemoteProtocolError):
                raise self._named(f"a batch of {len(calls)}", failure) from None
            raise failure from None
        results: list[bytes | RpcError] = []
        for (method, _), outcome in zip(calls, outcomes, strict=True):
            try:
                results.append(self._result(method, outcome))
            except RpcError as error:
                results.append(error)
        return results

    async def takes(self, size: int, *, timeout_seconds: float = CALL_SECONDS) -> bool:
        """Find out whether the node takes a message of so many calls, which costs that many.

        Raises: what `batch` raises, and RpcError where the node is busy.

        Cancellation leaves the session usable.
        """
        until = trio.current_time() + timeout_seconds
        async with self._probing:
            outcomes = await self._ask([("eth_chainId", ())] * size, until, True)
        for outcome in outcomes:
            if isinstance(outcome, QenusError) or (
                isinstance(outcome, NodeError) and is_busy(outcome)
            ):
                self._result("eth_chainId", outcome)
        taken = all(isinstance(outcome, bytes | bytearray) for outcome in outcomes)
        if taken:
            self.limits.batch.accept(size)
        else:
            self.limits.batch.refuse(size)
        return taken

    async def _ask(
        self, calls: Sequence[tuple[str, Sequence[object]]], until: float, unproven: bool
    ) -> list[Outcome]:
        """Send calls in one message and give what came to each."""
        name = calls[0][0] if len(calls) == 1 else f"a batch of {len(calls)}"
        if len(self._exchanges) + len(calls) > self._bounds.node_calls:
            most = self._bounds.node_calls
            raise RpcTimeout(f"{self.endpoint}: {name}: {most} calls are unanswered")
        if self._lost is not None:
            raise self._named(name, ConnectionLost(str(self._lost)))
        refusal = await self._leave_alone(until)
        if refusal is not None:
            return [refusal] * len(calls)
        short = all(method in _SHORT_ANSWERS for method, _ in calls)
        most = _SHORT_ANSWER_BYTES * len(calls) if short else self._bounds.node_message_bytes
        now = trio.current_time()
        exchange = self._exchanges.open(len(calls), most, now, unproven=unproven)
        try:
            await self._exchange(exchange, _written(exchange.numbers, calls), name, until)
        finally:
            if self._exchanges.close(exchange):
                self._transport.give_up(exchange.numbers)
        self._note(exchange)
        outcomes = exchange.in_order
        if any(outcome is None for outcome in outcomes) and self._lost is not None:
            raise self._named(name, ConnectionLost(str(self._lost)))
        return outcomes

    async def _leave_alone(self, until: float) -> NodeError | None:
        """Wait until a busy node is to be asked again; where that is too late, say so."""
        pause = self.limits.pause
        now = trio.current_time()
        while (left := pause.left(now)) > 0:
            if now + left >= until:
                words = f"it is busy and left alone for another {left:.1f} s"
                return NodeError(pause.code or 429, f"too many requests: {words}", left)
            # Jitter, so that all who waited do not come at once.
            await trio.sleep(left + pause.seconds * random.random() / 2)
            now = trio.current_time()
        return None

    async def _exchange(self, exchange: Exchange, message: bytes, name: str, until: float) -> None:
        statistics = self.statistics
        statistics.calls += len(exchange.numbers)
        try:
            with trio.fail_at(until):
                await self._transport.send(message, exchange.numbers, exchange.max_bytes)
                await exchange.done.wait()
        except trio.TooSlowError:
            statistics.timed_out += len(exchange.numbers)
            waited = until - exchange.sent_at
            raise RpcTimeout(f"{self.endpoint}: {name}: no answer within {waited:g} s") from None
        except ConnectionLost as error:
            raise self._named(name, error) from error

    def _note(self, exchange: Exchange) -> None:
        """Count an exchange, and learn from it how busy the node is."""
        now = trio.current_time()
        if exchange.was_answered:
            self._answered_at = now
            seconds = now - exchange.sent_at
            self.statistics.seconds += seconds
            self.statistics.slowest_seconds = max(self.statistics.slowest_seconds, seconds)
        errors = [e for e in exchange.outcomes.values() if isinstance(e, NodeError) and is_busy(e)]
        self.statistics.busy += len(errors)
        if errors:
            longest = max((e.retry_after_seconds or 0.0 for e in errors), default=0.0)
            self.limits.pause.refuse(errors[0].code, exchange.sent_at, now, longest)
        elif exchange.was_answered:
            self.limits.pause.answer(exchange.sent_at)

    def _result(self, method: str, outcome: Outcome) -> bytes:
        if isinstance(outcome, bytes | bytearray):
            self.statistics.answered += 1
            return outcome
        if isinstance(outcome, NodeError):
            self.statistics.refused += 1
            words = self._address.scrub(outcome.message)
            raise RpcError(method, self.endpoint, outcome.code, words, outcome.retry_after_seconds)
        if outcome is None:
            outcome = RemoteProtocolError("expected an answer, found none")
        raise self._named(method, outcome)

    def _named(self, name: str, failure: QenusError) -> QenusError:
        """The same failure, which names the node and what was asked, and no key."""
        kind = RemoteProtocolError if isinstance(failure, RemoteProtocolError) else ConnectionLost
        return kind(f"{self.endpoint}: {name}: {self._address.scrub(str(failure))}")

    async def subscribe(
        self, *params: object, most_a_second: float = NOTIFICATIONS_A_SECOND
    ) -> trio.MemoryReceiveChannel[bytes]:
        """Subscribe with eth_subscribe; the channel gives each notification's result as JSON.

        The channel ends when the connection does. A busy node is asked again. More notifications
        than `most_a_second` in the long run end the session.

        Raises: what `read` raises.
        """
        answer = await self.read("eth_subscribe", *params)
        try:
            return self._subscriptions.open(answer, most_a_second)
        except RemoteProtocolError as error:
            raise self._named("eth_subscribe", error) from None

    async def listen(self) -> None:
        """Take in what the node sends until the connection ends, then release all that wait."""
        read_seconds = 0.0
        try:
            while True:
                received = await self._transport.receive()
                began = thread_time()
                self.statistics.received_bytes += len(received.message)
                for notice in self._exchanges.take(received, trio.current_time()):
                    self._subscriptions.notify(notice)
                self.statistics.irregular += self._exchanges.irregular
                self._exchanges.irregular = 0
                if self._on_work is not None:
                    before, read_seconds = read_seconds, self._transport.read_seconds
                    self._on_work(thread_time() - began + read_seconds - before)
        except ConnectionLost as error:
            self._lost = error
        except RemoteProtocolError as error:
            self._lost = RemoteProtocolError(self._address.scrub(str(error)))
            _log.warning("broken message", endpoint=self.endpoint, error=str(self._lost))
        finally:
            if self._lost is None:
                self._lost = ConnectionLost("the session was closed")
            self._exchanges.end()
            self._subscriptions.close()


def _written(numbers: range, calls: Sequence[tuple[str, Sequence[object]]]) -> bytes:
    """One call as an object, several as an array."""
    requests = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in zip(numbers, calls, strict=True)
    ]
    return msgspec.json.encode(requests if len(requests) > 1 else requests[0])


@asynccontextmanager
async def open_session(
    url: str | NodeAddress,
    *,
    statistics: RpcStatistics | None = None,
    on_work: Callable[[float], None] | None = None,
    bounds: SessionBounds = DEFAULT_BOUNDS,
) -> AsyncIterator[RpcSession]:
    """Connect to the node at `url`: ws://, wss://, http://, https:// or unix:///path.

    `statistics` goes on counting where an earlier session to the same node stopped, and remembers
    what the node allows: sessions that share it leave a busy node alone together. `on_work` is
    called after each message with the CPU time of the event loop, in seconds, that it took to read.
    `bounds` say what the session may hold and take.

    Raises:
        HandshakeRefused: the server answered a WebSocket handshake with another status than 101.
        ConnectionLost: the node cannot be reached. Over HTTP that is known with the first call.
        RemoteProtocolError: its answer to the handshake breaks the rules.

    Cancellation closes the connection.
    """
    address = NodeAddress.of(url)
    try:
        async with (
            open_transport(address, bounds.node_message_bytes) as transport,
            trio.open_nursery() as nursery,
        ):
            session = RpcSession(address, transport, statistics, on_work, bounds)
            nursery.start_soon(session.listen)
            yield session
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nurseries are ours: what has one failure to handle need not know of them.
        raise first_failure(group) from None
