"""A drain waits for who still writes, and says whom it cut off."""

from __future__ import annotations

import trio

from supervisors import Child, Inbox, Mailbox, Outlet, Supervisor, Tree


async def idle_source(_out: Outlet[int]) -> None:
    await trio.sleep_forever()


async def test_a_writer_that_flushes_late_still_reaches_its_reader(
    autojump_clock: object,
) -> None:
    numbers, sums = Mailbox[int]("numbers"), Mailbox[int]("sums")
    seen: list[int] = []

    async def add_up(inbox: Inbox[int], out: Outlet[int]) -> None:
        total = 0
        async for number in inbox:
            total += number
        await trio.sleep(3)
        await out.send(total)

    async def read(inbox: Inbox[int]) -> None:
        async for total in inbox:
            seen.append(total)

    root = Supervisor(
        "root",
        [
            Child("source", idle_source, numbers.outlet()),
            Child("add", add_up, numbers.inbox(), sums.outlet()),
            Child("read", read, sums.inbox()),
        ],
    )
    await numbers.send_many([1, 2, 3])
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        report = await tree.drain(60)
    assert seen == [6]
    assert report.complete


async def test_an_actor_that_never_reads_an_empty_inbox_is_cut_off_and_named(
    autojump_clock: object,
) -> None:
    box = Mailbox[int]("box")

    async def deaf(_inbox: Inbox[int]) -> None:
        await trio.sleep_forever()

    tree = Tree(Supervisor("root", [Child("deaf", deaf, box.inbox())]))
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        report = await tree.drain(2)
    assert not report.complete
    assert report.cut_off == ("root/deaf",)


async def test_after_the_last_message_the_rest_stops_right_to_left(autojump_clock: object) -> None:
    box, log = Mailbox[int]("box"), []

    async def serve(name: str) -> None:
        try:
            await trio.sleep_forever()
        finally:
            log.append(f"-{name}")

    async def read(inbox: Inbox[int]) -> None:
        async for number in inbox:
            await trio.sleep(1)
            log.append(f"read {number}")

    async def send(out: Outlet[int]) -> None:
        await out.send(1)
        await out.send(2)
        try:
            await trio.sleep_forever()
        finally:
            log.append("-source")

    root = Supervisor(
        "root",
        [
            Child("a", serve, "a"),
            Child("source", send, box.outlet()),
            Supervisor("inner", [Child("b", serve, "b"), Child("c", serve, "c")]),
            Child("reader", read, box.inbox()),
            Child("d", serve, "d"),
        ],
    )
    tree = Tree(root)
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(0.5)
        report = await tree.drain(60)
    assert log == ["-source", "read 1", "read 2", "-d", "-c", "-b", "-a"]
    assert report.complete
