"""A watchdog outlives the stream that it was given, and never waits for who reads it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from supervisors import Child, Supervisor, Tree, Watchdog


async def block_under(dog: Watchdog, *, times: int = 1) -> None:
    """Run a tree whose loop stands still while a watchdog looks."""

    async def idle() -> None:
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("idle", idle)]), watchdog=dog)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for _ in range(times):
            time.sleep(0.3)  # noqa: ASYNC251  the very thing
            await trio.sleep(0.1)
        tree.stop()


def watchdog(**options: Any) -> Watchdog:
    return Watchdog(warn_after_seconds=0.1, exit_after_seconds=None, **options)


async def test_a_closed_stream_does_not_end_the_watch(tmp_path: Path) -> None:
    with (tmp_path / "stacks").open("w") as stream:
        dog = watchdog(stacks_to=stream)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: block_under(dog, times=2))
            await trio.testing.wait_all_tasks_blocked()
            stream.close()
    assert dog.blocked_count >= 2
    assert "test_watchdog_stream" in (tmp_path / "stacks").read_text()


@pytest.mark.parametrize("how", ["no file", "closed"])
async def test_a_stream_without_a_file_is_no_error(how: str, tmp_path: Path) -> None:
    stream: Any = object()
    if how == "closed":
        stream = (tmp_path / "stacks").open("w")
        stream.close()
    dog = watchdog(stacks_to=stream)
    await block_under(dog)
    assert dog.blocked_count >= 1


async def test_a_full_pipe_that_is_not_read_holds_up_neither_loop_nor_watchdog() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)  # as the stderr of a node is
    with os.fdopen(reading, "rb"), os.fdopen(writing, "wb") as stream:
        dog = watchdog(stacks_to=stream)
        with trio.fail_after(30):
            await block_under(dog, times=2)
    assert dog.blocked_count >= 2


async def test_stacks_can_be_had_as_text() -> None:
    texts: list[str] = []
    dog = watchdog(on_stacks=texts.append)
    await block_under(dog)
    assert "in block_under" in texts[0]
    assert "time.sleep(0.3)" in texts[0]


async def test_what_a_receiver_of_stacks_raises_does_not_end_the_watch() -> None:
    reported: list[str] = []

    def refuse(stacks: str) -> None:
        reported.append(stacks)
        raise SystemExit

    dog = watchdog(on_stacks=refuse)
    await block_under(dog, times=2)
    assert dog.blocked_count >= 2
    assert len(reported) == dog.blocked_count
