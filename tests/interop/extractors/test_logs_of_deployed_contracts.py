"""What deployed contracts log is read whole: each log as eth-abi reads it, none refused."""

import os
import random
from collections import Counter
from typing import Any

import pytest
from contract_events import TOPICS, decode_with_eth_abi

from qenus.extractors.amm import EVENTS
from qenus.wire import AmmFeature, Log
from tools.devnet import DevnetUnavailable, devnet

pytestmark = pytest.mark.interop

_PROTOCOLS = ("uniswap_v2", "uniswap_v3", "uniswap_v4", "balancer_v2", "algebra")
# What deploying these, making pools and trading in them logs at the least.
_KINDS = {
    *("uniswap_v2_pair_created", "uniswap_v2_swap", "uniswap_v2_sync", "uniswap_v2_mint"),
    *("uniswap_v3_pool_created", "uniswap_v3_initialize", "uniswap_v3_swap", "uniswap_v3_mint"),
    *("uniswap_v4_initialize", "uniswap_v4_swap", "uniswap_v4_modify_liquidity"),
    *("balancer_v2_pool_created", "balancer_v2_pool_registered", "balancer_v2_tokens_registered"),
    *("balancer_v2_pool_balance_changed", "balancer_v2_swap"),
    *("balancer_v2_swap_fee_percentage_changed", "algebra_pool_created"),
}


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


async def test_every_log_of_the_family_equals_eth_abis_reading() -> None:
    seen: Counter[str] = Counter()
    for log in await _all_logs():
        topics = tuple(map(_bytes, log["topics"]))
        if not topics or topics[0] not in EVENTS:
            continue
        data = _bytes(log["data"])
        feature = EVENTS[topics[0]].decode(
            Log(0, _bytes(log["address"]), topics, data), bytes(32), 0
        )
        event = TOPICS[topics[0]]
        values = decode_with_eth_abi(event, list(topics), data)
        kinds = {name: kind for kind, name, _ in event.parameters}
        assert {name: _as_eth_abi_gives(feature, name, kinds[name]) for name in values} == values
        seen[feature.NAME] += 1
    assert seen.keys() >= _KINDS, _KINDS - seen.keys()


async def _all_logs() -> list[dict[str, Any]]:
    try:
        async with devnet("ethereum", protocols=_PROTOCOLS) as net:
            node = net["ethereum"]
            for protocol in node.crowd.protocols:
                rng = random.Random(protocol.name)
                wishes = [protocol.act(rng, rng.choice(node.accounts[2:])) for _ in range(12)]
                await node.send([wish for wish in wishes if wish])
                await node.mine(1)
            whole = {"fromBlock": "0x0", "toBlock": "latest"}
            logs: list[dict[str, Any]] = await node.rpc.call("eth_getLogs", whole)
            return logs
    except* DevnetUnavailable as group:
        if os.environ.get("CI"):
            raise
        reason = str(group.exceptions[0])
    pytest.skip(f"no devnet here: {reason}")


def _as_eth_abi_gives(feature: AmmFeature, name: str, kind: str) -> Any:
    value = getattr(feature, name)
    if kind == "address[]":
        return tuple("0x" + each.hex() for each in value)
    return "0x" + value.hex() if kind == "address" else value
