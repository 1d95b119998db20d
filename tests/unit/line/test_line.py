"""A line numbers each parcel once and can repeat what it sent, whole blocks at a time."""

import pytest
from sent_line import SentLine

from qenus.errors import LocalProtocolError
from qenus.wire import (
    NODES,
    AmmBatch,
    BlockEnd,
    BlockRef,
    EndOfSession,
    EndReason,
    Family,
    FamilyCount,
    Frame,
    Heartbeat,
    Identity,
    JoinReply,
    JoinRequest,
    Parcel,
    Purity,
    RepairRequest,
    RepairStatus,
    Tier,
    decode,
    encode,
    rolling_digest,
    split,
)

SESSION = bytes(range(16))


def block_of(number: int) -> list[Parcel]:
    """A block with one empty amm batch, as two parcels."""
    ref = BlockRef(1, number, (number + 1).to_bytes(32, "big"), number.to_bytes(32, "big"))
    batch = encode(AmmBatch(Identity(ref, Tier.INCLUDED, Family.AMM, "v"), (), ()))
    digest = rolling_digest([batch])
    count = FamilyCount(Family.AMM, 1, 0, 0, digest)
    end = encode(BlockEnd(ref, Tier.INCLUDED, Purity.BLOCK, "v", (count,), digest))
    return [
        Parcel("features.amm.ethereum", 5, batch),
        Parcel("blocks.ethereum", 5, end),
    ]


def line_with(blocks: int, *, journal_bytes: int = 1 << 20) -> SentLine:
    line = SentLine("a", SESSION, journal_bytes=journal_bytes)
    parcels = [parcel for number in range(blocks) for parcel in block_of(number)]
    for step, parcel in enumerate(parcels):
        line.append(step, parcel, now_ns=7)
    return line


def sent_by(line: SentLine) -> list[tuple[str, Frame]]:
    packed = [split(message) for message in line.sent]
    return [(topic, decode(frame, Frame)) for topic, frame in packed]


def test_each_topic_counts_from_zero_without_gaps_and_carries_the_content_unchanged():
    line = line_with(3)
    for topic in ("features.amm.ethereum", "blocks.ethereum"):
        frames = [frame for name, frame in sent_by(line) if name == topic]
        assert [frame.envelope.seq for frame in frames] == [0, 1, 2]
        assert {frame.envelope.session for frame in frames} == {SESSION}
    contents = [frame.content for _, frame in sent_by(line)]
    assert contents == [parcel.content for number in range(3) for parcel in block_of(number)]


def test_a_parcel_that_comes_again_is_not_numbered_again():
    line = line_with(1)
    before = line.positions()
    assert line.append(1, block_of(0)[1], now_ns=9) == line.sent[1]
    assert line.positions() == before


def test_a_step_older_than_the_last_one_is_a_fault_of_ours():
    line = line_with(1)
    with pytest.raises(LocalProtocolError, match="from 1 on, found 0"):
        line.append(0, block_of(0)[0], now_ns=9)


def test_repair_repeats_the_very_bytes_that_were_sent():
    line = line_with(5)
    sent = [split(message)[1] for message in line.sent if message.startswith(b"blocks.")]
    reply = line.answer(RepairRequest(SESSION, "blocks.ethereum", 1, 3))
    assert reply.status is RepairStatus.OK
    assert list(reply.frames) == sent[1:4]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (RepairRequest(bytes(16), "blocks.ethereum", 0, 1), RepairStatus.OTHER_SESSION),
        (RepairRequest(SESSION, "blocks.base", 0, 1), RepairStatus.GONE),
        (RepairRequest(SESSION, "blocks.ethereum", 5, 1), RepairStatus.GONE),
    ],
)
def test_repair_says_why_it_has_nothing(request_, status):
    assert line_with(5).answer(request_).status is status


def test_the_journal_is_bounded_and_forgets_whole_blocks():
    line = line_with(50, journal_bytes=3000)
    features, blocks = line.positions()
    assert features.next_seq == blocks.next_seq == 50
    assert features.oldest_seq == blocks.oldest_seq > 30
    gone = line.answer(RepairRequest(SESSION, "blocks.ethereum", blocks.oldest_seq - 1, 1))
    assert gone.status is RepairStatus.GONE


def test_a_join_in_the_middle_of_a_block_is_placed_before_it():
    line = line_with(2)
    line.append(4, block_of(2)[0], now_ns=7)
    reply = line.answer(JoinRequest("test"))
    assert isinstance(reply, JoinReply)
    assert {p.topic: p.next_seq for p in reply.positions} == {
        "features.amm.ethereum": 2,
        "blocks.ethereum": 2,
    }
    assert line.positions()[0].next_seq == 3


def test_heartbeat_and_end_carry_all_positions_and_take_no_number():
    line = line_with(2)
    line.end_reason = EndReason.COMPLETE
    for packed, kind in [
        (line.heartbeat(now_ns=1, interval_ms=100), Heartbeat),
        (line.end(now_ns=1), EndOfSession),
    ]:
        topic, raw = split(packed)
        message = decode(decode(raw, Frame).content, kind)
        assert topic == NODES
        assert message.positions == line.positions()
    assert message.reason is EndReason.COMPLETE
    assert len(line.sent) == 4


def test_a_session_has_sixteen_bytes():
    with pytest.raises(LocalProtocolError):
        SentLine("a", b"short", journal_bytes=1)
