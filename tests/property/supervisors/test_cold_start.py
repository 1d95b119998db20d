"""Incarnation n+1 equals a cold start: it sees what an actor of a new tree would see."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import attrs
import deterministic
import trio
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supervisors import (
    NO_BACKOFF,
    Cell,
    Child,
    Event,
    EventKind,
    Inbox,
    Mailbox,
    Outlet,
    Restart,
    Supervisor,
    Tree,
    step,
    this_actor,
)

MARK: ContextVar[int] = ContextVar("mark", default=0)


@attrs.frozen
class Plan:
    """An actor over some messages, and the checkpoint at which its first incarnation crashes."""

    seed: int
    messages: int
    batch: int
    capacity: int
    in_own_steps: bool
    crash_at: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    return Plan(
        seed=draw(st.integers(0, 2**32)),
        messages=draw(st.integers(1, 12)),
        batch=draw(st.integers(1, 4)),
        capacity=draw(st.integers(4, 8)),
        in_own_steps=draw(st.booleans()),
        crash_at=draw(st.integers(1, 50)),
    )


class World:
    """What outlives an actor, and what each incarnation of it saw."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = Mailbox[int]("source", capacity=20)
        self.out = Mailbox[int]("out", capacity=plan.capacity)
        self.cell = Cell("cell", 0)
        self.lives: list[list[Any]] = []
        self.crashed = 0  # a crash as the tree stops is none
        self.crashes = deterministic.CheckpointCrashes({plan.crash_at})

    async def actor(self, inbox: Inbox[int], out: Outlet[int], cell: Cell[int]) -> None:
        seen: list[Any] = [("context", MARK.get(), this_actor().path)]
        self.lives.append(seen)
        MARK.set(len(self.lives))
        if self.plan.in_own_steps:
            await self.in_steps(out, cell, seen)
            return
        async for batch in inbox.batches(self.plan.batch):
            seen.append((batch, inbox.lease_ids, inbox.attempts, inbox.depth, cell.value))
            await out.send_many(batch)
            cell.set(cell.value + len(batch))
            await trio.lowlevel.checkpoint()

    async def in_steps(self, out: Outlet[int], cell: Cell[int], seen: list[Any]) -> None:
        while cell.value < self.plan.messages:
            async with step():
                seen.append((cell.value, self.out.snapshot().accepted))
                await out.send(cell.value)
                await trio.lowlevel.checkpoint()
                cell.set(cell.value + 1)

    def tree(self, restart: Restart) -> Tree:
        actor = self.crashes.wrap(self.actor)
        child = Child("actor", actor, self.source.inbox(), self.out.outlet(), self.cell)
        root = Supervisor("root", [child.with_policy(restart=restart, backoff=NO_BACKOFF)])
        return Tree(root, subscribers=[self.note])

    def note(self, event: Event) -> None:
        self.crashed += event.kind is EventKind.CRASHED

    async def read(self) -> None:
        inbox = self.out.inbox()
        while True:
            await inbox.receive()

    async def live(self, *, cold: bool) -> None:
        """Crash once; go on in the same tree, or in a new one."""
        await self.source.send_many(range(self.plan.messages))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.read)
            for restart in (Restart.TEMPORARY, Restart.TRANSIENT) if cold else (Restart.TRANSIENT,):
                with trio.move_on_after(1):
                    await self.tree(restart).run()
            nursery.cancel_scope.cancel()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plans())
def test_a_restarted_actor_sees_what_one_of_a_new_tree_sees(plan: Plan) -> None:
    worlds = []
    for cold in (False, True):
        world = World(plan)
        deterministic.run(plan.seed, lambda world=world, cold=cold: world.live(cold=cold))
        worlds.append(world)
    restarted, cold_started = worlds
    assume(restarted.crashed)
    assert (restarted.crashed, cold_started.crashed) == (1, 1)
    assert len(restarted.lives) == len(cold_started.lives) == 2
    assert restarted.lives[1] == cold_started.lives[1]
    assert restarted.out.snapshot() == cold_started.out.snapshot()
