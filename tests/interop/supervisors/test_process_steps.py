"""A step in a process child is what it is in a task: whole, once, and of one task."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import process_actors as actors
import pytest
import trio
from test_processes import wait_gone

from supervisors import (
    Cell,
    Child,
    Isolation,
    Mailbox,
    Partitions,
    Readiness,
    Restart,
    Supervisor,
    Tree,
    partition_of,
)

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
    with trio.fail_after(60):
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
    with trio.fail_after(60):
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


@BOTH
async def test_a_message_given_back_comes_again_and_what_was_sent_is_gone(
    isolation: Isolation,
) -> None:
    seen, acked, _ = await outcome_of(isolation, actors.refuse_once, 2, until=4)
    assert (seen, acked) == ([0, 0, -1, 1], 2)


@BOTH
async def test_an_undo_that_raises_is_reported_with_its_place(isolation: Isolation) -> None:
    seen, acked, waiting = await outcome_of(isolation, actors.undo_badly, 1, until=2)
    assert (seen, acked, waiting) == (["OSError", "1 note"], 0, 1)


@BOTH
async def test_words_are_shared_by_key_and_shouted_ones_come_first(isolation: Isolation) -> None:
    words = Mailbox[str]("words")
    shares = Partitions[str]("shares", 2, key=actors.first_letter)
    child = Child("p", actors.share_words, words.inbox(), shares.outlet())
    tree = Tree(Supervisor("root", [child.with_policy(isolation=isolation)]))
    await words.send_many(["ann", "bob", "anna", "ann!"])
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            while not words.is_empty:  # noqa: ASYNC110
                await trio.sleep(0.01)
            tree.stop()
    expected = {
        partition_of("a", 2): ["ann!", "ann", "anna"],
        partition_of("b", 2): ["bob"],
        partition_of("A", 2): ["ANN", "ANNA"],
        partition_of("B", 2): ["BOB"],
    }
    for number, mailbox in enumerate(shares.mailboxes):
        inbox = mailbox.inbox()
        here = [await inbox.receive() for _ in range(mailbox.depth)]
        for part, found in expected.items():
            if part == number:
                assert [word for word in here if word in found] == found


async def test_a_process_child_says_that_it_is_degraded_and_well_again() -> None:
    source, out = Mailbox[int]("source"), Mailbox[int]("out")
    child = Child("p", actors.say_how_it_is, source.inbox(), out.outlet())
    tree = Tree(Supervisor("root", [child.with_policy(isolation=Isolation.PROCESS)]))
    reasons: list[str | None] = []
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            reader = out.inbox()
            for number in (0, 1):
                await source.send(number)
                await reader.receive()
                now = tree.snapshot().children[0]
                assert (now.live, now.ready, now.degraded) == (True, True, number == 0)
                reasons.append(now.degraded_reason)
            tree.stop()
    assert reasons == ["one node of two", None]
