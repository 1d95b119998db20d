"""A block's contents: what is refused is said, what is closed can be recomputed."""

import hashlib
from typing import Any

import pytest
from contract_events import CONTRACT_EVENTS, ContractEvent
from eth_utils.crypto import keccak
from msgspec.structs import replace

from qenus.extractors import amm_batch, block_pure_contents, extractor_version
from qenus.wire import (
    AmmBatch,
    Block,
    BlockEnd,
    BlockRef,
    Family,
    Log,
    Purity,
    Tier,
    Transaction,
    UniswapV2Sync,
    decode,
)

_SWAP = keccak(text="Swap(address,address,int256,int256,uint160,uint128,int24)")
_SYNC = keccak(text="Sync(uint112,uint112)")
_POOL = b"\xaa" * 20
_ADDRESS = bytes(12) + b"\xbb" * 20
_SWAP_WORDS = [
    (-5).to_bytes(32, "big", signed=True),
    (7).to_bytes(32, "big"),
    (2**160 - 1).to_bytes(32, "big"),
    (2**128 - 1).to_bytes(32, "big"),
    (-887272).to_bytes(32, "big", signed=True),
]


def _swap_log(index: int = 0, **words: bytes) -> Log:
    order = ["amount0", "amount1", "sqrt_price_x96", "liquidity", "tick"]
    data = b"".join(words.get(name, _SWAP_WORDS[n]) for n, name in enumerate(order))
    topics = (_SWAP, words.get("sender", _ADDRESS), words.get("recipient", _ADDRESS))
    return Log(index, _POOL, topics, data)


def _block(*logs: Log) -> Block:
    transaction = Transaction(b"\x11" * 32, 2, _POOL, 1, 21000, logs)
    reference = BlockRef(1, 9, b"\x22" * 32, b"\x33" * 32)
    return Block(
        block=reference,
        timestamp=0,
        miner=bytes(20),
        gas_limit=0,
        gas_used=0,
        base_fee_per_gas=None,
        blob_gas_used=None,
        excess_blob_gas=None,
        extra_data=b"",
        transactions=(transaction,),
    )


@pytest.mark.parametrize(
    ("field", "kind", "word"),
    [
        ("sqrt_price_x96", "uint160", (2**160).to_bytes(32, "big")),
        ("liquidity", "uint128", (2**128).to_bytes(32, "big")),
        ("tick", "int24", (2**23).to_bytes(32, "big")),
        ("tick", "int24", (-(2**23) - 1).to_bytes(32, "big", signed=True)),
        ("tick", "int24", b"\x80" + bytes(31)),
        ("tick", "int24", bytes(28) + b"\xff\xff\xff\xff"),
        ("sender", "address", b"\x01" + bytes(31)),
        ("recipient", "address", bytes(11) + b"\x01" + bytes(20)),
    ],
)
def test_a_word_out_of_its_types_range_is_refused_by_name_and_the_block_goes_on(
    field: str, kind: str, word: bytes
) -> None:
    batch = amm_batch(_block(_swap_log(0), _swap_log(1, **{field: word}), _swap_log(2)), "test")
    assert [feature.log_index for feature in batch.features] == [0, 2]
    (refused,) = batch.refused
    assert (refused.log_index, refused.address, refused.transaction_hash) == (
        1,
        _POOL,
        b"\x11" * 32,
    )
    assert (refused.protocol, refused.feature) == ("uniswap_v3", "swap")
    assert refused.reason == f"{field}: expected {kind}, found 0x{word.hex()}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": b"".join(_SWAP_WORDS)[:-1]}, "data: expected 160 bytes, found 159"),
        ({"data": b"".join(_SWAP_WORDS) + b"\0"}, "data: expected 160 bytes, found 161"),
        ({"data": b""}, "data: expected 160 bytes, found 0"),
        ({"topics": (_SWAP,)}, "topics: expected 3, found 1"),
        ({"topics": (_SWAP, _ADDRESS, _ADDRESS, _ADDRESS)}, "topics: expected 3, found 4"),
    ],
)
def test_a_log_of_another_shape_is_refused(change: dict[str, Any], reason: str) -> None:
    batch = amm_batch(_block(replace(_swap_log(), **change)), "test")
    assert batch.features == ()
    assert [each.reason for each in batch.refused] == [reason]


@pytest.mark.parametrize("event", CONTRACT_EVENTS, ids=str)
def test_no_event_is_made_of_a_log_with_its_topic_alone(event: ContractEvent) -> None:
    batch = amm_batch(_block(Log(0, _POOL, (event.topic,), b"")), "test")
    if not event.parameters:
        assert [feature.FEATURE for feature in batch.features] == [event.kind]
        return
    assert batch.features == ()
    assert [(each.protocol, each.feature) for each in batch.refused] == [
        (event.protocol, event.kind)
    ]


def test_logs_of_other_events_and_anonymous_logs_give_nothing() -> None:
    batch = amm_batch(_block(Log(0, _POOL, (), b"x"), Log(1, _POOL, (bytes(32),), b"")), "test")
    assert (batch.features, batch.refused) == ((), ())


def test_the_widest_values_of_uint112_pass_and_one_more_does_not() -> None:
    top = (2**112 - 1).to_bytes(32, "big")
    beyond = (2**112).to_bytes(32, "big")
    logs = [
        Log(0, _POOL, (_SYNC,), top + top),
        Log(1, _POOL, (_SYNC,), beyond + top),
        Log(2, _POOL, (_SYNC,), top + beyond),
    ]
    batch = amm_batch(_block(*logs), "test")
    (feature,) = batch.features
    assert isinstance(feature, UniswapV2Sync)
    assert (feature.reserve0, feature.reserve1) == (2**112 - 1, 2**112 - 1)
    assert [each.reason.split(":")[0] for each in batch.refused] == ["reserve0", "reserve1"]


def test_a_block_end_counts_and_digests_exactly_what_went_before_it() -> None:
    block = _block(_swap_log(0), _swap_log(1, tick=b"\x80" + bytes(31)), _swap_log(2))
    (batch_topic, batch), (end_topic, end) = block_pure_contents(block, "ethereum", "v")
    assert (batch_topic, end_topic) == ("features.amm.ethereum", "blocks.ethereum")
    said = decode(end, BlockEnd)
    digest = hashlib.sha256(bytes(32) + batch).digest()
    assert said.digest == digest
    (count,) = said.families
    assert (count.family, count.batches, count.features, count.refused) == (Family.AMM, 1, 2, 1)
    assert count.digest == digest
    assert (said.block, said.tier, said.purity) == (block.block, Tier.INCLUDED, Purity.BLOCK)
    identity = decode(batch, AmmBatch).identity
    assert (identity.block, identity.tier) == (block.block, Tier.INCLUDED)
    assert identity.extractor_version == said.extractor_version == "v"


def test_a_block_without_features_is_closed_all_the_same() -> None:
    ((topic, end),) = block_pure_contents(_block(), "base", "v")
    said = decode(end, BlockEnd)
    assert topic == "blocks.base"
    assert said.digest == bytes(32)
    (count,) = said.families
    assert (count.batches, count.features, count.refused, count.digest) == (0, 0, 0, bytes(32))


def test_a_block_with_refused_logs_only_has_a_batch_that_says_so() -> None:
    contents = block_pure_contents(_block(_swap_log(0, tick=b"\x80" + bytes(31))), "base", "v")
    assert [topic for topic, _ in contents] == ["features.amm.base", "blocks.base"]


def test_the_same_block_gives_the_same_bytes_whatever_went_before() -> None:
    block = _block(_swap_log(0), _swap_log(1))
    first = block_pure_contents(block, "ethereum", "v")
    block_pure_contents(_block(_swap_log(5, tick=bytes(32))), "ethereum", "v")
    assert block_pure_contents(block, "ethereum", "v") == first


def test_the_extractor_version_changes_with_the_events_that_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qenus.extractors import amm

    before = extractor_version()
    fewer = dict(list(amm.EVENTS.items())[:-1])
    monkeypatch.setattr(amm, "EVENTS", fewer)
    assert extractor_version() != before
    assert len(before) <= 64
