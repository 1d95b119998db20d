"""A range of a chain's blocks from one node, each proven, in order, over several connections.

Some nodes answer one connection's questions one after the other, so several connections ask for
several blocks at once. They take numbers from one line; what fails for a reason that may pass goes
back into it, and the connection is made again. Blocks are handed on in the order of their numbers,
and no more of them are under way than `connections` allow, so that a slow taker holds up the node
and not the memory.

A number names a block only until the chain is reorganised: what follows from it is asked by hash,
and the caller checks each block against the one before it.
"""

import random
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from itertools import islice
from typing import Final

import attrs
import structlog
import trio

from qenus.chain import Chain, seal
from qenus.errors import RemoteProtocolError, TransientError
from qenus.observers.rpc import RpcError, RpcSession, RpcStatistics, first_failure, open_session
from qenus.observers.rpc.claims import check_chain, parse_header
from qenus.observers.rpc.retrying import Pauses, asked_for_seconds
from qenus.wire import Block

__all__ = ["CONNECTIONS", "MAX_CONNECTIONS", "FetchedBlock", "fetch_block", "open_backfill"]

# More than one, for nodes that answer a connection's questions in turn; few, for those who count.
CONNECTIONS: Final = 4
MAX_CONNECTIONS: Final = 32
# Blocks that one connection asks for at once: the next question lies with the node before the last
# answer has been read.
_DEPTH: Final = 2
_PATIENCE_SECONDS: Final = 60.0
# So many failures without a block between them end a connection, the pauses growing to the longest.
_ATTEMPTS: Final = 6
_PAUSES: Final = Pauses(first_seconds=0.4, longest_seconds=10.0)

# How long a node may take to have a block again whose branch it has just left.
_REORG_PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)

_log = structlog.get_logger("backfill")


@attrs.frozen
class FetchedBlock:
    """A proven block, with the JSON of block and receipts as the node gave it."""

    block_json: bytes = attrs.field(repr=False)
    receipts_json: bytes = attrs.field(repr=False)
    block: Block

    @property
    def number(self) -> int:
        """The block's number."""
        return self.block.block.number


async def fetch_block(session: RpcSession, chain: Chain, number: int) -> FetchedBlock:
    """Fetch the block that the node has at a number, and prove it.

    Raises:
        Rejected: the node gave a block that is not what it claims.
        RemoteProtocolError: it has no such block, or gave another.
        ConnectionLost, RpcTimeout, RpcError: it cannot be asked now.

    Cancellation leaves nothing.
    """
    for pause in _REORG_PAUSES_SECONDS:
        try:
            return await _fetch_once(session, chain, number)
        except _NotThere:
            await trio.sleep(pause)
    return await _fetch_once(session, chain, number)


class _NotThere(RemoteProtocolError):
    """The node has no such block: for a moment, while its chain is reorganised, or at all."""


async def _fetch_once(session: RpcSession, chain: Chain, number: int) -> FetchedBlock:
    block_json = await session.read(
        "eth_getBlockByNumber", hex(number), True, timeout_seconds=_PATIENCE_SECONDS
    )
    if block_json == b"null":
        raise _NotThere(f"{session.endpoint}: it has no block {number}")
    claimed = parse_header(session, "eth_getBlockByNumber", block_json)
    # By hash: between two questions by number the chain may be another.
    receipts_json = await session.read(
        "eth_getBlockReceipts", f"0x{claimed.hash.hex()}", timeout_seconds=_PATIENCE_SECONDS
    )
    if receipts_json == b"null":
        raise _NotThere(f"{session.endpoint}: it has no receipts of block {number}")
    block = seal(block_json, receipts_json, chain, requested_hash=claimed.hash)
    if block.block.number != number:
        raise RemoteProtocolError(
            f"{session.endpoint}: expected block {number}, found {block.block.number}"
        )
    return FetchedBlock(block_json, receipts_json, block)


@asynccontextmanager
async def open_backfill(
    url: str,
    chain: Chain,
    numbers: Iterable[int],
    *,
    connections: int = CONNECTIONS,
    statistics: RpcStatistics | None = None,
) -> AsyncIterator[AsyncIterator[FetchedBlock]]:
    """Fetch the blocks of these numbers from the node at `url`; iterate over them, in that order.

    A connection that fails is made again with growing pauses; who fails for too long is left away,
    as long as another one lives. All of them count in `statistics`, and with it know what the node
    allows: a busy one is left alone by all together, and batches have the size that it takes.

    Raises:
        Rejected: the node gave a block that is not what it claims.
        RemoteProtocolError: it has no such block, or is another chain's.
        ConnectionLost, RpcTimeout, RpcError: it cannot be asked, or stopped answering for good.

    Cancellation closes the connections and leaves nothing.
    """
    if not 1 <= connections <= MAX_CONNECTIONS:
        raise ValueError(f"connections: expected 1 to {MAX_CONNECTIONS}, found {connections}")
    try:
        async with trio.open_nursery() as nursery:
            line = _Line(iter(numbers), connections * (_DEPTH + 1))
            shared = RpcStatistics() if statistics is None else statistics
            for _ in range(connections):
                nursery.start_soon(_Connection(url, chain, line, shared).keep)
            async with aclosing(line.blocks()) as blocks:
                yield blocks
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


class _Job:
    """One block on its way."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.fetched: FetchedBlock | None = None
        self.done = trio.Event()


class _Line:
    """The jobs that no connection has taken yet, and all that are under way in their order."""

    def __init__(self, numbers: Iterator[int], ahead: int) -> None:
        self._numbers = numbers
        self._ahead = ahead
        # Jobs that come back find room: there are never more of them than this.
        self.put, self.take = trio.open_memory_channel[_Job](ahead)
        self.living = 0
        # Whether the node was ever there: if not, there is no sense in waiting for it.
        self.reached = False

    async def blocks(self) -> AsyncGenerator[FetchedBlock, None]:
        under_way: deque[_Job] = deque()

        def start(count: int) -> None:
            for number in islice(self._numbers, count):
                under_way.append(_Job(number))
                self.put.send_nowait(under_way[-1])

        start(self._ahead)
        while under_way:
            job = under_way.popleft()
            await job.done.wait()
            assert job.fetched is not None
            yield job.fetched
            start(1)


class _Connection:
    """One connection to the node, and those that follow it."""

    def __init__(self, url: str, chain: Chain, line: _Line, statistics: RpcStatistics) -> None:
        self._url = url
        self._chain = chain
        self._line = line
        self._statistics = statistics
        self._failures = 0

    async def keep(self) -> None:
        """Work at the line until cancelled, or until it is hopeless."""
        self._line.living += 1
        try:
            while True:
                try:
                    await self._work_once()
                except TransientError as error:
                    if not await self._tries_again(error):
                        return
        finally:
            self._line.living -= 1

    async def _tries_again(self, error: TransientError) -> bool:
        """Wait before the next attempt; False when there is no sense in one and others live on."""
        self._failures += 1
        if isinstance(error, RpcError) and not error.busy:
            raise error
        if not self._line.reached or self._failures >= _ATTEMPTS:
            if self._line.living == 1:
                raise error
            _log.warning("connection given up", reason=str(error))
            return False
        pause = _PAUSES.after(self._failures, random.random(), asked_for=asked_for_seconds(error))
        _log.warning("asking again", reason=str(error), pause_seconds=round(pause, 1))
        await trio.sleep(pause)
        return True

    async def _work_once(self) -> None:
        try:
            async with open_session(self._url, statistics=self._statistics) as session:
                await check_chain(session, self._chain)
                self._line.reached = True
                async with trio.open_nursery() as nursery:
                    for _ in range(_DEPTH):
                        nursery.start_soon(self._work, session)
        except BaseExceptionGroup as group:
            raise first_failure(group) from None

    async def _work(self, session: RpcSession) -> None:
        while True:
            job = await self._line.take.receive()
            try:
                job.fetched = await fetch_block(session, self._chain, job.number)
            except BaseException:
                self._line.put.send_nowait(job)
                raise
            self._failures = 0
            job.done.set()
