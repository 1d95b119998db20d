"""The supervisor does what OTP's does: each row is read from erlang/otp supervisor.erl.

`+a` is a start of child a, `-a` a stop asked for by the supervisor. A child's own crash or
return leaves no mark.
"""

from __future__ import annotations

import random

import attrs
import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    AutoShutdown,
    Backoff,
    Child,
    EventKind,
    IntensityExceeded,
    Readiness,
    Restart,
    StartFailed,
    StartTimeout,
    State,
    Strategy,
    Supervisor,
    Tree,
)

ONE, ALL, REST = Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE
P, T, X = Restart.PERMANENT, Restart.TRANSIENT, Restart.TEMPORARY


class Ceiling(random.Random):
    """Draws the longest delay."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Boom(Exception):
    """A crash on request."""


class Stage:
    """Actors that do what the test tells them, and a log of what happened to them."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self._orders: dict[str, trio.Event] = {}
        self._order: dict[str, str] = {}
        self.failing_starts: dict[str, int] = {}

    async def play(self, name: str) -> None:
        if self.failing_starts.get(name, 0) > 0:
            self.failing_starts[name] -= 1
            self.log.append(f"!{name}")
            raise Boom(name)
        self.log.append(f"+{name}")
        from supervisors import ready

        ready()
        self._orders[name] = trio.Event()
        try:
            await self._orders[name].wait()
        except trio.Cancelled:
            self.log.append(f"-{name}")
            raise
        if self._order[name] == "crash":
            raise Boom(name)

    def tell(self, name: str, order: str) -> None:
        self._order[name] = order
        self._orders[name].set()

    def child(self, name: str, restart: Restart = P, *, significant: bool = False) -> Child:
        child = Child(name, self.play, name).with_policy(
            restart=restart, backoff=NO_BACKOFF, readiness=Readiness.EXPLICIT
        )
        return child.with_policy(significant=True) if significant else child


@attrs.frozen
class Row:
    """One behaviour: who does what, and which starts and stops follow."""

    strategy: Strategy
    restarts: tuple[Restart, Restart, Restart]
    orders: tuple[tuple[str, str], ...]
    then: tuple[str, ...]
    left: tuple[str, ...] = ("a", "b", "c")


TABLE = [
    Row(ONE, (P, P, P), (("b", "crash"),), ("+b",)),
    Row(ONE, (P, P, P), (("b", "return"),), ("+b",)),
    Row(ONE, (P, T, P), (("b", "crash"),), ("+b",)),
    Row(ONE, (P, T, P), (("b", "return"),), ()),
    Row(ONE, (P, X, P), (("b", "crash"),), (), ("a", "c")),
    Row(ONE, (P, X, P), (("b", "return"),), (), ("a", "c")),
    Row(ALL, (P, P, P), (("b", "crash"),), ("-c", "-a", "+a", "+b", "+c")),
    Row(ALL, (P, P, P), (("b", "return"),), ("-c", "-a", "+a", "+b", "+c")),
    Row(ALL, (P, T, P), (("b", "return"),), ()),
    Row(ALL, (P, T, P), (("b", "crash"),), ("-c", "-a", "+a", "+b", "+c")),
    Row(ALL, (P, X, P), (("b", "crash"),), (), ("a", "c")),
    Row(ALL, (P, P, X), (("b", "crash"),), ("-c", "-a", "+a", "+b"), ("a", "b")),
    # start_children starts every child of the list, one that had ended normally too
    Row(ALL, (P, P, T), (("c", "return"), ("a", "crash")), ("-b", "+a", "+b", "+c")),
    Row(REST, (P, P, P), (("a", "crash"),), ("-c", "-b", "+a", "+b", "+c")),
    Row(REST, (P, P, P), (("b", "crash"),), ("-c", "+b", "+c")),
    Row(REST, (P, P, P), (("c", "crash"),), ("+c",)),
    Row(REST, (P, P, P), (("b", "return"),), ("-c", "+b", "+c")),
    Row(REST, (P, T, P), (("b", "return"),), ()),
    Row(REST, (P, X, P), (("b", "crash"),), (), ("a", "c")),
    Row(REST, (P, P, X), (("a", "crash"),), ("-c", "-b", "+a", "+b"), ("a", "b")),
    Row(REST, (T, P, P), (("a", "crash"),), ("-c", "-b", "+a", "+b", "+c")),
]


def _name(row: Row) -> str:
    kinds = "".join(restart.value[:4] + "." for restart in row.restarts)
    return f"{row.strategy.value}-{kinds}-{'-'.join(f'{n}_{o}' for n, o in row.orders)}"


@pytest.mark.parametrize("row", TABLE, ids=_name)
async def test_siblings_restart_as_in_otp(row: Row, autojump_clock: object) -> None:
    stage = Stage()
    names = zip("abc", row.restarts, strict=True)
    root = Supervisor(
        "root", [stage.child(name, restart) for name, restart in names], strategy=row.strategy
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        assert stage.log == ["+a", "+b", "+c"]
        stage.log.clear()
        for name, order in row.orders:
            stage.tell(name, order)
            await trio.sleep(0.1)
        assert tuple(stage.log) == row.then
        assert tuple(child.name for child in tree.snapshot().children) == row.left
        tree.stop()


async def test_children_start_left_to_right_and_stop_right_to_left(autojump_clock: object) -> None:
    stage = Stage()
    inner = Supervisor("inner", [stage.child("b"), stage.child("c")])
    tree = Tree(Supervisor("root", [stage.child("a"), inner, stage.child("d")]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        tree.stop()
    assert stage.log == ["+a", "+b", "+c", "+d", "-d", "-c", "-b", "-a"]


async def test_a_cancelled_tree_stops_in_order_and_lets_the_cancellation_pass(
    autojump_clock: object,
) -> None:
    stage = Stage()
    tree = Tree(Supervisor("root", [stage.child("a"), stage.child("b"), stage.child("c")]))
    with trio.move_on_after(1) as scope:
        await tree.run()
    assert scope.cancelled_caught
    assert stage.log == ["+a", "+b", "+c", "-c", "-b", "-a"]


@pytest.mark.parametrize("intensity", [0, 1, 3])
async def test_restart_number_intensity_plus_one_within_the_period_stops_the_supervisor(
    intensity: int, autojump_clock: object
) -> None:
    stage = Stage()
    root = Supervisor(
        "root", [stage.child("a"), stage.child("b")], intensity=intensity, period_seconds=5.0
    )
    tree = Tree(root)
    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012  the tree fails while the nursery runs
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            for _ in range(intensity + 1):
                stage.tell("b", "crash")
                await trio.sleep(0.1)
            await trio.sleep(60)
    (error,) = caught.value.exceptions
    assert isinstance(error, IntensityExceeded)
    assert isinstance(error.__cause__, Boom)
    assert stage.log == ["+a", *["+b"] * (intensity + 1), "-a"]


async def test_restarts_further_apart_than_the_period_never_stop_the_supervisor(
    autojump_clock: object,
) -> None:
    stage = Stage()
    tree = Tree(Supervisor("root", [stage.child("a")], intensity=1, period_seconds=5.0))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for _ in range(20):
            stage.tell("a", "crash")
            await trio.sleep(5.1)
        assert stage.log == ["+a"] * 21
        tree.stop()


async def test_a_failed_initial_start_stops_the_started_siblings_in_reverse_and_fails(
    autojump_clock: object,
) -> None:
    stage = Stage()
    stage.failing_starts["c"] = 1
    children = [stage.child(name) for name in "abcd"]
    with pytest.raises(StartFailed) as caught:
        await Tree(Supervisor("root", children)).run()
    assert isinstance(caught.value.__cause__, Boom)
    assert stage.log == ["+a", "+b", "!c", "-b", "-a"]


async def test_a_child_that_is_not_ready_in_time_has_failed_its_start(
    autojump_clock: object,
) -> None:
    async def never_ready() -> None:
        await trio.sleep_forever()

    slow = Child("slow", never_ready).with_policy(
        readiness=Readiness.EXPLICIT, start_timeout_seconds=3
    )
    began = trio.current_time()
    with pytest.raises(StartTimeout, match="root/slow: not ready within 3 s"):
        await Tree(Supervisor("root", [slow])).run()
    assert trio.current_time() - began == pytest.approx(3)


@pytest.mark.parametrize("strategy", [ONE, ALL, REST])
async def test_a_failed_restart_is_tried_again_and_each_try_counts(
    strategy: Strategy, autojump_clock: object
) -> None:
    stage = Stage()
    root = Supervisor("root", [stage.child("a")], strategy=strategy, intensity=3)
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.failing_starts["a"] = 2
        stage.tell("a", "crash")  # restart 1 fails, restart 2 fails, restart 3 holds
        await trio.sleep(0.1)
        assert stage.log == ["+a", "!a", "!a", "+a"]
        tree.stop()


async def test_a_failed_restart_of_one_for_all_starts_the_rest_only_after_it_held(
    autojump_clock: object,
) -> None:
    stage = Stage()
    tree = Tree(Supervisor("root", [stage.child("a"), stage.child("b")], strategy=ALL))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.log.clear()
        stage.failing_starts["a"] = 2
        stage.tell("b", "crash")
        await trio.sleep(0.1)
        assert stage.log == ["-a", "!a", "!a", "+a", "+b"]
        tree.stop()


async def test_an_exceeded_intensity_is_a_failure_that_a_transient_parent_restarts(
    autojump_clock: object,
) -> None:
    """OTP ends with `shutdown` here, so that a transient supervisor stays away for ever."""
    stage = Stage()
    inner = Supervisor("inner", [stage.child("b")], intensity=0, restart=Restart.TRANSIENT)
    tree = Tree(Supervisor("root", [stage.child("a"), inner]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.tell("b", "crash")
        await trio.sleep(0.1)
        assert stage.log == ["+a", "+b", "+b"]
        inner_now = tree.snapshot().children[1]
        assert (inner_now.state, inner_now.incarnation) == (State.READY, 2)
        assert inner_now.last_error is not None
        assert inner_now.last_error.type.endswith("IntensityExceeded")
        tree.stop()


@pytest.mark.parametrize(
    ("auto_shutdown", "ends_after"),
    [
        (AutoShutdown.NEVER, None),
        (AutoShutdown.ANY_SIGNIFICANT, 1),
        (AutoShutdown.ALL_SIGNIFICANT, 2),
    ],
)
async def test_significant_children_that_end_by_themselves_end_the_supervisor(
    auto_shutdown: AutoShutdown, ends_after: int | None, autojump_clock: object
) -> None:
    stage = Stage()
    inner = Supervisor(
        "inner",
        [
            stage.child("a", T, significant=True),
            stage.child("b", X, significant=True),
            stage.child("c"),
        ],
        auto_shutdown=auto_shutdown,
        restart=Restart.TRANSIENT,
    )
    tree = Tree(Supervisor("root", [inner]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for number, name in enumerate("ab", start=1):
            stage.tell(name, "return")
            await trio.sleep(0.1)
            ended = tree.snapshot().children[0].state is State.ENDED
            assert ended == (ends_after is not None and number >= ends_after)
            if ended:
                break
        tree.stop()


@pytest.mark.parametrize(
    ("restart", "order", "ends"),
    [(T, "crash", False), (T, "return", True), (X, "crash", True), (X, "return", True)],
)
async def test_an_end_is_one_by_itself_unless_the_child_is_restarted(
    restart: Restart, order: str, ends: bool, autojump_clock: object
) -> None:
    stage = Stage()
    inner = Supervisor(
        "inner",
        [stage.child("a", restart, significant=True), stage.child("b")],
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
        restart=Restart.TRANSIENT,
    )
    tree = Tree(Supervisor("root", [inner]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.tell("a", order)
        await trio.sleep(0.1)
        assert (tree.snapshot().children[0].state is State.ENDED) == ends
        assert stage.log == (["+a", "+b", "-b"] if ends else ["+a", "+b", "+a"])
        tree.stop()


async def test_a_supervisor_looks_after_the_others_while_a_restart_is_pending(
    autojump_clock: object,
) -> None:
    """OTP keeps retrying a failed restart and stays responsive; here a backoff passes, too."""
    stage = Stage()
    slow = Backoff(initial_seconds=50, max_seconds=50, free_restarts=0)
    children = [stage.child("a").with_policy(backoff=slow), stage.child("b"), stage.child("c")]
    tree = Tree(Supervisor("root", children), rng=Ceiling())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.log.clear()
        stage.tell("a", "crash")
        await trio.sleep(0.1)
        assert tree.snapshot().children[0].state is State.BACKOFF
        stage.tell("b", "crash")
        await trio.sleep(0.1)
        await tree.add_child("root", stage.child("d"))
        await tree.remove_child("root", "c")
        assert stage.log == ["+b", "+d", "-c"]
        await trio.sleep(50)
        assert stage.log == ["+b", "+d", "-c", "+a"]
        tree.stop()


@pytest.mark.parametrize("strategy", [ALL, REST])
async def test_a_crash_during_a_pending_group_restart_begins_it_anew_and_once(
    strategy: Strategy, autojump_clock: object
) -> None:
    stage = Stage()
    slow = Backoff(initial_seconds=50, max_seconds=50, free_restarts=0)
    children = [stage.child(name).with_policy(backoff=slow) for name in "abc"]
    tree = Tree(Supervisor("root", children, strategy=strategy), rng=Ceiling())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.log.clear()
        stage.tell("b", "crash")
        await trio.sleep(1)
        down = ["-c", "-a"] if strategy is ALL else ["-c"]
        assert stage.log == down
        if strategy is REST:
            stage.tell("a", "crash")  # takes along what waits for its own restart
        await trio.sleep(60)
        assert stage.log == [*down, "+a", "+b", "+c"]
        await trio.sleep(200)
        assert stage.log == [*down, "+a", "+b", "+c"]
        tree.stop()


@pytest.mark.parametrize("removed", ["a", "b", "c"])
async def test_removing_one_of_a_group_that_waits_to_restart_leaves_the_others_waiting(
    removed: str, autojump_clock: object
) -> None:
    stage = Stage()
    slow = Backoff(initial_seconds=50, max_seconds=50, free_restarts=0)
    children = [stage.child(name).with_policy(backoff=slow) for name in "abc"]
    tree = Tree(Supervisor("root", children, strategy=ALL), rng=Ceiling())
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.tell("b", "crash")
        await trio.sleep(1)
        stage.log.clear()
        await tree.remove_child("root", removed)
        await trio.sleep(100)
        assert stage.log == [f"+{name}" for name in "abc" if name != removed]
        assert tree.ready
        tree.stop()


async def test_restarts_count_in_a_window_of_any_fraction_of_a_second(
    autojump_clock: object,
) -> None:
    stage = Stage()
    root = Supervisor("root", [stage.child("a")], intensity=2, period_seconds=0.25)
    tree = Tree(root)
    with pytest.raises(ExceptionGroup):  # noqa: PT012  the tree fails while the nursery runs
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            for _ in range(10):  # two in any quarter of a second
                stage.tell("a", "crash")
                await trio.sleep(0.125 + 0.001)
            assert stage.log == ["+a"] * 11
            for _ in range(3):
                stage.tell("a", "crash")
                await trio.sleep(0.05)
    assert stage.log == ["+a"] * 12


async def test_a_significant_child_taken_down_by_a_sibling_does_not_count(
    autojump_clock: object,
) -> None:
    stage = Stage()
    inner = Supervisor(
        "inner",
        [stage.child("a"), stage.child("b", X, significant=True)],
        strategy=ALL,
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
    )
    tree = Tree(Supervisor("root", [inner]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        stage.tell("a", "crash")
        await trio.sleep(0.1)
        assert tree.snapshot().children[0].state is State.READY
        assert stage.log == ["+a", "+b", "-b", "+a"]
        tree.stop()


async def test_children_added_while_running_are_restarted_and_forgotten_with_their_supervisor(
    autojump_clock: object,
) -> None:
    stage = Stage()
    inner = Supervisor("inner", [stage.child("a")], intensity=1)
    tree = Tree(Supervisor("root", [inner]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.add_child("root/inner", stage.child("d"))
        await trio.sleep(0.1)
        stage.tell("d", "crash")
        await trio.sleep(0.1)
        assert stage.log == ["+a", "+d", "+d"]
        stage.tell("a", "crash")  # exceeds the intensity: inner starts afresh
        await trio.sleep(0.1)
        assert stage.log[3:] == ["-d", "+a"]
        tree.stop()


async def test_a_removed_child_is_stopped_and_gone(autojump_clock: object) -> None:
    stage = Stage()
    kinds: list[tuple[EventKind, str]] = []
    tree = Tree(
        Supervisor("root", [stage.child("a"), stage.child("b")]),
        subscribers=[lambda event: kinds.append((event.kind, event.path))],
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.remove_child("root", "a")
        assert stage.log == ["+a", "+b", "-a"]
        assert [child.name for child in tree.snapshot().children] == ["b"]
        tree.stop()
    assert (EventKind.REMOVED, "root/a") in kinds


async def test_children_that_stop_together_share_the_time(autojump_clock: object) -> None:
    async def slow_to_stop() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)

    children = [Child(f"c{n}", slow_to_stop) for n in range(50)]
    tree = Tree(Supervisor("root", children, stop_together=True))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        began = trio.current_time()
        tree.stop()
    assert trio.current_time() - began == pytest.approx(2)
