"""accepted = acked + quarantined + dropped(with reason) + waiting, whatever goes wrong."""

from __future__ import annotations

import random
from collections import Counter

import attrs
import deterministic
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from supervisors import (
    Backoff,
    Child,
    Event,
    EventKind,
    Inbox,
    Mailbox,
    MemoryQuarantine,
    Outlet,
    Overflow,
    PoisonMessage,
    Restart,
    Supervisor,
    TransientFailure,
    Tree,
    step,
)

Message = tuple[int, int]  # which sender, its count


@attrs.frozen
class Plan:
    """Random senders, a random mailbox, and a reader that fails in random ways."""

    seed: int
    senders: tuple[int, ...]  # how many messages each sends
    overflow: Overflow
    capacity: int
    max_attempts: int
    quarantine_capacity: int
    batch: int
    reader_pause: float
    misbehaviour: dict[Message, str]
    cancel_after: tuple[float, ...]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    senders = tuple(draw(st.lists(st.integers(1, 15), min_size=1, max_size=3)))
    messages = st.tuples(st.integers(0, len(senders) - 1), st.integers(0, 14))
    kinds = st.sampled_from(["crash", "poison", "transient", "crash once"])
    return Plan(
        seed=draw(st.integers(0, 2**32)),
        senders=senders,
        overflow=draw(st.sampled_from(list(Overflow))),
        capacity=draw(st.integers(3, 8)),
        max_attempts=draw(st.integers(1, 3)),
        quarantine_capacity=draw(st.sampled_from([0, 1, 100])),
        batch=draw(st.integers(1, 4)),
        reader_pause=draw(st.sampled_from([0.0, 0.01, 0.05])),
        misbehaviour=draw(st.dictionaries(messages, kinds, max_size=5)),
        cancel_after=tuple(draw(st.lists(st.floats(0.0, 0.1), max_size=3))),
    )


class World:
    """One mailbox with its senders and its reader."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        conflating = plan.overflow is Overflow.CONFLATE
        self.mailbox = Mailbox[Message](
            "m",
            capacity=plan.capacity,
            overflow=plan.overflow,
            key=(lambda message: message[0]) if conflating else None,
            max_attempts=plan.max_attempts,
        )
        self.quarantine = MemoryQuarantine(plan.quarantine_capacity)
        self.handled: list[Message] = []
        self.done: set[Message] = set()
        self.sent = 0
        self.in_flight = 0
        self.events: list[Event] = []

    async def sender(self, out: Outlet[Message], number: int) -> None:
        for n in range(self.plan.senders[number]):
            self.in_flight += 1
            if n % 3 == 0:
                async with step():
                    await out.send((number, n))
            elif n % 3 == 1:
                await out.send((number, n))
            else:
                await out.send_many([(number, n)])
            self.in_flight -= 1
            self.sent += 1
            await trio.sleep(0.003 * number)

    async def reader(self, messages: Inbox[Message]) -> None:
        async for batch in messages.batches(self.plan.batch):
            await trio.sleep(self.plan.reader_pause)
            for message in batch:
                self.misbehave(message)
            self.handled.extend(batch)  # no checkpoint follows: this is the acknowledgement

    def misbehave(self, message: Message) -> None:
        kind = self.plan.misbehaviour.get(message)
        if kind == "crash" or (kind in ("crash once", "transient") and message not in self.done):
            self.done.add(message)
            raise TransientFailure if kind == "transient" else ValueError(message)
        if kind == "poison":
            raise PoisonMessage(message)

    async def main(self) -> None:
        plan = self.plan
        out = self.mailbox.outlet()
        children = [
            Child(f"s{n}", self.sender, out, n).with_policy(restart=Restart.TEMPORARY)
            for n in range(len(plan.senders))
        ]
        reader = Child("reader", self.reader, self.mailbox.inbox())
        quick = Backoff(initial_seconds=0.001, max_seconds=0.01)
        children.append(reader.with_policy(backoff=quick))
        for seconds in (*plan.cancel_after, 5.0):
            tree = Tree(
                Supervisor("root", children, intensity=10_000),
                rng=random.Random(plan.seed),
                quarantine=self.quarantine,
                subscribers=[self.events.append],
            )
            with trio.move_on_after(seconds):
                await tree.run()
            children = children[-1:]  # senders that were cut off do not start again

    def always(self) -> None:
        for lane in (self.mailbox._main, self.mailbox._control):
            gone = lane.acked + lane.quarantined + sum(lane.dropped.values())
            assert lane.accepted == gone + lane.depth
            assert lane.depth == lane.leased + sum(len(run.items) for run in lane.ready)
            assert lane.depth <= lane.capacity
        if self.plan.overflow is Overflow.CONFLATE:
            senders = [item[0] for run in self.mailbox._main.ready for item in run.items]
            assert len(senders) == len(set(senders))  # the sender is the key


@settings(max_examples=150, deadline=None)
@given(plans())
def test_every_accepted_message_is_accounted_for(plan: Plan) -> None:
    world = World(plan)
    deterministic.run(plan.seed, world.main, always=world.always)
    books = world.mailbox.snapshot()
    assert books.balanced
    # A sender that was cut off has sent its last message or has not.
    assert world.sent <= books.accepted <= world.sent + world.in_flight
    assert len(world.handled) == books.acked
    assert books.quarantined == len(world.quarantine.entries())
    assert books.waiting == 0  # the reader had five seconds of peace


@settings(max_examples=100, deadline=None)
@given(plans())
def test_messages_of_one_sender_are_handled_in_their_order_and_once(plan: Plan) -> None:
    world = World(plan)
    deterministic.run(plan.seed, world.main)
    for number in range(len(plan.senders)):
        counts = [n for sender, n in world.handled if sender == number]
        assert counts == sorted(set(counts))


@settings(max_examples=100, deadline=None)
@given(plans())
def test_every_drop_is_an_event_with_a_reason(plan: Plan) -> None:
    world = World(plan)
    deterministic.run(plan.seed, world.main)
    reported: Counter[str] = Counter()
    for event in world.events:
        if event.kind is EventKind.DROPPED:
            reported[event.detail] += event.count
    assert dict(reported) == world.mailbox.snapshot().dropped


@settings(max_examples=100, deadline=None)
@given(plans())
def test_only_what_crashes_often_enough_is_quarantined(plan: Plan) -> None:
    world = World(plan)
    deterministic.run(plan.seed, world.main)
    harmless = {"transient"} | ({"crash once"} if plan.max_attempts > 1 else set())
    for kept in world.quarantine.entries():
        assert plan.misbehaviour.get(kept.message) not in {None, *harmless}
        kind = plan.misbehaviour[kept.message]
        assert kept.attempts == (1 if kind == "poison" else plan.max_attempts)
