"""Save a node's blocks as files that `qenus verify`, `extract` and `run --replay` read.

Each block is proven before it is written and has to stand on the one before it. Files appear whole
or not at all, so that a recording that was interrupted goes on where it stopped.
"""

import gzip
import os
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

import attrs
import trio

from qenus.chain import Chain, check_parent_link, seal
from qenus.errors import RemoteProtocolError
from qenus.observers.endpoint import check_chain, parse_header
from qenus.observers.recorded_files import read_recorded
from qenus.observers.rpc import RpcSession, first_failure, open_session
from qenus.wire import Block

__all__ = ["Recording", "record"]

_PARALLEL: Final = 8
_PATIENCE_SECONDS: Final = 60.0


@attrs.frozen
class Recording:
    """What came of it: blocks written now, blocks that were there, bytes written."""

    written: int = 0
    present: int = 0
    written_bytes: int = 0


async def record(
    url: str,
    chain: Chain,
    first: int,
    last: int | None,
    folder: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Recording:
    """Write blocks `first` to `last`, both included, to `folder` as NUMBER.json.gz.

    Without `last`, up to the newest block that the node calls finalized, or to its head where it
    knows none. `progress` is told how many blocks of how many are done.

    Raises:
        Rejected: the node gave a block that is not what it claims, or that has another parent.
        RemoteProtocolError: it has no such block, or is another chain's.
        ConnectionLost, RpcTimeout, RpcError: it cannot be asked now.
        OSError: a file cannot be written.

    Cancellation leaves whole files.
    """
    await trio.Path(folder).mkdir(parents=True, exist_ok=True)
    try:
        async with open_session(url) as session:
            await check_chain(session, chain)
            if last is None:
                last = await _newest_lasting(session)
            told = progress or _nobody_is_told
            return await _Recorder(session, chain, folder, told).run(first, last)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


def _nobody_is_told(_done: int, _of: int) -> None:
    pass


async def _newest_lasting(session: RpcSession) -> int:
    for tag in ("finalized", "latest"):
        answer = await session.read("eth_getBlockByNumber", tag, False)
        if answer != b"null":
            number = parse_header(session, "eth_getBlockByNumber", answer).number
            if number or tag == "latest":
                return number
    raise RemoteProtocolError(f"{session.endpoint}: expected a head, found none")


class _Recorder:
    def __init__(
        self,
        session: RpcSession,
        chain: Chain,
        folder: Path,
        progress: Callable[[int, int], None],
    ) -> None:
        self._session = session
        self._chain = chain
        self._folder = folder
        self._progress = progress

    def path(self, number: int) -> Path:
        return self._folder / f"{number}.json.gz"

    async def run(self, first: int, last: int) -> Recording:
        wanted = range(first, last + 1)
        missing = [number for number in wanted if not self.path(number).exists()]
        done = Recording(present=len(wanted) - len(missing))
        self._progress(done.present, len(wanted))
        before: Block | None = None
        under_way: deque[_Fetch] = deque()
        todo = iter(missing)
        async with trio.open_nursery() as nursery:

            def start(count: int) -> None:
                for number in islice(todo, count):
                    under_way.append(_Fetch(number))
                    nursery.start_soon(under_way[-1].run, self._session, self._chain)

            start(_PARALLEL)
            while under_way:
                fetch = under_way.popleft()
                block = await fetch.result()
                if before is None or before.block.number != fetch.number - 1:
                    before = await self._saved(fetch.number - 1)
                if before is not None:
                    check_parent_link(block.block, before.block)
                size = await trio.to_thread.run_sync(self._write, fetch)
                done = attrs.evolve(
                    done, written=done.written + 1, written_bytes=done.written_bytes + size
                )
                self._progress(done.present + done.written, len(wanted))
                before = block
                start(1)
        return done

    async def _saved(self, number: int) -> Block | None:
        """The block that an earlier recording left, to join on to."""
        if not self.path(number).exists():
            return None
        texts = await trio.to_thread.run_sync(read_recorded, self.path(number))
        return seal(*texts, self._chain)

    def _write(self, fetch: "_Fetch") -> int:
        text = b'{"block":%b,"receipts":%b}' % (fetch.block_json, fetch.receipts_json)
        # No time in the file: the same block gives the same bytes.
        packed = gzip.compress(text, mtime=0)
        aside = self._folder / f".{fetch.number}.part"
        with aside.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self.path(fetch.number))
        return len(packed)


class _Fetch:
    """One block on its way."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.block_json = b""
        self.receipts_json = b""
        self._block: Block | None = None
        self._done = trio.Event()

    async def run(self, session: RpcSession, chain: Chain) -> None:
        self.block_json = await session.read(
            "eth_getBlockByNumber", hex(self.number), True, timeout_seconds=_PATIENCE_SECONDS
        )
        if self.block_json == b"null":
            raise RemoteProtocolError(f"{session.endpoint}: it has no block {self.number}")
        claimed = parse_header(session, "eth_getBlockByNumber", self.block_json)
        # By hash: between two questions by number the chain may be another.
        self.receipts_json = await session.read(
            "eth_getBlockReceipts",
            f"0x{claimed.hash.hex()}",
            timeout_seconds=_PATIENCE_SECONDS,
        )
        if self.receipts_json == b"null":
            raise RemoteProtocolError(
                f"{session.endpoint}: it has no receipts of block {self.number}"
            )
        block = seal(self.block_json, self.receipts_json, chain, requested_hash=claimed.hash)
        if block.block.number != self.number:
            raise RemoteProtocolError(
                f"{session.endpoint}: expected block {self.number}, found {block.block.number}"
            )
        self._block = block
        self._done.set()

    async def result(self) -> Block:
        await self._done.wait()
        assert self._block is not None
        return self._block
