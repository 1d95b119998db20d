"""Frames that break the contract change nothing: honest frames are applied all the same."""

import contextlib
import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_of_blocks import (
    SESSION,
    append,
    closed,
    closed_by,
    empty_block,
    new_line,
    received,
    ref_of,
    settle,
)

from qenus.client import Assembler, ChainGap, Event, FramesLost, SessionStarted
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    BlockEnd,
    Envelope,
    Family,
    FamilyCount,
    Heartbeat,
    JoinReply,
    JoinRequest,
    Parcel,
    Position,
    Purity,
    RepairReply,
    RepairRequest,
    RepairStatus,
    Retract,
    Tier,
    encode,
    frame,
    pack,
)

OTHER = bytes([9] * 16)


def at(seq: int, session: bytes = SESSION) -> Envelope:
    return Envelope("a", session, seq, 0, 0, 0)


def malformed() -> dict[str, bytes]:
    """One message of each kind of fault, all of them in the session and at the next place."""
    heads = msgpack.packb([19, 1, [10, 1, 1, bytes(32), bytes(32)], None, None])
    good = pack("blocks.demo", frame(at(0), heads))
    beat = encode(Heartbeat((), (), 100))
    deep = b"\x91" * 100_000
    huge = b"\xdd\xff\xff\xff\xff"
    contents = {
        "empty content": b"",
        "a number": b"\x05",
        "an array without a kind": b"\x90",
        "a kind as text": b"\x91\xa15",
        "nested a hundred thousand times": deep,
        "four billion elements": huge,
        "a heads of text": msgpack.packb([19, "x"]),
        "a batch among blocks": msgpack.packb([50, [11]]),
        "a retract of a short hash": msgpack.packb([18, [10, 1, 1, b"x", bytes(32)]]),
        "an end with four billion batches": encode(
            BlockEnd(
                ref_of(1), Tier.INCLUDED, Purity.BLOCK, "v",
                (FamilyCount(Family.AMM, 1, 0, 0, bytes(32)),) * 33, bytes(32),
            )
        ),
    }  # fmt: skip
    return {
        "an empty message": b"",
        "a zero byte": b"\0",
        "no zero byte": b"blocks.demo",
        "a topic of a thousand bytes": b"x" * 1000 + b"\0",
        "a topic that is no text": b"\xff\xfe\0" + frame(at(0), heads),
        "an unknown topic": pack("prices.demo", frame(at(0), heads)),
        "a topic without a frame": pack("blocks.demo", b""),
        "a frame without a content": pack("blocks.demo", msgpack.packb([2, [1, "a", SESSION]])),
        "a frame that is a map": pack("blocks.demo", msgpack.packb({2: 1})),
        "a session of 15 bytes": good.replace(SESSION, SESSION[:15]),
        "a negative seq": pack(
            "blocks.demo", msgpack.packb([2, [1, "a", SESSION, -1, 0, 0, 0], heads])
        ),
        "a seq that no line reaches": pack("blocks.demo", frame(at(1 << 60), heads)),
        "a line name of a thousand letters": pack(
            "blocks.demo", msgpack.packb([2, [1, "a" * 1000, SESSION, 0, 0, 0, 0], heads])
        ),
        "garbage of the line itself": pack("nodes", frame(at(0), b"\xc1")),
        "a content for the line itself": pack("nodes", frame(at(0), heads)),
        "a heartbeat among alerts": pack("alerts", frame(at(0), beat)),
        "a heartbeat that counts too far": pack(
            "nodes",
            frame(at(0), encode(Heartbeat((Position("blocks.demo", 1 << 60, 0),), (), 100))),
        ),
        "a batch of nothing": pack("features.amm.demo", frame(at(0), b"\x91\x32")),
        "an alert among features": pack("features.amm.demo", frame(at(0), beat)),
        **{
            f"among blocks: {name}": pack("blocks.demo", frame(at(0), content))
            for name, content in contents.items()
        },
        **{
            f"among alerts: {name}": pack("alerts", frame(at(0), content))
            for name, content in contents.items()
            if "batch" not in name
        },
    }


@pytest.mark.parametrize("name", malformed())
def test_a_malformed_frame_is_refused_and_the_honest_ones_are_applied(name):
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    with pytest.raises(RemoteProtocolError):
        assembler.receive(malformed()[name])
    events = received(assembler, append(line, [*empty_block(1), *empty_block(2)]))
    assert closed(events) == [(1, Purity.BLOCK), (2, Purity.BLOCK)]
    assert assembler.wanted() is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_cut_or_flipped_frame_is_answered_and_the_line_goes_on(seed, cut):
    rng = random.Random(seed)
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    events: list[Event] = []
    for number in range(1, 6):
        for message in append(line, empty_block(number)):
            changed = bytearray(message[: len(message) - cut] if rng.random() < 0.5 else message)
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            with contextlib.suppress(RemoteProtocolError):
                events += assembler.receive(bytes(changed))
            events += assembler.receive(message)
        events += settle_or_refuse(assembler, line)
    # The line goes on after the malformed frame: the next blocks come.
    for number in range(6, 9):
        events += received(assembler, append(line, empty_block(number)))
        for _ in range(3):
            events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
            events += settle_or_refuse(assembler, line)
    assert (8, Purity.BLOCK) in closed(events)


def settle_or_refuse(assembler: Assembler, line) -> list[Event]:
    """Settle with the journal; what it refutes is refused and settling goes on."""
    events: list[Event] = []
    for _ in range(20):
        try:
            return events + settle(assembler, line)
        except RemoteProtocolError:
            continue
    raise AssertionError("never settled")


def test_frames_of_a_session_that_the_journal_does_not_know_change_nothing():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    foreign = append(new_line(OTHER), empty_block(7))
    assert received(assembler, foreign) == []
    assert assembler.wanted() == JoinRequest("")
    with pytest.raises(RemoteProtocolError, match=f"found 0x{OTHER.hex()}"):
        assembler.joined(line.answer(JoinRequest("")))
    events = received(assembler, append(line, empty_block(1)))
    assert closed(events) == [(1, Purity.BLOCK)]
    assert assembler.wanted() is None


def test_a_session_that_the_journal_confirms_is_taken_from_its_first_frame():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    next_line = new_line(OTHER)
    messages = append(next_line, [*empty_block(1), *empty_block(2)])
    assembler.receive(messages[-1])
    events = settle(assembler, next_line)
    assert events[0] == SessionStarted("a", OTHER)
    assert closed(events) == [(1, Purity.BLOCK), (2, Purity.BLOCK)]


def test_a_block_whose_batch_was_never_sent_is_given_up_after_some_heartbeats():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    _, end = closed_by(1, Family.GAS, [b"x"], purity=Purity.BLOCK, name="gas", features=0)
    events = received(assembler, append(line, [end, *empty_block(2)]))
    assert closed(events) == []
    for _ in range(2):
        events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
    assert [type(event) for event in events] == [FramesLost]
    settle(assembler, line)
    assert closed(received(assembler, append(line, empty_block(3)))) == [(3, Purity.BLOCK)]


def test_a_retract_of_a_block_that_is_not_the_newest_is_refused_and_the_line_goes_on():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    retract = Parcel("blocks.demo", 5, encode(Retract(ref_of(1))))
    events = received(assembler, append(line, [*empty_block(1), *empty_block(2), retract]))
    assert isinstance(events[-1], FramesLost)
    assert "expected the newest block" in str(events[-2].error)
    settle(assembler, line)
    assert closed(received(assembler, append(line, empty_block(3)))) == [(3, Purity.BLOCK)]


def test_a_journal_that_repeats_garbage_costs_its_frames_and_nothing_more():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    assembler.receive(append(line, [*empty_block(1), *empty_block(2)])[-1])
    request = assembler.wanted()
    assert isinstance(request, RepairRequest)
    for frames in [(b"",), (b"\xc1",), (frame(at(0), b"\x90"),)]:
        events = assembler.repaired(request, RepairReply(RepairStatus.OK, frames))
        assert isinstance(events[-1], FramesLost)
        settle(assembler, line)
    assert closed(received(assembler, append(line, empty_block(3)))) == [(3, Purity.BLOCK)]


def is_refused(assembler: Assembler, message: bytes, why: str) -> bool:
    try:
        assembler.receive(message)
    except RemoteProtocolError as error:
        return why in str(error)
    return False


def test_topics_without_end_are_refused():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    names = [f"blocks.c{number}" for number in range(3000)]
    refused = 0
    for start in range(0, len(names), 1000):
        positions = tuple(Position(name, 0, 0) for name in names[start : start + 1000])
        beat = encode(Heartbeat(positions, (), 100))
        refused += is_refused(assembler, pack("nodes", frame(at(0), beat)), "at most 1024")
    assert refused == 2
    assert len(assembler._sequences) == 1024


def test_chains_without_end_are_refused():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    refused = 0
    for number in range(200):
        message = pack(f"blocks.c{number}", frame(at(0), encode(Retract(ref_of(1)))))
        refused += is_refused(assembler, message, "at most 64 chains")
    assert refused == 136


def test_empty_frames_that_wait_are_counted_as_what_they_cost():
    line, assembler = new_line(), Assembler(max_waiting_bytes=1 << 20)
    settle(assembler, line)
    content = msgpack.packb([9999])
    lost = 0
    for seq in range(1, 5000):
        events = assembler.receive(pack("alerts", frame(at(seq), content)))
        lost += any(isinstance(event, FramesLost) for event in events)
        if lost:
            break
    assert lost == 1
    # Each costs some hundred bytes of Python objects, whatever it says.
    assert 1000 < seq < 3000


def test_a_heartbeat_interval_of_weeks_is_taken_for_a_minute():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    assembler.receive(line.heartbeat(now_ns=0, interval_ms=2**32 - 1))
    assert assembler.heartbeat_seconds == 60.0


def test_one_forged_block_far_ahead_does_not_hide_the_honest_ones_behind_it():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    forged = empty_block(1 << 40)[-1]
    events = received(assembler, append(line, [*empty_block(1), forged, *empty_block(2)]))
    numbers = [number for number, _ in closed(events)]
    assert numbers == [1, 1 << 40, 2]
    assert sum(isinstance(event, ChainGap) for event in events) == 2


def test_a_journal_that_names_a_place_ahead_of_its_line_is_asked_again():
    line, assembler = new_line(), Assembler()
    ahead = JoinReply("a", SESSION, (Position("blocks.demo", 1 << 40, 0),))
    assembler.joined(ahead)
    events = received(assembler, append(line, empty_block(1)))
    for _ in range(20):
        assert closed(events) == []
        events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
    assert isinstance(events[-1], FramesLost)
    settle(assembler, line)
    assert closed(received(assembler, append(line, empty_block(2)))) == [(2, Purity.BLOCK)]


def test_a_heartbeat_from_before_the_join_is_no_reason_to_leave():
    line, assembler = new_line(), Assembler()
    before = line.heartbeat(now_ns=0, interval_ms=100)
    append(line, empty_block(1))
    settle(assembler, line)
    for _ in range(19):
        assert assembler.receive(before) == []
    assert assembler.receive(line.heartbeat(now_ns=0, interval_ms=100)) == []
    for _ in range(19):
        assert assembler.receive(before) == []
