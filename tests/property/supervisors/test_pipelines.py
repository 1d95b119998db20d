"""The output of a pipeline under random crashes equals the undisturbed output, exactly."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import attrs
import deterministic
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from supervisors import (
    Backoff,
    Cell,
    Child,
    CrashPoint,
    Inbox,
    Mailbox,
    Outlet,
    Restart,
    ScheduledFaults,
    Strategy,
    Supervisor,
    Tree,
    step,
)

COUNT = 24
EXAMPLES = settings(max_examples=60, deadline=None)


async def source(numbers: Outlet[int], progress: Cell[int]) -> None:
    while progress.value < COUNT:
        async with step():
            n = progress.value
            await numbers.send(n)
            progress.set(n + 1)


async def one_by_one(numbers: Inbox[int], out: Outlet[int], attempts: list[int]) -> None:
    async for n in numbers:
        attempts.append(numbers.attempts)
        await out.send(2 * n)
        await trio.lowlevel.checkpoint()
        await out.send(2 * n + 1)


async def in_batches(numbers: Inbox[int], out: Outlet[int], attempts: list[int]) -> None:
    async for batch in numbers.batches(5):
        attempts.append(numbers.attempts)
        await out.send_many([2 * n for n in batch for n in (n, n)])
        await trio.lowlevel.checkpoint()


async def slow(numbers: Inbox[int], out: Outlet[int], attempts: list[int]) -> None:
    async for n in numbers:
        attempts.append(numbers.attempts)
        await trio.sleep(0.01)
        await out.send(-n)


async def sink(numbers: Inbox[int], seen: Cell[tuple[int, ...]]) -> None:
    async for n in numbers:
        seen.set((*seen.value, n))


STAGES: dict[str, tuple[Callable[..., Any], Callable[[int], list[int]]]] = {
    "one_by_one": (one_by_one, lambda n: [2 * n, 2 * n + 1]),
    "in_batches": (in_batches, lambda n: [2 * n, 2 * n]),
    "slow": (slow, lambda n: [-n]),
}


@attrs.frozen
class Plan:
    """A random pipeline and what goes wrong in it."""

    seed: int
    stages: tuple[str, ...]
    capacities: tuple[int, ...]
    strategy: Strategy
    groups: tuple[tuple[int, int, Strategy], ...]  # from where, how many, under which strategy
    faults: frozenset[tuple[int, CrashPoint, int]]
    checkpoints: tuple[frozenset[int], ...]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    stages = tuple(draw(st.lists(st.sampled_from(sorted(STAGES)), min_size=1, max_size=3)))
    actors = len(stages) + 2
    fault = st.tuples(
        st.integers(0, actors - 1), st.sampled_from(list(CrashPoint)), st.integers(2, 40)
    )
    numbers = st.frozensets(st.integers(1, 150), max_size=4)
    group = st.tuples(
        st.integers(0, actors), st.integers(0, actors), st.sampled_from(list(Strategy))
    )
    return Plan(
        seed=draw(st.integers(0, 2**32)),
        stages=stages,
        capacities=tuple(draw(st.integers(10, 20)) for _ in range(actors - 1)),
        strategy=draw(st.sampled_from(list(Strategy))),
        groups=tuple(draw(st.lists(group, max_size=4))),
        faults=frozenset(draw(st.sets(fault, max_size=12))),
        checkpoints=tuple(draw(numbers) for _ in range(actors)),
    )


class Pipeline:
    """A pipeline built from a plan; mailboxes and cells outlive the trees run over them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.boxes = [
            Mailbox[int](f"m{n}", capacity=capacity, max_attempts=10_000)
            for n, capacity in enumerate(plan.capacities)
        ]
        self.progress = Cell("progress", 0)
        self.seen: Cell[tuple[int, ...]] = Cell("seen", ())
        self.attempts: list[list[int]] = [[] for _ in plan.stages]
        self.crashes = [deterministic.CheckpointCrashes(set(at)) for at in plan.checkpoints]

    def expected(self) -> list[int]:
        values = list(range(COUNT))
        for stage in self.plan.stages:
            function = STAGES[stage][1]
            values = [result for n in values for result in function(n)]
        return values

    def children(self) -> list[Child]:
        boxes, crashes = self.boxes, self.crashes
        found = [
            Child("0", crashes[0].wrap(source), boxes[0].outlet(), self.progress).with_policy(
                restart=Restart.TRANSIENT
            )
        ]
        for n, stage in enumerate(self.plan.stages):
            actor = crashes[n + 1].wrap(STAGES[stage][0])
            ports = (boxes[n].inbox(), boxes[n + 1].outlet(), self.attempts[n])
            found.append(Child(f"{n + 1}", actor, *ports))
        last = len(found)
        found.append(Child(f"{last}", crashes[last].wrap(sink), boxes[-1].inbox(), self.seen))
        backoff = Backoff(initial_seconds=0.01, max_seconds=0.1)
        return [child.with_policy(backoff=backoff) for child in found]

    def root(self) -> Supervisor:
        """Gather random neighbours under a supervisor of their own, again and again."""
        nodes: list[Child | Supervisor] = list(self.children())
        for number, (start, count, strategy) in enumerate(self.plan.groups):
            chosen = nodes[start : start + count]
            inner = Supervisor(f"s{number}", chosen, strategy=strategy, intensity=10_000)
            nodes[start : start + count] = [inner]
        return Supervisor("root", nodes, strategy=self.plan.strategy, intensity=10_000)

    def faults(self) -> ScheduledFaults:
        paths = {path.rsplit("/", 1)[1]: path for path, _ in self.root().walk()}
        return ScheduledFaults(
            (paths[str(n)], point, visit) for n, point, visit in self.plan.faults
        )

    def assert_bounded(self) -> None:
        """What must hold after every single step of every task."""
        for mailbox in self.boxes:
            main = mailbox._main
            assert main.depth <= main.capacity
            assert main.accepted == main.acked + main.depth

    def assert_sound(self) -> None:
        for mailbox in self.boxes:
            snapshot = mailbox.snapshot()
            assert snapshot.balanced, snapshot
            assert snapshot.leased == 0
            assert snapshot.quarantined == 0
            assert not snapshot.dropped


async def run_to_the_end(pipeline: Pipeline) -> None:
    rng = random.Random(pipeline.plan.seed)
    tree = Tree(pipeline.root(), faults=pipeline.faults(), rng=rng)
    with trio.fail_after(1_000):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
            # one_for_all starts an ended source again, so the end is when all has been counted
            expected = len(pipeline.expected())
            while len(pipeline.seen.value) < expected or not tree.sources_done:  # noqa: ASYNC110
                await trio.sleep(0.05)
            assert (await tree.drain(5)).complete
    pipeline.assert_sound()


@EXAMPLES
@given(plans())
def test_random_crashes_change_nothing_in_the_output(plan: Plan) -> None:
    pipeline = Pipeline(plan)
    deterministic.run(plan.seed, run_to_the_end, pipeline, always=pipeline.assert_bounded)
    assert list(pipeline.seen.value) == pipeline.expected()


@EXAMPLES
@given(plans(), st.lists(st.floats(0.0, 0.2), max_size=5))
def test_a_restarted_tree_goes_on_as_if_it_had_never_stopped(
    plan: Plan, lives: list[float]
) -> None:
    """A cold start on the same mailboxes and cells equals what a next incarnation does."""
    pipeline = Pipeline(plan)

    async def several_lives() -> None:
        for seconds in lives:
            with trio.move_on_after(seconds):
                await Tree(pipeline.root(), faults=ScheduledFaults()).run()
            assert all(mailbox.snapshot().balanced for mailbox in pipeline.boxes)
        await run_to_the_end(pipeline)

    deterministic.run(plan.seed, several_lives)
    assert list(pipeline.seen.value) == pipeline.expected()


@EXAMPLES
@given(plans())
def test_only_an_actors_own_crash_counts_as_an_attempt(plan: Plan) -> None:
    """All that goes wrong goes wrong in the source; the stages are taken along."""
    only_source = attrs.evolve(
        plan,
        strategy=Strategy.ONE_FOR_ALL,
        groups=tuple((start, count, Strategy.ONE_FOR_ALL) for start, count, _ in plan.groups),
        faults=frozenset((0, point, visit) for _, point, visit in plan.faults),
        checkpoints=(plan.checkpoints[0], *[frozenset[int]()] * (len(plan.checkpoints) - 1)),
    )
    pipeline = Pipeline(only_source)
    deterministic.run(plan.seed, run_to_the_end, pipeline)
    assert all(attempt == 0 for attempts in pipeline.attempts for attempt in attempts)
    assert list(pipeline.seen.value) == pipeline.expected()


@settings(max_examples=20, deadline=None)
@given(plans())
def test_the_same_seed_gives_the_same_history(plan: Plan) -> None:
    histories = []
    for _ in range(2):
        pipeline = Pipeline(plan)
        events: list[tuple[str, str, int]] = []

        async def main(pipeline: Pipeline = pipeline, events: Any = events) -> None:
            tree = Tree(
                pipeline.root(),
                faults=pipeline.faults(),
                rng=random.Random(plan.seed),
                subscribers=[lambda e: events.append((e.kind.value, e.path, e.incarnation))],
            )
            with trio.move_on_after(0.5):
                await tree.run()

        deterministic.run(plan.seed, main)
        histories.append((events, pipeline.seen.value))
    assert histories[0] == histories[1]
