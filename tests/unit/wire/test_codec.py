"""Bytes in, messages out: what is refused says which field, what was expected and found."""

from typing import Any, get_args

import msgspec
import pytest

from qenus.errors import RemoteProtocolError
from qenus.wire import (
    AmmBatch,
    AmmFeature,
    BlockEnd,
    BlockRef,
    BridgeFeature,
    Envelope,
    Family,
    FamilyCount,
    Frame,
    Heads,
    Identity,
    Log,
    Message,
    Purity,
    Tier,
    UniswapV2Sync,
    UniswapV3Swap,
    UnknownKind,
    decode,
    encode,
    frame,
)

_REF = BlockRef(1, 22431083, b"\x01" * 32, b"\x02" * 32)
_IDENTITY = Identity(_REF, Tier.INCLUDED, Family.AMM, "0.1.0+abc")
_SWAP = UniswapV3Swap(
    b"\x03" * 32,
    4,
    5,
    b"\x06" * 20,
    b"\x07" * 20,
    b"\x08" * 20,
    (-9).to_bytes(32, "big", signed=True),
    (10).to_bytes(32, "big"),
    (2**96).to_bytes(20, "big"),
    (11).to_bytes(16, "big"),
    -12,
)
_BATCH = AmmBatch(_IDENTITY, (_SWAP,), ())


def _raw(message: msgspec.Struct) -> Any:
    return msgspec.msgpack.decode(encode(message))


def _refusal(data: bytes, kind: Any) -> str:
    with pytest.raises(RemoteProtocolError) as refused:
        decode(data, kind)
    return str(refused.value)


def test_a_message_is_an_array_of_its_kind_and_its_fields_in_order() -> None:
    assert encode(_REF) == (
        b"\x95\x0a\x01\xce"
        + (22431083).to_bytes(4, "big")
        + (b"\xc4\x20" + b"\x01" * 32)
        + (b"\xc4\x20" + b"\x02" * 32)
    )


def test_an_integer_beyond_64_bits_is_bytes_of_its_own_width_and_reads_as_int() -> None:
    raw = _raw(_SWAP)
    assert [len(value) for value in raw[7:11]] == [32, 32, 20, 16]
    assert (_SWAP.amount0, _SWAP.amount1, _SWAP.sqrt_price_x96) == (-9, 10, 2**96)
    assert (_SWAP.liquidity, _SWAP.tick) == (11, -12)


def test_the_content_of_a_frame_is_the_very_bytes_that_were_put_in() -> None:
    content = encode(_BATCH)
    envelope = Envelope("A", b"\x09" * 16, 2**64 - 1, 1, 2, 0)
    got = decode(frame(envelope, content), Frame)
    assert (got.envelope, got.content) == (envelope, content)


def test_decoding_without_a_type_gives_whichever_message_it_is() -> None:
    for message in (_REF, _BATCH, _SWAP, Heads(1, _REF)):
        assert decode(encode(message)) == message


def test_a_union_takes_its_members_and_nothing_else() -> None:
    assert decode(encode(_SWAP), AmmFeature) == _SWAP
    said = _refusal(encode(_REF), AmmFeature)
    assert said.startswith(f"message.kind: expected one of {len(get_args(AmmFeature))} kinds")
    said = _refusal(encode(_REF), BridgeFeature)
    assert said.startswith("message.kind: expected 120 or 121 or 122 or 123, found 10")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ((2, 0, 11), 2**23, "AmmBatch.features[0].tick: expected `int` <= 8388607, found 8388608"),
        (
            (2, 0, 11),
            -(2**23) - 1,
            "AmmBatch.features[0].tick: expected `int` >= -8388608, found -8388609",
        ),
        (
            (2, 0, 9),
            b"\0" * 21,
            "AmmBatch.features[0].sqrt_price_x96: expected `bytes` of length <= 20, found 21 bytes",
        ),
        (
            (2, 0, 7),
            7,
            "AmmBatch.features[0].amount0: expected `bytes`, found `int`",
        ),
        (
            (1, 1, 3),
            b"\0" * 31,
            "AmmBatch.identity.block.hash: expected `bytes` of length >= 32, found 31 bytes",
        ),
        ((1, 1, 1), -1, "AmmBatch.identity.block.chain_id: expected `int` >= 0, found -1"),
        ((1, 2), -1, "AmmBatch.identity.tier: expected a number of Tier, found -1"),
        (
            (1, 4),
            "x" * 65,
            "AmmBatch.identity.extractor_version: expected `str` of length <= 64, found 65 bytes",
        ),
        ((1, 0), 10, "AmmBatch.identity.kind: expected 11, found 10"),
        ((1, 1), None, "AmmBatch.identity.block: expected `array`, found `None`"),
        ((2,), {}, "AmmBatch.features: expected `array`, found `object`"),
        ((2, 0, 1), True, "AmmBatch.features[0].transaction_hash: expected `bytes`, found `bool`"),
        ((2, 0, 2), 1.0, "AmmBatch.features[0].transaction_index: expected `int`, found `float`"),
        (
            (2, 0, 2),
            2**32,
            "AmmBatch.features[0].transaction_index: expected `int` <= 4294967295, "
            "found 4294967296",
        ),
    ],
)
def test_a_refusal_names_the_field_and_what_was_expected_and_found(
    place: tuple[int, ...], value: Any, said: str
) -> None:
    raw = _raw(_BATCH)
    inside = raw
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    assert _refusal(msgspec.msgpack.encode(raw), AmmBatch) == said


def test_a_refusal_deep_in_a_union_is_named_by_the_member_that_the_bytes_claim() -> None:
    sync = UniswapV2Sync(bytes(32), 0, 1, bytes(20), bytes(14), bytes(13))
    batch = AmmBatch(_IDENTITY, (_SWAP, sync), ())
    assert _refusal(encode(batch), AmmBatch) == (
        "AmmBatch.features[1].reserve1: expected `bytes` of length >= 14, found 13 bytes"
    )


def test_more_elements_than_the_contract_allows_are_refused() -> None:
    log = Log(0, bytes(20), (bytes(32),) * 5, b"")
    assert _refusal(encode(log), Log) == (
        "Log.topics: expected `array` of length <= 4, found 5 elements"
    )


def test_cut_short_or_followed_by_more_is_refused() -> None:
    data = encode(_BATCH)
    assert "truncated" in _refusal(data[:-1], AmmBatch)
    assert "trailing" in _refusal(data + b"\0", AmmBatch)
    assert "truncated" in _refusal(b"", AmmBatch)


@pytest.mark.parametrize("opening", [b"\x91", b"\x81\x01", b"\xdc\x00\x01"])
def test_nesting_of_any_depth_is_refused_and_nothing_else_happens(opening: bytes) -> None:
    end = encode(_REF)
    appended = b"\x96" + end[1:] + opening * 1_000_000
    for kind in (BlockRef, AmmBatch, AmmFeature):
        _refusal(opening * 1_000_000, kind)
    assert _refusal(appended, BlockRef) == "BlockRef: nested too deeply"


def test_a_message_beyond_the_bound_is_refused_at_the_door() -> None:
    data = encode(_BATCH)
    assert decode(data, AmmBatch, max_bytes=len(data)) == _BATCH
    with pytest.raises(RemoteProtocolError, match=r"expected at most \d+ bytes, found"):
        decode(data, AmmBatch, max_bytes=len(data) - 1)


def test_fields_that_a_later_version_appends_are_passed_over() -> None:
    raw = [*_raw(_REF), {"new": [1, 2]}, None]
    assert decode(msgspec.msgpack.encode(raw), BlockRef) == _REF


@pytest.mark.parametrize("kind", [4, 127, 255, 65535, 69])
def test_a_kind_of_a_later_version_is_distinguished_from_nonsense(kind: int) -> None:
    later = msgspec.msgpack.encode([kind, "anything", {"at": "all"}])
    for wanted in (Message, BlockRef, AmmFeature):
        with pytest.raises(UnknownKind, match=f"kind: {kind} is of a later version") as unknown:
            decode(later, wanted)
        assert unknown.value.kind == kind


def test_a_known_kind_in_the_wrong_place_and_a_damaged_message_are_not_unknown() -> None:
    for data in (encode(_REF), encode(_BATCH)[:-1], b"", b"\x01", b"\x91\xc0", b"\x91\xcc"):
        with pytest.raises(RemoteProtocolError) as refused:
            decode(data, Frame)
        assert not isinstance(refused.value, UnknownKind)


def test_an_enums_later_values_keep_their_number() -> None:
    count = FamilyCount(Family.AMM, 0, 0, 0, bytes(32))
    end = BlockEnd(_REF, Tier.SAFE, Purity.BLOCK, "v", (count,), bytes(32))
    raw = _raw(end)
    raw[5][0][1] = 4711
    later = msgspec.msgpack.encode(raw)
    got = decode(later, BlockEnd)
    assert got.families[0].family == 4711
    assert got.families[0].family.value == 4711
    assert got.families[0].family.name == "UNKNOWN_4711"
    assert encode(got) == later


def test_optional_fields_at_the_end_may_be_left_out() -> None:
    raw = _raw(Heads(1, _REF, _REF, _REF))
    assert decode(msgspec.msgpack.encode(raw[:3]), Heads) == Heads(1, _REF, None, None)


def test_messages_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        _REF.number = 1  # type: ignore[misc]
