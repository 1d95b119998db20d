"""A tree is moved to a new configuration by one at a time, as a whole or not at all, and what is
the same in it notices nothing.
"""

from __future__ import annotations

import random

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    AutoShutdown,
    Backoff,
    ChangeKind,
    Child,
    Event,
    EventKind,
    Inbox,
    LocalProtocolError,
    Mailbox,
    PoisonMessage,
    Readiness,
    Restart,
    StartFailed,
    State,
    Strategy,
    Supervisor,
    Tree,
    ready,
)


async def idle() -> None:
    await trio.sleep_forever()


async def idle_too() -> None:
    await trio.sleep_forever()


async def test_a_new_child_with_the_name_of_a_dynamic_one_is_refused(
    autojump_clock: object,
) -> None:
    tree = Tree(Supervisor("root", [Child("a", idle)]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root", Child("b", idle))
        with pytest.raises(LocalProtocolError, match="root/b was added while running"):
            await tree.reconfigure(Supervisor("root", [Child("a", idle), Child("b", idle_too)]))
        await trio.sleep(1)
        assert [child.name for child in tree.snapshot().children] == ["a", "b"]
        tree.stop()


async def test_two_configurations_at_once_come_one_after_the_other(
    autojump_clock: object,
) -> None:
    running: list[str] = []

    async def run_slowly(name: str) -> None:
        running.append(name)
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            running.remove(name)

    tree = Tree(Supervisor("root", [Child("a", run_slowly, "old")]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        async with trio.open_nursery() as both:
            for name in ("one", "two"):
                both.start_soon(
                    tree.reconfigure, Supervisor("root", [Child("a", run_slowly, name)])
                )
        assert len(running) == 1
        assert [child.state for child in tree.snapshot().children] == [State.READY]
        tree.stop()


class Town:
    """Children that end, or not, and a log of their starts and stops."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def live(self, name: str) -> None:
        self.log.append(f"+{name}")
        try:
            await trio.sleep_forever()
        finally:
            self.log.append(f"-{name}")

    async def finish(self, name: str) -> None:
        self.log.append(f"+{name}")

    async def fail(self, name: str) -> None:
        self.log.append(f"+{name}")
        raise ValueError("it cannot be")

    def once(self, name: str, *, fails: bool = False, argument: str = "") -> Child:
        actor = self.fail if fails else self.finish
        return Child(name, actor, argument or name).with_policy(restart=Restart.TEMPORARY)

    def finished_supervisor(self) -> Supervisor:
        last = Child("last", self.finish, "last")
        return Supervisor(
            "inner",
            [
                last.with_policy(restart=Restart.TRANSIENT, significant=True),
                Child("along", self.live, "along"),
            ],
            auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
            restart=Restart.TRANSIENT,
        )

    def root(self, *more: Child | Supervisor, argument: str = "") -> Supervisor:
        return Supervisor(
            "root",
            [
                self.once("temporary", argument=argument),
                self.once("failed", fails=True),
                Child("transient", self.finish, "transient").with_policy(restart=Restart.TRANSIENT),
                self.finished_supervisor(),
                Child("a", self.live, "a"),
                *more,
            ],
        )


async def test_what_has_finished_stays_finished_under_the_same_configuration(
    autojump_clock: object,
) -> None:
    town = Town()
    tree = Tree(town.root())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        before = tree.snapshot()
        assert [(child.name, child.state) for child in before.children] == [
            ("transient", State.ENDED), ("inner", State.ENDED), ("a", State.READY)
        ]  # fmt: skip
        town.log.clear()
        for _ in range(2):
            changes = await tree.reconfigure(town.root())
            assert {change.kind for change in changes} == {ChangeKind.KEEP}
            await trio.sleep(1)
        assert town.log == []
        assert [child.incarnation for child in tree.snapshot().children] == [1, 1, 1]
        changes = await tree.reconfigure(town.root(argument="temporary 2"))
        assert (ChangeKind.RESTART, "root/temporary") in [(c.kind, c.path) for c in changes]
        assert town.log == ["+temporary 2"]
        tree.stop()


async def test_a_rollback_does_not_run_again_what_had_finished(autojump_clock: object) -> None:
    town = Town()
    tree = Tree(town.root())
    broken = Child("broken", town.fail, "broken").with_policy(readiness=Readiness.EXPLICIT)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(1)
        town.log.clear()
        for new in (
            town.root(broken),
            town.root(broken, argument="temporary 2"),
            Supervisor("root", [Child("a", town.live, "a"), broken]),
        ):
            with pytest.raises(
                StartFailed, match="root/broken did not start: ValueError: it cannot be"
            ):
                await tree.reconfigure(new)
            await trio.sleep(1)
        ran_again = {"+temporary", "+failed"} & set(town.log)
        assert not ran_again
        assert "-a" not in town.log
        assert tree.snapshot().children[-1].name == "a"
        tree.stop()


async def test_what_was_removed_by_hand_comes_back_with_a_configuration_that_has_it(
    autojump_clock: object,
) -> None:
    town = Town()
    root = Supervisor("root", [Child(name, town.live, name) for name in "ab"])
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.remove_child("root", "b")
        changes = await tree.reconfigure(root)
        assert [(change.kind, change.path) for change in changes] == [
            (ChangeKind.KEEP, "root/a"), (ChangeKind.ADD, "root/b")
        ]  # fmt: skip
        assert town.log == ["+a", "+b", "-b", "+b"]
        tree.stop()


async def test_a_mailbox_changes_hands_between_supervisors(autojump_clock: object) -> None:
    """All stops come before all starts: the new reader never meets the old one."""
    box = Mailbox[int]("box")
    read_by: list[str] = []

    async def read(inbox: Inbox[int], name: str) -> None:
        async for _ in inbox:
            read_by.append(name)

    def root(place: str) -> Supervisor:
        reader = Child("reader", read, box.inbox(), place)
        return Supervisor(
            "root",
            [Supervisor(name, [reader] if name == place else [], intensity=0) for name in "xyz"],
        )

    tree = Tree(root("y"))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for place in "xzy":
            await box.send(1)
            await trio.sleep(1)
            await tree.reconfigure(root(place))
        tree.stop()
    assert read_by == ["y", "x", "z"]


async def test_settings_of_a_supervisor_change_in_place(autojump_clock: object) -> None:
    town = Town()
    order: list[str] = []

    async def crash_on_order() -> None:
        order.append("a")
        while "crash" not in order:  # noqa: ASYNC110
            await trio.sleep(0.1)
        order.remove("crash")
        raise ValueError

    def root(strategy: Strategy) -> Supervisor:
        first = Child("first", crash_on_order).with_policy(backoff=NO_BACKOFF)
        inner = Supervisor("inner", [first, Child("b", town.live, "b")], strategy=strategy)
        return Supervisor("root", [inner])

    tree = Tree(root(Strategy.ONE_FOR_ONE))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        changes = await tree.reconfigure(root(Strategy.ONE_FOR_ALL))
        assert {change.kind for change in changes} == {ChangeKind.KEEP}
        assert (town.log, order) == (["+b"], ["a"])
        order.append("crash")
        await trio.sleep(1)
        assert (town.log, order) == (["+b", "-b", "+b"], ["a", "a"])
        tree.stop()


async def test_a_new_mailbox_has_its_quarantine_before_its_reader_starts(
    autojump_clock: object,
) -> None:
    box = Mailbox[str]("box")
    await box.send("bad")

    async def picky(inbox: Inbox[str]) -> None:
        async for message in inbox:
            raise PoisonMessage(message)

    async def slow() -> None:
        await trio.sleep(5)
        ready()
        await trio.sleep_forever()

    events: list[Event] = []
    tree = Tree(Supervisor("root", []), subscribers=[events.append])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        late = Child("slow", slow).with_policy(readiness=Readiness.EXPLICIT)
        await tree.reconfigure(Supervisor("root", [Child("picky", picky, box.inbox()), late]))
        assert [entry.message for entry in tree.quarantine.entries()] == ["bad"]
        tree.stop()
    added = [event.path for event in events if event.kind is EventKind.ADDED]
    assert added == ["root/picky", "root/slow"]


async def test_an_actor_that_starts_in_a_reconfiguration_may_add_children(
    autojump_clock: object,
) -> None:
    tree = Tree(Supervisor("root", [Supervisor("pool", [])]))

    async def manager() -> None:
        await tree.add_child("root/pool", Child("worker", idle))
        ready()
        await trio.sleep_forever()

    child = Child("manager", manager).with_policy(
        readiness=Readiness.EXPLICIT, start_timeout_seconds=5
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.reconfigure(Supervisor("root", [Supervisor("pool", []), child]))
        assert tree.ready
        assert [node.name for node in tree.snapshot().children[0].children] == ["worker"]
        tree.stop()


async def test_a_configuration_is_checked_with_the_children_added_while_running(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box")

    async def read(inbox: Inbox[int]) -> None:
        async for _ in inbox:
            pass

    tree = Tree(Supervisor("root", [Child("a", idle)]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root", Supervisor("d", [Child("reader", read, box.inbox())]))
        before = tree.snapshot()
        with pytest.raises(LocalProtocolError, match="two readers: root/b and root/d/reader"):
            await tree.reconfigure(Supervisor("root", [Child("b", read, box.inbox())]))
        assert tree.snapshot() == before
        tree.stop()


@pytest.mark.parametrize("stuck", ["a", "b", "c"])
async def test_a_tree_that_is_still_starting_can_be_moved_on(
    stuck: str, autojump_clock: object
) -> None:
    """The child that holds up the start goes; each of the others starts once."""
    town = Town()
    hangs = Child(stuck, idle).with_policy(readiness=Readiness.EXPLICIT, start_timeout_seconds=999)
    others = [Child(name, town.live, name) for name in "abc" if name != stuck]
    by_name = {child.name: child for child in [*others, hangs]}
    tree = Tree(Supervisor("root", [by_name[name] for name in "abc"]))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tree.run)
        await trio.sleep(1)
        await tree.reconfigure(Supervisor("root", others))
        with trio.fail_after(30):
            await tree.wait_ready()
        assert tree.snapshot().state is State.READY
        assert sorted(town.log) == [f"+{child.name}" for child in others]
        tree.stop()


async def test_a_restart_that_is_pending_survives_a_reconfiguration_of_its_neighbours(
    autojump_clock: object,
) -> None:
    town = Town()
    starts: list[str] = []

    async def crash_once() -> None:
        starts.append("x")
        if len(starts) == 1:
            await trio.sleep(1)
            raise ValueError
        await trio.sleep_forever()

    slow = Backoff(initial_seconds=50, max_seconds=50, free_restarts=0)
    crasher = Child("x", crash_once).with_policy(backoff=slow)

    def root(*names: str) -> Supervisor:
        others = [Child(name, town.live, name) for name in names]
        return Supervisor("root", [crasher, *others], strategy=Strategy.ONE_FOR_ALL)

    class Ceiling(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    tree = Tree(root("a", "b"), rng=Ceiling())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(2)
        town.log.clear()
        await tree.reconfigure(root("b"))
        assert starts == ["x"]
        await trio.sleep(60)
        assert (starts, town.log) == (["x", "x"], ["+b"])
        assert tree.ready
        tree.stop()
