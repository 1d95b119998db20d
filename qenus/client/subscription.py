"""Subscribe to a node's feed over nng: `async with subscribe(address) as feed`, then iterate.

The thin shell around `Assembler`, in three tasks: one drains a Sub0 socket whenever it is readable
into a queue that is bounded in bytes, one feeds the assembler from it, and one asks the journal
beside the feed, over a Req0 socket, for what is missing. Both sockets dial in the background and go
on dialling, so that a subscriber may start before its node and outlive its restarts.

A slow subscriber holds at most its bounds: frames that do not fit are dropped; their numbers show
it, and they are repaired when there is room.
"""

import os
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import Self

import pynng
import trio

from qenus.client.assembler import MAX_WAITING_BYTES, Assembler
from qenus.client.events import Event, LineSilent
from qenus.client.rejections import Rejections
from qenus.client.waiting import FRAME_OVERHEAD_BYTES
from qenus.errors import LocalProtocolError, RemoteProtocolError
from qenus.wire import (
    MAX_BUFFERED_FRAMES,
    FrameBudget,
    JoinReply,
    JoinRequest,
    RepairReply,
    RepairRequest,
    decode,
    encode,
    repair_address,
)

__all__ = ["Subscription", "subscribe"]

_MAX_MESSAGE_BYTES = 68 << 20
# What nng may hold of frames that were not drained yet: a pause of the loop of 100 ms at 600 MB/s.
_SOCKET_BYTES = 64 << 20
# Bytes drained and not yet parsed; beyond them frames are dropped and then repaired.
_QUEUE_BYTES = 64 << 20
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

    Cancelling an iteration loses no event: the next one goes on after the last event given.
    """

    def __init__(self, events: trio.MemoryReceiveChannel[Event]) -> None:
        self._events = events

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await self._events.__anext__()


@asynccontextmanager
async def subscribe(
    address: str,
    *,
    subscriber: str = "",
    chains: Collection[str] | None = None,
    families: Collection[str] | None = None,
    oldest: bool = False,
    max_waiting_bytes: int = MAX_WAITING_BYTES,
) -> AsyncIterator[Subscription]:
    """Subscribe to the feed at `address`, ipc:///path or tcp://host:port.

    `chains` and `families` are the wanted ones, None stands for all. `oldest` begins with the
    oldest block that the node's journal still has instead of with the next one. The call
    waits for a node that is not up yet. `max_waiting_bytes` bounds what waits for missing frames.

    A frame that breaks the contract is skipped and reported as `FrameRejected`; a block whose
    frames do not agree with its end is never given out.

    Raises:
        LocalProtocolError: the address is not valid, or a family is not in the contract.

    Cancellation closes both sockets.
    """
    assembler = Assembler(
        subscriber=subscriber or f"pid {os.getpid()}",
        chains=chains,
        families=families,
        oldest=oldest,
        max_waiting_bytes=max_waiting_bytes,
    )
    send, receive = trio.open_memory_channel[Event](0)
    try:
        with pynng.Sub0(
            recv_buffer_size=MAX_BUFFERED_FRAMES,
            recv_max_size=_MAX_MESSAGE_BYTES,
            reconnect_time_min=_RECONNECT_MIN_MS,
            reconnect_time_max=_RECONNECT_MAX_MS,
        ) as sub:
            sub.subscribe(b"")
            _dial(sub, address)
            link = _Link(address, assembler, sub, send)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.drain)
                nursery.start_soon(link.assemble)
                nursery.start_soon(link.repair)
                yield Subscription(receive)
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nursery is ours: a caller should see the one failure, not a group around it.
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
    """One subscription's tasks and what they share."""

    def __init__(
        self,
        address: str,
        assembler: Assembler,
        sub: pynng.Sub0,
        events: trio.MemorySendChannel[Event],
    ) -> None:
        self._address = address
        self._assembler = assembler
        self._sub = sub
        self._events = events
        # Messages in the order in which they came, with silences between them.
        self._queue: deque[bytes | LineSilent] = deque()
        self._queue_bytes = 0
        self._queued = trio.Event()
        self._wanting = trio.Event()
        self._rejections = Rejections()
        # Events go out in the order in which the assembler made them, whichever task fed it.
        self._order = trio.StrictFIFOLock()

    async def drain(self) -> None:
        """Drain the socket into the queue, and note when the line falls silent."""
        descriptor = self._sub.recv_fd
        budget = FrameBudget(_SOCKET_BYTES)
        silent = False
        try:
            while True:
                patience_seconds = self._patience_seconds(silent)
                with trio.move_on_after(patience_seconds) as waiting:
                    await trio.lowlevel.wait_readable(descriptor)
                silent = waiting.cancelled_caught
                if silent:
                    self._enqueue(LineSilent(patience_seconds))
                    continue
                for _ in range(_DRAIN_FRAMES):
                    try:
                        message = self._sub.recv(block=False)
                    except pynng.TryAgain:
                        break
                    except RuntimeError:
                        # pynng (0.9) cannot unpack a message without bytes; it is gone by now.
                        message = b""
                    was = budget.count
                    if budget.passed(len(message)) != was:
                        self._sub.recv_buffer_size = budget.count
                    self._enqueue(message)
        finally:
            # Closing the socket under a task that waits on its descriptor would hang the task.
            trio.lowlevel.notify_closing(descriptor)

    def _enqueue(self, item: bytes | LineSilent) -> None:
        size = FRAME_OVERHEAD_BYTES + (len(item) if isinstance(item, bytes) else 0)
        if self._queue and self._queue_bytes + size > _QUEUE_BYTES:
            return
        self._queue.append(item)
        self._queue_bytes += size
        self._queued.set()

    def _patience_seconds(self, silent: bool = False) -> float:
        """How long to wait for the next message; for ever before the first and after the last."""
        heartbeat_seconds = self._assembler.heartbeat_seconds
        if heartbeat_seconds is None or silent:
            return inf
        return max(_MIN_SILENCE_SECONDS, _HEARTBEATS_MISSED * heartbeat_seconds)

    async def assemble(self) -> None:
        """Feed the assembler from the queue, and report rejected frames."""
        while True:
            if not self._queue:
                self._queued = trio.Event()
                with trio.move_on_at(self._rejections.due()):
                    await self._queued.wait()
            async with self._order:
                await self._give(self._rejections.report(trio.current_time()))
                if not self._queue:
                    continue
                item = self._queue.popleft()
                if isinstance(item, LineSilent):
                    self._queue_bytes -= FRAME_OVERHEAD_BYTES
                    await self._give([item])
                    continue
                self._queue_bytes -= FRAME_OVERHEAD_BYTES + len(item)
                try:
                    await self._give(self._assembler.receive(item))
                except RemoteProtocolError as error:
                    self._rejections.note(error)
            if self._assembler.wanted() is not None:
                self._wanting.set()

    async def repair(self) -> None:
        """Ask the journal for the line's positions, then for missing frames."""
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
            answer: bytes | None = None
            with trio.move_on_after(_ANSWER_SECONDS):
                answer = await req.arecv()
            if answer is None:
                return
            async with self._order:
                try:
                    await self._give(self._answered(request, answer))
                    continue
                except RemoteProtocolError as error:
                    self._rejections.note(error)
                    self._queued.set()
            # After a bad answer, wait before asking the journal again.
            await trio.sleep(_RETRY_SECONDS)

    def _answered(self, request: JoinRequest | RepairRequest, answer: bytes) -> list[Event]:
        reply = decode(answer, JoinReply | RepairReply)
        if isinstance(request, JoinRequest) and isinstance(reply, JoinReply):
            return self._assembler.joined(reply)
        if isinstance(request, RepairRequest) and isinstance(reply, RepairReply):
            return self._assembler.repaired(request, reply)
        raise RemoteProtocolError(
            f"{self._address}: expected the answer to {request}, found {type(reply).__name__}"
        )

    async def _give(self, events: Sequence[Event]) -> None:
        for event in events:
            await self._events.send(event)
