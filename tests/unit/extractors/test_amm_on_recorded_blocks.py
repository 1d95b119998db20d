"""Recorded mainnet blocks: every feature equals what eth-abi reads in the same log."""

from collections import Counter
from typing import Any

import pytest
from contract_events import CONTRACT_EVENTS, TOPICS, decode_with_eth_abi

from qenus.extractors import amm_batch
from qenus.extractors.amm import EVENTS
from qenus.wire import AmmFeature, Block, as_json

Recorded = dict[int, tuple[Block, list[dict[str, Any]]]]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _in_python(feature: AmmFeature, name: str) -> Any:
    value = getattr(feature, name)
    return "0x" + value.hex() if isinstance(value, bytes) else value


def test_each_event_is_filed_under_the_hash_of_its_signature() -> None:
    known = {topic: (kind.PROTOCOL, kind.FEATURE) for topic, (kind, _) in EVENTS.items()}
    assert known == TOPICS


def test_every_v2_and_v3_log_of_every_recorded_block_equals_eth_abis_decoding(
    recorded: Recorded,
) -> None:
    compared = 0
    for block, logs in recorded.values():
        batch = amm_batch(block, "test")
        expected = [log for log in logs if log["topics"] and _bytes(log["topics"][0]) in TOPICS]
        assert [feature.log_index for feature in batch.features] == [
            int(log["logIndex"], 16) for log in expected
        ]
        assert batch.refused == ()
        for feature, log in zip(batch.features, expected, strict=True):
            topics = [_bytes(topic) for topic in log["topics"]]
            what = TOPICS[topics[0]]
            assert what == (feature.PROTOCOL, feature.FEATURE)
            assert feature.address == _bytes(log["address"])
            assert feature.transaction_hash == _bytes(log["transactionHash"])
            assert feature.transaction_index == int(log["transactionIndex"], 16)
            values = decode_with_eth_abi(what, topics, _bytes(log["data"]))
            assert {name: _in_python(feature, name) for name in values} == values
            compared += 1
    # As many as the data has, so that comparing nothing does not pass.
    assert compared == 720


def test_json_bears_the_contracts_names_and_the_exact_values(recorded: Recorded) -> None:
    block, logs = recorded[22431083]
    by_index = {int(log["logIndex"], 16): log for log in logs}
    for feature in amm_batch(block, "test").features:
        log = by_index[feature.log_index]
        topics = [_bytes(topic) for topic in log["topics"]]
        what = TOPICS[topics[0]]
        shown = as_json(feature)
        assert (shown["family"], shown["protocol"], shown["kind"]) == ("amm", *what)
        assert shown["transaction_hash"] == log["transactionHash"]
        assert shown["address"] == log["address"]
        kinds = {name: kind for kind, name, _ in CONTRACT_EVENTS[what][1]}
        for name, value in decode_with_eth_abi(what, topics, _bytes(log["data"])).items():
            as_text = "int" in kinds[name] and kinds[name] != "int24"
            assert shown[name] == (str(value) if as_text else value)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # INDEX.md of the recorded data counts these independently.
        (
            22431083,
            {("uniswap_v3", "swap"): 110, ("uniswap_v2", "swap"): 10, ("pancake_v3", "swap"): 3},
        ),
        (12505500, {("uniswap_v2", "swap"): 51, ("uniswap_v3", "swap"): 1}),
    ],
)
def test_swaps_are_counted_as_the_index_of_the_data_counts_them(
    recorded: Recorded, number: int, expected: dict[tuple[str, str], int]
) -> None:
    features = amm_batch(recorded[number][0], "test").features
    swaps = Counter((each.PROTOCOL, each.FEATURE) for each in features if each.FEATURE == "swap")
    assert swaps == expected
