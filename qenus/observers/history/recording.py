"""Save a node's blocks as files that `qenus verify`, `extract` and `run --replay` read.

Each block is proven before it is written and has to stand on the one before it, and a block that
is there already has to stand on the one written before it. Files appear whole or not at all, so
that a recording that was interrupted goes on where it stopped, even by kill -9. A file that no
recording made is neither written over nor removed: unfinished files have a name of their own,
NUMBER.json.gz.qenus-recording behind a dot.

When the chain is reorganised meanwhile, blocks that this recording wrote are replaced by those of
the new branch. Files from an earlier one are only replaced when that is asked for.
"""

import errno
import fcntl
import gzip
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import trio

from qenus.chain import Chain, RecentHeaders, Rejected, check_parent_link, seal
from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.history.backfill import CONNECTIONS, FetchedBlock, fetch_block, open_backfill
from qenus.observers.history.recorded_files import RecordedFileError, read_recorded
from qenus.observers.rpc import RpcSession, RpcStatistics, first_failure, open_session
from qenus.observers.rpc.claims import check_chain, parse_header
from qenus.wire import Block, BlockRef

__all__ = ["FolderUnusable", "OrphanedRecording", "Recording", "record"]

_SUFFIX: Final = ".json.gz"
_UNFINISHED: Final = re.compile(r"\.(?:0|[1-9][0-9]{0,19})\.json\.gz\.qenus-recording")
# What file systems without hard links say to one.
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})
# The highest level takes five times as long for a twentieth of the size.
_COMPRESSION: Final = 6
# A chain that is reorganised more often while we look for where a block joins on will not end.
_MAX_REORGS: Final = 5
# So many headers are kept for the blocks after them to be held against.
_HEADERS: Final = 64


class FolderUnusable(QenusError):
    """The folder cannot be written to: no right to, no room, or another recording writes there."""


class OrphanedRecording(RemoteProtocolError):
    """A file of an earlier recording is of a branch that the node does not have any more."""

    def __init__(self, path: Path, saved: BlockRef, found: BlockRef) -> None:
        self.path = path
        super().__init__(
            f"{path}: block {saved.number} is 0x{saved.hash.hex()} there, and the node's is "
            f"0x{found.hash.hex()}: the chain was reorganised since it was recorded"
        )


@attrs.frozen
class Recording:
    """What came of it: blocks written now, blocks that were there, replaced ones, bytes written."""

    written: int = 0
    present: int = 0
    replaced: int = 0
    written_bytes: int = 0


async def record(
    url: str,
    chain: Chain,
    first: int,
    last: int | None,
    folder: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    connections: int = CONNECTIONS,
    replace: bool = False,
) -> Recording:
    """Write blocks `first` to `last`, both included, to `folder` as NUMBER.json.gz.

    Without `last`, up to the newest block that the node calls finalized, or to its head where it
    knows none. `progress` is called with the counts of blocks done and wanted. `replace` allows
    that files from before are replaced where the node's chain is another by now.

    Raises:
        Rejected: the node gave a block that is not what it claims, that has another parent, or
            that breaks its chain's rules.
        OrphanedRecording: what is there does not belong to the node's chain any more.
        RecordedFileError: what is there and should be joined on to is no recorded block.
        RemoteProtocolError: it has no such block, or is another chain's.
        ConnectionLost, RpcTimeout, RpcError: it cannot be asked now.
        FolderUnusable: the folder or a file cannot be written.

    Cancellation leaves whole files.
    """
    report = progress or _report_nothing
    try:
        with _opened(folder):
            statistics = RpcStatistics()
            async with open_session(url, statistics=statistics) as session:
                await check_chain(session, chain)
                last = await _last_of(session, first, last)
                recorder = _Recorder(session, chain, _Files(folder, chain), report, replace)
                return await recorder.run(url, first, last, connections)
    except BaseExceptionGroup as group:
        raise first_failure(group) from None


@contextmanager
def _opened(folder: Path) -> Iterator[None]:
    """Make the folder and hold it, so that no other recording writes there; kill -9 frees it.

    What a recording that was killed left unfinished is removed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(folder, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_unfinished(folder)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except BlockingIOError:
            raise FolderUnusable(f"{folder}: another recording is writing to it") from None
        except OSError as error:
            raise _unusable(folder, error) from None
        yield
    finally:
        os.close(handle)


def _remove_unfinished(folder: Path) -> None:
    """Remove what a recording into this folder was writing when it was killed, and nothing else."""
    for name in os.listdir(folder):
        path = folder / name
        if _UNFINISHED.fullmatch(name) and stat.S_ISREG(path.lstat().st_mode):
            path.unlink()


def _unusable(path: Path, error: OSError) -> FolderUnusable:
    return FolderUnusable(f"{path}: cannot be written: {error.strerror or error}")


def _report_nothing(_done: int, _of: int) -> None:
    pass


async def _last_of(session: RpcSession, first: int, last: int | None) -> int:
    """The last block to record, which the node has and which is not before the first."""
    if last is not None:
        head = await _number_of(session, "latest")
        if head is None or head < last:
            raise RemoteProtocolError(
                f"{session.endpoint}: expected block {last}, its head is {head}"
            )
        return last
    finalized = await _number_of(session, "finalized")
    newest = finalized or await _number_of(session, "latest")
    if newest is None or newest < first:
        what = "its newest finalized block" if finalized else "its head"
        raise RemoteProtocolError(f"{session.endpoint}: expected block {first}, {what} is {newest}")
    return newest


async def _number_of(session: RpcSession, tag: str) -> int | None:
    answer = await session.read("eth_getBlockByNumber", tag, False)
    if answer == b"null":
        return None
    return parse_header(session, "eth_getBlockByNumber", answer).number


class _Recorder:
    def __init__(
        self,
        session: RpcSession,
        chain: Chain,
        files: "_Files",
        progress: Callable[[int, int], None],
        replace: bool,
    ) -> None:
        self._session = session
        self._chain = chain
        self._files = files
        self._progress = progress
        self._replace = replace
        self._done = Recording()
        # What was there before, and what this recording wrote; the block written last.
        self._theirs: set[int] = set()
        self._ours: set[int] = set()
        self._before: BlockRef | None = None
        self._headers = RecentHeaders(chain, _HEADERS)

    async def run(self, url: str, first: int, last: int, connections: int) -> Recording:
        wanted = range(first, last + 1)
        present = self._theirs = await trio.to_thread.run_sync(self._files.numbers)
        missing = (number for number in wanted if number not in present)
        count = sum(number in wanted for number in present)
        self._done = Recording(present=count)
        self._progress(count, len(wanted))
        async with open_backfill(
            url,
            self._chain,
            missing,
            connections=connections,
            statistics=self._session.statistics,
        ) as blocks:
            async for fetched in blocks:
                for block in await self._joined(fetched):
                    await self._write(block)
                await self._join_next(fetched.number + 1)
                self._progress(self._done.present + self._done.written, len(wanted))
        return self._done

    async def _joined(self, fetched: FetchedBlock) -> list[FetchedBlock]:
        """The block with those before it that have to be replaced for it to stand on, in order."""
        top = fetched
        for _ in range(_MAX_REORGS):
            path = [top]
            while True:
                child = path[-1].block.block
                before = await self._saved(child.number - 1)
                if before is None or before.hash == child.parent_hash:
                    if before is not None:
                        check_parent_link(child, before)
                    return path[::-1]
                older = await fetch_block(self._session, self._chain, before.number)
                if older.block.block.hash != child.parent_hash:
                    break
                self._require_replaceable(before, older)
                path.append(older)
            # The chain has moved on since the child was fetched.
            top = await fetch_block(self._session, self._chain, fetched.number)
        before = await self._saved(fetched.number - 1)
        assert before is not None
        check_parent_link(top.block.block, before)
        raise AssertionError("a block that joins on was not joined")

    async def _join_next(self, number: int) -> None:
        """Hold a file that was there already against the block before it, and replace what has to.

        Those that follow it were held against it when they were written.
        """
        while number not in self._ours:
            after = await self._saved(number)
            if after is None or self._before is None or after.parent_hash == self._before.hash:
                return
            fetched = await fetch_block(self._session, self._chain, number)
            if fetched.block.block.hash == after.hash:
                # The chain is back where it was when the file was written.
                for block in await self._joined(fetched):
                    await self._write(block)
                return
            self._require_replaceable(after, fetched)
            for block in await self._joined(fetched):
                await self._write(block)
            number += 1

    def _require_replaceable(self, saved: BlockRef, found: FetchedBlock) -> None:
        if not self._replace and saved.number not in self._ours:
            raise OrphanedRecording(self._files.path(saved.number), saved, found.block.block)

    async def _saved(self, number: int) -> BlockRef | None:
        """The block that a file holds, None where there is none."""
        if self._before is not None and self._before.number == number:
            return self._before
        if number not in self._theirs and number not in self._ours:
            return None
        return (await trio.to_thread.run_sync(self._files.read, number)).block

    async def _write(self, fetched: FetchedBlock) -> None:
        number = fetched.number
        self._headers.check(fetched.block)
        replacing = number in self._theirs or number in self._ours
        size = await trio.to_thread.run_sync(self._files.write, fetched, replacing)
        done = self._done
        self._done = attrs.evolve(
            done,
            written=done.written + (number not in self._ours),
            present=done.present - (number in self._theirs),
            replaced=done.replaced + replacing,
            written_bytes=done.written_bytes + size,
        )
        self._theirs.discard(number)
        self._ours.add(number)
        self._before = fetched.block.block
        self._headers.add(fetched.block)


class _Files:
    """The folder, and what is in it."""

    def __init__(self, folder: Path, chain: Chain) -> None:
        self._folder = folder
        self._chain = chain

    def path(self, number: int) -> Path:
        return self._folder / f"{number}{_SUFFIX}"

    def numbers(self) -> set[int]:
        """The numbers of the blocks that are there."""
        stems = (name.removesuffix(_SUFFIX) for name in os.listdir(self._folder))
        return {int(stem) for stem in stems if re.fullmatch(r"0|[1-9][0-9]{0,19}", stem)}

    def read(self, number: int) -> Block:
        """Read and prove a file."""
        path = self.path(number)
        try:
            block = seal(*read_recorded(path), self._chain)
        except Rejected as rejected:
            raise RecordedFileError(f"{path}: {rejected}") from None
        if block.block.number != number:
            raise RecordedFileError(f"{path}: expected block {number}, found {block.block.number}")
        return block

    def write(self, fetched: FetchedBlock, replacing: bool) -> int:
        """Write one file, whole or not at all, and give its size.

        `replacing`: in the place of the one that is there; else nothing may be there by now.
        """
        text = b'{"block":%b,"receipts":%b}' % (fetched.block_json, fetched.receipts_json)
        # No time in the file: the same block gives the same bytes.
        packed = gzip.compress(text, _COMPRESSION, mtime=0)
        path = self.path(fetched.number)
        aside = self._folder / f".{path.name}.qenus-recording"
        try:
            with aside.open("xb") as file:
                try:
                    file.write(packed)
                    file.flush()
                    os.fsync(file.fileno())
                    _put(aside, path, replacing)
                finally:
                    # Once it is in its place, it has this name no more.
                    aside.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(path, error) from None
        return len(packed)


def _put(aside: Path, path: Path, replacing: bool) -> None:
    """Give a whole file its name; unless `replacing`, that takes no other file's place."""
    if not replacing:
        try:
            os.link(aside, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        else:
            return
    aside.rename(path)
