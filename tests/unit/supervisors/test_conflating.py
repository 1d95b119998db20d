"""A mailbox that conflates holds at most one waiting message of each key, the newest."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from supervisors import (
    NO_BACKOFF,
    Cause,
    Child,
    Event,
    EventKind,
    Inbox,
    Mailbox,
    Overflow,
    StepTooLarge,
    Supervisor,
    Tree,
    fan_out,
    step,
)

Quote = tuple[str, int]


def quotes(capacity: int = 3, **options: int) -> Mailbox[Quote]:
    return Mailbox[Quote](
        "quotes", capacity=capacity, overflow=Overflow.CONFLATE, key=lambda quote: quote[0],
        size_of=lambda quote: quote[1], **options,
    )  # fmt: skip


async def take_all(box: Mailbox[Quote], inbox: Inbox[Quote] | None = None) -> list[Quote]:
    inbox = box.inbox() if inbox is None else inbox
    taken = []
    while not box.is_empty:
        taken.append(await inbox.receive())
        await inbox.ack()
    return taken


async def test_a_step_counts_its_keys_and_not_its_messages() -> None:
    box = quotes(capacity=2)
    async with step():
        for price in range(10):
            await box.outlet().send_many([("a", price), ("b", price)])
        assert box.snapshot().accepted == 0
    books = box.snapshot()
    assert (books.waiting, books.accepted, books.dropped) == (2, 20, {"conflated": 18})
    assert books.waiting_bytes == 18
    assert books.balanced
    assert await take_all(box) == [("a", 9), ("b", 9)]


async def test_a_step_with_more_keys_than_places_is_refused_and_unchanged() -> None:
    box = quotes(capacity=2)
    out = box.outlet()
    async with step():
        await out.send_many([("a", 1), ("b", 1)])
        with pytest.raises(StepTooLarge, match="3 messages of"):
            await out.send_many([("a", 2), ("c", 1), ("c", 2)])
        await out.send(("b", 2))
    assert await take_all(box) == [("a", 1), ("b", 2)]


async def test_the_bytes_of_a_step_are_those_of_its_newest_messages() -> None:
    box = quotes(capacity_bytes=10)
    out = box.outlet()
    async with step():
        await out.send(("a", 9))
        await out.send(("a", 4))
        await out.send(("b", 6))
        with pytest.raises(StepTooLarge, match="2 messages of 11 bytes"):
            await out.send(("a", 5))
    assert box.snapshot().waiting_bytes == 10
    assert await take_all(box) == [("a", 4), ("b", 6)]


async def test_what_a_discarded_step_replaced_has_never_been_there() -> None:
    box = quotes()
    with pytest.raises(ValueError, match="no"):  # noqa: PT012  leaving the block is what raises
        async with step():
            await box.outlet().send_many([("a", 1), ("a", 2)])
            raise ValueError("no")
    assert (box.snapshot().accepted, box.snapshot().dropped) == (0, {})


async def test_messages_sent_together_outside_a_step_conflate_too() -> None:
    box = quotes(capacity=1)
    await box.send_many([("a", 1), ("a", 2), ("a", 3)])
    await fan_out(box, Mailbox[Quote]("other")).send_many([("a", 4), ("a", 5)])
    assert box.snapshot().dropped == {"conflated": 4}
    assert await take_all(box) == [("a", 5)]


async def test_a_new_key_waits_for_room_and_a_known_one_does_not() -> None:
    box = quotes(capacity=2)
    await box.send_many([("a", 1), ("b", 1)])
    async with trio.open_nursery() as nursery:

        async def newcomer() -> None:
            async with step():
                await box.outlet().send(("c", 1))
                await box.outlet().send(("a", 2))

        nursery.start_soon(newcomer)
        await wait_all_tasks_blocked()
        assert box.snapshot().blocked_senders == 1
        assert box.snapshot().dropped == {}  # nothing of the step, before all of it
        async with step():
            await box.outlet().send(("b", 2))
        inbox = box.inbox()
        assert [await inbox.receive(), await inbox.receive()] == [("a", 1), ("b", 2)]
        await inbox.ack()
    assert await take_all(box, inbox) == [("c", 1), ("a", 2)]
    assert box.snapshot().balanced


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.CRASH, Cause.NACK, Cause.TRANSIENT])
async def test_a_message_that_comes_back_waits_in_its_slot_again(cause: Cause) -> None:
    box = quotes()
    await box.send_many([("a", 1), ("b", 1)])
    inbox = box.inbox()
    await inbox.receive()
    inbox._abort(cause, None)
    await box.send(("a", 2))  # replaces the one that came back, in its place at the head
    assert box.snapshot().dropped == {"conflated": 1}
    assert await inbox.receive() == ("a", 2)
    assert (inbox.lease_id, inbox.attempts) == (2, 0)
    assert await take_all(box, inbox) == [("b", 1)]
    assert box.snapshot().balanced


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.CRASH, Cause.NACK])
async def test_a_message_that_comes_back_is_replaced_by_newer_news_that_wait(
    cause: Cause,
) -> None:
    box = quotes()
    await box.send_many([("a", 5), ("b", 1)])
    inbox = box.inbox()
    await inbox.receive()
    await box.send(("a", 7))  # the old one is leased: the new one waits behind "b"
    assert box.depth == 3
    inbox._abort(cause, None)
    books = box.snapshot()
    assert (books.waiting, books.waiting_bytes, books.dropped) == (2, 8, {"conflated": 1})
    assert await inbox.receive() == ("a", 7)  # at the head, where its key was
    assert inbox.lease_id == 2
    await inbox.ack()
    await box.send(("b", 2))  # its slot is known still
    assert await take_all(box, inbox) == [("b", 2)]
    assert box.snapshot().balanced


async def test_a_batch_that_comes_back_keeps_one_message_of_each_key() -> None:
    box = quotes()
    await box.send_many([("a", 1), ("b", 1), ("c", 1)])
    inbox = box.inbox()
    async for batch in inbox.batches(2):
        assert batch == [("a", 1), ("b", 1)]
        break
    await box.send(("c", 2))
    inbox._abort(Cause.CRASH, None)
    await box.send_many([("b", 2), ("c", 3)])
    assert await take_all(box, inbox) == [("a", 1), ("b", 2), ("c", 3)]
    assert box.snapshot().balanced


async def test_a_crash_on_news_that_are_replaced_is_no_attempt_of_theirs(
    autojump_clock: object,
) -> None:
    box, seen = quotes(), []
    events: list[Event] = []

    async def read(inbox: Inbox[Quote]) -> None:
        async for quote in inbox:
            seen.append((quote, inbox.attempts))
            if quote[1] < 5:
                await box.send((quote[0], quote[1] + 1))  # as if from elsewhere
                raise ValueError(quote)

    await box.send_many([("a", 1), ("b", 7)])
    child = Child("read", read, box.inbox()).with_policy(backoff=NO_BACKOFF)
    tree = Tree(Supervisor("root", [child], intensity=0), subscribers=[events.append])

    with trio.move_on_after(1):
        await tree.run()
    assert tree.quarantine.entries() == ()
    assert seen[-1] == (("b", 7), 0)
    assert box.snapshot().balanced
    reported = sum(e.count for e in events if e.kind is EventKind.DROPPED)
    assert reported == box.snapshot().dropped.get("conflated", 0)
