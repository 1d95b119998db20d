"""A step is atomic: sends, acknowledgement and cell writes are seen together or not at all."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from supervisors import (
    Cause,
    Cell,
    LocalProtocolError,
    Mailbox,
    PartitionedOutlet,
    StepTooLarge,
    fan_out,
    on_abort,
    partition_of,
    step,
)


async def test_sends_under_a_lease_are_seen_with_its_acknowledgement() -> None:
    numbers, doubled = Mailbox[int]("numbers"), Mailbox[int]("doubled")
    await numbers.send(4)
    inbox, outlet = numbers.inbox(), doubled.outlet()
    await inbox.receive()
    await outlet.send(8)
    assert (numbers.depth, doubled.depth) == (1, 0)
    await inbox.ack()
    assert (numbers.depth, doubled.depth) == (0, 1)


async def test_a_discarded_step_leaves_no_trace_but_its_message() -> None:
    numbers, doubled = Mailbox[int]("numbers"), Mailbox[int]("doubled")
    total = Cell("total", 0)
    await numbers.send(4)
    inbox, outlet = numbers.inbox(), doubled.outlet()
    await inbox.receive()
    await outlet.send(8)
    total.set(8)
    assert total.value == 8  # the step reads its own writes
    inbox._abort(Cause.CRASH, None)
    assert (doubled.depth, doubled.snapshot().accepted, total.value) == (0, 0, 0)
    assert await inbox.receive() == 4
    await inbox.ack()
    assert (numbers.depth, doubled.depth, total.value) == (0, 0, 0)


async def test_step_makes_sends_to_several_mailboxes_visible_together() -> None:
    a, b = Mailbox[int]("a"), Mailbox[int]("b", capacity=1)
    progress = Cell("progress", 0)
    await b.send(0)
    reader = b.inbox()
    async with trio.open_nursery() as nursery:

        async def source() -> None:
            async with step():
                await a.outlet().send(1)
                await b.outlet().send(1)
                progress.set(1)

        nursery.start_soon(source)
        await wait_all_tasks_blocked()
        assert (a.depth, b.depth, progress.value) == (0, 1, 0)  # b is full: nothing at all
        await reader.receive()
        await reader.ack()
    assert (a.depth, b.depth, progress.value) == (1, 1, 1)


async def test_leaving_a_step_with_an_error_discards_it() -> None:
    a = Mailbox[int]("a")
    undone: list[int] = []
    with pytest.raises(ValueError, match="stop"):  # noqa: PT012  leaving the block is what raises
        async with step():
            await a.outlet().send(1)
            on_abort(lambda: undone.append(1))
            on_abort(lambda: undone.append(2))
            raise ValueError("stop")
    assert a.depth == 0
    assert undone == [2, 1]


async def test_cancelling_a_step_that_waits_for_room_discards_it() -> None:
    a = Mailbox[int]("a", capacity=1)
    await a.send(0)
    with trio.move_on_after(0.01) as scope:
        async with step():
            await a.outlet().send(1)
    assert scope.cancelled_caught
    inbox = a.inbox()
    await inbox.receive()
    await inbox.ack()
    assert a.depth == 0


async def test_two_steps_that_need_each_others_room_do_not_deadlock() -> None:
    """Each wants 6 of 10 places in two mailboxes: holding one while waiting would hang."""
    a, b = Mailbox[int]("a", capacity=10), Mailbox[int]("b", capacity=10)

    async def source(first: Mailbox[int], second: Mailbox[int]) -> None:
        for _ in range(20):
            async with step():
                await first.outlet().send_many(range(6))
                await trio.lowlevel.checkpoint()
                await second.outlet().send_many(range(6))

    async def read(mailbox: Mailbox[int]) -> None:
        inbox = mailbox.inbox()
        for _ in range(240):
            await inbox.receive()
        await inbox.ack()

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source, a, b)
            nursery.start_soon(source, b, a)
            nursery.start_soon(read, a)
            nursery.start_soon(read, b)


async def test_a_step_that_waits_elsewhere_does_not_block_the_way_of_others() -> None:
    """X needs a and b, b is full; b's reader needs a: it must overtake X, or neither moves."""
    a, b = Mailbox[int]("a", capacity=4), Mailbox[int]("b", capacity=1)
    await b.send(0)

    async def x() -> None:
        async with step():
            await a.outlet().send_many([1, 1, 1])
            await b.outlet().send(1)

    async def reader_of_b() -> None:
        inbox, outlet = b.inbox(), a.outlet()
        for _ in range(2):
            message = await inbox.receive()
            await outlet.send(10 + message)
        await inbox.ack()

    async def reader_of_a() -> None:
        inbox = a.inbox()
        for _ in range(5):
            await inbox.receive()
        await inbox.ack()

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(x)
            await wait_all_tasks_blocked()
            nursery.start_soon(reader_of_b)
            await wait_all_tasks_blocked()
            nursery.start_soon(reader_of_a)
    assert a.is_empty
    assert b.is_empty


async def test_an_actor_may_send_to_the_mailbox_it_reads() -> None:
    a = Mailbox[int]("a", capacity=1)
    await a.send(3)
    inbox, outlet = a.inbox(), a.outlet()
    with trio.fail_after(1):
        seen = []
        async for n in inbox:
            seen.append(n)
            if n == 0:
                break
            await outlet.send(n - 1)
    assert seen == [3, 2, 1, 0]


async def test_a_step_larger_than_the_mailbox_is_an_error() -> None:
    a = Mailbox[int]("a", capacity=3)
    with pytest.raises(StepTooLarge, match="4 messages"):  # noqa: PT012  leaving the block is what raises
        async with step():
            for n in range(4):
                await a.outlet().send(n)
    assert a.depth == 0


async def test_steps_do_not_nest() -> None:
    a = Mailbox[int]("a")
    await a.send(1)
    async with step():
        with pytest.raises(LocalProtocolError, match="do not nest"):
            async with step():
                pass
        with pytest.raises(LocalProtocolError, match="another step is open"):
            await a.inbox().receive()
    assert a.snapshot().leased == 0


async def test_a_fan_out_sends_every_message_to_every_mailbox_together() -> None:
    a, b = Mailbox[int]("a"), Mailbox[int]("b", capacity=1)
    both = fan_out(a, b)
    await both.send(1)
    with trio.move_on_after(0.01):
        await both.send(2)  # b is full, so a gets nothing either
    assert (a.depth, b.depth) == (1, 1)


async def test_a_partitioned_outlet_sends_equal_keys_to_the_same_mailbox() -> None:
    mailboxes = [Mailbox[str](f"p{n}") for n in range(4)]
    outlet = PartitionedOutlet(mailboxes, key=lambda message: message[0])
    await outlet.send_many([letter + str(n) for n in range(3) for letter in "abcdefgh"])
    for index, mailbox in enumerate(mailboxes):
        inbox = mailbox.inbox()
        for _ in range(mailbox.depth):
            message = await inbox.receive()
            assert partition_of(message[0], 4) == index
            await inbox.ack()
        assert mailbox.snapshot().accepted % 3 == 0
    assert sum(mailbox.snapshot().accepted for mailbox in mailboxes) == 24


def test_a_partition_is_the_same_in_every_process() -> None:
    # zlib.crc32, CRC-32/ISO-HDLC: its check value for b"123456789" is 0xCBF43926
    assert partition_of(b"123456789", 1 << 32) == 0xCBF43926
