"""A child added while the tree runs is checked, started and counted as any other; until it is
ready for the first time its failure is its caller's alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import supervisors
from supervisors import (
    NO_BACKOFF,
    Child,
    Event,
    EventKind,
    Fenced,
    Inbox,
    LocalProtocolError,
    Mailbox,
    Outlet,
    PoisonMessage,
    Readiness,
    Restart,
    StartFailed,
    StartTimeout,
    State,
    Strategy,
    Supervisor,
    Tree,
    ready,
)

SUPERVISORS = Path(supervisors.__file__).parent


async def idle() -> None:
    await trio.sleep_forever()


async def read(inbox: Inbox[Any]) -> None:
    async for _ in inbox:
        pass


async def write(_outlet: Outlet[Any]) -> None:
    await trio.sleep_forever()


async def crash() -> None:
    raise ValueError("no disk")


def explicit(name: str, actor: Any, *args: Any, **policy: Any) -> Child:
    return Child(name, actor, *args).with_policy(
        readiness=Readiness.EXPLICIT, backoff=NO_BACKOFF, **policy
    )


def names(tree: Tree) -> list[str]:
    return [child.name for child in tree.snapshot().children]


async def test_adding_returns_when_the_child_is_ready(autojump_clock: object) -> None:
    async def slow() -> None:
        await trio.sleep(3)
        ready()
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("a", idle)]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        began = trio.current_time()
        await tree.add_child("root", explicit("b", slow))
        assert trio.current_time() - began == pytest.approx(3)
        assert tree.snapshot().children[1].state is State.READY
        tree.stop()


async def test_what_cannot_be_in_a_tree_cannot_be_added_to_it(autojump_clock: object) -> None:
    box, other = Mailbox[int]("box"), Mailbox[int]("other")
    tree = Tree(Supervisor("root", [Child("reader", read, box.inbox())]))
    twin = Mailbox[int]("box")
    refused: list[tuple[Child | Supervisor, str]] = [
        (Child("second", read, box.inbox()), "'box' would have two readers: root/reader and"),
        (Child("twin", write, twin.outlet()), "another mailbox of the tree has the name 'box'"),
        (Child("reader", idle), "already has a child named 'reader'"),
        (Supervisor("s", [Child("x", read, box.inbox())]), "root/reader and root/s/x"),
        (
            Supervisor("s", [Child(name, read, other.inbox()) for name in ("x", "y")]),
            "'other' would have two readers: root/s/x and root/s/y",
        ),
    ]
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        before = tree.snapshot()
        for spec, why in refused:
            with pytest.raises(LocalProtocolError, match=why):
                await tree.add_child("root", spec)
        with pytest.raises(KeyError, match="no supervisor at 'root/reader'"):
            await tree.add_child("root/reader", Child("x", idle))
        assert tree.snapshot() == before
        assert tree.mailboxes == [box]
        await tree.add_child("root", Child("writer", write, box.outlet()))  # this one may
        tree.stop()


def test_one_child_does_not_read_a_mailbox_twice() -> None:
    async def twice(one: Inbox[int], other: Inbox[int]) -> None:
        pass

    box = Mailbox[int]("box")
    tree = Tree(Supervisor("root", [Child("twice", twice, box.inbox(), box.inbox())]))
    with pytest.raises(LocalProtocolError, match="two readers: root/twice and root/twice"):
        trio.run(tree.run)


@pytest.mark.parametrize("restart", list(Restart))
@pytest.mark.parametrize("strategy", list(Strategy))
async def test_a_start_that_fails_is_the_callers_and_leaves_the_tree_as_it_was(
    restart: Restart, strategy: Strategy, autojump_clock: object
) -> None:
    box = Mailbox[int]("box")

    async def fail(_inbox: Inbox[int]) -> None:
        raise ValueError("no disk")

    tree = Tree(Supervisor("root", [Child("a", idle)], strategy=strategy, intensity=0))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        before = tree.snapshot()
        for _ in range(3):  # neither the name nor the mailbox is taken by what failed
            with pytest.raises(
                StartFailed, match="root/b did not start: ValueError: no disk"
            ) as caught:
                await tree.add_child("root", explicit("b", fail, box.inbox(), restart=restart))
            assert isinstance(caught.value.__cause__, ValueError)
        assert tree.snapshot() == before
        assert tree.mailboxes == []
        tree.stop()


async def test_a_child_that_is_never_ready_fails_its_caller_in_time(
    autojump_clock: object,
) -> None:
    tree = Tree(Supervisor("root", [Child("a", idle)], intensity=0))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with pytest.raises(StartTimeout, match="root/b: not ready within 4 s"):
            await tree.add_child("root", explicit("b", idle, start_timeout_seconds=4))
        assert names(tree) == ["a"]
        assert tree.ready
        tree.stop()


async def test_a_permanent_child_that_returns_before_it_is_ready_has_failed(
    autojump_clock: object,
) -> None:
    async def leave() -> None:
        pass

    tree = Tree(Supervisor("root", [Child("a", idle)], intensity=0))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with pytest.raises(StartFailed, match="root/b did not start: it returned first"):
            await tree.add_child("root", explicit("b", leave))
        await tree.add_child("root", explicit("t", leave, restart=Restart.TEMPORARY))
        await tree.add_child("root", explicit("e", leave, restart=Restart.TRANSIENT))
        assert [(c.name, c.state) for c in tree.snapshot().children] == [
            ("a", State.READY), ("e", State.ENDED)
        ]  # fmt: skip
        tree.stop()


async def test_a_ready_child_is_restarted_and_counted_like_any_other(
    autojump_clock: object,
) -> None:
    async def crash_later() -> None:
        ready()
        await trio.sleep(1)
        raise ValueError("later")

    tree = Tree(Supervisor("root", [Child("a", idle)], intensity=1))
    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012  the tree fails while the nursery runs
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await tree.add_child("root", explicit("b", crash_later))
            await trio.sleep(1.5)
            assert tree.snapshot().children[1].restarts == 1
            await trio.sleep(10)
    assert "more than 1 restarts" in str(caught.value.exceptions[0])


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_cancelled_adding_has_stopped_the_child_and_taken_it_out(
    strategy: Strategy, autojump_clock: object
) -> None:
    log: list[str] = []

    async def slow() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            log.append("stopped")

    tree = Tree(Supervisor("root", [Child("a", idle)], strategy=strategy))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.move_on_after(1) as scope:
            await tree.add_child("root", explicit("b", slow))
        assert scope.cancelled_caught
        assert (log, names(tree), tree.snapshot().children[0].restarts) == (["stopped"], ["a"], 0)
        tree.stop()


async def test_a_supervisor_is_added_when_all_below_it_is_ready(autojump_clock: object) -> None:
    async def slow() -> None:
        await trio.sleep(2)
        ready()
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", []))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        began = trio.current_time()
        await tree.add_child("root", Supervisor("s", [explicit("x", slow), explicit("y", slow)]))
        assert trio.current_time() - began == pytest.approx(4)
        with pytest.raises(StartFailed, match="root/t/z did not start"):
            await tree.add_child("root", Supervisor("t", [Child("x", idle), explicit("z", crash)]))
        assert names(tree) == ["s"]
        tree.stop()


async def test_a_sibling_that_takes_a_starting_child_along_does_not_fail_it(
    autojump_clock: object,
) -> None:
    starting = trio.Event()
    starts: list[float] = []
    crashes = iter([ValueError("a sibling")])

    async def crash_once() -> None:
        await starting.wait()
        for crash in crashes:
            raise crash
        await trio.sleep_forever()

    async def slow() -> None:
        starts.append(trio.current_time())
        starting.set()
        await trio.sleep(2)
        ready()
        await trio.sleep_forever()

    first = Child("a", crash_once).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [first], strategy=Strategy.ONE_FOR_ALL))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root", explicit("b", slow))
        assert len(starts) == 2
        assert trio.current_time() - starts[1] == pytest.approx(2)
        tree.stop()


async def test_a_child_that_is_fenced_as_it_starts_ends_the_tree(autojump_clock: object) -> None:
    async def fenced() -> None:
        raise Fenced("another node leads")

    tree = Tree(Supervisor("root", [Supervisor("inner", [Child("a", idle)])]))
    failures: list[Exception] = []

    async def add() -> None:
        try:
            await tree.add_child("root/inner", explicit("b", fenced))
        except StartFailed as failure:
            failures.append(failure)

    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012  the tree fails while the nursery runs
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            await add()
    assert caught.group_contains(Fenced)
    assert len(failures) == 1


async def test_the_fate_of_a_starting_child_is_reported_to_its_adder(
    autojump_clock: object,
) -> None:
    tree = Tree(Supervisor("root", [Child("a", idle)]))
    reported: list[str] = []

    async def add(name: str) -> None:
        try:
            await tree.add_child("root", explicit(name, idle))
        except StartFailed as failure:
            reported.append(str(failure))

    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        nursery.start_soon(add, "b")
        nursery.start_soon(add, "c")
        await wait_all_tasks_blocked()
        await tree.remove_child("root", "b")
        tree.stop()
    assert reported == [
        "root/b was removed before it was ready",
        "root/c: its supervisor ended before it was ready",
    ]


async def test_a_tree_that_drains_or_has_ended_takes_no_child(autojump_clock: object) -> None:
    async def slow_reader(inbox: Inbox[int]) -> None:
        async for _ in inbox:
            await trio.sleep(5)

    box = Mailbox[int]("box")
    await box.send(1)
    tree = Tree(Supervisor("root", [Child("a", slow_reader, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        tree.request_drain(20)
        await trio.sleep(1)
        with pytest.raises(LocalProtocolError, match="root drains"):
            await tree.add_child("root", Child("b", idle))
    with pytest.raises(LocalProtocolError, match="root does not run"):
        await tree.add_child("root", Child("b", idle))


async def test_the_mailbox_of_an_added_child_has_its_quarantine_and_its_events(
    autojump_clock: object,
) -> None:
    box = Mailbox[str]("box")
    events: list[Event] = []

    async def picky(inbox: Inbox[str]) -> None:
        async for message in inbox:
            raise PoisonMessage(message)

    await box.send("bad")
    tree = Tree(Supervisor("root", []), subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root", Child("picky", picky, box.inbox()))
        await trio.sleep(1)
        assert [entry.message for entry in tree.quarantine.entries()] == ["bad"]
        await tree.remove_child("root", "picky")
        assert tree.mailboxes == []
        tree.stop()
    kinds = [e.kind for e in events]
    for kind in (EventKind.ADDED, EventKind.QUARANTINED, EventKind.REMOVED):
        assert kind in kinds


async def test_an_actor_may_add_children_and_be_restarted_meanwhile(
    autojump_clock: object,
) -> None:
    """The one who adds is cancelled by its sibling's crash while what it added starts."""
    tree: Tree

    async def manager() -> None:
        await tree.add_child("root/pool", explicit("worker", idle))

    async def crash_soon() -> None:
        await trio.sleep(1)
        raise ValueError

    children = [Child("crash", crash_soon), Child("manager", manager)]
    managers = Supervisor(
        "managers",
        [child.with_policy(backoff=NO_BACKOFF) for child in children],
        strategy=Strategy.ONE_FOR_ALL,
        intensity=100,
    )
    tree = Tree(Supervisor("root", [Supervisor("pool", []), managers]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(5.5)
        pool, above = tree.snapshot().children
        assert [child.restarts for child in above.children] == [5, 5]
        assert [(child.name, child.state) for child in pool.children] == [
            ("worker", State.STARTING)
        ]
        tree.stop()


async def lines_of_adding_and_removing(size: int) -> int:
    """Count our lines that run to add a child to a tree of a size and to remove it."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if Path(frame.f_code.co_filename).parent != SUPERVISORS:
            return None  # what the collector or another thread happens to do meanwhile
        count += event == "line"
        return trace

    boxes = [Mailbox[int](f"m{n}") for n in range(size + 1)]
    children = [Child(f"c{n}", read, box.inbox()) for n, box in enumerate(boxes)]
    tree = Tree(Supervisor("root", children[:-1], stop_together=True))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await wait_all_tasks_blocked()
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            await tree.add_child("root", children[-1])
            await tree.remove_child("root", f"c{size}")
        finally:
            sys.settrace(before)
        tree.stop()
    return count


async def test_adding_and_removing_cost_the_same_in_a_tree_fifty_times_as_large() -> None:
    small = await lines_of_adding_and_removing(20)
    large = await lines_of_adding_and_removing(1_000)
    assert small > 100  # it did count
    assert large < 1.3 * small


@pytest.mark.parametrize("attempt", range(10))  # who wakes first is drawn by trio's scheduler
async def test_a_child_removed_while_its_sibling_takes_it_along_does_not_come_back(
    attempt: int, autojump_clock: object
) -> None:
    log: list[str] = []

    async def crash_once() -> None:
        await trio.sleep(1)
        if not log:
            raise ValueError
        await trio.sleep_forever()

    async def slow_to_stop() -> None:
        try:
            await trio.sleep_forever()
        finally:
            log.append("-b")
            with trio.CancelScope(shield=True):
                await trio.sleep(2)

    children = [Child("a", crash_once), Child("b", slow_to_stop)]
    root = Supervisor(
        "root",
        [child.with_policy(backoff=NO_BACKOFF) for child in children],
        strategy=Strategy.ONE_FOR_ALL,
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(2)
        await tree.remove_child("root", "b")
        await trio.sleep(10)
        assert (log, names(tree), tree.ready) == (["-b"], ["a"], True)
        tree.stop()
    assert log == ["-b"]
