"""Every reader of a line gets the same bytes at its own pace; the slowest delays no other."""

import random

import pytest
import trio

from qenus.errors import LocalProtocolError
from qenus.line import Line, LineReader, keep_line
from qenus.mailboxes import line_mailbox
from qenus.wire import (
    BlockRef,
    Frame,
    Heads,
    Parcel,
    RepairRequest,
    RepairStatus,
    decode,
    encode,
    split,
)
from supervisors import (
    Backoff,
    Child,
    FailureTypes,
    Inbox,
    InjectedCrash,
    Overflow,
    RandomFaults,
    Supervisor,
    Tree,
    fan_out,
)

SESSION = bytes(range(16))
FAILURES = FailureTypes(transient=(InjectedCrash,))
BACKOFF = Backoff(initial_seconds=0.001, max_seconds=0.01)
PATIENCE_SECONDS = 30


def parcel(number: int, size: int = 0) -> Parcel:
    ref = BlockRef(1, number, number.to_bytes(32, "big"), bytes(32))
    if size:
        return Parcel("features.amm.demo", 1, bytes(size))
    return Parcel("blocks.demo", 1, encode(Heads(1, ref, None, None)))


class Recorder:
    """A reader's actor that keeps what it got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def read(self, inbox: Inbox[bytes]) -> None:
        async for message in inbox:
            self.got.append(message)


def numbers(messages: list[bytes]) -> list[int]:
    return [decode(split(message)[1], Frame).envelope.seq for message in messages]


async def run_line(readers: list[LineReader], actors: list[Child], parcels: list[Parcel], **tree):
    """Send parcels through the line's actor until all of them have been given to the readers."""
    out = line_mailbox()
    line = readers[0].line
    mailboxes = [reader.mailbox for reader in readers]
    kept = Child("line", keep_line, out.inbox(), fan_out(*mailboxes), line=line).with_policy(
        backoff=BACKOFF
    )
    actors = [actor.with_policy(backoff=BACKOFF) for actor in actors]
    root = Supervisor("root", [kept, *actors])
    async with trio.open_nursery() as nursery:
        running = Tree(root, failures=FAILURES, **tree)
        await nursery.start(running.run)
        for each in parcels:
            await out.send(each)
        with trio.fail_after(PATIENCE_SECONDS):
            while not all(box.is_empty for box in (out, *mailboxes)):  # noqa: ASYNC110
                await trio.sleep(0.001)
        running.stop()


async def test_all_readers_get_the_same_bytes_in_the_lines_order():
    line = Line("a", SESSION, journal_bytes=1 << 20)
    readers = [LineReader(line, name) for name in ("nng", "archive")]
    first, second = Recorder(), Recorder()
    actors = [
        Child(reader.name, recorder.read, reader.inbox())
        for reader, recorder in zip(readers, (first, second), strict=True)
    ]
    await run_line(readers, actors, [parcel(number) for number in range(50)])
    assert numbers(first.got) == list(range(50))
    assert all(one is other for one, other in zip(first.got, second.got, strict=True))


async def test_a_reader_that_does_not_read_stops_no_other_and_its_lag_says_so():
    line = Line("a", SESSION, journal_bytes=1 << 20)
    quick, stuck = LineReader(line, "quick"), LineReader(line, "stuck", capacity=10)
    recorder = Recorder()
    out = line_mailbox()
    kept = Child("line", keep_line, out.inbox(), fan_out(quick.mailbox, stuck.mailbox), line=line)
    root = Supervisor("root", [kept, Child("quick", recorder.read, quick.inbox())])
    async with trio.open_nursery() as nursery:
        running = Tree(root)
        await nursery.start(running.run)
        with trio.fail_after(PATIENCE_SECONDS):
            for number in range(100):
                await out.send(parcel(number))
            while len(recorder.got) < 100:  # noqa: ASYNC110
                await trio.sleep(0.001)
        lag = stuck.lag()
        running.stop()
    assert (lag.frames, lag.dropped) == (10, 90)
    assert lag.bytes > 0
    assert quick.lag().frames == quick.lag().dropped == 0
    # What it missed is in the journal, byte for byte.
    reply = line.answer(RepairRequest(SESSION, "blocks.demo", 0, 90))
    assert reply.status is RepairStatus.OK
    assert list(reply.frames) == [split(message)[1] for message in recorder.got[:90]]


async def test_a_mailbox_is_bounded_in_bytes_and_keeps_the_newest():
    line = Line("a", SESSION, journal_bytes=1 << 20)
    reader = LineReader(line, "stuck", capacity_bytes=10_000)
    for step in range(50):
        await reader.mailbox.send(line.append(step, parcel(step, 1000), now_ns=1))
    assert reader.lag().bytes <= 10_000
    assert reader.lag().dropped == 50 - reader.lag().frames
    recorder = Recorder()
    with trio.move_on_after(0.05):
        await recorder.read(reader.inbox())
    assert numbers(recorder.got) == list(range(50 - len(recorder.got), 50))


@pytest.mark.parametrize("policy", [Overflow.BLOCK, Overflow.CONFLATE])
def test_a_policy_that_would_make_the_line_wait_is_refused(policy):
    line = Line("a", SESSION, journal_bytes=1 << 20)
    with pytest.raises(LocalProtocolError, match="would stop all others"):
        LineReader(line, "archive", overflow=policy)


@pytest.mark.parametrize("seed", range(5))
async def test_crashes_of_the_line_and_its_readers_change_no_byte(seed):
    parcels = [parcel(number) for number in range(60)]
    line = Line("a", SESSION, journal_bytes=1 << 20)
    readers = [LineReader(line, name) for name in ("nng", "archive")]
    recorders = Recorder(), Recorder()
    faults = RandomFaults({"line": 0.2, "nng": 0.2, "archive": 0.2}, random.Random(seed))
    actors = [
        Child(reader.name, recorder.read, reader.inbox())
        for reader, recorder in zip(readers, recorders, strict=True)
    ]
    await run_line(readers, actors, parcels, faults=faults)
    assert sum(faults.crashes.values()) > 20
    journalled = line.answer(RepairRequest(SESSION, "blocks.demo", 0, 60)).frames
    assert [decode(frame, Frame).content for frame in journalled] == [p.content for p in parcels]
    for recorder in recorders:
        # A frame may come twice, as the same bytes; none is missing and none out of order.
        assert list(dict.fromkeys(recorder.got)) == [b"blocks.demo\0" + each for each in journalled]


async def test_a_heartbeat_counts_no_frame_that_is_still_on_its_way():
    line = Line("a", SESSION, journal_bytes=1 << 20)
    reader = LineReader(line, "nng")
    assert reader.positions() == ()
    reader.mailbox.send_nowait(line.append(0, parcel(0), now_ns=1))
    assert reader.positions() == ()
    assert line.positions()[0].next_seq == 1


async def test_a_heartbeat_counts_all_frames_once_the_reader_has_caught_up():
    line = Line("a", SESSION, journal_bytes=1 << 20)
    reader, recorder = LineReader(line, "nng"), Recorder()
    await run_line([reader], [Child("nng", recorder.read, reader.inbox())], [parcel(0), parcel(1)])
    assert reader.positions() == line.positions()
    assert line.positions()[0].next_seq == 2
