"""Pool states come after their blocks: once, while the block stands, never for an orphaned one."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sent_line import SentLine
from test_assembler import block_parcels, ref_of, rejected, settle

from qenus.client import (
    AlertReported,
    Assembler,
    BlockApplied,
    BlockRetracted,
    DigestMismatch,
    Event,
    StatesApplied,
)
from qenus.wire import (
    EMPTY_DIGEST,
    Alert,
    BlockEnd,
    BlockRef,
    EndReason,
    Family,
    FamilyCount,
    Identity,
    Parcel,
    PoolStateBatch,
    Purity,
    Retract,
    Severity,
    StoppedPool,
    StopReason,
    Tier,
    blocks_topic,
    encode,
    features_topic,
    rolling_digest,
)


def state_parcels(ref: BlockRef, *, empty: bool = False) -> list[Parcel]:
    """A block's pool states as the state branch sends them: one pool, named after the block."""
    identity = Identity(ref, Tier.INCLUDED, Family.POOL_STATE, "v+r")
    stopped = StoppedPool(ref.hash[12:], None, "v", StopReason.MISSED_LOG, ref.number)
    batches = [] if empty else [encode(PoolStateBatch(identity, (stopped,), ()))]
    digest = rolling_digest(batches) if batches else EMPTY_DIGEST
    count = FamilyCount(Family.POOL_STATE, len(batches), len(batches), 0, digest)
    end = BlockEnd(ref, Tier.INCLUDED, Purity.STATE, "v+r", (count,), digest)
    parcels = [Parcel(features_topic("pool_state", "demo"), 1, batch) for batch in batches]
    return [*parcels, Parcel(blocks_topic("demo"), 1, encode(end))]


@st.composite
def histories(draw) -> tuple[list[Parcel], list[tuple[str, bytes]]]:
    """Parcels of a chain whose states come after its blocks, and the events expected of them."""
    parcels: list[Parcel] = []
    expected_events: list[tuple[str, bytes]] = []
    canonical: list[BlockRef] = []
    behind: list[BlockRef] = []
    for name in range(1, draw(st.integers(1, 16)) + 1):
        for _ in range(draw(st.integers(0, min(2, len(canonical))))):
            gone = canonical.pop()
            parcels.append(Parcel(blocks_topic("demo"), 1, encode(Retract(gone))))
            expected_events.append(("retract", gone.hash))
        ref = ref_of(name, int.from_bytes(canonical[-1].hash, "big") if canonical else 0)
        parcels += block_parcels(ref, empty=draw(st.booleans()))
        expected_events.append(("apply", ref.hash))
        canonical.append(ref)
        behind.append(ref)
        for _ in range(draw(st.integers(0, len(behind)))):
            stated = behind.pop(0)
            parcels += state_parcels(stated, empty=draw(st.booleans()))
            if stated in canonical:
                expected_events.append(("states", stated.hash))
    return parcels, expected_events


def block_events(events: list[Event]) -> list[tuple[str, bytes]]:
    names = {BlockApplied: "apply", StatesApplied: "states", BlockRetracted: "retract"}
    return [
        (name, (event.block if kind is BlockRetracted else event.end.block).hash)
        for event in events
        for kind, name in names.items()
        if isinstance(event, kind)
    ]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(histories(), st.integers(0, 2**32), st.floats(0, 0.6), st.integers(0, 8))
def test_states_come_once_for_blocks_that_stand(history, seed, loss, disorder):
    parcels, expected_events = history
    rng = random.Random(seed)
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    assembler = Assembler()
    events = settle(assembler, line)
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=step)
    line.end_reason = EndReason.COMPLETE
    sent = [message for message in line.sent if rng.random() >= loss]
    order = sorted(range(len(sent)), key=lambda at: at + rng.uniform(0, disorder))
    for at in order:
        events += assembler.receive(sent[at])
    events += assembler.receive(line.end(now_ns=0))
    events += settle(assembler, line)
    assert block_events(events) == expected_events
    for event in events:
        if isinstance(event, StatesApplied):
            for batch in event.batches:
                assert [state.address for state in batch.features] == [event.end.block.hash[12:]]


def received(assembler: Assembler, parcels: list[Parcel]) -> list[Event]:
    line = SentLine("a", bytes(16), journal_bytes=1 << 20)
    events = settle(assembler, line)
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=step)
        events += assembler.receive(line.sent[-1])
    return events


def test_a_block_that_comes_back_is_applied_with_its_states_again():
    ref = ref_of(1, 0)
    whole = [*block_parcels(ref), *state_parcels(ref)]
    parcels = [*whole, Parcel(blocks_topic("demo"), 1, encode(Retract(ref))), *whole, whole[-1]]
    one = [("apply", ref.hash), ("states", ref.hash)]
    # The last End alone has no batch of its own: it waits, and its block was applied already.
    assert block_events(received(Assembler(), parcels)) == [*one, ("retract", ref.hash), *one]


def test_a_node_that_says_them_again_in_its_next_session_changes_nothing():
    refs = [ref_of(number, number - 1) for number in (1, 2, 3)]
    assembler = Assembler()
    events: list[Event] = []
    for at, said in enumerate((refs[:2], refs), 1):
        line = SentLine("a", bytes([at] * 16), journal_bytes=1 << 20)
        events += settle(assembler, line)
        parcels = [one for ref in said for one in (*block_parcels(ref), *state_parcels(ref))]
        for step, parcel in enumerate(parcels):
            line.append(step, parcel, now_ns=step)
            events += assembler.receive(line.sent[-1])
        events += assembler.receive(line.heartbeat(now_ns=0, interval_ms=100))
        events += settle(assembler, line)
    assert block_events(events) == [
        (what, ref.hash) for ref in refs for what in ("apply", "states")
    ]


@pytest.mark.parametrize(
    ("families", "expected"), [({"amm"}, ["apply"]), ({"pool_state"}, ["apply", "states"])]
)
def test_a_subscriber_without_states_gets_none(families, expected):
    parcels = [*block_parcels(ref_of(1, 0)), *state_parcels(ref_of(1, 0))]
    expected_events = block_events(received(Assembler(families=families), parcels))
    assert [what for what, _ in expected_events] == expected


def test_a_state_batch_that_is_not_what_its_end_says_is_refused():
    ref, other = ref_of(1, 0), ref_of(2, 1)
    batch, _ = state_parcels(other)
    _, end = state_parcels(ref)
    events = received(Assembler(), [*block_parcels(ref), batch, end])
    assert block_events(events) == [("apply", ref.hash)]
    (error,) = rejected(events)
    assert isinstance(error, DigestMismatch)
    assert "pool_state" in str(error)


def test_alerts_are_reported():
    alert = Alert(Severity.WARNING, "pool_state_waits", "demo", True, "no state", ref_of(1, 0))
    events = received(Assembler(), [Parcel("alerts", 1, encode(alert))])
    assert AlertReported(alert) in events
