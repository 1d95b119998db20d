"""A subscriber's sockets under a publisher that sends what no publisher may: nothing ends it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgpack
import pynng
import pytest
import trio
from sent_line import SentLine
from trio.lowlevel import wait_readable

from qenus.client import BlockClosed, Event, FrameRejected, subscribe
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    EMPTY_DIGEST,
    BlockEnd,
    BlockRef,
    JoinRequest,
    Parcel,
    Purity,
    RepairRequest,
    Tier,
    decode,
    encode,
    repair_address,
)

PATIENCE_SECONDS = 30


def block(number: int) -> Parcel:
    ref = BlockRef(1, number, (number + 1).to_bytes(32, "big"), number.to_bytes(32, "big"))
    end = BlockEnd(ref, Tier.INCLUDED, Purity.BLOCK, "v", (), EMPTY_DIGEST)
    return Parcel("blocks.demo", 5, encode(end))


class ScriptedFeed:
    """A publisher that sends any bytes, and a journal that gives the bytes of a script first."""

    def __init__(self, pub: pynng.Pub0, rep: pynng.Rep0) -> None:
        self.line = SentLine("a", bytes(range(16)), journal_bytes=1 << 20)
        self.answers: list[bytes] = []
        self._pub = pub
        self._rep = rep
        self._steps = 0

    def send(self, message: bytes) -> None:
        self._pub.send(message, block=False)

    def send_block(self, number: int) -> None:
        self.line.append(self._steps, block(number), now_ns=1)
        self._steps += 1
        self.send(self.line.sent[-1])
        self.send(self.line.heartbeat(now_ns=1, interval_ms=100))

    async def serve(self) -> None:
        while True:
            await wait_readable(self._rep.recv_fd)
            asked = decode(self._rep.recv(), JoinRequest | RepairRequest)
            scripted = self.answers.pop(0) if self.answers else None
            self._rep.send(encode(self.line.answer(asked)) if scripted is None else scripted)


@asynccontextmanager
async def feed_at(address: str) -> AsyncIterator[ScriptedFeed]:
    with pynng.Pub0(listen=address) as pub, pynng.Rep0(listen=repair_address(address)) as rep:
        feed = ScriptedFeed(pub, rep)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.serve)
            yield feed
            # A task that waits on a socket's descriptor is ended before the socket is.
            nursery.cancel_scope.cancel()


async def blocks_and_rejections(
    address: str, script, *, wanted: int
) -> tuple[list[int], list[Event], int]:
    """What a subscriber is given until it has `wanted` blocks: their numbers, all events."""
    numbers: list[int] = []
    events: list[Event] = []
    with trio.fail_after(PATIENCE_SECONDS):
        async with feed_at(address) as feed, trio.open_nursery() as nursery:
            async with subscribe(address) as subscription:
                nursery.start_soon(script, feed)
                async for event in subscription:
                    events.append(event)
                    if isinstance(event, BlockClosed):
                        numbers.append(event.block.number)
                    if numbers and numbers[-1] >= wanted and any_rejected(events):
                        break
            nursery.cancel_scope.cancel()
    return numbers, events, sum(one.count for one in events if isinstance(one, FrameRejected))


def any_rejected(events: list[Event]) -> bool:
    return any(isinstance(event, FrameRejected) for event in events)


def garbage(rng: random.Random) -> bytes:
    topics = [b"", b"\0", b"blocks.demo\0", b"features.amm.demo\0", b"nodes\0", b"alerts\0", b"x\0"]
    bodies = [
        b"",
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 5000,
        msgpack.packb([2, 1]),
        rng.randbytes(50),
    ]
    return rng.choice(topics) + rng.choice(bodies)


async def until_joined(feed: ScriptedFeed) -> None:
    while not feed.line.joined:  # noqa: ASYNC110  a join is no event of this process's own
        await trio.sleep(0.01)


@pytest.mark.parametrize("message", [b"", b"\0", b"blocks.demo\0", b"blocks.demo\0\xc1", b"\xff"])
async def test_a_malformed_message_ends_no_subscriber(tmp_path, message):
    async def script(feed: ScriptedFeed) -> None:
        await until_joined(feed)
        for number in range(1, 6):
            feed.send(message)
            feed.send_block(number)

    numbers, events, _ = await blocks_and_rejections(f"ipc://{tmp_path}/f.ipc", script, wanted=5)
    assert numbers == [1, 2, 3, 4, 5]
    assert all(
        isinstance(one.error, RemoteProtocolError)
        for one in events
        if isinstance(one, FrameRejected)
    )


async def test_a_flood_of_malformed_messages_is_counted_and_the_blocks_come(tmp_path):
    rng = random.Random(5)

    async def script(feed: ScriptedFeed) -> None:
        await until_joined(feed)
        for number in range(1, 201):
            for _ in range(20):
                feed.send(garbage(rng))
            feed.send_block(number)
            await trio.sleep(0.002)

    address = f"ipc://{tmp_path}/f.ipc"
    numbers, events, rejected = await blocks_and_rejections(address, script, wanted=200)
    assert numbers == list(range(1, 201))
    reports = sum(isinstance(event, FrameRejected) for event in events)
    # One a second at the most, whatever their number.
    assert reports < 30
    assert rejected >= reports


async def test_a_journal_that_answers_nonsense_is_asked_again(tmp_path):
    async def script(feed: ScriptedFeed) -> None:
        await until_joined(feed)
        for number in range(1, 4):
            feed.send_block(number)

    async def with_nonsense(feed: ScriptedFeed) -> None:
        feed.answers += [b"", b"\xc1", b"\x91" * 5000, encode(block(1)), encode(JoinRequest("x"))]
        await script(feed)

    address = f"ipc://{tmp_path}/f.ipc"
    numbers, _, rejected = await blocks_and_rejections(address, with_nonsense, wanted=3)
    assert numbers == [1, 2, 3]
    assert rejected >= 1


async def test_a_subscriber_that_does_not_read_holds_bounded_bytes_and_loses_nothing(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("qenus.client.subscription._QUEUE_BYTES", 20_000)
    address = f"ipc://{tmp_path}/f.ipc"
    numbers: list[int] = []
    with trio.fail_after(PATIENCE_SECONDS):
        async with feed_at(address) as feed, subscribe(address) as subscription:
            await anext(subscription)
            for number in range(1, 301):
                feed.send_block(number)
                if number % 50 == 0:
                    await trio.sleep(0.02)
            # Nothing was read so far: most of it was dropped, and is asked for again now.
            async for event in subscription:
                if isinstance(event, BlockClosed):
                    numbers.append(event.block.number)
                if numbers and numbers[-1] == 300:
                    break
                feed.send(feed.line.heartbeat(now_ns=1, interval_ms=100))
    assert numbers == list(range(1, 301))
