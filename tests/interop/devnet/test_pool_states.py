"""Published pool states are the contracts' own answers, at every block, whatever happens.

The node is anvil running the protocols' own bytecode. What a state must be is asked of the contracts
over plain HTTP at the block's own hash, and read with eth-abi.
"""

import pytest
from conftest import one_chain
from mirror import Mirror, mirrored

from tools.devnet import DevnetChain
from tools.devnet.calls import call_data, read

pytestmark = pytest.mark.interop

V3_STATE = "(uint160,int24,uint16,uint16,uint16,uint8,bool)"


async def ask(node: DevnetChain, block_hash: bytes, calls: list[tuple[bytes, str, str]]) -> list:
    """Call (contract, signature, what it returns) at a block's hash."""
    at = {"blockHash": f"0x{block_hash.hex()}"}
    answers = await node.rpc.batch(
        [
            ("eth_call", ({"to": f"0x{to.hex()}", "data": call_data(signature)}, at))
            for to, signature, _ in calls
        ]
    )
    return [read(types, answer) for answer, (_, _, types) in zip(answers, calls, strict=True)]


async def agrees(mirror: Mirror, node: DevnetChain) -> int:
    """Every published state of every block that stands is the contract's; how many there were."""
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.reaches(top)
    await mirror.states_reach(top)
    compared = 0
    for block_hash in mirror.hashes():
        if block_hash not in mirror.states:
            continue
        for batch in mirror.states[block_hash].batches:
            for state in batch.features:
                await same_as_contract(node, block_hash, state)
                compared += 1
    return compared


async def same_as_contract(node: DevnetChain, block_hash: bytes, state) -> None:
    tokens = await ask(
        node, block_hash, [(state.address, f"token{at}()", "(address)") for at in (0, 1)]
    )
    assert [f"0x{token.hex()}" for token in (state.token0, state.token1)] == [t[0] for t in tokens]
    decimals = await ask(
        node,
        block_hash,
        [(token, "decimals()", "(uint8)") for token in (state.token0, state.token1)],
    )
    assert [(state.decimals0,), (state.decimals1,)] == decimals
    if state.NAME == "uniswap_v2_pool_state":
        ((r0, r1, _),) = await ask(
            node, block_hash, [(state.address, "getReserves()", "(uint112,uint112,uint32)")]
        )
        assert (state.reserve0, state.reserve1) == (r0, r1)
        assert state.price0_x128 == (r1 << 128) // r0
        assert state.price1_x128 == (r0 << 128) // r1
        return
    assert state.NAME == "uniswap_v3_pool_state"
    (slot0, (liquidity,), (fee,), (spacing,)) = await ask(
        node,
        block_hash,
        [
            (state.address, "slot0()", V3_STATE),
            (state.address, "liquidity()", "(uint128)"),
            (state.address, "fee()", "(uint24)"),
            (state.address, "tickSpacing()", "(int24)"),
        ],
    )
    assert (state.sqrt_price_x96, state.tick) == slot0[:2]
    assert (state.liquidity, state.fee_pips, state.tick_spacing) == (liquidity, fee, spacing)
    assert state.price0_x128 == slot0[0] ** 2 >> 64
    assert state.price1_x128 == (1 << 320) // slot0[0] ** 2


async def test_the_states_of_every_block_are_the_contracts_own(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(8, 25)
    assert await agrees(mirror, node) > 20
    await node.reorg_busily(3, 30)
    assert await agrees(mirror, node) > 20
    assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
