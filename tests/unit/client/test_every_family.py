"""Whatever the contract declares reaches the subscriber; what a later one adds comes as bytes."""

import json

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_of_blocks import (
    append,
    closed,
    closed_by,
    empty_block,
    identity_of,
    new_line,
    ref_of,
    settle,
)
from line_of_blocks import received as received_by
from wire_values import messages

from qenus.cli.console import Lines
from qenus.cli.feature_lines import feature_line
from qenus.client import (
    Assembler,
    BlockApplied,
    BlockClosed,
    ContentReceived,
    Event,
    FrameRejected,
    StatesApplied,
    UnknownContent,
    UnreadBatch,
)
from qenus.errors import LocalProtocolError
from qenus.wire import (
    BATCHES,
    FIELDS,
    Bid,
    BlockEnd,
    BlockRef,
    Family,
    GasBatch,
    MevBatch,
    OpportunityGone,
    Parcel,
    PoolStateBatch,
    Purity,
    Tier,
    decode,
    encode,
    family_name,
    feature_rows,
    rolling_digest,
)

ALL = sorted(BATCHES, key=lambda message: message.KIND)


def empty_batch(message: type, number: int = 1) -> bytes:
    nothing = [()] * (len(FIELDS[message]) - 1)
    return encode(message(identity_of(number, BATCHES[message]), *nothing))


def received(parcels: list[Parcel], **options: object) -> list[Event]:
    line, assembler = new_line(), Assembler(**options)
    settle(assembler, line)
    return received_by(assembler, append(line, parcels))


def test_every_family_of_the_contract_has_a_batch():
    assert set(BATCHES.values()) == set(Family) - {Family.UNSPECIFIED}
    assert {message.__name__ for message in FIELDS if message.__name__.endswith("Batch")} == {
        message.__name__ for message in ALL
    }


@pytest.mark.parametrize("purity", [Purity.BLOCK, Purity.STATE])
@pytest.mark.parametrize("message", ALL, ids=lambda message: message.__name__)
def test_a_batch_of_any_family_is_handed_on(message, purity):
    family = BATCHES[message]
    batch = empty_batch(message)
    own = closed_by(1, family, [batch], purity=purity, name=family_name(family), features=0)
    before = [] if purity is Purity.BLOCK else empty_block(1)
    event = received([*before, *own])[-1]
    assert type(event) is {Purity.BLOCK: BlockApplied, Purity.STATE: StatesApplied}[purity]
    assert [encode(one) for one in event.batches] == [batch]
    # It is shown as well, by people's and by programs' tail.
    for as_json in (False, True):
        Lines(json=as_json).show(event)


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_feature_of_any_family_has_a_line(message, data):
    batch = data.draw(messages(message.__name__))
    for row in feature_rows(batch):
        assert feature_line(row)
        assert json.loads(json.dumps(row))["family"] == family_name(BATCHES[message])


def test_a_family_of_a_later_version_comes_as_bytes_under_its_number():
    later = Family(77)
    identity = msgpack.unpackb(encode(identity_of(1, later)))
    batch = msgpack.packb([900, identity, [[901, "new"]], 5], use_bin_type=True)
    parcels = closed_by(1, later, [batch], purity=Purity.BLOCK, name="lending", features=1)
    (event,) = received(parcels)
    assert event.batches == (UnreadBatch(later, batch),)
    assert event.batches[0].name == "unknown_77"
    # Digest and place in the block were checked all the same.
    wrong = msgpack.packb([900, identity, [[901, "other"]], 5], use_bin_type=True)
    assert closed(received([Parcel(parcels[0].topic, 5, wrong), parcels[1]])) == []


def test_a_later_batch_of_a_known_family_comes_as_bytes():
    identity = msgpack.unpackb(encode(identity_of(1, Family.GAS)))
    batch = msgpack.packb([900, identity, []], use_bin_type=True)
    (event,) = received(
        closed_by(1, Family.GAS, [batch], purity=Purity.BLOCK, name="gas", features=0)
    )
    assert event.batches == (UnreadBatch(Family.GAS, batch),)


def test_a_purity_of_a_later_version_closes_more_of_a_block_and_is_no_block():
    window = Purity(3)
    batch = empty_batch(GasBatch)
    more = closed_by(1, Family.GAS, [batch], purity=window, name="gas", features=0)
    events = received([*empty_block(1), *more, *more])
    assert closed(events) == [(1, Purity.BLOCK), (1, window)]
    assert type(events[1]) is BlockClosed


def test_each_family_that_needs_a_state_closes_on_its_own_and_once():
    """Two families of one purity: the second came to no subscriber while ends counted purities."""
    own = {
        family: closed_by(1, family, [empty_batch(message)], purity=Purity.STATE, name=name,
                          features=0)
        for family, message, name in (
            (Family.GAS, GasBatch, "gas"), (Family.POOL_STATE, PoolStateBatch, "pool_state"),
        )
    }  # fmt: skip
    said = [*empty_block(1), *own[Family.POOL_STATE], *own[Family.GAS]]
    events = received([*said, *own[Family.POOL_STATE], *own[Family.GAS]])
    assert closed(events) == [(1, Purity.BLOCK), (1, Purity.STATE), (1, Purity.STATE)]
    assert [type(event.batches[0]) for event in events[1:]] == [PoolStateBatch, GasBatch]
    # Who subscribed to one of them gets that one.
    (_, only) = received(said, families={"gas"})
    assert [type(batch) for batch in only.batches] == [GasBatch]


def test_an_end_that_counts_a_family_again_gives_only_what_is_new():
    gas, states = (
        closed_by(1, family, [batch], purity=Purity.STATE, name=family_name(family), features=0)
        for family, batch in (
            (Family.GAS, empty_batch(GasBatch)), (Family.POOL_STATE, empty_batch(PoolStateBatch)),
        )
    )  # fmt: skip
    counts = [decode(each[-1].content).families[0] for each in (states, gas)]
    contents = [each[0].content for each in (states, gas)]
    end = BlockEnd(
        ref_of(1), Tier.INCLUDED, Purity.STATE, "v", tuple(counts), rolling_digest(contents)
    )
    both = [states[0], gas[0], Parcel("blocks.demo", 5, encode(end))]
    events = received([*empty_block(1), *states, *both])
    assert [[type(batch) for batch in event.batches] for event in events] == [
        [], [PoolStateBatch], [GasBatch],
    ]  # fmt: skip


def test_more_families_of_a_block_than_any_version_has_are_refused():
    events = received(
        [*empty_block(1)]
        + [
            parcel
            for at in range(100, 165)
            for parcel in closed_by(
                1, Family(at), [], purity=Purity.STATE, name=f"later_{at}", features=0
            )
        ]
    )
    assert len(closed(events)) == 65
    (rejected,) = (event for event in events if isinstance(event, FrameRejected))
    assert "expected at most 64 families" in str(rejected.error)


def test_what_belongs_to_no_block_is_handed_on_between_blocks():
    bid = Bid("relay", 1, 2, *[bytes(32)] * 2, bytes(48), bytes(20), bytes(32), 3)
    gone = OpportunityGone(bytes(32), BlockRef(1, 1, bytes(32), bytes(32)))
    batch = empty_batch(MevBatch)
    block = closed_by(1, Family.MEV, [batch], purity=Purity.BLOCK, name="mev", features=0)
    events = received(
        [
            Parcel("features.mev.demo", 5, encode(bid)),
            *block,
            Parcel("opportunities", 6, encode(gone)),
        ]
    )
    assert events[0] == ContentReceived("features.mev.demo", bid, 5, 7)
    assert closed(events) == [(1, Purity.BLOCK)]
    assert events[2] == ContentReceived("opportunities", gone, 6, 7)


def test_an_observed_content_of_a_later_version_is_handed_on_as_bytes(capsys):
    later = msgpack.packb([950, "sighted"])
    events = received([Parcel("features.mev.demo", 5, later), *empty_block(1)])
    assert events[0] == UnknownContent("features.mev.demo", 950, later)
    assert closed(events) == [(1, Purity.BLOCK)]
    lines = Lines(json=True)
    for _ in range(100):
        lines.show(events[0])
    assert capsys.readouterr().err.count("kind 950") == 1


def test_a_batch_on_the_topic_of_another_family_is_refused():
    line, assembler = new_line(), Assembler()
    settle(assembler, line)
    (message,) = append(line, [Parcel("features.gas.demo", 5, empty_batch(MevBatch))])
    with pytest.raises(Exception, match="expected a message of family gas, found one of mev"):
        assembler.receive(message)


def test_families_that_were_not_subscribed_to_are_neither_waited_for_nor_kept():
    batch = empty_batch(GasBatch)
    block = closed_by(1, Family.GAS, [batch], purity=Purity.BLOCK, name="gas", features=0)
    (event,) = received(block, families={"amm"})
    assert event.batches == ()


def test_a_family_that_is_none_of_the_contracts_is_refused_at_once():
    with pytest.raises(LocalProtocolError, match="found 'amn'"):
        Assembler(families={"amm", "amn"})


def test_a_rejected_frame_makes_a_tail_end_with_trouble(capsys):
    from qenus.errors import RemoteProtocolError

    lines = Lines(json=True)
    lines.show(FrameRejected(RemoteProtocolError("topic: expected\x1b[2J"), 3))
    assert lines.trouble == 1
    assert "\x1b" not in capsys.readouterr().err
