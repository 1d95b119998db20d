"""Start, step and silence of a process child are judged by its own time, not by ours."""

# ruff: noqa: ASYNC110, ASYNC240, ASYNC251  real files, and blocking is the very thing
from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import process_actors as actors
import pytest
import trio
from test_processes import in_process, is_alive

from supervisors import (
    Child,
    Event,
    EventKind,
    Inbox,
    Isolation,
    Mailbox,
    Readiness,
    Restart,
    StartTimeout,
    State,
    Supervisor,
    Tree,
)

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("readiness", list(Readiness))
async def test_a_child_that_computes_at_once_is_ready_all_the_same(
    readiness: Readiness, tmp_path: Path
) -> None:
    """Its event loop does not come round until the test gets word that it is ready."""
    marker = tmp_path / "ready"
    actor = {
        Readiness.STARTED: actors.compute_at_once,
        Readiness.EXPLICIT: actors.compute_once_ready,
    }[readiness]
    child = in_process("p", actor, str(marker)).with_policy(readiness=readiness)
    tree = Tree(Supervisor("root", [child]))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            marker.touch()
            tree.stop()


async def test_a_step_is_not_too_long_because_we_could_not_hear_of_its_end(
    tmp_path: Path,
) -> None:
    source, out = Mailbox[int]("source"), Mailbox[int]("out")
    marker = tmp_path / "in hand"
    child = in_process("p", actors.note_and_work, source.inbox(), out.outlet(), marker=str(marker))
    policy = child.with_policy(step_timeout_seconds=1.2, stuck_after_seconds=1.2)
    tree = Tree(Supervisor("root", [policy]))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await source.send(1)
            while not marker.exists():
                await trio.sleep(0.01)
            time.sleep(2.0)
            reader = out.inbox()
            assert await reader.receive() == 1
            await trio.sleep(0.6)
            assert tree.snapshot().children[0].restarts == 0
            tree.stop()


async def test_a_start_is_not_too_slow_because_we_could_not_hear_that_it_is_ready() -> None:
    child = in_process("p", actors.ready_after_a_moment)
    policy = child.with_policy(readiness=Readiness.EXPLICIT, start_timeout_seconds=4.0)
    tree = Tree(Supervisor("root", [policy]))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tree.run)
            while not (tree.mailboxes == [] and _pid(tree)):
                await trio.sleep(0.001)
            time.sleep(4.4)
            await tree.wait_ready()
            await trio.sleep(0.3)  # a verdict that was on its way would be heard by now
            now = tree.snapshot().children[0]
            assert (now.incarnation, now.state) == (1, State.READY)
            tree.stop()


def _pid(tree: Tree) -> int | None:
    try:
        return tree.snapshot().children[0].pid
    except Exception:  # noqa: BLE001  it does not run yet
        return None


async def test_a_process_that_is_not_ready_in_time_has_failed_its_start_and_is_gone() -> None:
    child = in_process("p", actors.ignore_nothing)
    policy = child.with_policy(readiness=Readiness.EXPLICIT, start_timeout_seconds=0.6)
    tree = Tree(Supervisor("root", []))
    pids: list[int] = []

    def note(event: Event) -> None:
        if event.path == "root/p" and event.kind is EventKind.STARTING:
            pids.append(1)

    tree.subscribe(note)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            with pytest.raises(StartTimeout, match=r"root/p: not ready within 0\.6 s"):
                await tree.add_child("root", policy)
            assert (tree.snapshot().children, pids) == ((), [1])
            tree.stop()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert not children


async def test_a_step_that_is_too_long_is_given_up_and_its_process_replaced() -> None:
    source = Mailbox[int]("source", max_attempts=1)
    child = in_process("p", actors.never_done, source.inbox())
    policy = child.with_policy(step_timeout_seconds=0.3, restart=Restart.PERMANENT)
    tree = Tree(Supervisor("root", [policy], intensity=0))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            first = _pid(tree)
            await source.send(1)
            while not tree.quarantine.entries():
                await trio.sleep(0.01)
            await tree.wait_ready()
            assert first is not None
            assert not is_alive(first)
            tree.stop()
    (kept,) = tree.quarantine.entries()
    assert "works on message 0 of 'source'" in kept.error.message


async def test_no_time_to_stop_is_a_brutal_kill() -> None:
    """OTP's brutal_kill: no request, no SIGTERM, and no child is reported as stuck."""
    events: list[Event] = []
    child = in_process("p", actors.ignore_sigterm).with_policy(
        shutdown_seconds=0, readiness=Readiness.EXPLICIT
    )
    tree = Tree(Supervisor("root", [child]), kill_grace_seconds=30, subscribers=[events.append])
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            pid = _pid(tree)
            tree.stop()
    assert pid is not None
    assert not is_alive(pid)
    assert EventKind.STUCK not in {event.kind for event in events}


async def test_no_time_to_stop_still_stops_a_task(autojump_clock: object) -> None:
    stopped: list[str] = []
    events: list[Event] = []

    async def work(_inbox: Inbox[Any]) -> None:
        try:
            await trio.sleep_forever()
        finally:
            stopped.append("a")

    box = Mailbox[int]("box")
    child = Child("a", work, box.inbox()).with_policy(shutdown_seconds=0, isolation=Isolation.TASK)
    tree = Tree(Supervisor("root", [child]), subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        tree.stop()
    assert stopped == ["a"]
    assert EventKind.STUCK not in {event.kind for event in events}
