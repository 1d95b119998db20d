"""What happens to an actor, its message and its siblings when it crashes, by type of failure."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from supervisors import (
    NO_BACKOFF,
    Backoff,
    Cell,
    Child,
    CrashPoint,
    Event,
    EventKind,
    FailureTypes,
    Fenced,
    Inbox,
    LocalProtocolError,
    Mailbox,
    MemoryQuarantine,
    OneShotFaults,
    Outlet,
    PoisonMessage,
    Readiness,
    Restart,
    ScheduledFaults,
    State,
    Strategy,
    Supervisor,
    TransientFailure,
    Tree,
    degraded,
    on_abort,
    ready,
    this_actor,
)


class Recorder:
    """Actors that pass numbers on, crash on chosen ones, and remember what they saw."""

    def __init__(self, crash_on: dict[int, Exception] | None = None, times: int = 10**9) -> None:
        self.crash_on = crash_on or {}
        self.times = times
        self.attempts: list[int] = []

    async def pass_on(self, numbers: Inbox[int], out: Outlet[int]) -> None:
        async for number in numbers:
            await out.send(number)
            if number in self.crash_on and self.times > 0:
                self.times -= 1
                self.attempts.append(numbers.attempts)
                raise self.crash_on[number]


async def run_through(
    recorder: Recorder, count: int, wanted: int, **tree_arguments: object
) -> tuple[list[int], Tree, Mailbox[int]]:
    """Send 0 … count-1 through one actor until the wanted number of messages came out."""
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")
    child = Child("p", recorder.pass_on, source.inbox(), sink.outlet())
    root = Supervisor("root", [child.with_policy(backoff=NO_BACKOFF)], intensity=20)
    tree = Tree(root, **tree_arguments)  # type: ignore[arg-type]
    await source.send_many(range(count))
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        inbox = sink.inbox()
        while len(seen) < wanted:
            seen.append(await inbox.receive())
        await inbox.ack()
        await wait_all_tasks_blocked()
        tree.stop()
    return seen, tree, source


async def test_a_crash_loses_nothing_and_doubles_nothing(autojump_clock: object) -> None:
    recorder = Recorder({3: ValueError("once")}, times=1)
    seen, tree, _ = await run_through(recorder, 6, 6)
    assert seen == [0, 1, 2, 3, 4, 5]
    (child,) = tree.snapshot().children
    assert (child.incarnation, child.restarts) == (2, 1)
    assert child.last_error is not None
    assert child.last_error.message == "once"
    assert "in pass_on" in child.last_error.traceback


async def test_a_message_that_crashes_three_times_is_quarantined_with_its_traceback(
    autojump_clock: object,
) -> None:
    events: list[Event] = []
    recorder = Recorder({3: ValueError("always")})
    seen, tree, source = await run_through(recorder, 6, 5, subscribers=[events.append])
    assert seen == [0, 1, 2, 4, 5]
    assert recorder.attempts == [0, 1, 2]
    (kept,) = tree.quarantine.entries()
    assert (kept.mailbox, kept.message_id, kept.message, kept.attempts) == ("in", 3, 3, 3)
    assert "ValueError: always" in kept.error.traceback
    assert [e.path for e in events if e.kind is EventKind.QUARANTINED] == ["in"]
    assert source.snapshot().quarantined == 1
    assert source.snapshot().balanced


async def test_poison_is_quarantined_at_its_first_crash(autojump_clock: object) -> None:
    class Unparseable(Exception):
        pass

    recorder = Recorder({1: Unparseable(), 2: PoisonMessage()})
    failures = FailureTypes(poison=(Unparseable,))
    seen, tree, _ = await run_through(recorder, 4, 2, failures=failures)
    assert seen == [0, 3]
    assert [kept.attempts for kept in tree.quarantine.entries()] == [1, 1]


async def test_transient_failures_never_quarantine_and_never_exceed_the_intensity(
    autojump_clock: object,
) -> None:
    recorder = Recorder({1: TransientFailure("node is away")}, times=200)
    seen, tree, _ = await run_through(recorder, 3, 3)
    assert seen == [0, 1, 2]
    assert set(recorder.attempts) == {0}
    assert tree.quarantine.entries() == ()


async def test_a_group_of_failures_is_judged_by_its_worst_leaf() -> None:
    failures = FailureTypes(transient=(OSError,))
    transient, poison, crash = OSError(), PoisonMessage(), ValueError()
    fenced = Fenced()
    cases = [
        ([transient], "transient"),
        ([transient, poison], "poison"),
        ([transient, poison, crash], "crash"),
        ([transient, poison, crash, fenced], "fenced"),
    ]
    for leaves, cause in cases:
        nested = ExceptionGroup("outer", [ExceptionGroup("inner", leaves)])
        assert failures.cause_of(nested).value == cause


async def test_fenced_stops_everything_in_order_and_ends_the_tree(autojump_clock: object) -> None:
    log: list[str] = []

    async def neighbour() -> None:
        try:
            await trio.sleep_forever()
        finally:
            log.append("stopped")

    async def publish() -> None:
        await trio.sleep(1)
        raise Fenced("another node leads")

    inner = Supervisor("inner", [Child("publish", publish)])
    with pytest.raises(Fenced, match="another node leads"):
        await Tree(Supervisor("root", [Child("a", neighbour), inner])).run()
    assert log == ["stopped"]


async def test_a_siblings_restart_is_no_attempt(autojump_clock: object) -> None:
    source = Mailbox[int]("in")
    await source.send(1)
    attempts: list[int] = []

    async def crash() -> None:
        await trio.sleep(0.1)
        raise ValueError

    async def slow(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            attempts.append(numbers.attempts)
            await trio.sleep(1_000)

    crasher = Child("crash", crash).with_policy(backoff=NO_BACKOFF)
    root = Supervisor(
        "root", [crasher, Child("slow", slow, source.inbox())],
        strategy=Strategy.ONE_FOR_ALL, intensity=100,
    )  # fmt: skip
    tree = Tree(root)
    with trio.move_on_after(1.55):
        await tree.run()
    assert attempts == [0] * 16
    assert source.snapshot().waiting == 1


async def test_an_actor_that_stumbles_on_its_way_out_blames_no_message(
    autojump_clock: object,
) -> None:
    source = Mailbox[int]("in", max_attempts=1)
    await source.send(1)

    async def stumble(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("while closing")

    tree = Tree(Supervisor("root", [Child("p", stumble, source.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await wait_all_tasks_blocked()
        tree.stop()
    assert tree.quarantine.entries() == ()
    assert source.snapshot().waiting == 1
    error = tree.snapshot().children[0].last_error
    assert error is not None
    assert error.message == "while closing"


async def test_a_step_that_crashed_leaves_cells_and_undoes_changes_made_in_place(
    autojump_clock: object,
) -> None:
    source = Mailbox[int]("in")
    total, pools = Cell("total", 0), {"a": 0}

    async def apply(numbers: Inbox[int], total: Cell[int]) -> None:
        async for number in numbers:
            before = pools["a"]
            on_abort(lambda before=before: pools.__setitem__("a", before))  # type: ignore[misc]
            pools["a"] += number
            total.set(total.value + number)
            if number == 3 and numbers.attempts == 0:
                raise ValueError

    child = Child("apply", apply, source.inbox(), total).with_policy(backoff=NO_BACKOFF)
    await source.send_many([1, 2, 3, 4])
    tree = Tree(Supervisor("root", [child]))
    with trio.move_on_after(1):
        await tree.run()
    assert (total.value, pools["a"]) == (10, 10)


async def test_a_cell_is_rebuilt_after_its_actor_crashed_too_often_in_a_row(
    autojump_clock: object,
) -> None:
    state: Cell[list[str]] = Cell("state", factory=list, reset_after=3)
    state.set(["corrupt"])
    started_with: list[list[str]] = []

    async def work(state: Cell[list[str]]) -> None:
        started_with.append(list(state.value))
        if "corrupt" in state.value:
            raise ValueError("corrupt")
        await trio.sleep_forever()

    child = Child("work", work, state).with_policy(backoff=NO_BACKOFF)
    with trio.move_on_after(1):
        await Tree(Supervisor("root", [child])).run()
    assert started_with == [["corrupt"]] * 3 + [[]]


async def test_every_incarnation_gets_the_same_arguments_and_fresh_ports(
    autojump_clock: object,
) -> None:
    source = Mailbox[int]("in")
    seen: list[tuple[int, int, str]] = []
    ports: list[Inbox[int]] = []

    async def work(numbers: Inbox[int], *, word: str) -> None:
        seen.append((this_actor().incarnation, numbers.depth, word))
        ports.append(numbers)
        await trio.sleep(1)
        raise ValueError

    child = Child("work", work, source.inbox(), word="x").with_policy(backoff=NO_BACKOFF)
    with trio.move_on_after(2.5):
        await Tree(Supervisor("root", [child])).run()
    assert seen == [(1, 0, "x"), (2, 0, "x"), (3, 0, "x")]
    assert len({id(port) for port in ports}) == 3


def test_backoff_doubles_its_ceiling_and_stays_within_it() -> None:
    backoff = Backoff(initial_seconds=0.1, factor=2, max_seconds=1.0, free_restarts=1)
    ceilings = [backoff.ceiling_seconds(n) for n in range(1, 8)]
    assert ceilings == [0.0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    rng = random.Random(1)
    drawn = [backoff.delay_seconds(4, rng) for _ in range(1_000)]
    assert all(0 <= delay <= 0.4 for delay in drawn)
    assert min(drawn) < 0.02 < 0.38 < max(drawn)  # full jitter: the whole range
    assert backoff.ceiling_seconds(100_000) == 1.0


async def test_backoff_starts_over_after_a_healthy_spell(autojump_clock: object) -> None:
    starts: list[float] = []
    spells = iter([1, 1, 1, 100, 1, 1_000])

    async def work() -> None:
        starts.append(trio.current_time())
        await trio.sleep(next(spells))
        raise ValueError

    class Ceiling(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    backoff = Backoff(initial_seconds=10, max_seconds=1000, healthy_seconds=50)
    root = Supervisor("root", [Child("work", work).with_policy(backoff=backoff)], intensity=100)
    with trio.move_on_after(150):
        await Tree(root, rng=Ceiling()).run()
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    #       spell + delay:  1+0  1+10  1+20  100+0 (healthy: row starts over)  1+10
    assert gaps == pytest.approx([1, 11, 21, 100, 11])


async def test_live_ready_and_degraded_are_three_things(autojump_clock: object) -> None:
    async def work() -> None:
        await trio.sleep(1)
        ready()
        await trio.sleep(1)
        degraded("one node of two")
        await trio.sleep(1)
        degraded(None)
        await trio.sleep_forever()

    child = Child("work", work).with_policy(readiness=Readiness.EXPLICIT)
    tree = Tree(Supervisor("root", [child]))
    seen: list[tuple[bool, bool, bool]] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tree.run)
        for _ in range(4):
            await trio.sleep(0.5)
            (now,) = tree.snapshot().children
            seen.append((now.live, now.ready, now.degraded))
            assert tree.ready == now.ready
            await trio.sleep(0.5)
        tree.stop()
    assert seen == [
        (True, False, False), (True, True, False), (True, True, True), (True, True, False)
    ]  # fmt: skip


async def test_a_mailbox_may_accept_only_while_its_reader_is_ready(autojump_clock: object) -> None:
    from supervisors import Overflow

    lossy = Mailbox[int]("lossy", overflow=Overflow.DROP_NEW, accept_when_ready=True)
    patient = Mailbox[int]("patient", accept_when_ready=True)

    async def reader(numbers: Inbox[int]) -> None:
        await trio.sleep(1)
        ready()
        async for _ in numbers:
            pass

    children = [
        Child(box.name, reader, box.inbox()).with_policy(readiness=Readiness.EXPLICIT)
        for box in (lossy, patient)
    ]
    root = Supervisor("root", children)
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tree.run)
        await trio.sleep(0.5)
        await lossy.send(1)
        assert lossy.snapshot().dropped == {"not_ready": 1}
        began = trio.current_time()
        await patient.send(1)
        assert trio.current_time() - began == pytest.approx(1.5)
        await lossy.send(2)
        assert lossy.snapshot().dropped == {"not_ready": 1}
        assert lossy.snapshot().balanced
        tree.stop()


@pytest.mark.parametrize("added", [False, True])
async def test_a_sender_that_waited_before_the_tree_ran_proceeds_when_the_reader_is_ready(
    added: bool, autojump_clock: object
) -> None:
    box = Mailbox[int]("box", accept_when_ready=True)

    async def write(_out: Outlet[int]) -> None:
        await trio.sleep_forever()

    async def read(numbers: Inbox[int]) -> None:
        await trio.sleep(3)
        ready()
        async for _ in numbers:
            pass

    first = Tree(Supervisor("first", [Child("reader", read, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(first.run)
        first.stop()
    let_in: list[float] = []

    async def send() -> None:
        await box.send(1)
        let_in.append(trio.current_time())

    children: list[Child | Supervisor] = [
        Child("writer", write, box.outlet()),
        Child("reader", read, box.inbox()).with_policy(readiness=Readiness.EXPLICIT),
    ]
    tree = Tree(Supervisor("root", [] if added else children))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await wait_all_tasks_blocked()
        began = trio.current_time()
        nursery.start_soon(tree.run)
        if added:
            await wait_all_tasks_blocked()
            await tree.add_child("root", Supervisor("both", children))
        await trio.sleep(4)
        assert let_in == pytest.approx([began + 3])
        tree.stop()


async def test_a_mailbox_that_others_read_is_open_to_a_tree_that_only_writes(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box", accept_when_ready=True)

    async def read(numbers: Inbox[int]) -> None:
        async for _ in numbers:
            pass

    async def write(out: Outlet[int]) -> None:
        await out.send(1)
        await trio.sleep_forever()

    for child in (Child("reader", read, box.inbox()), Child("writer", write, box.outlet())):
        with trio.move_on_after(1):
            await Tree(Supervisor("root", [child])).run()
    assert box.depth == 1


async def test_a_subscriber_that_raises_reaches_no_actor(autojump_clock: object) -> None:
    def broken(_event: Event) -> None:
        raise RuntimeError("telemetry is down")

    events: list[Event] = []
    recorder = Recorder({1: ValueError()}, times=1)
    seen, tree, _ = await run_through(recorder, 3, 3, subscribers=[broken, events.append])
    assert seen == [0, 1, 2]
    assert EventKind.CRASHED in {event.kind for event in events}
    assert tree._bus.subscriber_failures == len(events)


async def test_a_full_quarantine_costs_the_message_with_a_reason_and_not_the_actor(
    autojump_clock: object,
) -> None:
    recorder = Recorder({1: PoisonMessage(), 2: PoisonMessage()})
    seen, _, source = await run_through(recorder, 4, 2, quarantine=MemoryQuarantine(1))
    assert seen == [0, 3]
    assert source.snapshot().dropped == {"quarantine_full": 1}
    assert source.snapshot().balanced


@pytest.mark.parametrize("point", list(CrashPoint))
async def test_a_crash_at_any_point_of_a_step_changes_nothing_in_the_output(
    point: CrashPoint, autojump_clock: object
) -> None:
    visits = [1, 2, 4] if point is not CrashPoint.STARTED else [2]
    schedule = {("root/p", point, n) for n in visits}
    recorder = Recorder({2: ValueError()}, times=1)
    faults = ScheduledFaults(schedule)
    seen, _, source = await run_through(recorder, 6, 6, faults=faults)
    assert seen == [0, 1, 2, 3, 4, 5]
    assert len(faults.fired) == len(visits)
    assert source.snapshot().balanced


async def test_a_one_shot_fault_crashes_once_when_armed(autojump_clock: object) -> None:
    faults = OneShotFaults()
    faults.arm("root/p", CrashPoint.LEASED)
    seen, tree, _ = await run_through(Recorder(), 3, 3, faults=faults)
    assert seen == [0, 1, 2]
    assert tree.snapshot().children[0].restarts == 1


async def test_an_actor_that_returns_has_finished_its_last_step(autojump_clock: object) -> None:
    source, sink = Mailbox[int]("in"), Mailbox[int]("out")

    async def first_only(numbers: Inbox[int], out: Outlet[int]) -> None:
        async for number in numbers:
            await out.send(number)
            return

    child = Child("p", first_only, source.inbox(), sink.outlet())
    tree = Tree(Supervisor("root", [child.with_policy(restart=Restart.TRANSIENT)]))
    await source.send_many([1, 2])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await wait_all_tasks_blocked()
        assert tree.snapshot().children[0].state is State.ENDED
        assert (source.depth, sink.depth) == (1, 1)
        tree.stop()


@pytest.mark.parametrize("request_to_end", [KeyboardInterrupt(), SystemExit(3)])
async def test_an_actor_that_asks_the_program_to_end_stops_the_tree_in_order(
    request_to_end: BaseException,
) -> None:
    stopped: list[str] = []

    async def work(name: str) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.01)  # a stop out of order would overtake this
            stopped.append(name)

    async def interrupted() -> None:
        await trio.lowlevel.checkpoint()
        raise request_to_end

    children = [Child(name, work, name) for name in "abc"]
    with pytest.raises(type(request_to_end)) as caught:
        await Tree(Supervisor("root", [*children, Child("p", interrupted)])).run()
    assert caught.value is request_to_end
    assert stopped == ["c", "b", "a"]


async def test_a_child_refuses_arguments_that_its_actor_does_not_take() -> None:
    async def work(number: int) -> None:
        pass

    with pytest.raises(LocalProtocolError, match="child 'work': missing a required argument"):
        Child("work", work)  # type: ignore[call-arg]
    with pytest.raises(LocalProtocolError, match="without '/'"):
        Child("a/b", work, 1)
    with pytest.raises(LocalProtocolError, match="two children have the name 'a'"):
        Supervisor("root", [Child("a", work, 1), Child("a", work, 2)])
    with pytest.raises(LocalProtocolError, match="runs in no actor"):
        this_actor()
