"""Transactions executed before a block holds them: logs, status, gas and what they would change.

`open_executor` runs pyrevm as a supervised actor in a process of its own, for it holds the GIL
while it computes. State comes from the node through `state_gateway`, pinned to a block's hash. A
process that dies is made again and its request asked again; one that kills it twice, or takes too
long, is answered with an error. No request is left without an answer.

    async with open_executor(chain, session) as executor:
        call = signed_call(raw, chain)
        simulation = await executor.simulate(NodeState(session, block_hash), environment, call)
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio

from qenus.errors import QenusError
from qenus.observers.execution.simulations import (
    BlockEnvironment,
    InvalidCall,
    Simulation,
    SimulationFailed,
    SimulationTimeout,
    TransactionCall,
)
from qenus.observers.execution.state_gateway import (
    ServedState,
    StateGateway,
    StateSource,
)
from qenus.observers.rpc import first_failure
from supervisors import (
    Backoff,
    Child,
    Event,
    EventKind,
    Inbox,
    Isolation,
    Mailbox,
    Outlet,
    Supervisor,
    Tree,
)

__all__ = ["Executor", "execute_requests", "open_executor"]

# Requests that wait, and how often one may kill its process.
_MAX_WAITING: Final = 256
_ATTEMPTS: Final = 2
# A result larger than this is of no transaction that a block could hold.
_MAX_RESULT_BYTES: Final = 16 << 20
_SILENCE_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 0.2
_REQUESTS: Final = "execution.requests"


@attrs.frozen
class _Request:
    number: int
    state_url: str
    block_hash: bytes
    environment: BlockEnvironment
    call: TransactionCall


@attrs.frozen
class _Reply:
    number: int
    simulation: Simulation | None = None
    error: QenusError | None = None


class _Waiter:
    """Who waits for a reply."""

    def __init__(self) -> None:
        self.replied = trio.Event()
        self.reply: _Reply | None = None


class Executor:
    """Executes transactions; made by `open_executor`."""

    def __init__(
        self, gateway: StateGateway, requests: Mailbox[_Request], timeout_seconds: float
    ) -> None:
        self._gateway = gateway
        self._send = requests.outlet().send
        self._timeout_seconds = timeout_seconds
        self._waiting: dict[int, _Waiter] = {}
        self._last_number = 0

    async def simulate(
        self, source: StateSource, environment: BlockEnvironment, call: TransactionCall
    ) -> Simulation:
        """Execute one transaction on a state and give what comes of it.

        Raises: what `simulate_all` raises.

        Cancellation leaves nothing; what is being computed is dropped.
        """
        (simulation,) = await self.simulate_all(source, environment, [call])
        return simulation

    async def simulate_all(
        self, source: StateSource, environment: BlockEnvironment, calls: Sequence[TransactionCall]
    ) -> list[Simulation]:
        """Execute transactions one after the other, each on what those before it left.

        Raises:
            InvalidCall: no block could hold one of them.
            SimulationTimeout: there was no result in time.
            SimulationFailed: one killed its process, or the EVM gave up.
            RpcError, RpcTimeout, ConnectionLost: the node did not give the state.
            Rejected, RemoteProtocolError: what it gave is refuted by its proof, or is no state.

        Cancellation leaves nothing; what is being computed is dropped.
        """
        state = ServedState(source)
        url = self._gateway.add(state)
        try:
            return [await self._one(state, url, environment, call) for call in calls]
        finally:
            self._gateway.remove(url)

    async def _one(
        self, state: ServedState, url: str, environment: BlockEnvironment, call: TransactionCall
    ) -> Simulation:
        self._last_number += 1
        number = self._last_number
        waiter = self._waiting[number] = _Waiter()
        state.delegating.clear()
        try:
            with trio.fail_after(self._timeout_seconds):
                if call.max_fee_per_gas is not None and not await state.may_send(call.sender):
                    raise InvalidCall("sender: expected an account without code")
                block_hash = state.source.block_hash
                await self._send(_Request(number, url, block_hash, environment, call))
                await waiter.replied.wait()
        except trio.TooSlowError:
            raise state.failure or SimulationTimeout(
                f"expected a result within {self._timeout_seconds} s"
            ) from None
        finally:
            del self._waiting[number]
        reply = waiter.reply
        assert reply is not None
        if reply.simulation is None:
            # What the source failed with says more than what the EVM made of it.
            raise state.failure or reply.error or SimulationFailed("no result")
        state.apply(reply.simulation.changes)
        return _noting_delegates(reply.simulation, state.delegating)

    async def take_replies(self, replies: Inbox[_Reply]) -> None:
        """Hand each reply to who waits for it; late ones are dropped. An actor."""
        async for reply in replies:
            self._reply(reply)

    def note(self, event: Event, tree: Tree) -> None:
        """Answer for requests that ended in quarantine. A subscriber of the tree."""
        if event.kind is not EventKind.QUARANTINED:
            return
        for entry in tree.quarantine.entries():
            if isinstance(entry.message, _Request):
                words = f"{entry.error.type}: {entry.error.message}"[:500]
                self._reply(_Reply(entry.message.number, error=SimulationFailed(words)))
            tree.quarantine.drop(entry.key)

    def _reply(self, reply: _Reply) -> None:
        waiter = self._waiting.get(reply.number)
        if waiter is not None:
            waiter.reply = reply
            waiter.replied.set()


def _noting_delegates(simulation: Simulation, delegating: set[bytes]) -> Simulation:
    if not delegating:
        return simulation
    named = ", ".join(f"0x{address.hex()}" for address in sorted(delegating)[:4])
    note = f"gas, and code as code sees it: {named} delegates (EIP-7702)"
    before = simulation.approximate
    return attrs.evolve(simulation, approximate=f"{before}; {note}" if before else note)


async def execute_requests(requests: Inbox[_Request], replies: Outlet[_Reply]) -> None:
    """Execute what is asked for, in a process of its own. An actor."""
    # The state is served by our parent on the loopback: no other host is between.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    from qenus.observers.execution.evm import execute

    async for request in requests:
        try:
            simulation = execute(
                request.state_url, request.block_hash, request.environment, request.call
            )
            if simulation.size_bytes > _MAX_RESULT_BYTES:
                raise SimulationFailed(
                    f"expected at most {_MAX_RESULT_BYTES} bytes, found {simulation.size_bytes}"
                )
            reply = _Reply(request.number, simulation)
        except QenusError as error:
            reply = _Reply(request.number, error=error)
        await replies.send(reply)


@asynccontextmanager
async def open_executor(*, timeout_seconds: float = 10.0) -> AsyncIterator[Executor]:
    """Start the process and the server of its state; give what executes.

    `timeout_seconds` bounds a request from being made to its answer, waiting included, and what its
    process may work on it.

    Raises:
        StartFailed: the process does not start: pyrevm is not installed, for one.

    Cancellation ends the process.
    """
    requests = Mailbox[_Request](
        _REQUESTS,
        capacity=_MAX_WAITING,
        max_attempts=_ATTEMPTS,
        size_of=lambda request: len(request.call.data),
    )
    replies = Mailbox[_Reply]("execution.replies")
    try:
        async with StateGateway.open() as gateway, trio.open_nursery() as nursery:
            executor = Executor(gateway, requests, timeout_seconds)
            child = Child("evm", execute_requests, requests.inbox(), replies.outlet()).with_policy(
                isolation=Isolation.PROCESS,
                step_timeout_seconds=timeout_seconds / _ATTEMPTS,
                # Its event loop stands still while it computes and while it starts.
                stuck_after_seconds=timeout_seconds + _SILENCE_SECONDS,
                shutdown_seconds=_STOP_SECONDS,
                backoff=Backoff(initial_seconds=0.05, max_seconds=1.0),
            )
            taker = Child("replies", executor.take_replies, replies.inbox())
            # What kills its process is answered for; only a storm of it ends the tree.
            root = Supervisor("execution", [taker, child], intensity=1000, period_seconds=10.0)
            tree = Tree(root, kill_grace_seconds=_STOP_SECONDS)
            tree.subscribe(lambda event: executor.note(event, tree))
            await nursery.start(tree.run)
            yield executor
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
