"""Algebra pools as their contract answers at every block, fees of the moment included."""

import pytest
from conftest import one_chain
from mirror import mirrored_with_states

from qenus.extractors.pool_state import Registry, Venue
from qenus.protocols.catalogue import FAMILIES
from tools.devnet.calls import call_data, read

pytestmark = pytest.mark.interop

STATE = "(uint160,int24,uint16,uint16,uint8,uint8,bool)"


async def test_algebra_pools_are_their_contract_at_every_block(nursery, tmp_path):
    async with one_chain("ethereum", "algebra") as node:
        factory = bytes.fromhex(node.contracts["AlgebraFactory"].address[2:])
        venue = Venue("algebra_test", FAMILIES["algebra"], factory, factory, None)
        registry = Registry("ethereum", {factory: venue})
        mirror = await mirrored_with_states(
            nursery, tmp_path, node.ws_url, registry=registry, sampled_one_in=1
        )
        await node.trade_blocks(6, 10)
        await node.reorg_busily(2, 12)
        head = await node.block_number()
        (top,) = await node.block_hashes(head, head)
        await mirror.reaches(top)
        await mirror.states_reach(top)
        pool = node.contracts["AlgebraPool WETH/USDC"].address
        prices, fees = set(), set()
        for applied in mirror.chain:
            states = mirror.states.get(applied.end.block.hash)
            for state in (one for batch in states.batches for one in batch.features):
                assert (state.NAME, state.address.hex()) == ("algebra_pool_state", pool[2:])
                at = {"blockHash": f"0x{applied.end.block.hash.hex()}"}
                answers = await node.rpc.batch(
                    [
                        ("eth_call", ({"to": pool, "data": call_data(signature)}, at))
                        for signature in ("globalState()", "liquidity()", "tickSpacing()")
                    ]
                )
                price, tick, fee, *_ = read(STATE, answers[0])
                assert (state.sqrt_price_x96, state.tick) == (price, tick)
                assert (state.fee0_pips, state.fee1_pips) == (fee, fee)
                assert state.liquidity == read("(uint128)", answers[1])[0]
                assert state.tick_spacing == read("(int24)", answers[2])[0]
                prices.add(price)
                fees.add(fee)
        assert len(prices) > 5
        assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
