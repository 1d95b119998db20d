"""A crash is charged once: to the message in hand, or to the actor and so to the intensity."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
import trio

from supervisors import (
    NO_BACKOFF,
    Backoff,
    Child,
    CrashPoint,
    Inbox,
    IntensityExceeded,
    Mailbox,
    PoisonMessage,
    ScheduledFaults,
    Strategy,
    Supervisor,
    TransientFailure,
    Tree,
)


class Reader:
    """Crashes on chosen messages, or before it takes any."""

    def __init__(self, bad: set[str], *, batch: int = 1) -> None:
        self.bad = bad
        self.batch = batch
        self.done: list[str] = []
        self.tried: list[str] = []

    async def read(self, inbox: Inbox[str]) -> None:
        async for batch in inbox.batches(self.batch):
            self.tried += batch
            if self.bad & set(batch):
                raise ValueError(f"cannot stand one of {batch}")
            self.done += batch


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("max_attempts", [1, 3, 6])
async def test_an_untyped_poison_message_ends_in_quarantine_and_never_the_tree(
    max_attempts: int, strategy: Strategy, batch: int, autojump_clock: object
) -> None:
    box = Mailbox[str]("box", max_attempts=max_attempts)
    reader = Reader({"bad", "worse"}, batch=batch)
    await box.send_many(["a", "bad", "b", "worse", "c"])
    child = Child("reader", reader.read, box.inbox()).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child], strategy=strategy, intensity=0))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(5)
        assert tree.ready
        tree.stop()
    assert reader.done == ["a", "b", "c"]
    kept = tree.quarantine.entries()
    assert [(entry.message, entry.attempts) for entry in kept] == [
        ("bad", max_attempts), ("worse", max_attempts)
    ]  # fmt: skip


@pytest.mark.parametrize("where", ["before any message", "between messages", "after the commit"])
async def test_a_crash_with_no_message_in_hand_counts_towards_the_intensity(
    where: str, autojump_clock: object
) -> None:
    box = Mailbox[str]("box")
    await box.send_many(["a", "b", "c"])
    starts = 0

    async def read(inbox: Inbox[str]) -> None:
        nonlocal starts
        starts += 1
        if where == "before any message" and starts > 1:
            raise ValueError("no disk")
        async for _ in inbox:
            if where == "between messages":
                await inbox.ack()
                raise ValueError("and now this")
            if where == "before any message":
                await inbox.ack()
                raise TransientFailure

    faults = None
    if where == "after the commit":
        schedule = {("root/reader", CrashPoint.AFTER_COMMIT, n) for n in (1, 2, 3)}
        faults = ScheduledFaults(schedule)
    child = Child("reader", read, box.inbox()).with_policy(backoff=NO_BACKOFF)
    with pytest.raises(IntensityExceeded, match="more than 2 restarts"):
        await Tree(Supervisor("root", [child], intensity=2), faults=faults).run()
    assert box.snapshot().quarantined == 0


async def test_a_typed_poison_with_no_message_in_hand_is_the_actors_own(
    autojump_clock: object,
) -> None:
    async def source() -> None:
        raise PoisonMessage("of my own making")

    child = Child("source", source).with_policy(backoff=NO_BACKOFF)
    with pytest.raises(IntensityExceeded):
        await Tree(Supervisor("root", [child], intensity=1)).run()


async def test_attempts_are_spaced_by_backoff_until_the_message_is_gone(
    autojump_clock: object,
) -> None:
    """A crash at every message counts against no intensity, so it must back off."""
    box = Mailbox[str]("box")
    reader = Reader({"bad", "good"})
    times: list[float] = []

    async def read(inbox: Inbox[str]) -> None:
        times.append(trio.current_time())
        await reader.read(inbox)

    class Ceiling(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    await box.send_many(["bad", "good"])
    slow = Backoff(initial_seconds=10, max_seconds=1000, free_restarts=0)
    child = Child("reader", read, box.inbox()).with_policy(backoff=slow)
    with trio.move_on_after(500):
        await Tree(Supervisor("root", [child], intensity=0), rng=Ceiling()).run()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    #       attempts 1 and 2 wait; the third takes the message out, and the next is tried at once
    assert gaps == pytest.approx([10, 20, 0, 40, 80, 0])
