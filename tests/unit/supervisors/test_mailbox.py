"""What a mailbox promises: bounds, order, leases, overflow, and books that balance."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from supervisors import (
    Cause,
    LocalProtocolError,
    Mailbox,
    MailboxBusy,
    Overflow,
    StepTooLarge,
)


async def take(mailbox: Mailbox[int], count: int) -> list[int]:
    inbox = mailbox.inbox()
    taken = [await inbox.receive() for _ in range(count)]
    await inbox.ack()
    inbox.close()
    return taken


async def test_messages_come_in_order_with_increasing_ids() -> None:
    mailbox = Mailbox[str]("m")
    await mailbox.send_many(["a", "b"])
    await mailbox.send("c")
    inbox = mailbox.inbox()
    seen = []
    for _ in range(3):
        message = await inbox.receive()
        seen.append((inbox.lease_id, message))
    assert seen == [(0, "a"), (1, "b"), (2, "c")]


async def test_a_leased_message_is_acknowledged_when_the_loop_comes_round() -> None:
    mailbox = Mailbox[str]("m")
    await mailbox.send_many(["a", "b"])
    inbox = mailbox.inbox()
    assert await inbox.receive() == "a"
    assert (mailbox.snapshot().waiting, mailbox.snapshot().leased) == (2, 1)
    assert await inbox.receive() == "b"
    assert (mailbox.snapshot().waiting, mailbox.snapshot().acked) == (1, 1)


async def test_a_full_mailbox_makes_its_sender_wait_until_a_message_is_acknowledged() -> None:
    mailbox = Mailbox[int]("m", capacity=2)
    await mailbox.send_many([1, 2])
    with pytest.raises(trio.WouldBlock):
        mailbox.send_nowait(3)
    inbox = mailbox.inbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.send, 3)
        await wait_all_tasks_blocked()
        assert await inbox.receive() == 1  # leased, not acknowledged: still no room
        await wait_all_tasks_blocked()
        assert mailbox.snapshot().blocked_senders == 1
        assert await inbox.receive() == 2
    assert mailbox.snapshot().blocked_senders == 0
    assert await inbox.receive() == 3


async def test_bytes_bound_a_mailbox_as_messages_do() -> None:
    mailbox = Mailbox[bytes]("m", capacity_bytes=10)
    mailbox.send_nowait(b"123456")
    with pytest.raises(trio.WouldBlock):
        mailbox.send_nowait(b"12345")
    mailbox.send_nowait(b"1234")
    assert mailbox.snapshot().waiting_bytes == 10
    sized = Mailbox[str]("sized", capacity_bytes=10, size_of=len)
    sized.send_nowait("12345678")
    with pytest.raises(trio.WouldBlock):
        sized.send_nowait("123")


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.CONFLATE])
async def test_what_could_never_fit_is_an_error_and_not_a_wait(overflow: Overflow) -> None:
    key = (lambda message: message) if overflow is Overflow.CONFLATE else None
    mailbox = Mailbox[bytes]("m", capacity=2, capacity_bytes=100, overflow=overflow, key=key)
    with pytest.raises(StepTooLarge, match=r"3 messages of 3 bytes.*2 messages and 100 bytes"):
        await mailbox.send_many([b"a", b"b", b"c"])
    with pytest.raises(StepTooLarge, match="101 bytes"):
        await mailbox.send(b"x" * 101)


async def test_waiting_senders_are_served_in_their_order() -> None:
    mailbox = Mailbox[int]("m", capacity=2)
    await mailbox.send_many([0, 1])
    async with trio.open_nursery() as nursery:
        for messages in ([2, 3], [4], [5]):
            nursery.start_soon(mailbox.send_many, messages)
            await wait_all_tasks_blocked()
        # One place is free after the first acknowledgement: [4] would fit, but [2, 3] is first.
        assert await take(mailbox, 6) == [0, 1, 2, 3, 4, 5]


async def test_a_cancelled_sender_has_sent_nothing_and_lets_the_next_one_in() -> None:
    mailbox = Mailbox[int]("m", capacity=2)
    await mailbox.send(0)
    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        async def large() -> None:
            with scope:
                await mailbox.send_many([1, 2])

        nursery.start_soon(large)
        await wait_all_tasks_blocked()
        nursery.start_soon(mailbox.send, 3)
        await wait_all_tasks_blocked()
        assert mailbox.depth == 1
        scope.cancel()
    assert await take(mailbox, 2) == [0, 3]


async def test_a_released_lease_comes_again_first_and_under_the_same_id() -> None:
    mailbox = Mailbox[int]("m")
    await mailbox.send_many([1, 2, 3])
    inbox = mailbox.inbox()
    assert await inbox.receive() == 1
    inbox._abort(Cause.CANCELLED, None)
    again = [(await inbox.receive(), inbox.lease_id) for _ in range(3)]
    assert again == [(1, 0), (2, 1), (3, 2)]


async def test_cancellation_and_transient_failures_are_no_attempts() -> None:
    mailbox = Mailbox[int]("m", max_attempts=2)
    await mailbox.send(1)
    inbox = mailbox.inbox()
    for cause in [Cause.CANCELLED, Cause.TRANSIENT, Cause.FENCED] * 3:
        await inbox.receive()
        assert inbox.attempts == 0
        inbox._abort(cause, None)
    await inbox.receive()
    inbox.nack()
    await inbox.receive()
    assert inbox.attempts == 1


async def test_after_a_crash_in_a_batch_its_messages_come_one_at_a_time() -> None:
    mailbox = Mailbox[int]("m")
    await mailbox.send_many([1, 2, 3])
    inbox = mailbox.inbox()
    async for batch in inbox.batches(8):
        assert batch == [1, 2, 3]
        break
    inbox._abort(Cause.CRASH, None)
    await mailbox.send_many([4, 5])
    seen = []
    async for batch in inbox.batches(8):
        seen.append(batch)
        if batch[-1] == 5:
            break
    assert seen == [[1], [2], [3], [4, 5]]


async def test_changing_a_batch_in_place_does_not_change_what_is_redelivered() -> None:
    mailbox = Mailbox[int]("m")
    await mailbox.send_many([1, 2, 3])
    inbox = mailbox.inbox()
    async for batch in inbox.batches(8):
        batch.clear()
        break
    inbox._abort(Cause.CANCELLED, None)
    assert await inbox.receive() == 1


async def test_drop_new_keeps_what_waits() -> None:
    mailbox = Mailbox[int]("m", capacity=2, overflow=Overflow.DROP_NEW)
    await mailbox.send_many([1, 2, 3])
    await mailbox.send(4)
    assert mailbox.snapshot().dropped == {"drop_new": 2}
    assert await take(mailbox, 2) == [1, 2]
    assert mailbox.snapshot().balanced


async def test_drop_old_keeps_the_newest_but_never_takes_a_leased_message() -> None:
    mailbox = Mailbox[int]("m", capacity=3, overflow=Overflow.DROP_OLD)
    await mailbox.send_many([1, 2, 3])
    inbox = mailbox.inbox()
    assert await inbox.receive() == 1
    await mailbox.send_many([4, 5, 6])
    assert mailbox.snapshot().dropped == {"drop_old": 3}
    assert [await inbox.receive(), await inbox.receive()] == [5, 6]
    assert mailbox.snapshot().balanced


async def test_conflate_replaces_in_place_so_that_a_busy_key_is_not_starved() -> None:
    mailbox = Mailbox[tuple[str, int]](
        "m", capacity=2, overflow=Overflow.CONFLATE, key=lambda message: message[0]
    )
    await mailbox.send_many([("a", 1), ("b", 1)])
    await mailbox.send(("a", 2))
    inbox = mailbox.inbox()
    assert await inbox.receive() == ("a", 2)
    await mailbox.send(("b", 2))  # "b" still waits: replaced; "a" is leased: left alone
    with pytest.raises(trio.WouldBlock):
        mailbox.send_nowait(("a", 3))
    assert await inbox.receive() == ("b", 2)
    assert mailbox.snapshot().dropped == {"conflated": 2}
    assert mailbox.snapshot().balanced


async def test_control_messages_are_read_first_and_outlive_overflow() -> None:
    mailbox = Mailbox[str]("m", capacity=1, overflow=Overflow.DROP_OLD)
    await mailbox.send("data 1")
    await mailbox.send_control("halt")
    await mailbox.send("data 2")
    inbox = mailbox.inbox()
    assert await inbox.receive() == "halt"
    assert await inbox.receive() == "data 2"


async def test_a_mailbox_has_one_reader_at_a_time() -> None:
    mailbox = Mailbox[int]("m")
    await mailbox.send_many([1, 2])
    await mailbox.inbox().receive()
    with pytest.raises(MailboxBusy, match="'m' already has a reader"):
        await mailbox.inbox().receive()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"capacity": 0}, "capacity and capacity_bytes must be at least 1, found 0"),
        ({"overflow": Overflow.CONFLATE}, "key belongs to Overflow.CONFLATE"),
        ({"key": str}, "key belongs to Overflow.CONFLATE"),
        ({"max_attempts": 0}, "max_attempts must be at least 1, found 0"),
    ],
)
def test_impossible_bounds_are_refused_by_name(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        Mailbox("m", **arguments)  # type: ignore[arg-type]


async def test_the_oldest_age_is_that_of_the_head(autojump_clock: object) -> None:
    mailbox = Mailbox[int]("m")
    assert mailbox.snapshot().oldest_age_seconds is None
    await mailbox.send(1)
    await trio.sleep(2)
    await mailbox.send(2)
    await trio.sleep(1)
    assert mailbox.snapshot().oldest_age_seconds == pytest.approx(3)


async def test_a_busy_pair_of_actors_does_not_starve_other_tasks() -> None:
    mailbox = Mailbox[int]("m", capacity=10_000)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        for n in range(1_000):
            mailbox.send_nowait(n)
        inbox = mailbox.inbox()
        for _ in range(1_000):
            await inbox.receive()
        nursery.cancel_scope.cancel()
    assert turns >= 100


async def test_two_tasks_that_share_an_inbox_get_an_error() -> None:
    mailbox = Mailbox[int]("m")
    inbox = mailbox.inbox()
    async with trio.open_nursery() as nursery:

        async def first() -> None:
            await inbox.receive()
            await trio.sleep_forever()

        nursery.start_soon(first)
        await wait_all_tasks_blocked()
        with pytest.raises(MailboxBusy, match="another task waits"):
            await inbox.receive()
        await mailbox.send(1)
        await wait_all_tasks_blocked()
        with pytest.raises(MailboxBusy, match="another task works on a message"):
            await inbox.receive()
        nursery.cancel_scope.cancel()
    assert mailbox.snapshot().acked == 0
