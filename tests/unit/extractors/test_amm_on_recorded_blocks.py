"""Recorded mainnet blocks: every feature equals what eth-abi reads in the same log."""

from collections import Counter
from typing import Any

import pytest
from contract_events import TOPICS, decode_with_eth_abi

from qenus.extractors import amm_batch
from qenus.extractors.amm import EVENTS
from qenus.wire import AmmFeature, Block, as_json

Recorded = dict[int, tuple[Block, list[dict[str, Any]]]]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _in_python(feature: AmmFeature, name: str, kind: str) -> Any:
    value = getattr(feature, name)
    return "0x" + value.hex() if kind == "address" else value


def test_each_event_is_filed_under_the_hash_of_its_signature() -> None:
    messages = {topic: event.message for topic, event in EVENTS.items()}
    known = {topic: (each.PROTOCOL, each.FEATURE) for topic, each in messages.items()}
    assert known == {topic: (event.protocol, event.kind) for topic, event in TOPICS.items()}


def test_every_log_of_every_recorded_block_equals_eth_abis_decoding(recorded: Recorded) -> None:
    compared: Counter[str] = Counter()
    for block, logs in recorded.values():
        batch = amm_batch(block, "test")
        expected = [log for log in logs if log["topics"] and _bytes(log["topics"][0]) in TOPICS]
        assert [feature.log_index for feature in batch.features] == [
            int(log["logIndex"], 16) for log in expected
        ]
        assert batch.refused == ()
        for feature, log in zip(batch.features, expected, strict=True):
            _compare(feature, log)
            compared[f"{feature.PROTOCOL} {feature.FEATURE}"] += 1
    # As many as the data has, so that comparing nothing does not pass.
    assert compared == _RECORDED


def _compare(feature: AmmFeature, log: dict[str, Any]) -> None:
    topics = [_bytes(topic) for topic in log["topics"]]
    event = TOPICS[topics[0]]
    assert (event.protocol, event.kind) == (feature.PROTOCOL, feature.FEATURE)
    assert feature.address == _bytes(log["address"])
    assert feature.transaction_hash == _bytes(log["transactionHash"])
    assert feature.transaction_index == int(log["transactionIndex"], 16)
    values = decode_with_eth_abi(event, topics, _bytes(log["data"]))
    kinds = {name: kind for kind, name, _ in event.parameters}
    assert {name: _in_python(feature, name, kinds[name]) for name in values} == values


# The events of the recorded blocks. The burns of Solidly's topic are those of Aave V2's tokens.
_RECORDED = Counter(
    {
        "balancer_v2 swap": 6,
        "curve add_liquidity": 1,
        "curve swap": 1,
        "curve swap_underlying": 1,
        "pancake_v3 swap": 4,
        "solidly burn": 4,
        "uniswap_v2 mint": 9,
        "uniswap_v2 swap": 231,
        "uniswap_v2 sync": 234,
        "uniswap_v3 burn": 8,
        "uniswap_v3 collect": 6,
        "uniswap_v3 mint": 4,
        "uniswap_v3 swap": 224,
        "uniswap_v4 modify_liquidity": 1,
        "uniswap_v4 swap": 11,
    }
)


def test_json_bears_the_contracts_names_and_the_exact_values(recorded: Recorded) -> None:
    block, logs = recorded[22431083]
    by_index = {int(log["logIndex"], 16): log for log in logs}
    for feature in amm_batch(block, "test").features:
        log = by_index[feature.log_index]
        topics = [_bytes(topic) for topic in log["topics"]]
        event = TOPICS[topics[0]]
        shown = as_json(feature)
        assert (shown["family"], shown["protocol"]) == ("amm", event.protocol)
        assert shown["kind"] == event.kind
        assert shown["transaction_hash"] == log["transactionHash"]
        assert shown["address"] == log["address"]
        kinds = {name: kind for kind, name, _ in event.parameters}
        for name, value in decode_with_eth_abi(event, topics, _bytes(log["data"])).items():
            assert shown[name] == _as_json_shows(value, kinds[name])


def _as_json_shows(value: Any, kind: str) -> Any:
    if kind == "bytes32":
        return "0x" + value.hex()
    return str(value) if "int" in kind and kind not in ("int24", "uint24") else value


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # INDEX.md of the recorded data counts these independently.
        (
            22431083,
            {
                ("uniswap_v3", "swap"): 110,
                ("uniswap_v2", "swap"): 10,
                ("uniswap_v4", "swap"): 3,
                ("pancake_v3", "swap"): 3,
            },
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
