"""What a process child does wrong, and what it leaves behind, ends with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import process_actors as actors
import pytest
import trio
from test_processes import in_process, is_alive, wait_gone

from supervisors import Event, EventKind, Readiness, Restart, State, Supervisor, Tree

pytestmark = pytest.mark.interop

# Far above what it takes on a busy machine, far below the 30 s after which silence is noticed.
_AT_ONCE_SECONDS = 10.0


async def test_a_death_is_noticed_at_once_though_a_fork_holds_the_link(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = in_process("p", actors.fork_and_wait, str(pid_file))
    root = Supervisor("root", [child.with_policy(readiness=Readiness.EXPLICIT)])
    restarted = trio.Event()

    def note(event: Event) -> None:
        if event.kind is EventKind.READY and event.path == "root/p" and event.incarnation == 2:
            restarted.set()

    tree = Tree(root, subscribers=[note])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        pid = tree.snapshot().children[0].pid
        assert pid is not None
        fork = int(pid_file.read_text())
        assert is_alive(fork)
        os.kill(pid, signal.SIGKILL)
        with trio.fail_after(_AT_ONCE_SECONDS):
            await restarted.wait()
        assert not is_alive(fork)
        tree.stop()
    assert await wait_gone(int(pid_file.read_text()), 5)


@pytest.mark.parametrize("then", ["wait", "die", "return"])
async def test_a_grandchild_that_left_the_session_ends_with_the_child(
    then: str, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    child = in_process("p", actors.start_a_runaway, str(pid_file), then).with_policy(
        readiness=Readiness.EXPLICIT, restart=Restart.TEMPORARY
    )
    ended = trio.Event()

    def note(event: Event) -> None:
        if event.kind in (EventKind.CRASHED, EventKind.ENDED):
            ended.set()

    tree = Tree(Supervisor("root", [child]), subscribers=[note])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        runaway = int(pid_file.read_text())
        if then == "wait":
            assert is_alive(runaway)
        else:
            with trio.fail_after(_AT_ONCE_SECONDS):
                await ended.wait()
            assert not is_alive(runaway)
        tree.stop()
    assert not is_alive(runaway)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("cancelled", "CancelledError: not trio's"),
        ("leak", "1 nurseries were entered and not left"),
        ("exit", "ended with status 3"),
    ],
)
async def test_whatever_a_process_child_raises_is_its_own_crash(kind: str, error: str) -> None:
    child = in_process("p", actors.raise_what_is_no_exception, kind)
    child = child.with_policy(readiness=Readiness.EXPLICIT)
    crashed = trio.Event()
    reported: list[Event] = []

    def note(event: Event) -> None:
        if event.kind is EventKind.CRASHED:
            reported.append(event)
            crashed.set()

    tree = Tree(Supervisor("root", [child], intensity=1_000), subscribers=[note])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.fail_after(60):
            await crashed.wait()
        assert tree.snapshot().state is State.READY
        tree.stop()
    assert reported[0].error is not None
    assert error in reported[0].error.message
