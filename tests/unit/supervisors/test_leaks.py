"""Twenty thousand restarts leave nothing behind.

Measured in a process of its own: in this one, what other tests left comes and goes.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Cell,
    Child,
    Inbox,
    Mailbox,
    Outlet,
    Strategy,
    Supervisor,
    TransientFailure,
    Tree,
    step,
)

pytestmark = pytest.mark.slow


# So many restarts apart that a leak shows above what comes and goes.
MARKS = range(10_000, 21_000, 1_000)


def footprint() -> tuple[int, int, int, int]:
    gc.collect()
    tasks = trio.lowlevel.current_statistics().tasks_living
    return (
        sys.getallocatedblocks(),
        tasks,
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
    )


async def restart_twenty_thousand_times() -> list[tuple[int, int, int, int]]:
    """Give the footprint at each mark, the first of them when bounded histories are full."""
    restarts = 0
    numbers, out = Mailbox[int]("numbers", capacity=4), Mailbox[int]("out")
    count = Cell("count", 0)
    marks: list[tuple[int, int, int, int]] = []

    async def source(out: Outlet[int], count: Cell[int]) -> None:
        while True:
            async with step():
                await out.send(count.value)
                count.set(count.value + 1)
            await trio.lowlevel.checkpoint()

    async def crasher(numbers: Inbox[int]) -> None:
        nonlocal restarts
        async for number in numbers:
            if numbers.attempts == 0 and number % 2:
                restarts += 1
                if restarts in MARKS:
                    marks.append(footprint())
                if restarts == MARKS[-1]:
                    tree.stop()
                    await trio.sleep_forever()
                raise (ValueError if restarts % 3 else TransientFailure)(f"{number}")

    children = [
        Child("crasher", crasher, numbers.inbox()).with_policy(backoff=NO_BACKOFF),
        Child("source", source, numbers.outlet(), count),
    ]
    root = Supervisor(
        "root", children, strategy=Strategy.REST_FOR_ONE, intensity=10**6, period_seconds=0.01
    )
    tree = Tree(root)
    with trio.fail_after(120):
        await tree.run()
    assert tree.snapshot().children[0].restarts == MARKS[-1] - 1
    assert numbers.snapshot().balanced
    assert out.depth == 0
    return marks


def test_restarts_leak_no_task_file_thread_or_memory() -> None:
    result = subprocess.run(
        [sys.executable, __file__],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    marks = json.loads(result.stdout)
    blocks, tasks, files, threads = zip(*marks, strict=True)
    # Blocks of memory go up and down by some thousand as bounded histories turn over. A leak of
    # one block in each restart lifts every later mark above every earlier one.
    half = len(MARKS) // 2
    assert min(blocks[half:]) - min(blocks[:half]) < (MARKS[half] - MARKS[0]) / 4
    assert max(tasks) - min(tasks) <= 1  # the sibling may be between two lives
    assert len(set(files)) == 1
    assert len(set(threads)) == 1


if __name__ == "__main__":
    print(json.dumps(trio.run(restart_twenty_thousand_times)))
