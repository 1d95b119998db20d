"""A quarantined message is replayed once, to where it was, or stays in quarantine."""

from __future__ import annotations

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Cell,
    Child,
    EventKind,
    Inbox,
    LocalProtocolError,
    Mailbox,
    NotAccepted,
    Overflow,
    PoisonMessage,
    Readiness,
    StartFailed,
    State,
    Supervisor,
    Tree,
    ready,
)


async def refuse_bad(inbox: Inbox[str]) -> None:
    async for message in inbox:
        if message == "bad":
            raise PoisonMessage(message)
        await trio.sleep(60)


async def test_what_would_be_dropped_stays_in_quarantine(autojump_clock: object) -> None:
    box = Mailbox[str]("box", capacity=1, overflow=Overflow.DROP_NEW)
    tree = Tree(Supervisor("root", [Child("reader", refuse_bad, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send("bad")
        await trio.sleep(1)
        await box.send("busy")
        await trio.sleep(1)
        with pytest.raises(NotAccepted):
            await tree.replay_quarantined("box:0")
        tree.stop()
    assert [entry.message for entry in tree.quarantine.entries()] == ["bad"]


async def test_old_news_do_not_replace_newer_ones(autojump_clock: object) -> None:
    box = Mailbox[str](
        "box", capacity=5, overflow=Overflow.CONFLATE, key=lambda message: message[0]
    )
    tree = Tree(Supervisor("root", [Child("reader", refuse_bad, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send("bad")
        await trio.sleep(1)
        await box.send("a message in hand")
        await trio.sleep(1)
        await box.send("better")
        with pytest.raises(NotAccepted, match="newer news of the message's key wait"):
            await tree.replay_quarantined("box:0")
        assert [entry.message for entry in tree.quarantine.entries()] == ["bad"]
        await trio.sleep(200)
        await tree.replay_quarantined("box:0")
        tree.stop()
    assert box.snapshot().dropped == {}


async def test_a_message_is_replayed_once_at_a_time(autojump_clock: object) -> None:
    box = Mailbox[str]("box", capacity=1)
    tree = Tree(Supervisor("root", [Child("reader", refuse_bad, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send("bad")
        await trio.sleep(1)
        await box.send("busy")
        await trio.sleep(1)
        nursery.start_soon(tree.replay_quarantined, "box:0")
        await trio.sleep(1)
        with pytest.raises(LocalProtocolError, match="already"):
            await tree.replay_quarantined("box:0")
        assert box.snapshot().blocked_senders == 1
        tree.stop()
        nursery.cancel_scope.cancel()


async def test_a_control_message_comes_back_by_the_control_lane(autojump_clock: object) -> None:
    box = Mailbox[str]("box")
    tree = Tree(Supervisor("root", [Child("reader", refuse_bad, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await box.send_control("bad")
        await trio.sleep(1)
        await box.send("busy")
        await trio.sleep(1)
        (entry,) = tree.quarantine.entries()
        await tree.replay_quarantined(entry.key)
        assert (box._main.depth, box._control.depth) == (1, 1)
        tree.stop()


async def test_a_factory_that_raises_leaves_the_cell_and_the_tree(autojump_clock: object) -> None:
    made: list[int] = []
    kinds: list[EventKind] = []

    def make() -> int:
        made.append(1)
        if len(made) > 1:
            raise OSError("no value to be had")
        return 7

    async def crash(_cell: Cell[int]) -> None:
        if EventKind.CELL_RESET_FAILED not in kinds:
            raise RuntimeError("a crash")
        await trio.sleep_forever()

    cell = Cell("cell", factory=make, reset_after=1)
    child = Child("crash", crash, cell).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child]), subscribers=[lambda event: kinds.append(event.kind)])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        assert (cell.value, tree.ready) == (7, True)
        tree.stop()
    assert EventKind.CELL_RESET_FAILED in kinds


async def test_a_restarted_supervisor_whose_child_fails_its_start_fails_too(
    autojump_clock: object,
) -> None:
    starts = 0

    async def start_once() -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            ready()
        raise RuntimeError("a crash")

    child = Child("child", start_once).with_policy(readiness=Readiness.EXPLICIT, backoff=NO_BACKOFF)
    inner = Supervisor("inner", [child], intensity=0)
    tree = Tree(Supervisor("root", [inner], intensity=1))
    with pytest.raises(Exception, match="restarts within") as caught:
        await tree.run()
    assert isinstance(caught.value.__cause__, StartFailed)
    assert starts == 2


async def test_removing_the_last_child_that_starts_leaves_the_tree_ready(
    autojump_clock: object,
) -> None:
    async def idle() -> None:
        await trio.sleep_forever()

    late = Child("late", idle).with_policy(readiness=Readiness.EXPLICIT)
    tree = Tree(Supervisor("root", [Child("idle", idle), late]))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tree.run)
        await trio.sleep(1)
        await tree.remove_child("root", "late")
        await trio.sleep(1)
        assert tree.snapshot().state is State.READY
        tree.stop()
