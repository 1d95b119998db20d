"""A step in a process child is what it is in a task: whole, once, and of one task."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import process_actors as actors
import pytest
import trio
from test_processes import wait_gone

from supervisors import Cell, Child, Isolation, Mailbox, Readiness, Restart, Supervisor, Tree

pytestmark = pytest.mark.interop


async def outcome_of(
    isolation: Isolation, actor: Callable[..., Any], numbers: int, *, until: int
) -> tuple[list[Any], int, int]:
    """Run an actor over some numbers: what came out, how many were acked, how many wait."""
    source, out = Mailbox[int]("source"), Mailbox[Any]("out")
    child = Child("p", actor, source.inbox(), out.outlet())
    tree = Tree(
        Supervisor("root", [child.with_policy(isolation=isolation, restart=Restart.TEMPORARY)])
    )
    seen: list[Any] = []
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            for n in range(numbers):
                await source.send(n)
                await trio.sleep(0.1)
            reader = out.inbox()
            while len(seen) < until:
                seen.append(await reader.receive())
            await reader.ack()
            await trio.sleep(0.15)
            tree.stop()
    books = source.snapshot()
    return (
        seen + [item for run in out._main.ready for item in run.items],
        books.acked,
        books.waiting,
    )


BOTH = pytest.mark.parametrize("isolation", list(Isolation))


@BOTH
async def test_a_wait_given_up_after_the_commit_commits_once(isolation: Isolation) -> None:
    seen, acked, waiting = await outcome_of(isolation, actors.take_with_pauses, 4, until=4)
    assert (seen, acked, waiting) == ([0, 1, 2, 3], 4, 0)


@BOTH
async def test_what_a_second_task_sends_while_the_loop_waits_is_kept(
    isolation: Isolation,
) -> None:
    seen, acked, _ = await outcome_of(isolation, actors.send_late, 3, until=3)
    assert (sorted(seen), acked) == ([0, 1, 2], 3)


@BOTH
async def test_a_second_task_does_not_acknowledge_what_the_first_works_on(
    isolation: Isolation,
) -> None:
    seen, acked, waiting = await outcome_of(isolation, actors.share_the_inbox, 2, until=2)
    assert (seen, acked, waiting) == (["refused", "worked on 0"], 1, 1)


@BOTH
async def test_closing_an_inbox_gives_the_message_back(isolation: Isolation) -> None:
    seen, acked, waiting = await outcome_of(isolation, actors.close_and_look_again, 2, until=1)
    assert (seen, acked, waiting) == ([0], 1, 1)


async def test_a_cell_given_twice_is_one_cell() -> None:
    source, cell = Mailbox[int]("source"), Cell("cell", 0)
    child = Child("p", actors.set_one_of_two, source.inbox(), cell, cell)
    tree = Tree(Supervisor("root", [child.with_policy(isolation=Isolation.PROCESS)]))
    await source.send(10)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await tree.wait_sources_done()
            tree.stop()
    assert cell.value == 11


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_what_a_child_started_ends_with_it(how: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = Child("p", actors.start_a_sleeper, str(pid_file)).with_policy(
        isolation=Isolation.PROCESS, readiness=Readiness.EXPLICIT, restart=Restart.TEMPORARY
    )
    tree = Tree(Supervisor("root", [child]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        pid = tree.snapshot().children[0].pid
        assert pid is not None
        if how == "killed":
            os.kill(pid, signal.SIGKILL)
            assert await wait_gone(int(pid_file.read_text()), 2)
        tree.stop()
    assert await wait_gone(int(pid_file.read_text()), 2)


async def test_a_blocked_loop_on_this_side_condemns_no_child() -> None:
    source, out = Mailbox[str]("source"), Mailbox[str]("out")
    child = Child("p", actors.greet, source.inbox(), out.outlet())
    policy = child.with_policy(isolation=Isolation.PROCESS, stuck_after_seconds=1.0)
    tree = Tree(Supervisor("root", [policy]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await source.send("you")
        with trio.fail_after(20):
            while source.depth:  # noqa: ASYNC110
                await trio.sleep(0.01)
        time.sleep(1.5)  # noqa: ASYNC251  the very thing
        await trio.sleep(0.6)
        assert tree.snapshot().children[0].restarts == 0
        tree.stop()
