"""A tree is not done, and a mailbox not sealed, while a writer is only restarting."""

import trio

from supervisors import (
    AutoShutdown,
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


async def send_and_crash(out: Outlet[int], sent: Cell[int]) -> None:
    """Send one number in each life."""
    while sent.value < 5:
        async with step():
            await out.send(sent.value)
            sent.set(sent.value + 1)
        await trio.sleep(0.01)
        raise TransientFailure


async def relay_and_crash(numbers: Inbox[int], out: Outlet[int], crashed: set[int]) -> None:
    """Crash once on each number."""
    async for number in numbers:
        if number not in crashed:
            crashed.add(number)
            raise TransientFailure
        await out.send(number)


async def collect(inbox: Inbox[int], got: list[int]) -> None:
    async for number in inbox:
        got.append(number)


async def stop_slowly() -> None:
    """Keep a crashed sibling down for a while: it starts again when this has stopped."""
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.1)


def tree_of(writer: Child, reader: Child) -> Tree:
    slow = Child("slow", stop_slowly)
    writers = Supervisor("writers", [writer, slow], strategy=Strategy.REST_FOR_ONE)
    return Tree(Supervisor("root", [reader, writers]))


async def test_sources_are_not_done_while_one_restarts(autojump_clock):
    numbers, got = Mailbox[int]("numbers"), []
    source = Child("source", send_and_crash, numbers.outlet(), Cell("sent", 0))
    tree = tree_of(
        source.with_policy(restart=Restart.TRANSIENT),
        Child("collector", collect, numbers.inbox(), got),
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.fail_after(1000):
            await tree.wait_sources_done()
        await tree.drain(1.0)
    assert got == [0, 1, 2, 3, 4]


async def test_a_drain_waits_for_a_writer_that_restarts(autojump_clock):
    numbers, out, got = Mailbox[int]("numbers"), Mailbox[int]("out"), []
    tree = tree_of(
        Child("relay", relay_and_crash, numbers.inbox(), out.outlet(), set()),
        Child("collector", collect, out.inbox(), got),
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        for number in range(5):
            await numbers.send(number)
        report = await tree.drain(1000.0)
    assert got == [0, 1, 2, 3, 4]
    assert report.complete


async def test_a_child_stopped_by_an_ending_supervisor_delays_no_other(autojump_clock):
    """A session of its own: when its significant source is done, its reader goes along."""
    numbers, other, got = Mailbox[int]("numbers"), Mailbox[int]("other"), []

    async def send_one(out: Outlet[int]) -> None:
        await out.send(1)
        while not numbers.is_empty:  # noqa: ASYNC110
            await trio.sleep(0.1)

    async def idle_source(_out: Outlet[int]) -> None:
        await trio.sleep_forever()

    session = Supervisor(
        "session",
        [
            Child("reader", collect, numbers.inbox(), got),
            Child("also", idle_source, other.outlet()),
            Child("source", send_one, numbers.outlet()).with_policy(
                restart=Restart.TRANSIENT, significant=True
            ),
        ],
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
        restart=Restart.TRANSIENT,
    )
    tree = Tree(Supervisor("root", [session]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        with trio.fail_after(30):
            await tree.wait_sources_done()
            await tree.wait_ready()
        assert tree.snapshot().ready
        report = await tree.drain(1000.0)
    assert got == [1]
    assert report.complete
    assert report.seconds < 1
