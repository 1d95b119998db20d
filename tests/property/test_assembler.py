"""A subscriber gets the same events whatever the network did to the frames."""

import contextlib
import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sent_line import SentLine

from qenus.client.assembler import Assembler, DigestMismatch
from qenus.client.events import (
    BlockApplied,
    BlockRetracted,
    ChainGap,
    Event,
    FrameRejected,
    FramesLost,
    SessionEnded,
    SessionStarted,
    UnknownContent,
)
from qenus.errors import RemoteProtocolError
from qenus.wire import (
    AmmBatch,
    BlockEnd,
    BlockRef,
    EndReason,
    Envelope,
    Family,
    FamilyCount,
    Frame,
    Identity,
    JoinRequest,
    Parcel,
    Purity,
    RefusedLog,
    RepairRequest,
    Retract,
    Tier,
    blocks_topic,
    decode,
    encode,
    features_topic,
    frame,
    pack,
    rolling_digest,
    split,
)


def ref_of(name: int, parent: int) -> BlockRef:
    return BlockRef(1, name, name.to_bytes(32, "big"), parent.to_bytes(32, "big"))


def block_parcels(ref: BlockRef, *, empty: bool = False, chain: str = "demo") -> list[Parcel]:
    """A block as the extractor sends it; its one refused log makes every batch's bytes its own."""
    refused = (RefusedLog(ref.hash, 0, bytes(20), "uniswap_v2", "sync", "short"),)
    identity = Identity(ref, Tier.INCLUDED, Family.AMM, "v")
    batches = [] if empty else [encode(AmmBatch(identity, (), refused))]
    digest = rolling_digest(batches)
    count = FamilyCount(Family.AMM, len(batches), 0, len(batches), digest)
    end = BlockEnd(ref, Tier.INCLUDED, Purity.BLOCK, "v", (count,), digest)
    parcels = [Parcel(features_topic("amm", chain), 1, batch) for batch in batches]
    return [*parcels, Parcel(blocks_topic(chain), 1, encode(end))]


@st.composite
def histories(draw) -> tuple[list[Parcel], list[tuple[str, bytes]]]:
    """Parcels of a chain that grows and reorganises, and the events expected of them."""
    parcels: list[Parcel] = []
    expected_events: list[tuple[str, bytes]] = []
    canonical: list[BlockRef] = []
    for name in range(1, draw(st.integers(1, 20)) + 1):
        for _ in range(draw(st.integers(0, min(3, len(canonical))))):
            gone = canonical.pop()
            parcels.append(Parcel(blocks_topic("demo"), 1, encode(Retract(gone))))
            expected_events.append(("retract", gone.hash))
        ref = ref_of(name, int.from_bytes(canonical[-1].hash, "big") if canonical else 0)
        parcels += block_parcels(ref, empty=draw(st.booleans()))
        expected_events.append(("apply", ref.hash))
        canonical.append(ref)
    return parcels, expected_events


def block_events(events: list[Event]) -> list[tuple[str, bytes]]:
    return [
        ("apply", event.end.block.hash)
        if isinstance(event, BlockApplied)
        else ("retract", event.block.hash)
        for event in events
        if isinstance(event, BlockApplied | BlockRetracted)
    ]


def rejected(events: list[Event]) -> list[RemoteProtocolError]:
    return [event.error for event in events if isinstance(event, FrameRejected)]


def settle(assembler: Assembler, line: SentLine) -> list[Event]:
    """Ask the journal for all that is missing, as the subscription does."""
    events: list[Event] = []
    while (request := assembler.wanted()) is not None:
        reply = line.answer(request)
        if isinstance(request, JoinRequest):
            events += assembler.joined(reply)
        else:
            events += assembler.repaired(request, reply)
    return events


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 2**32), st.floats(0, 0.9), st.floats(0, 0.5), st.integers(0, 8))
def test_loss_doubles_and_disorder_change_nothing(history, seed, loss, doubles, disorder):
    parcels, expected_events = history
    rng = random.Random(seed)
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    events = settle(assembler, line)
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=step)
    line.end_reason = EndReason.COMPLETE
    sent = [message for message in line.sent if rng.random() >= loss]
    sent += [message for message in sent if rng.random() < doubles]
    order = sorted(range(len(sent)), key=lambda at: at + rng.uniform(0, disorder))
    for at in order:
        events += assembler.receive(sent[at])
        if rng.random() < 0.2:
            events += settle(assembler, line)
    # The end is repeated until every subscriber has left.
    events += assembler.receive(line.end(now_ns=0))
    events += assembler.receive(line.end(now_ns=1))
    events += settle(assembler, line)
    events += assembler.receive(line.end(now_ns=2))

    assert block_events(events) == expected_events
    assert events[0] == SessionStarted("a", bytes(16))
    assert events[-1] == SessionEnded(EndReason.COMPLETE)
    assert sum(isinstance(event, SessionEnded) for event in events) == 1
    assert not any(isinstance(event, FramesLost | ChainGap) for event in events)


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_a_subscriber_that_joins_anywhere_gets_the_rest_in_whole_blocks(history, data):
    parcels, expected_events = history
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    joins_at = data.draw(st.integers(0, len(parcels)))
    events: list[Event] = []
    for step, parcel in enumerate(parcels):
        if step == joins_at:
            events += settle(assembler, line)
        line.append(step, parcel, now_ns=0)
        events += assembler.receive(line.sent[-1])
    events += settle(assembler, line)
    applied = {hash_ for what, hash_ in block_events(events) if what == "apply"}
    expected = expected_events[len(expected_events) - len(block_events(events)) :]
    # Of the retracts in the rest, those of blocks from before the join mean nothing to us.
    rest = [(what, hash_) for what, hash_ in expected if what == "apply" or hash_ in applied]
    assert block_events(events)[-len(rest) :] == rest


def test_frames_that_the_journal_lost_are_reported_and_the_stream_goes_on():
    line = SentLine("a", bytes(16), journal_bytes=1000)
    assembler = Assembler()
    settle(assembler, line)
    for number in range(1, 30):
        for at, parcel in enumerate(block_parcels(ref_of(number, number - 1))):
            line.append(2 * number + at, parcel, now_ns=0)
    events = assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
    events += settle(assembler, line)
    assert [type(event) for event in events] == [FramesLost, SessionStarted]
    for at, parcel in enumerate(block_parcels(ref_of(30, 29))):
        line.append(100 + at, parcel, now_ns=0)
        events += assembler.receive(line.sent[-1])
    assert block_events(events) == [("apply", ref_of(30, 29).hash)]


def test_a_new_session_is_taken_from_its_first_frame_and_repeats_nothing():
    first, second = (SentLine("a", bytes([n] * 16), journal_bytes=1 << 20) for n in (1, 2))
    assembler = Assembler()
    events = settle(assembler, first)
    history = [block_parcels(ref_of(number, number - 1)) for number in (1, 2, 3)]
    for step, parcel in enumerate(history[0] + history[1]):
        first.append(step, parcel, now_ns=0)
        events += assembler.receive(first.sent[-1])
    # The node restarts: it publishes block 2 again, on a branch without block 1.
    fork = block_parcels(ref_of(20, 1))
    for step, parcel in enumerate(history[1] + fork):
        second.append(step, parcel, now_ns=0)
    events += assembler.receive(second.sent[-1])
    # None of it is applied before the journal confirms the session.
    assert assembler.wanted() == JoinRequest("")
    events += assembler.receive(second.heartbeat(now_ns=0, interval_ms=100))
    events += settle(assembler, second)
    events += assembler.receive(first.sent[0])
    assert block_events(events) == [
        ("apply", ref_of(1, 0).hash),
        ("apply", ref_of(2, 1).hash),
        ("retract", ref_of(2, 1).hash),
        ("apply", ref_of(20, 1).hash),
    ]


def events_of_sessions(*sessions: list[BlockRef]) -> list[Event]:
    """The events that a subscriber gets when node after node speaks of these blocks."""
    assembler = Assembler()
    events: list[Event] = []
    for at, refs in enumerate(sessions, 1):
        line = SentLine("a", bytes([at] * 16), journal_bytes=1 << 20)
        events += settle(assembler, line)
        parcels = [parcel for ref in refs for parcel in block_parcels(ref)]
        for step, parcel in enumerate(parcels):
            line.append(step, parcel, now_ns=0)
            events += assembler.receive(line.sent[-1])
        events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
        events += settle(assembler, line)
    return events


def chain_of(first: int, last: int) -> list[BlockRef]:
    return [ref_of(number, number - 1) for number in range(first, last + 1)]


def test_a_node_that_begins_further_back_repeats_nothing_and_undoes_nothing():
    events = events_of_sessions(chain_of(98, 100), chain_of(95, 101))
    assert block_events(events) == [("apply", ref.hash) for ref in chain_of(98, 101)]
    assert not any(isinstance(event, ChainGap) for event in events)


def test_after_a_gap_nothing_behind_it_is_touched_any_more():
    fork = BlockRef(1, 100, (1000).to_bytes(32, "big"), (99).to_bytes(32, "big"))
    events = events_of_sessions(chain_of(1, 3), chain_of(98, 100), [fork])
    assert block_events(events) == [
        *(("apply", ref.hash) for ref in chain_of(1, 3)),
        *(("apply", ref.hash) for ref in chain_of(98, 100)),
        ("retract", ref_of(100, 99).hash),
        ("apply", fork.hash),
    ]
    assert [event for event in events if isinstance(event, ChainGap)] == [
        ChainGap(ref_of(3, 2), ref_of(98, 97))
    ]


def test_a_branch_that_replaces_all_we_hold_takes_all_of_it_back():
    fork = BlockRef(1, 98, (1000).to_bytes(32, "big"), (97).to_bytes(32, "big"))
    events = events_of_sessions(chain_of(98, 100), [fork])
    assert block_events(events)[-4:] == [
        *(("retract", ref.hash) for ref in reversed(chain_of(98, 100))),
        ("apply", fork.hash),
    ]


def test_what_waits_for_a_blocks_end_is_bounded():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler(max_waiting_bytes=10_000)
    settle(assembler, line)
    events: list[Event] = []
    for number in range(1, 200):
        line.append(number, block_parcels(ref_of(number, number - 1))[0], now_ns=0)
        events += assembler.receive(line.sent[-1])
    assert any(isinstance(event, FramesLost) for event in events)


@pytest.mark.parametrize("seq", [1 << 53, (1 << 64) - 1])
def test_a_number_that_no_line_can_have_reached_is_refused(seq):
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    settle(assembler, line)
    content = block_parcels(ref_of(1, 0))[0].content
    with pytest.raises(RemoteProtocolError, match="seq"):
        assembler.receive(
            pack(
                features_topic("amm", "demo"),
                frame(Envelope("a", bytes(16), seq, 0, 0, 0), content),
            )
        )


def test_a_repair_of_other_frames_than_asked_for_is_refused():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    settle(assembler, line)
    for step, parcel in enumerate(block_parcels(ref_of(1, 0)) + block_parcels(ref_of(2, 1))):
        line.append(step, parcel, now_ns=0)
    assembler.receive(line.sent[-1])
    request = assembler.wanted()
    assert isinstance(request, RepairRequest)
    other = line.answer(RepairRequest(bytes(16), request.topic, request.first_seq + 1, 1))
    refused, lost = assembler.repaired(request, other)
    assert "expected seq 0" in str(refused.error)
    assert isinstance(lost, FramesLost)
    settle(assembler, line)
    whole = line.answer(RepairRequest(bytes(16), request.topic, 0, 2))
    refused, lost = assembler.repaired(RepairRequest(bytes(16), request.topic, 0, 1), whole)
    assert "at most 1 frames" in str(refused.error)
    assert isinstance(lost, FramesLost)


def test_a_gap_in_the_chain_is_reported_before_the_block_behind_it():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    events = settle(assembler, line)
    for step, parcel in enumerate(block_parcels(ref_of(1, 0)) + block_parcels(ref_of(9, 8))):
        line.append(step, parcel, now_ns=0)
        events += assembler.receive(line.sent[-1])
    assert ChainGap(ref_of(1, 0), ref_of(9, 8)) in events
    assert block_events(events) == [("apply", ref_of(1, 0).hash), ("apply", ref_of(9, 8).hash)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_batch_is_never_given_out(data):
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    settle(assembler, line)
    batch, end = block_parcels(ref_of(1, 0))
    at = data.draw(st.integers(0, len(batch.content) - 1))
    changed = bytearray(batch.content)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    line.append(0, Parcel(batch.topic, 1, bytes(changed)), now_ns=0)
    line.append(1, end, now_ns=0)
    events: list[Event] = []
    for message in line.sent:
        with contextlib.suppress(RemoteProtocolError):
            events += assembler.receive(message)
    # Refused at once, or when the block closes; or its end waits for a batch that never comes.
    for _ in range(3):
        events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
        events += settle(assembler, line)
    assert not block_events(events)
    assert any(isinstance(event, FramesLost) for event in events)
    for step, parcel in enumerate(block_parcels(ref_of(2, 1)), 2):
        line.append(step, parcel, now_ns=0)
        events += assembler.receive(line.sent[-1])
    assert block_events(events) == [("apply", ref_of(2, 1).hash)]


def test_counts_that_disagree_are_a_digest_mismatch():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    settle(assembler, line)
    batch, _ = block_parcels(ref_of(1, 0))
    digest = rolling_digest([batch.content])
    lie = FamilyCount(Family.AMM, 1, 5, 1, digest)
    end = BlockEnd(ref_of(1, 0), Tier.INCLUDED, Purity.BLOCK, "v", (lie,), digest)
    line.append(0, batch, now_ns=0)
    line.append(1, Parcel(blocks_topic("demo"), 1, encode(end)), now_ns=0)
    events = [event for message in line.sent for event in assembler.receive(message)]
    assert not block_events(events)
    (error,) = rejected(events)
    assert isinstance(error, DigestMismatch)
    assert "amm" in str(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_anything_but_a_protocol_error(noise):
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    settle(assembler, line)
    parcel = block_parcels(ref_of(1, 0))[0]
    line.append(0, parcel, now_ns=0)
    topic, raw = split(line.sent[0])
    envelope = decode(raw, Frame).envelope
    for message in (noise, pack(topic, noise), pack(topic, frame(envelope, noise))):
        with contextlib.suppress(RemoteProtocolError):
            assembler.receive(message)


def test_only_what_was_subscribed_to_is_waited_for():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler(chains={"demo"}, families=set())
    events = settle(assembler, line)
    parcels = block_parcels(ref_of(1, 0)) + block_parcels(ref_of(2, 1), chain="base")
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=0)
    blocks_only = [message for message in line.sent if message.startswith(b"blocks.demo\0")]
    for message in blocks_only:
        events += assembler.receive(message)
    events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
    assert block_events(events) == [("apply", ref_of(1, 0).hash)]
    assert assembler.wanted() is None


def test_what_a_later_version_added_is_handed_on_and_changes_nothing():
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    events = settle(assembler, line)
    later = msgpack.packb([9999, "news"])
    parcels = [Parcel("opportunities", 1, later), *block_parcels(ref_of(1, 0))]
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=0)
        events += assembler.receive(line.sent[-1])
    envelope = Envelope("a", bytes(16), 1, 0, 0, 0)
    events += assembler.receive(pack("blocks.demo", frame(envelope, later)))
    events += assembler.receive(pack("nodes", frame(envelope, later)))
    for parcel in block_parcels(ref_of(2, 1)):
        line.append(step := step + 1, parcel, now_ns=0)
    blocks = line.sent[-1]
    shifted = decode(split(blocks)[1], Frame)
    again = Envelope("a", bytes(16), 2, 0, 0, 0)
    events += assembler.receive(line.sent[-2])
    events += assembler.receive(pack("blocks.demo", frame(again, shifted.content)))
    assert block_events(events) == [("apply", ref_of(1, 0).hash), ("apply", ref_of(2, 1).hash)]
    assert [event for event in events if isinstance(event, UnknownContent)] == [
        UnknownContent(topic, 9999, later) for topic in ("opportunities", "blocks.demo", "nodes")
    ]
