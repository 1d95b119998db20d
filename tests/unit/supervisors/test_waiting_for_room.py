"""What holds while a step waits for room: no other step is stuck, no timeout fires too early."""

from __future__ import annotations

import trio
import trio.testing

from supervisors import (
    Child,
    Inbox,
    Mailbox,
    Outlet,
    Partitions,
    StepTooLarge,
    Supervisor,
    Tree,
    fan_out,
    step,
)


async def forward(numbers: Inbox[int], out: Outlet[int]) -> None:
    async for number in numbers:
        await out.send(number)


async def test_waiting_for_room_is_no_time_of_work(autojump_clock: object) -> None:
    source, full = Mailbox[int]("source"), Mailbox[int]("full", capacity=1)
    child = Child("forward", forward, source.inbox(), full.outlet())
    tree = Tree(Supervisor("root", [child.with_policy(step_timeout_seconds=0.5)]))
    await source.send_many([1, 2])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(10)
        assert tree.snapshot().children[0].restarts == 0
        assert full.snapshot().blocked_senders == 1
        tree.stop()
    assert source.snapshot().quarantined == 0


async def test_a_wait_for_room_that_was_given_up_is_no_time_of_work(
    autojump_clock: object,
) -> None:
    source, full = Mailbox[int]("source"), Mailbox[int]("full", capacity=1)

    async def impatient(numbers: Inbox[int], out: Outlet[int]) -> None:
        async for number in numbers:
            await out.send(number)
            with trio.move_on_after(3):
                await numbers.ack()
            await trio.sleep(0.3)

    child = Child("impatient", impatient, source.inbox(), full.outlet())
    tree = Tree(Supervisor("root", [child.with_policy(step_timeout_seconds=1)]))
    await source.send_many([1, 2])
    async with trio.open_nursery() as nursery:
        await nursery.start(tree.run)
        await trio.sleep(10)
        assert tree.snapshot().children[0].restarts == 0
        tree.stop()


async def test_a_sender_passes_a_step_that_waits_for_room_elsewhere(
    autojump_clock: object,
) -> None:
    roomy, full = Mailbox[str]("roomy"), Mailbox[str]("full", capacity=1)
    await full.send("full")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fan_out(roomy, full).send, "both")
        await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(1):
            await roomy.send("one")
            async with step():
                await roomy.outlet().send("another")
        assert roomy.depth == 2
        nursery.cancel_scope.cancel()


async def test_a_caught_refusal_leaves_the_step_as_it_was() -> None:
    source, small = Mailbox[int]("source"), Mailbox[int]("small", capacity=2)
    other = Mailbox[int]("other", capacity=9)
    inbox, both = source.inbox(), fan_out(other, small)
    await source.send(0)
    await inbox.receive()
    refused = 0
    for n in range(3):
        try:
            await both.send(n)
        except StepTooLarge:
            refused += 1
    with trio.fail_after(1):
        await inbox.ack()
    assert (refused, small.depth, other.depth) == (1, 2, 2)


async def test_a_refused_part_keeps_every_partition_as_it_was() -> None:
    parts = Partitions[int]("parts", 2, key=lambda n: n, capacity=2)
    keys = {part: [n for n in range(40) if part == _part_of(n)] for part in (0, 1)}
    async with step():
        try:
            await parts.outlet().send_many([keys[0][0], *keys[1][:3]])
        except StepTooLarge:
            await parts.outlet().send(keys[0][1])
    assert [mailbox.depth for mailbox in parts.mailboxes] == [1, 0]


def _part_of(n: int) -> int:
    from supervisors import partition_of

    return partition_of(n, 2)


async def test_what_another_task_sends_meanwhile_is_waited_for_too(
    autojump_clock: object,
) -> None:
    source = Mailbox[int]("source")
    first, later = Mailbox[str]("first", capacity=1), Mailbox[str]("later", capacity=1)
    await first.send("full")
    await later.send("full")
    await source.send(0)
    inbox = source.inbox()

    async def send_later() -> None:
        await trio.sleep(1)
        await later.outlet().send("in the background")

    async def empty(mailbox: Mailbox[str], after: float) -> None:
        await trio.sleep(after)
        reader = mailbox.inbox()
        await reader.receive()
        await reader.ack()
        reader.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(empty, first, 2)
        nursery.start_soon(empty, later, 3)
        await inbox.receive()
        await first.outlet().send("in the step")
        nursery.start_soon(send_later)
        with trio.fail_after(30):
            await inbox.ack()
    assert (first.depth, later.depth) == (1, 1)
