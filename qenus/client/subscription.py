"""Subscribe to a node's feed over nng: `async with subscribe(address) as feed`, then iterate.

The thin shell around `Assembler`: a Sub0 socket that is drained whenever it is readable, and a
Req0 socket that asks the journal beside the feed for what is missing. Both dial in the background
and go on dialling, so that a subscriber may start before its node and outlive its restarts.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from math import inf
from typing import Self

import pynng
import trio

from qenus.client.assembler import Assembler
from qenus.client.events import Event, LineSilent
from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import JoinReply, JoinRequest, RepairReply, decode, encode, repair_address

__all__ = ["Subscription", "subscribe"]

# nng caps its buffers at this many messages; what does not fit is lost and then repaired.
_BUFFER_FRAMES = 8192
_MAX_MESSAGE_BYTES = 68 << 20
# nng's default of 1000/0 takes some 300 ms to be back after a node's restart, this takes 5.
_RECONNECT_MIN_MS = 10
_RECONNECT_MAX_MS = 0
_ANSWER_SECONDS = 1.0
_RETRY_SECONDS = 0.02
_DRAIN_FRAMES = 64
_HEARTBEATS_MISSED = 10
_MIN_SILENCE_SECONDS = 1.0


class Subscription:
    """An async iterator over the events of one line; made by `subscribe`.

    Cancelling an iteration loses nothing: the next one goes on behind the last event given.
    """

    def __init__(self, events: trio.MemoryReceiveChannel[Event | RemoteProtocolError]) -> None:
        self._events = events

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self._events.__anext__()
        if isinstance(event, RemoteProtocolError):
            raise event
        return event


@asynccontextmanager
async def subscribe(
    address: str,
    *,
    subscriber: str = "",
    chains: Collection[str] | None = None,
    families: Collection[str] | None = None,
    oldest: bool = False,
) -> AsyncIterator[Subscription]:
    """Subscribe to the feed at `address`, ipc:///path or tcp://host:port.

    `chains` and `families` name what is wanted, None stands for all. `oldest` begins with the
    oldest block that the node's journal still has instead of with the next one. A node that is
    not there yet is waited for.

    Raises:
        LocalProtocolError: the address is none.
        RemoteProtocolError: at the iteration, when the node broke the contract; `DigestMismatch`
            is one of these.

    Cancellation closes both sockets.
    """
    assembler = Assembler(
        subscriber=subscriber or f"pid {os.getpid()}",
        chains=chains,
        families=families,
        oldest=oldest,
    )
    send, receive = trio.open_memory_channel[Event | RemoteProtocolError](0)
    try:
        with pynng.Sub0(
            recv_buffer_size=_BUFFER_FRAMES,
            recv_max_size=_MAX_MESSAGE_BYTES,
            reconnect_time_min=_RECONNECT_MIN_MS,
            reconnect_time_max=_RECONNECT_MAX_MS,
        ) as sub:
            sub.subscribe(b"")
            _dial(sub, address)
            link = _Link(address, assembler, sub, send)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.run, link.listen)
                nursery.start_soon(link.run, link.repair)
                yield Subscription(receive)
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nursery is ours: who has one failure to handle need not know of it.
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise


def _dial(socket: pynng.Socket, address: str) -> None:
    try:
        socket.dial(address, block=False)
    except (pynng.NNGException, ValueError) as error:
        raise LocalProtocolError(
            f"{address}: expected ipc:///path or tcp://host:port ({error})"
        ) from error


class _Link:
    """One subscription's two tasks and what they share."""

    def __init__(
        self,
        address: str,
        assembler: Assembler,
        sub: pynng.Sub0,
        events: trio.MemorySendChannel[Event | RemoteProtocolError],
    ) -> None:
        self._address = address
        self._assembler = assembler
        self._sub = sub
        self._events = events
        self._wanting = trio.Event()
        # Events go out in the order in which the assembler made them, whichever task fed it.
        self._order = trio.StrictFIFOLock()

    async def run(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run one of the tasks; whoever iterates gets its error, bare, in its place."""
        try:
            await task()
        except RemoteProtocolError as error:
            await self._events.send(error)

    async def listen(self) -> None:
        """Feed the assembler with what the line sends, and tell when it sends nothing any more."""
        descriptor = self._sub.recv_fd
        silent = False
        try:
            while True:
                with trio.move_on_after(self._patience_seconds(silent)) as waiting:
                    await trio.lowlevel.wait_readable(descriptor)
                silent = waiting.cancelled_caught
                if silent:
                    async with self._order:
                        await self._give([LineSilent(self._patience_seconds())])
                    continue
                await self._drain()
                if self._assembler.wanted() is not None:
                    self._wanting.set()
        finally:
            # Closing the socket under a task that waits on its descriptor would hang the task.
            trio.lowlevel.notify_closing(descriptor)

    def _patience_seconds(self, silent: bool = False) -> float:
        """How long to wait for a sign of life; without end before the first and after the last."""
        heartbeat_seconds = self._assembler.heartbeat_seconds
        if heartbeat_seconds is None or silent:
            return inf
        return max(_MIN_SILENCE_SECONDS, _HEARTBEATS_MISSED * heartbeat_seconds)

    async def _drain(self) -> None:
        for _ in range(_DRAIN_FRAMES):
            try:
                message = self._sub.recv(block=False)
            except pynng.TryAgain:
                return
            async with self._order:
                await self._give(self._assembler.receive(message))

    async def repair(self) -> None:
        """Ask the journal for what is missing, first of all for where the line stands."""
        while True:
            with pynng.Req0(
                recv_max_size=_MAX_MESSAGE_BYTES,
                reconnect_time_min=_RECONNECT_MIN_MS,
                reconnect_time_max=_RECONNECT_MAX_MS,
            ) as req:
                _dial(req, repair_address(self._address))
                await self._ask_while_answered(req)
            await trio.sleep(_RETRY_SECONDS)

    async def _ask_while_answered(self, req: pynng.Req0) -> None:
        while True:
            request = self._assembler.wanted()
            if request is None:
                self._wanting = trio.Event()
                await self._wanting.wait()
                continue
            try:
                req.send(encode(request), block=False)
            except pynng.TryAgain:
                await trio.sleep(_RETRY_SECONDS)
                continue
            with trio.move_on_after(_ANSWER_SECONDS) as waiting:
                answer = await req.arecv()
            if waiting.cancelled_caught:
                return
            reply = decode(answer, JoinReply | RepairReply)
            async with self._order:
                if isinstance(request, JoinRequest) and isinstance(reply, JoinReply):
                    await self._give(self._assembler.joined(reply))
                elif not isinstance(request, JoinRequest) and isinstance(reply, RepairReply):
                    await self._give(self._assembler.repaired(request, reply))
                else:
                    raise RemoteProtocolError(
                        f"{self._address}: expected the answer to {request}, found {reply}"
                    )

    async def _give(self, events: list[Event]) -> None:
        for event in events:
            await self._events.send(event)
