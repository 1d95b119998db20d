"""Running a tree: drain, hot configuration, quarantine at work, watchdog, the tree as data."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import supervisors
from supervisors import (
    ChangeKind,
    Child,
    ErrorInfo,
    Event,
    EventKind,
    FileQuarantine,
    Inbox,
    LocalProtocolError,
    Mailbox,
    Outlet,
    Partitions,
    PoisonMessage,
    Readiness,
    StartFailed,
    State,
    Supervisor,
    Tree,
    Watchdog,
    diff,
    partition_of,
    ready,
)


async def forward(numbers: Inbox[int], out: Outlet[int]) -> None:
    async for number in numbers:
        await out.send(number)


async def produce(out: Outlet[int]) -> None:
    n = 0
    while True:
        await out.send(n)
        n += 1


# -- drain -----------------------------------------------------------------------------------


async def test_a_drain_stops_sources_first_and_lets_every_message_through(
    autojump_clock: object,
) -> None:
    first, second = Mailbox[int]("first", capacity=50), Mailbox[int]("second", capacity=50)
    flushed: list[int] = []

    async def gather(numbers: Inbox[int]) -> None:
        buffer: list[int] = []
        async for number in numbers:
            buffer.append(number)
            await trio.sleep(0.01)
        flushed.extend(buffer)  # the loop ends when no more can come: the moment to flush

    root = Supervisor(
        "root",
        [
            Child("gather", gather, second.inbox()),
            Child("forward", forward, first.inbox(), second.outlet()),
            Child("produce", produce, first.outlet()),
        ],
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        report = await tree.drain(100)
    assert report.complete
    assert report.left == ()
    assert flushed == list(range(first.snapshot().accepted))
    assert len(flushed) > 100


async def test_a_drain_reports_what_was_left_at_its_deadline(autojump_clock: object) -> None:
    box = Mailbox[int]("box")

    async def stubborn(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            await trio.sleep(60)

    await box.send_many([1, 2, 3])
    tree = Tree(Supervisor("root", [Child("stubborn", stubborn, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        report = await tree.drain(90)
    assert not report.complete
    assert report.seconds == pytest.approx(90)
    assert [(box.name, box.waiting) for box in report.left] == [("box", 2)]
    assert report.cut_off == ("root/stubborn",)


async def test_a_drain_names_the_actor_that_did_not_return_after_the_last_message(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box")

    async def lingering(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            pass
        await trio.sleep_forever()

    child = Child("lingering", lingering, box.inbox()).with_policy(shutdown_seconds=2)
    tree = Tree(Supervisor("root", [child]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        report = await tree.drain(100)
    assert report.unresponsive == ("root/lingering",)
    assert report.seconds == pytest.approx(2, abs=0.1)


async def test_a_cycle_is_drained_when_nothing_moves_in_it(autojump_clock: object) -> None:
    there, back = Mailbox[int]("there"), Mailbox[int]("back")

    async def bounce(numbers: Inbox[int], out: Outlet[int]) -> None:
        async for number in numbers:
            await trio.sleep(0.1)
            if number:
                await out.send(number - 1)

    root = Supervisor(
        "root",
        [
            Child("a", bounce, there.inbox(), back.outlet()),
            Child("b", bounce, back.inbox(), there.outlet()),
        ],
    )
    tree = Tree(root)
    await there.send(9)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        report = await tree.drain(100)
    assert report.complete
    assert there.snapshot().acked + back.snapshot().acked == 10


async def test_a_crash_while_draining_still_loses_nothing(autojump_clock: object) -> None:
    box = Mailbox[int]("box")
    seen: list[int] = []

    async def shaky(numbers: Inbox[int]) -> None:
        async for number in numbers:
            await trio.sleep(0.1)
            if number == 2 and numbers.attempts == 0:
                raise ValueError
            seen.append(number)

    await box.send_many([1, 2, 3])
    tree = Tree(Supervisor("root", [Child("shaky", shaky, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        assert (await tree.drain(100)).complete
    assert seen == [1, 2, 3]


async def test_the_tree_reports_that_all_sources_have_ended_and_nothing_waits(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box")
    handled = []

    async def replay(out: Outlet[int]) -> None:
        for n in range(5):
            await trio.sleep(1)
            await out.send(n)

    async def slow(numbers: Inbox[int]) -> None:
        async for number in numbers:
            await trio.sleep(2)
            handled.append(number)

    source = Child("replay", replay, box.outlet())
    root = Supervisor(
        "root",
        [
            source.with_policy(restart=supervisors.Restart.TRANSIENT),
            Child("slow", slow, box.inbox()),
        ],
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.wait_sources_done()
        assert handled == [0, 1, 2, 3, 4]
        assert (await tree.drain(10)).complete


# -- hot configuration -----------------------------------------------------------------------


class Town:
    """Children that a parameter distinguishes."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def live(self, name: str, version: int) -> None:
        self.log.append(f"+{name}{version}")
        if version < 0:
            raise ValueError("no such version")
        ready()
        try:
            await trio.sleep_forever()
        finally:
            self.log.append(f"-{name}{version}")

    def root(self, **versions: int) -> Supervisor:
        children = [self.child(name, version) for name, version in versions.items()]
        return Supervisor("root", children)

    def child(self, name: str, version: int) -> Child:
        return Child(name, self.live, name, version).with_policy(readiness=Readiness.EXPLICIT)


async def test_a_new_configuration_keeps_restarts_adds_and_removes_by_name(
    autojump_clock: object,
) -> None:
    town = Town()
    tree = Tree(town.root(a=1, b=1, c=1))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        town.log.clear()
        changes = await tree.reconfigure(town.root(a=1, b=2, d=1))
        assert town.log == ["-c1", "-b1", "+b2", "+d1"]
        assert [(change.kind, change.path) for change in changes] == [
            (ChangeKind.KEEP, "root/a"),
            (ChangeKind.RESTART, "root/b"),
            (ChangeKind.ADD, "root/d"),
            (ChangeKind.REMOVE, "root/c"),
        ]
        now = tree.snapshot().children
        assert [(child.name, child.state) for child in now] == [
            ("a", State.READY), ("b", State.READY), ("d", State.READY)
        ]  # fmt: skip
        tree.stop()


async def test_a_configuration_whose_start_fails_is_rolled_back(autojump_clock: object) -> None:
    town = Town()
    events: list[Event] = []
    tree = Tree(town.root(a=1, b=1, c=1), subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        town.log.clear()
        with pytest.raises(StartFailed, match="root/d did not start: ValueError: no such version"):
            await tree.reconfigure(town.root(a=1, b=2, d=-1))
        assert town.log == ["-c1", "-b1", "+b2", "+d-1", "-b2", "+b1", "+c1"]
        now = tree.snapshot()
        assert [child.name for child in now.children] == ["a", "b", "c"]
        assert now.ready
        assert now.children[0].incarnation == 1
        await trio.sleep(60)
        assert len(town.log) == 7
        tree.stop()
    assert EventKind.ROLLED_BACK in {event.kind for event in events}


async def test_an_invalid_configuration_changes_nothing(autojump_clock: object) -> None:
    town = Town()
    box = Mailbox[int]("box")
    tree = Tree(town.root(a=1))

    async def read(numbers: Inbox[int]) -> None:
        await trio.sleep_forever()

    doubled = Supervisor("root", [Child("x", read, box.inbox()), Child("y", read, box.inbox())])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with pytest.raises(LocalProtocolError, match="'box' would have two readers: root/x"):
            await tree.reconfigure(doubled)
        with pytest.raises(LocalProtocolError, match="root is 'root' and cannot become 'other'"):
            await tree.reconfigure(Supervisor("other", []))
        assert town.log == ["+a1"]
        tree.stop()


def test_ports_to_the_same_mailboxes_are_no_change() -> None:
    box, other = Mailbox[int]("box"), Mailbox[int]("other")

    def root(out: Mailbox[int]) -> Supervisor:
        return Supervisor("root", [Child("f", forward, box.inbox(), out.outlet())])

    assert [c.kind for c in diff(root(other), root(other))] == [ChangeKind.KEEP]
    assert [c.kind for c in diff(root(other), root(box))] == [ChangeKind.RESTART]


# -- quarantine ------------------------------------------------------------------------------


async def test_a_quarantined_message_can_be_replayed_and_dropped(autojump_clock: object) -> None:
    box, sink = Mailbox[int]("box"), Mailbox[int]("sink")
    poison = {2, 3}

    async def picky(numbers: Inbox[int], out: Outlet[int]) -> None:
        async for number in numbers:
            if number in poison:
                raise PoisonMessage(number)
            await out.send(number)

    tree = Tree(Supervisor("root", [Child("p", picky, box.inbox(), sink.outlet())]))
    await box.send_many([1, 2, 3, 4])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        assert [entry.key for entry in tree.quarantine.entries()] == ["box:1", "box:2"]
        poison.clear()  # as if the code had been mended
        await tree.replay_quarantined("box:1")
        assert tree.quarantine.drop("box:2").message == 3
        await trio.sleep(1)
        with pytest.raises(KeyError, match="nothing in quarantine under 'box:1'"):
            await tree.replay_quarantined("box:1")
        tree.stop()
    assert sink.snapshot().accepted == 3
    assert tree.quarantine.entries() == ()


ERROR = ErrorInfo("builtins.ValueError", "bad", "Traceback …")


def keep(store: FileQuarantine, message_id: int, message: Any = b"payload") -> bool:
    return store.keep(
        mailbox="a/b", message_id=message_id, message=message, attempts=3, error=ERROR
    )


def test_a_file_quarantine_is_there_after_a_restart_of_the_program(tmp_path: Path) -> None:
    assert keep(FileQuarantine(tmp_path), 7, b"line 1\nline 2")
    store = FileQuarantine(tmp_path)
    assert keep(store, 7)  # ids begin again: the older entry is not overwritten
    first, second = store.entries()
    assert (first.key, first.message, first.attempts) == ("a/b:7", b"line 1\nline 2", 3)
    assert (first.error, second.key) == (ERROR, "a/b:7:2")
    assert store.drop("a/b:7").message == b"line 1\nline 2"
    assert [entry.key for entry in store.entries()] == ["a/b:7:2"]
    with pytest.raises(KeyError):
        store.drop("a/b:7")


def test_a_damaged_file_hides_no_other(tmp_path: Path) -> None:
    store = FileQuarantine(tmp_path)
    keep(store, 1)
    (tmp_path / "broken.quarantined").write_bytes(b'{"key": 1')
    assert [entry.message_id for entry in store.entries()] == [1]
    assert [path.name for path in store.damaged()] == ["broken.quarantined"]


def test_objects_need_a_codec_to_go_to_disk_and_wait_in_memory_without(tmp_path: Path) -> None:
    plain = FileQuarantine(tmp_path / "plain")
    assert keep(plain, 1, {"price": 1})
    assert plain.waiting_in_memory == 1
    assert isinstance(plain.last_failure, TypeError)
    store = FileQuarantine(
        tmp_path / "json", encode=lambda value: json.dumps(value).encode(), decode=json.loads
    )
    assert keep(store, 1, {"price": 1})
    assert (store.waiting_in_memory, store.entries()[0].message) == (0, {"price": 1})


def test_a_full_store_says_so(tmp_path: Path) -> None:
    store = FileQuarantine(tmp_path, capacity=1, memory_capacity=1)
    assert [keep(store, n) for n in range(3)] == [True, True, False]
    store.drop("a/b:0")
    assert store.write_waiting() == 0  # the one in memory moved to the disk


# -- the tree as data, events, watchdog ------------------------------------------------------


async def test_the_tree_as_data_says_what_an_operator_asks(autojump_clock: object) -> None:
    first, second = Mailbox[int]("first"), Mailbox[int]("second")
    root = Supervisor(
        "root", [Supervisor("in", [Child("f", forward, first.inbox(), second.outlet())])]
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await first.send_many([1, 2])
        await trio.sleep(3)
        data = attrs.asdict(
            tree.snapshot(), value_serializer=lambda i, f, v: getattr(v, "value", v)
        )
        assert json.loads(json.dumps(data))["children"][0]["path"] == "root/in"
        child = tree.snapshot().children[0].children[0]
        assert (child.path, child.state, child.incarnation) == ("root/in/f", State.READY, 1)
        assert child.since_seconds == pytest.approx(3)
        assert [(box.name, box.waiting, box.acked) for box in child.inboxes] == [("first", 0, 2)]
        assert child.outlets == ("second",)
        assert {box.name for box in tree.mailboxes} == {"first", "second"}
        tree.stop()


async def test_partitioned_children_see_every_key_in_order_and_always_the_same_one(
    autojump_clock: object,
) -> None:
    shares = Partitions[tuple[str, int]]("pool", 3, key=lambda message: message[0])
    seen: dict[str, list[tuple[str, int]]] = {}

    async def work(messages: Inbox[tuple[str, int]], name: str) -> None:
        async for message in messages:
            seen.setdefault(name, []).append(message)

    children = shares.children(lambda name, inbox: Child(name, work, inbox, name))
    tree = Tree(Supervisor("root", children))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        messages = [(key, n) for n in range(10) for key in "abcdefgh"]
        await shares.outlet().send_many(messages)
        await wait_all_tasks_blocked()
        tree.stop()
    assert sum(len(part) for part in seen.values()) == 80
    for name, part in seen.items():
        assert {partition_of(key, 3) for key, _ in part} == {int(name[-1])}
        for key in {key for key, _ in part}:
            assert [n for k, n in part if k == key] == list(range(10))


async def test_the_watchdog_dumps_the_line_that_blocks_and_reports_after_recovery(
    tmp_path: Path,
) -> None:
    events: list[Event] = []
    with (tmp_path / "stacks").open("w+") as stacks:
        watchdog = Watchdog(warn_after_seconds=0.2, exit_after_seconds=None, stacks_to=stacks)

        async def block() -> None:
            await trio.sleep(0.05)
            time.sleep(0.8)  # noqa: ASYNC251  this is what the watchdog is for
            await trio.sleep_forever()

        tree = Tree(
            Supervisor("root", [Child("b", block)]),
            watchdog=watchdog,
            subscribers=[events.append],
        )
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                await nursery.start(tree.run)
                while not any(e.kind is EventKind.LOOP_RECOVERED for e in events):  # noqa: ASYNC110
                    await trio.sleep(0.01)
                tree.stop()
        stacks.seek(0)
        assert "in block" in stacks.read()
    assert watchdog.blocked_count >= 1  # more when the machine itself stands still
    kinds = [e.kind for e in events if e.kind.value.startswith("loop")]
    assert kinds[:2] == [EventKind.LOOP_BLOCKED, EventKind.LOOP_RECOVERED]


async def test_the_watchdog_is_quiet_while_the_loop_comes_round() -> None:
    with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230
        watchdog = Watchdog(warn_after_seconds=0.4, exit_after_seconds=None, stacks_to=nowhere)

        longest = 0.0  # round of the loop, as it saw itself: a busy machine may hold it up

        async def busy() -> None:
            nonlocal longest
            before = time.monotonic()
            while True:
                await trio.lowlevel.checkpoint()
                before, now = time.monotonic(), before
                longest = max(longest, before - now)

        with trio.move_on_after(1.0):
            await Tree(Supervisor("root", [Child("b", busy)]), watchdog=watchdog).run()
    assert watchdog.blocked_count == 0 or longest >= 0.4


def test_the_public_surface_is_what_all_says() -> None:
    public = {name for name in vars(supervisors) if not name.startswith("_")}
    assert public == set(supervisors.__all__)


async def test_a_source_whose_restart_is_pending_does_not_hold_up_a_drain(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box")
    starts = 0

    async def flaky(out: Outlet[int]) -> None:
        nonlocal starts
        starts += 1
        await out.send(starts)
        raise supervisors.TransientFailure("node is away")

    async def read(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            pass

    slow = supervisors.Backoff(initial_seconds=20, max_seconds=20, free_restarts=0)
    root = Supervisor(
        "root",
        [
            Child("flaky", flaky, box.outlet()).with_policy(backoff=slow),
            Child("read", read, box.inbox()),
        ],
    )

    class Longest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    tree = Tree(root, rng=Longest())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(30)
        report = await tree.drain(100)
    assert report.complete
    assert report.seconds < 1
    assert starts == 2


async def test_an_actor_stuck_on_one_message_crashes_and_the_message_is_quarantined(
    autojump_clock: object,
) -> None:
    box = Mailbox[str]("box")
    done: list[str] = []

    async def work(messages: Inbox[str]) -> None:
        async for message in messages:
            if message == "tar":
                await trio.sleep_forever()
            await trio.sleep(4)
            done.append(message)

    child = Child("work", work, box.inbox()).with_policy(step_timeout_seconds=5)
    tree = Tree(Supervisor("root", [child]))
    await box.send_many(["a", "tar", "b"])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(6)
        age = tree.snapshot().children[0].inboxes[0].oldest_age_seconds
        assert age == pytest.approx(6)  # the message in hand counts
        await trio.sleep(60)
        tree.stop()
    assert done == ["a", "b"]
    (kept,) = tree.quarantine.entries()
    assert (kept.message, kept.attempts) == ("tar", 3)
    assert "works on message 1 of 'box'" in kept.error.message


async def test_an_actor_with_heavy_steps_lets_others_run_after_each() -> None:
    box = Mailbox[int]("box")
    await box.send_many(range(10))
    order: list[str] = []

    async def heavy(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            order.append("heavy")
            time.sleep(0.002)  # noqa: ASYNC251  work that holds the loop
            if len(order) >= 15:
                tree.stop()

    async def light() -> None:
        while True:
            order.append("light")
            await trio.lowlevel.checkpoint()

    tree = Tree(Supervisor("root", [Child("h", heavy, box.inbox()), Child("l", light)]))
    await tree.run()
    assert "heavy,heavy,heavy" not in ",".join(order[:15])  # then the light one stops first
