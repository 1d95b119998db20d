"""A tree is not done, and a mailbox not sealed, while whoever writes is merely restarting."""

import trio

from supervisors import (
    Backoff,
    Cell,
    Child,
    Inbox,
    Mailbox,
    Outlet,
    Restart,
    Strategy,
    Supervisor,
    TransientFailure,
    Tree,
    step,
)

SLOW = Backoff(initial_seconds=0.05, max_seconds=0.05, free_restarts=0)


async def count_and_crash(out: Outlet[int], sent: Cell[int]) -> None:
    while sent.value < 5:
        async with step():
            await out.send(sent.value)
            sent.set(sent.value + 1)
        raise TransientFailure


async def relay_and_crash(
    source: Inbox[int], out: Outlet[int], crashed: Cell[frozenset[int]]
) -> None:
    async for number in source:
        if number not in crashed.value:
            crashed._value = crashed.value | {number}
            raise TransientFailure
        await out.send(number)


async def test_sources_are_not_done_while_one_restarts(autojump_clock):
    numbers, got = Mailbox[int]("numbers"), []

    async def collect(inbox: Inbox[int]) -> None:
        async for number in inbox:
            got.append(number)

    source = Child("source", count_and_crash, numbers.outlet(), Cell("sent", 0))
    root = Supervisor(
        "root",
        [
            source.with_policy(restart=Restart.TRANSIENT, backoff=SLOW),
            Child("collector", collect, numbers.inbox()),
        ],
        strategy=Strategy.REST_FOR_ONE,
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await tree.wait_sources_done()
        await tree.drain(1.0)
    assert got == [0, 1, 2, 3, 4]


async def test_a_drain_waits_for_a_writer_that_restarts(autojump_clock):
    numbers, out, got = Mailbox[int]("numbers"), Mailbox[int]("out"), []

    async def collect(inbox: Inbox[int]) -> None:
        async for number in inbox:
            got.append(number)

    relay = Child(
        "relay", relay_and_crash, numbers.inbox(), out.outlet(), Cell("crashed", frozenset())
    )
    root = Supervisor(
        "root",
        [relay.with_policy(backoff=SLOW), Child("collector", collect, out.inbox())],
        strategy=Strategy.REST_FOR_ONE,
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for number in range(5):
            await numbers.send(number)
        report = await tree.drain(5.0)
    assert got == [0, 1, 2, 3, 4]
    assert report.complete
