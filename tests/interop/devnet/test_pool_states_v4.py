"""V4 pools as the manager's own storage has them, and none whose key is unknown."""

from pathlib import Path

import attrs
import pytest
from conftest import one_chain
from eth_abi.abi import encode as encode_abi
from eth_utils.crypto import keccak
from mirror import mirrored_with_states

from qenus.daemon import registries
from tools.devnet.calls import Transaction, call_data, read
from tools.devnet.protocols.uniswap_v3 import in_order
from tools.devnet.solidity import compiled

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).with_name("pool_keys.sol")
NOTE = "note(bytes25,(address,address,uint24,int24,address))"


async def storage(node, block_hash: bytes, manager: str, slot: int) -> int:
    """A word of the manager's storage after a block, by the manager's own answer."""
    data = call_data("extsload(bytes32)", slot.to_bytes(32, "big"))
    at = {"blockHash": f"0x{block_hash.hex()}"}
    (word,) = read("(bytes32)", await node.rpc.call("eth_call", {"to": manager, "data": data}, at))
    return int.from_bytes(word, "big")


async def test_v4_pools_are_the_managers_storage_and_need_a_key_that_is_the_ids(nursery, tmp_path):
    async with one_chain("ethereum", "uniswap_v4") as node:
        manager = node.contracts["PoolManager"].address
        keys = await node.deploy("PoolKeys", compiled(SOURCE, "PoolKeys"))
        (deployed,) = (v for v in node.crowd.protocols if v.name == "uniswap_v4")
        pools = []
        for first, second, fee, spacing in (
            ("WETH", "USDC", 500, 10),
            ("USDC", "USDT", 100, 1),
            ("WBTC", "WETH", 3000, 60),
        ):
            pair = in_order(deployed.tokens[first], deployed.tokens[second])
            key = deployed.key(*pair, fee, spacing)
            kinds = ["address", "address", "uint24", "int24", "address"]
            pools.append((keccak(encode_abi(kinds, key)), key))
        # The manager gives the right key of two pools, and a wrong one of the third.
        given = [pools[0], pools[1], (pools[2][0], pools[0][1])]
        owner = node.accounts[0].address
        await node.execute(
            *(
                Transaction(owner, keys.address, call_data(NOTE, id_[:25], key), gas=300_000)
                for id_, key in given
            )
        )
        registry = registries()["ethereum"]
        venues = {
            address: attrs.evolve(each, terms=bytes.fromhex(keys.address[2:]))
            if each.family.NAME == "uniswap_v4"
            else each
            for address, each in registry.venues.items()
        }
        registry = attrs.evolve(registry, venues=venues)
        mirror = await mirrored_with_states(
            nursery, tmp_path, node.ws_url, registry=registry, sampled_one_in=1
        )
        await node.trade_blocks(6, 15)
        await node.reorg_busily(2, 20)
        head = await node.block_number()
        (top,) = await node.block_hashes(head, head)
        await mirror.reaches(top)
        await mirror.states_reach(top)
        seen = {}
        for block_hash in mirror.hashes():
            if block_hash not in mirror.states:
                continue
            for batch in mirror.states[block_hash].batches:
                for state in batch.features:
                    assert state.NAME == "uniswap_v4_pool_state"
                    base = int.from_bytes(keccak(state.id + (6).to_bytes(32, "big")), "big")
                    slot0 = await storage(node, block_hash, manager, base)
                    liquidity = await storage(node, block_hash, manager, base + 3)
                    tick = slot0 >> 160 & 0xFFFFFF
                    assert state.sqrt_price_x96 == slot0 % 2**160
                    assert state.tick == tick - (tick >> 23 << 24)
                    assert state.fee_pips == slot0 >> 208
                    assert state.liquidity == liquidity
                    assert state.quotable
                    seen.setdefault(state.id, set()).add(state.sqrt_price_x96)
        assert set(seen) == {pools[0][0], pools[1][0]}
        assert all(len(prices) > 2 for prices in seen.values())
        # Every state was held against the manager by the node itself, too.
        assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
