"""A node whose log goes nowhere serves its feed, and stops when it is asked to.

Its standard error is a pipe whose reader died or does not read, a disk without room, or closed;
actors crash all the while, so that there is a lot to log.
"""

import fcntl
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from qenus.client import BlockApplied, subscribe

pytestmark = pytest.mark.interop

MAIN = [sys.executable, "-c", "from qenus.cli import main; main()"]
RUN = [
    *("run", "--no-show", "--demo-block-seconds", "0.1", "--log-level", "debug"),
    *("--fault", "extractor=0.1"),
]
PIPE_BYTES = 4096
BLOCKS = 10
PATIENCE_SECONDS = 60
FATES = ["the reader died", "nobody reads", "no room", "closed"]


class Node:
    """A node on its demo world with a standard error of a given fate."""

    def __init__(self, folder: Path, fate: str) -> None:
        self.address = f"ipc://{folder}/feed"
        self.reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        how: dict[str, object] = {"stderr": writer}
        full = os.open("/dev/full", os.O_WRONLY)
        if fate == "no room":
            how = {"stderr": full}
        elif fate == "closed":
            how = {"preexec_fn": lambda: os.close(2)}
        self.process = subprocess.Popen(
            [*MAIN, *RUN, "--listen", self.address],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **how,
        )  # fmt: skip
        os.close(writer)
        os.close(full)
        if fate == "the reader died":
            assert os.read(self.reader, PIPE_BYTES)
            os.close(self.reader)
            self.reader = -1

    def unread_bytes(self) -> int:
        """How much lies in the pipe."""
        count = fcntl.ioctl(self.reader, termios.FIONREAD, bytes(4))
        return int.from_bytes(count, sys.byteorder)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        if self.reader >= 0:
            os.close(self.reader)


@pytest.fixture
def node(request, tmp_path) -> Iterator[Node]:
    node = Node(tmp_path, request.param)
    yield node
    node.end()


async def blocks_arrive(address: str, count: int) -> None:
    async with subscribe(address, subscriber="watcher") as feed:
        async for event in feed:
            count -= isinstance(event, BlockApplied)
            if count == 0:
                return


@pytest.mark.parametrize("node", FATES, indirect=True)
async def test_a_log_that_goes_nowhere_stops_no_block_and_no_signal(node, request):
    with trio.fail_after(PATIENCE_SECONDS):
        await blocks_arrive(node.address, 1)
        if request.node.callspec.params["node"] == "nobody reads":
            # A line that has no room any more waits for ever, and those behind it.
            before = -1
            while node.unread_bytes() != before:
                before = node.unread_bytes()
                await trio.sleep(1)
            assert before > 0
        await blocks_arrive(node.address, BLOCKS)
    assert node.process.poll() is None
    node.process.send_signal(signal.SIGTERM)
    with trio.fail_after(PATIENCE_SECONDS):
        status = await trio.to_thread.run_sync(node.process.wait)
    assert status == 0
