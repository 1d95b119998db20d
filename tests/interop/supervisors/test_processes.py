"""Process children on real processes: the same mailbox semantics, whatever dies."""

# ruff: noqa: ASYNC110, ASYNC240  real files and processes, on purpose
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

from supervisors import (
    NO_BACKOFF,
    Cell,
    Child,
    Codec,
    CrashPoint,
    Event,
    EventKind,
    Isolation,
    LocalProtocolError,
    Mailbox,
    Readiness,
    Restart,
    ScheduledFaults,
    StartFailed,
    Supervisor,
    Tree,
)

pytestmark = pytest.mark.interop

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def in_process(name: str, actor: Callable[..., Any], *args: Any, **kwargs: Any) -> Child:
    child = Child(name, actor, *args, **kwargs)
    return child.with_policy(isolation=Isolation.PROCESS, backoff=NO_BACKOFF)


async def drain_mailbox(mailbox: Mailbox[Any], into: list[Any], count: int) -> None:
    inbox = mailbox.inbox()
    with trio.fail_after(60):
        while len(into) < count:
            into.append(await inbox.receive())
    await inbox.ack()
    inbox.close()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def wait_gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        await trio.sleep(0.01)
    return not is_alive(pid)


def open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


async def test_a_process_child_reads_and_writes_the_same_mailboxes() -> None:
    numbers, doubled = Mailbox[int]("numbers"), Mailbox[int]("doubled", capacity=4)
    total = Cell("total", 0)
    root = Supervisor(
        "root",
        [in_process("double", actors.double, numbers.inbox(), doubled.outlet(), total)],
    )
    await numbers.send_many(range(100))
    tree = Tree(root)
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        snapshot = tree.snapshot().children[0]
        assert snapshot.pid is not None
        assert snapshot.pid != os.getpid()
        await drain_mailbox(doubled, seen, 100)
        report = await tree.drain(10)
    assert seen == [2 * n for n in range(100)]
    assert total.value == sum(range(100))
    assert report.complete
    assert numbers.snapshot().acked == 100


async def test_a_commit_that_a_process_child_gave_up_can_be_made_again_and_counts_once() -> None:
    source, out = Mailbox[int]("in"), Mailbox[int]("out", capacity=1)
    extra = Mailbox[int]("extra", capacity=1)
    child = in_process("p", actors.impatient, source.inbox(), out.outlet(), extra.outlet())
    tree = Tree(Supervisor("root", [child]))
    await source.send_many(range(8))
    seen: dict[str, list[int]] = {"out": [], "extra": []}

    async def read_slowly(mailbox: Mailbox[int]) -> None:
        inbox = mailbox.inbox()
        while len(seen[mailbox.name]) < 8:
            await trio.sleep(0.04)
            seen[mailbox.name].append(await inbox.receive())
        await inbox.ack()

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            async with trio.open_nursery() as readers:
                readers.start_soon(read_slowly, out)
                readers.start_soon(read_slowly, extra)
            tree.stop()
    assert seen == {"out": list(range(8)), "extra": list(range(8))}
    assert tree.snapshot().children[0].restarts == 0
    assert out.is_empty
    assert extra.is_empty


async def test_a_source_in_a_process_goes_on_from_its_cell_after_sigkill() -> None:
    numbers = Mailbox[int]("numbers", capacity=8)
    progress = Cell("progress", 0)
    source = in_process("source", actors.count_up, numbers.outlet(), progress, stop=300)
    tree = Tree(Supervisor("root", [source.with_policy(restart=Restart.TRANSIENT)], intensity=99))
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for part in (50, 120, 200):
            await drain_mailbox(numbers, seen, part)
            pid = tree.snapshot().children[0].pid
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        await drain_mailbox(numbers, seen, 300)
        assert tree.snapshot().children[0].restarts >= 2
        tree.stop()
    assert seen == list(range(300))


@pytest.mark.parametrize("actor", [actors.double_batches, actors.greet])
async def test_sigkill_at_any_time_changes_nothing_in_the_output(actor: Callable[..., Any]) -> None:
    items: list[Any] = [str(n) for n in range(150)] if actor is actors.greet else list(range(400))
    if actor is actors.greet:
        expected = [f"{word} {n}" for n in items for word in ("hello", "goodbye")]
    else:
        expected = [2 * n for n in items]
    source, sink = Mailbox[Any]("in"), Mailbox[Any]("out", capacity=32)
    tree = Tree(
        Supervisor("root", [in_process("p", actor, source.inbox(), sink.outlet())], intensity=99)
    )
    seen: list[Any] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        nursery.start_soon(source.send_many, items)
        for share in (0.2, 0.4, 0.6, 0.8):
            await drain_mailbox(sink, seen, int(len(expected) * share))
            pid = tree.snapshot().children[0].pid
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        await drain_mailbox(sink, seen, len(expected))
        assert tree.snapshot().children[0].restarts >= 3
        tree.stop()
    assert seen == expected
    assert source.snapshot().balanced


async def test_an_injected_crash_at_any_point_changes_nothing_in_the_output() -> None:
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")
    points = [CrashPoint.LEASED, CrashPoint.STAGED, CrashPoint.BEFORE_COMMIT]
    points.append(CrashPoint.AFTER_COMMIT)
    faults = ScheduledFaults({("root/p", point, 3 + n) for n, point in enumerate(points)})
    child = in_process("p", actors.double_batches, source.inbox(), sink.outlet())
    tree = Tree(Supervisor("root", [child], intensity=99), faults=faults)
    await source.send_many(range(200))
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await drain_mailbox(sink, seen, 200)
        tree.stop()
    assert len(faults.fired) == 4
    assert seen == [2 * n for n in range(200)]


async def test_a_stopped_process_is_found_stuck_and_replaced() -> None:
    source, sink = Mailbox[str]("in"), Mailbox[str]("out")
    child = in_process("p", actors.greet, source.inbox(), sink.outlet())
    tree = Tree(
        Supervisor("root", [child.with_policy(stuck_after_seconds=1.0)]), kill_grace_seconds=0.2
    )
    seen: list[str] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        pid = tree.snapshot().children[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        await source.send("you")
        await drain_mailbox(sink, seen, 2)
        now = tree.snapshot().children[0]
        assert now.last_error is not None
        assert now.last_error.type.endswith(".Stuck")
        assert not is_alive(pid)
        tree.stop()
    assert seen == ["hello you", "goodbye you"]


async def test_a_loop_blocked_for_two_seconds_is_replaced_and_its_message_redelivered(
    tmp_path: Path,
) -> None:
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")
    child = in_process(
        "p", actors.block_the_loop_once, source.inbox(), sink.outlet(),
        marker=str(tmp_path / "blocked"), seconds=2.0,
    )  # fmt: skip
    tree = Tree(Supervisor("root", [child.with_policy(stuck_after_seconds=1.0)]))
    await source.send_many([1, 2, 3])
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await drain_mailbox(sink, seen, 3)
        assert tree.snapshot().children[0].restarts == 1
        tree.stop()
    assert seen == [1, 2, 3]


async def test_an_actor_asked_to_stop_leaves_in_order(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    tree = Tree(Supervisor("root", [in_process("p", actors.note_the_stop, str(marker))]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        tree.stop()
    assert marker.read_text() == "stopped in order"


async def test_a_child_that_ignores_everything_is_killed_within_the_ladder() -> None:
    child = in_process("p", actors.ignore_sigterm)
    events: list[Event] = []
    root = Supervisor(
        "root", [child.with_policy(shutdown_seconds=0.3, readiness=Readiness.EXPLICIT)]
    )
    tree = Tree(root, kill_grace_seconds=0.3, subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        pid = tree.snapshot().children[0].pid
        assert pid is not None
        began = time.monotonic()
        tree.stop()
    assert 0.5 < time.monotonic() - began < 60
    assert not is_alive(pid)
    assert [e.detail for e in events if e.kind is EventKind.STUCK] == ["SIGTERM", "SIGKILL"]


async def test_a_killed_child_takes_its_own_children_along(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = in_process("p", actors.with_grandchild, str(pid_file))
    root = Supervisor(
        "root", [child.with_policy(shutdown_seconds=0.2, readiness=Readiness.EXPLICIT)]
    )
    tree = Tree(root, kill_grace_seconds=0.2)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        tree.stop()
    assert await wait_gone(int(pid_file.read_text()), 2)


async def test_the_type_of_a_failure_and_its_far_traceback_come_over() -> None:
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")
    child = in_process("p", actors.refuse, source.inbox(), sink.outlet(), poison=2)
    tree = Tree(Supervisor("root", [child]))
    await source.send_many([1, 2, 3])
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await drain_mailbox(sink, seen, 2)
        tree.stop()
    assert seen == [1, 3]
    (kept,) = tree.quarantine.entries()
    assert (kept.message, kept.attempts) == (2, 1)
    assert kept.error.type == "supervisors._errors.PoisonMessage"
    assert "process_actors.py" in kept.error.traceback


async def test_what_cannot_be_pickled_is_refused_by_name() -> None:
    async def local() -> None:
        pass

    with pytest.raises(StartFailed) as caught:
        await Tree(Supervisor("root", [in_process("p", local)])).run()
    assert isinstance(caught.value.__cause__, LocalProtocolError)
    assert "root/p" in str(caught.value.__cause__)


async def test_restarting_processes_leaks_neither_files_nor_processes() -> None:
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")
    child = in_process("p", actors.double_batches, source.inbox(), sink.outlet())
    tree = Tree(Supervisor("root", [child], intensity=99))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        seen: list[int] = []
        files: set[str] = set()
        for n in range(6):
            pid = tree.snapshot().children[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await source.send(n)
            await drain_mailbox(sink, seen, n + 1)
            if n == 1:
                files = open_files()
        assert len(open_files()) <= len(files)
        tree.stop()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert not children


async def test_a_codec_travels_with_its_mailboxes() -> None:
    codec = Codec[int](actors.text_of, int)
    source, doubled, passed = (
        Mailbox[int](name, codec=codec) for name in ("in", "doubled", "passed")
    )
    child = in_process(
        "p", actors.double_and_pass_on, source.inbox(), doubled.outlet(), passed.outlet()
    )
    tree = Tree(Supervisor("root", [child]))
    seen: list[int] = []
    await source.send(20)
    await source.send_frame(b" 21")
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await drain_mailbox(doubled, seen, 2)
        tree.stop()
    assert seen == [40, 42]
    frames = passed.inbox()
    assert [(await frames.receive(), frames.frame) for _ in range(2)] == [(20, b"20"), (21, b" 21")]
    frames.close()
