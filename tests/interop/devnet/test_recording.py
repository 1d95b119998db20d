"""A recording is the node's chain, whatever comes between: kill -9, reorgs, a bad folder."""

import errno
import gzip
import json
import os
import pty
import random
import signal
import subprocess
import sys
from functools import partial
from itertools import pairwise

import attrs
import pytest
import trio
from cut_wire import CutWire
from lying_proxy import LyingProxy

from qenus import chain
from qenus.errors import RemoteProtocolError
from qenus.observers.history.backfill import open_backfill
from qenus.observers.history.recording import FolderUnusable, OrphanedRecording, record
from qenus.observers.rpc import ConnectionLost

pytestmark = pytest.mark.interop

# As anvil plays it: with several blocks a second of one timestamp.
ETHEREUM = attrs.evolve(chain.ETHEREUM, header_rules=False)

MAIN = "from qenus.cli import main; main()"


def recorded_hashes(folder, first: int, last: int) -> list[bytes]:
    """The hashes in the files, each of which stands on the one before it."""
    blocks = [
        json.loads(gzip.decompress((folder / f"{number}.json.gz").read_bytes()))["block"]
        for number in range(first, last + 1)
    ]
    assert all(block["parentHash"] == before["hash"] for before, block in pairwise(blocks))
    return [bytes.fromhex(block["hash"][2:]) for block in blocks]


async def slowly(node, nursery, seconds: float) -> str:
    """The node behind a wire that takes its time."""
    proxy = LyingProxy(node.ws_url, None)
    proxy.delay_seconds = seconds
    return await nursery.start(proxy.serve)


async def files_in(folder, count: int) -> None:
    with trio.fail_after(30):
        # Another process writes them: only the folder shows it.
        while not folder.exists() or len(list(folder.glob("*.json.gz"))) < count:  # noqa: ASYNC110
            await trio.sleep(0.01)


def started(url: str, first: int, last: int, folder, setup: str = "", **options):
    arguments = (
        "record",
        "--devnet",
        "--node",
        url,
        "--blocks",
        f"{first}..{last}",
        "--out",
        str(folder),
    )
    command = [sys.executable, "-c", setup + MAIN, *arguments, "--connections", "1"]
    return subprocess.Popen(command, **options)


async def test_a_recording_killed_in_the_middle_goes_on_where_it_stopped(node, nursery, tmp_path):
    await node.trade_blocks(30, 5)
    first, last = node.first_block + 1, node.first_block + 30
    process = started(await slowly(node, nursery, 0.05), first, last, tmp_path)
    await files_in(tmp_path, 3)
    process.kill()
    await trio.to_thread.run_sync(process.wait)
    there = len(list(tmp_path.glob("*.json.gz")))
    assert 3 <= there < 30
    (tmp_path / f".{last}.json.gz.qenus-recording").write_bytes(b"half of a block")
    done = await record(node.ws_url, ETHEREUM, first, last, tmp_path)
    assert (done.present, done.written, done.replaced) == (there, 30 - there, 0)
    assert recorded_hashes(tmp_path, first, last) == await node.block_hashes(first, last)
    assert len(list(tmp_path.iterdir())) == 30


async def test_a_reorg_while_recording_leaves_the_new_branch_in_the_files(node, nursery, tmp_path):
    await node.trade_blocks(24, 5)
    first, last = node.first_block + 1, node.first_block + 24
    url = await slowly(node, nursery, 0.03)
    wrote, reports = trio.Event(), []

    def progress(done: int, of: int) -> None:
        reports.append((done, of))
        if done == 5:
            wrote.set()

    async with trio.open_nursery() as recording:
        keep = partial(record, url, ETHEREUM, first, last, tmp_path, progress=progress)
        recording.start_soon(keep)
        await wrote.wait()
        await node.reorg_busily(22, 40)
        assert reports[-1][0] < 24
    assert recorded_hashes(tmp_path, first, last) == await node.block_hashes(first, last)
    assert reports[0] == (0, 24)
    assert reports[-1] == (24, 24)


async def test_what_was_recorded_of_another_branch_is_replaced_only_when_allowed(
    node, tmp_path, monkeypatch
):
    await node.trade_blocks(9, 5)
    first = node.first_block + 1
    await record(node.ws_url, ETHEREUM, first, first + 3, tmp_path)
    await record(node.ws_url, ETHEREUM, first + 6, first + 8, tmp_path)
    before = recorded_hashes(tmp_path, first, first + 3)
    await node.reorg_busily(7, 15)
    with pytest.raises(OrphanedRecording, match=f"{first + 3}.json.gz"):
        await record(node.ws_url, ETHEREUM, first, first + 8, tmp_path)
    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", _no_room)
        with pytest.raises(FolderUnusable, match="No space left"):
            await record(node.ws_url, ETHEREUM, first, first + 8, tmp_path, replace=True)
    # Neither of the two has touched what was there.
    assert recorded_hashes(tmp_path, first, first + 3) == before
    done = await record(node.ws_url, ETHEREUM, first, first + 8, tmp_path, replace=True)
    hashes = await node.block_hashes(first, first + 8)
    assert recorded_hashes(tmp_path, first, first + 8) == hashes
    # Two between the others, two before them and three behind.
    assert (done.written, done.replaced, done.present) == (7, 5, 2)


def _no_room(_file: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_range_that_the_node_does_not_have_is_refused_before_anything_is_written(
    node, tmp_path
):
    await node.trade_blocks(3, 2)
    head = node.first_block + 3
    for first, last in ((head, head + 1), (head + 1, None), (1, 10**18)):
        with pytest.raises(RemoteProtocolError, match="expected block"):
            await record(node.ws_url, ETHEREUM, first, last, tmp_path)
    assert not list(tmp_path.iterdir())


async def test_a_folder_that_cannot_be_written_is_said_to_be(node, tmp_path):
    await node.trade_blocks(3, 20)
    first = node.first_block + 1
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        (tmp_path / "file").touch()
        with pytest.raises(FolderUnusable, match="cannot be written"):
            await record(node.ws_url, ETHEREUM, first, first + 2, folder)
    # A disk without room: no file may have more than 2,000 bytes.
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    process = started(node.ws_url, first, first + 2, tmp_path / "full", full, stderr=-1, text=True)
    _, said = await trio.to_thread.run_sync(process.communicate)
    assert process.returncode == 1
    assert said.startswith(f"qenus: {tmp_path / 'full'}/{first}.json.gz: cannot be written")
    assert len(said.splitlines()) == 1
    assert not list((tmp_path / "full").iterdir())


async def test_two_recordings_do_not_write_to_one_folder(node, nursery, tmp_path):
    await node.trade_blocks(10, 5)
    first, last = node.first_block + 1, node.first_block + 10
    url = await slowly(node, nursery, 0.1)
    async with trio.open_nursery() as recording:
        recording.start_soon(partial(record, url, ETHEREUM, first, last, tmp_path))
        await files_in(tmp_path, 1)
        with pytest.raises(FolderUnusable, match="another recording"):
            await record(node.ws_url, ETHEREUM, first, last, tmp_path)
    assert recorded_hashes(tmp_path, first, last) == await node.block_hashes(first, last)


async def test_a_terminal_shows_a_bar_and_an_interrupt_leaves_it_as_it_was(node, nursery, tmp_path):
    await node.trade_blocks(30, 5)
    first, last = node.first_block + 1, node.first_block + 30
    ours, theirs = pty.openpty()
    url = await slowly(node, nursery, 0.05)
    process = started(url, first, last, tmp_path, stdout=theirs, stderr=theirs)
    os.close(theirs)
    await files_in(tmp_path, 3)
    process.send_signal(signal.SIGINT)
    assert await trio.to_thread.run_sync(process.wait) == -signal.SIGINT
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert b"recording" in shown
    assert b"blocks/s" in shown
    assert b"/30" in shown
    # The cursor comes back, and then what was done.
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert shown.rstrip().endswith(b"interrupted; the same command goes on from here")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # What Linux says at the end of a terminal whose other side is closed.
        return b""


@pytest.mark.parametrize("connections", [1, 4])
async def test_a_backfill_is_in_order_and_asks_no_further_than_it_is_taken(node, connections):
    await node.trade_blocks(40, 3)
    first, last = node.first_block + 1, node.first_block + 40
    asked, got = [], []

    def numbers():
        for number in range(first, last + 1):
            asked.append(number)
            yield number

    async with open_backfill(
        f"unix://{node.ipc_path}", ETHEREUM, numbers(), connections=connections
    ) as blocks:
        async for fetched in blocks:
            got.append(fetched.block.block.hash)
            assert len(asked) - len(got) <= 3 * connections
            await trio.lowlevel.checkpoint()
    assert got == await node.block_hashes(first, last)


async def test_a_backfill_goes_on_when_its_connections_are_cut(node, nursery):
    await node.trade_blocks(30, 5)
    first, last = node.first_block + 1, node.first_block + 30
    wire = CutWire(node.process.port, random.Random(1), 150_000)
    url = await nursery.start(wire.serve)
    with trio.fail_after(30):
        async with open_backfill(url, ETHEREUM, range(first, last + 1)) as blocks:
            got = [fetched.block.block.hash async for fetched in blocks]
    assert got == await node.block_hashes(first, last)
    assert wire.cuts > 3


async def test_a_backfill_from_nowhere_says_so_at_once():
    async def fetch() -> None:
        async with open_backfill("ws://127.0.0.1:9", ETHEREUM, range(3)) as blocks:
            await anext(blocks)

    with trio.fail_after(2):
        with pytest.raises(ConnectionLost, match="cannot be reached"):
            await fetch()
