"""Recorded transactions: what the accounts paid and got, as another program reads them.

The data's expected events come from the tests of rotki, which reads token transfers and balances;
the features read the pools' own events. Amounts agree to the last unit.
"""

import gzip
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from contract_events import TOPICS, decode_with_eth_abi

from qenus.extractors.amm import EVENTS
from qenus.wire import (
    AmmFeature,
    BalancerV2PoolBalanceChanged,
    BalancerV2Swap,
    CurveTokenExchange,
    Log,
    UniswapV4ModifyLiquidity,
    UniswapV4Swap,
)

_ETHER, _USDC = 18, 6
Truth = tuple[dict[str, list[AmmFeature]], dict[str, list[dict[str, Any]]]]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _log(recorded: dict[str, Any]) -> Log:
    topics = tuple(_bytes(topic) for topic in recorded["topics"])
    index = int(recorded["logIndex"], 16)
    return Log(index, _bytes(recorded["address"]), topics, _bytes(recorded["data"]))


@pytest.fixture(scope="module")
def truth(data: Path) -> Truth:
    """The transactions' features, and what is expected of them, by the hash's first digits."""
    folder = data / "l1" / "tx_truth"
    with gzip.open(folder / "transactions.json.gz") as file:
        transactions = json.load(file)
    with gzip.open(folder / "expected_events.json.gz") as file:
        expected = {said["tx_hashes"][0][:10]: said["expected_events"] for said in json.load(file)}
    features = {}
    for name, transaction in transactions.items():
        logs = [_log(each) for each in transaction["receipt"]["logs"]]
        known = [log for log in logs if log.topics and log.topics[0] in EVENTS]
        features[name[:10]] = [EVENTS[log.topics[0]].decode(log, _bytes(name), 0) for log in known]
        for feature, log in zip(features[name[:10]], known, strict=True):
            event = TOPICS[log.topics[0]]
            values = decode_with_eth_abi(event, list(log.topics), log.data)
            assert (event.protocol, event.kind) == (feature.PROTOCOL, feature.FEATURE)
            for name_, value in values.items():
                found = getattr(feature, name_)
                assert _as_eth_abi_gives(found, value) == value
    return features, expected


def _as_eth_abi_gives(found: Any, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_as_eth_abi_gives(*pair) for pair in zip(found, value, strict=True))
    return "0x" + found.hex() if isinstance(value, str) else found


def _units(expected: list[dict[str, Any]], subtype: str, decimals: int) -> int:
    (amount,) = [each["amount"] for each in expected if each["event_subtype"] == subtype]
    units = Decimal(amount).scaleb(decimals)
    assert units == int(units)
    return int(units)


def _one(features: list[AmmFeature], kind: type[Any]) -> Any:
    (feature,) = [each for each in features if isinstance(each, kind)]
    return feature


def test_a_v4_swaps_amounts_are_the_swappers_not_the_pools(truth: Truth) -> None:
    features, expected = (each["0x4a3d3205"] for each in truth)
    swap = _one(features, UniswapV4Swap)
    assert swap.amount0 == -_units(expected, "SPEND", _ETHER)
    assert swap.amount1 == _units(expected, "RECEIVE", _USDC)


def test_a_v4_position_is_closed_with_what_it_held(truth: Truth) -> None:
    change = _one(truth[0]["0xd96f3bdb"], UniswapV4ModifyLiquidity)
    # The token id of the position manager is the position's salt there.
    (position,) = [
        each["asset"].rpartition("/")[2]
        for each in truth[1]["0xd96f3bdb"]
        if each["event_subtype"] == "RETURN_WRAPPED"
    ]
    assert int.from_bytes(change.salt, "big") == int(position)
    assert change.liquidity_delta < 0


def test_a_balancer_swap_pays_and_gives_what_the_account_paid_and_got(truth: Truth) -> None:
    features, expected = (each["0xc9e8094d"] for each in truth)
    swap = _one(features, BalancerV2Swap)
    assert swap.amount_in == _units(expected, "SPEND", _USDC)
    assert swap.amount_out == _units(expected, "RECEIVE", _ETHER)


def test_a_balancer_exits_deltas_are_what_the_account_got(truth: Truth) -> None:
    features, expected = (each["0xcc163648"] for each in truth)
    left = _one(features, BalancerV2PoolBalanceChanged)
    got = _units(expected, "REDEEM_WRAPPED", _ETHER)
    assert left.deltas == (0, 0, 0, -got)
    assert len(left.tokens) == len(left.protocol_fee_amounts) == len(left.deltas)
    (asset,) = [
        each["asset"].rpartition(":")[2]
        for each in expected
        if each["event_subtype"] == "REDEEM_WRAPPED"
    ]
    assert left.tokens[3] == _bytes(asset)


@pytest.mark.parametrize(
    ("name", "sold_decimals", "bought_decimals"),
    [("0x5a601f52", _ETHER, _ETHER), ("0x12d794e7", _ETHER, _USDC)],
)
def test_curve_swaps_begin_with_what_was_paid_and_end_with_what_was_got(
    truth: Truth, name: str, sold_decimals: int, bought_decimals: int
) -> None:
    features, expected = (each[name] for each in truth)
    swaps = [each for each in features if isinstance(each, CurveTokenExchange)]
    assert swaps[0].tokens_sold == _units(expected, "SPEND", sold_decimals)
    assert swaps[-1].tokens_bought == _units(expected, "RECEIVE", bought_decimals)
    for before, after in pairwise(swaps):
        assert after.tokens_sold == before.tokens_bought
