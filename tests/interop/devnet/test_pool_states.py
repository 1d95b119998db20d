"""Published pool states are the contracts' own answers, at every block, whatever happens.

The node is anvil running the protocols' own bytecode. What a state must be is asked of the
contracts over plain HTTP at the block's own hash, and read with eth-abi.
"""

import random

import pytest
from eth_abi.abi import encode as encode_abi
from eth_utils.crypto import keccak
from lying_proxy import LyingProxy
from mirror import Mirror, mirrored_with_states

from qenus.wire import StopReason, encode
from supervisors import RandomFaults
from tools.devnet import DevnetChain
from tools.devnet.calls import Transaction, call_data, read
from tools.devnet.protocols.uniswap_v3 import in_order, sqrt_price_x96

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
    mirror = await mirrored_with_states(nursery, tmp_path, node.ws_url, sampled_one_in=1)
    await node.trade_blocks(8, 25)
    assert await agrees(mirror, node) > 20
    await node.reorg_busily(3, 30)
    assert await agrees(mirror, node) > 20
    assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]


def contents(mirror: Mirror, block_hash: bytes) -> list[bytes]:
    """What was published of a block's pools, as the bytes that the digest runs over."""
    return [encode(batch) for batch in mirror.states[block_hash].batches]


async def test_nodes_with_different_pasts_and_crashes_publish_the_same_bytes(
    node, nursery, tmp_path
):
    faults = RandomFaults({"pool_state": 0.15, "extractor": 0.05}, random.Random(7))
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = await mirrored_with_states(nursery, tmp_path / "old", node.ws_url, faults=faults)
    await node.trade_blocks(12, 20)
    new = await mirrored_with_states(nursery, tmp_path / "new", node.ws_url)
    await node.trade_blocks(6, 20)
    await node.reorg_busily(4, 20)
    await node.trade_blocks(2, 20)
    await agrees(old, node)
    await agrees(new, node)
    both = [block_hash for block_hash in new.hashes() if block_hash in old.states]
    assert len(both) > 7
    assert len(old.states) > len(both)
    for block_hash in both:
        assert contents(old, block_hash) == contents(new, block_hash)
        assert old.states[block_hash].end == new.states[block_hash].end
    assert faults.crashes


class Forgetful:
    """A node that has no states while `forgets`."""

    forgets = False

    def lie(self, method, answer, _proxy):
        if not self.forgets or method != "eth_call":
            return answer
        error = {"code": -32000, "message": "missing trie node"}
        return {"jsonrpc": "2.0", "id": answer["id"], "error": error}


async def test_a_block_whose_state_cannot_be_had_waits_visibly_and_then_goes_on(
    node, nursery, tmp_path
):
    forgetful = Forgetful()
    proxy = await nursery.start(LyingProxy(node.ws_url, forgetful.lie).serve)
    mirror = await mirrored_with_states(nursery, tmp_path, proxy)
    await node.trade_blocks(2, 10)
    await agrees(mirror, node)
    forgetful.forgets = True
    await node.trade_blocks(3, 10)
    alert = await mirror.wait_for_alert("pool_state_waits")
    assert "missing trie node" in alert.text
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    # The blocks themselves do not wait.
    await mirror.reaches(top)
    assert top not in mirror.states
    forgetful.forgets = False
    await mirror.wait_for_alert("pool_state_waits", raised=False)
    assert await agrees(mirror, node) > 5
    assert all(block_hash in mirror.states for block_hash in mirror.hashes()[1:])


async def test_a_wait_for_a_block_that_is_orphaned_meanwhile_ends(node, nursery, tmp_path):
    forgetful = Forgetful()
    proxy = await nursery.start(LyingProxy(node.ws_url, forgetful.lie).serve)
    mirror = await mirrored_with_states(nursery, tmp_path, proxy)
    await node.trade_blocks(2, 10)
    await agrees(mirror, node)
    forgetful.forgets = True
    await node.trade_blocks(3, 10)
    await mirror.wait_for_alert("pool_state_waits")
    orphans = await node.block_hashes(await node.block_number() - 2, await node.block_number())
    await node.reorg_busily(3, 20)
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.reaches(top)
    forgetful.forgets = False
    assert await agrees(mirror, node) > 5
    assert not set(orphans) & set(mirror.states)


async def test_storage_that_changed_without_a_log_stops_the_pool_loudly(node, nursery, tmp_path):
    mirror = await mirrored_with_states(nursery, tmp_path, node.ws_url, sampled_one_in=1)
    await node.trade_blocks(4, 25)
    assert await agrees(mirror, node) > 10
    pool = node.contracts["UniswapV3Pool WETH/USDC 500"].address
    # The word of tick -887270's liquidity, gross and net: ticks lie in the mapping at slot 5.
    where = keccak(encode_abi(["int24", "uint256"], [-887270, 5]))
    await node.rpc.call("anvil_setStorageAt", pool, f"0x{where.hex()}", f"0x{123:064x}")
    await node.trade_blocks(4, 25)
    alert = await mirror.wait_for_alert("pool_storage_mutated")
    assert pool[2:] in alert.subject
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.states_reach(top)
    stopped = [
        state
        for applied in mirror.chain[-4:]
        for batch in mirror.states[applied.end.block.hash].batches
        for state in batch.features
        if state.address == bytes.fromhex(pool[2:])
    ]
    assert stopped
    assert {state.NAME for state in stopped} == {"stopped_pool"}
    assert {state.stop_reason for state in stopped} == {StopReason.STORAGE_MUTATED}
    # The others go on, and are right.
    others = [
        state
        for applied in mirror.chain[-4:]
        for batch in mirror.states[applied.end.block.hash].batches
        for state in batch.features
        if state.NAME != "stopped_pool"
    ]
    assert others


async def test_pools_that_a_block_makes_and_fills_are_right_at_its_end(node, nursery, tmp_path):
    mirror = await mirrored_with_states(nursery, tmp_path, node.ws_url, sampled_one_in=1)
    deployed = {each.name: each for each in node.crowd.protocols}
    v2, v3, who = deployed["uniswap_v2"], deployed["uniswap_v3"], node.accounts[1]
    dai, usdt, usdc = (v2.tokens[symbol] for symbol in ("DAI", "USDT", "USDC"))
    token0, token1 = in_order(dai, usdc)
    create = call_data(
        "createAndInitializePoolIfNecessary(address,address,uint24,uint160)",
        *(token0.address, token1.address, 3000, sqrt_price_x96(token0, token1)),
    )
    swap = call_data(
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
        *(dai.worth(1000), 0, [dai.address, usdt.address], who.address, 2**63),
    )
    await node.execute(
        v2.add(who, dai, usdt, 1_000_000),
        Transaction(who.address, v2.router, swap, gas=400_000),
        Transaction(v3.founder.address, v3.positions, create, gas=8_000_000),
        v3.open(v3.founder, dai, usdc, 3000, 100_000, None),
    )
    await node.mine()
    assert await agrees(mirror, node) >= 2
    made = [
        state
        for applied in mirror.chain[-2:]
        for batch in mirror.states[applied.end.block.hash].batches
        for state in batch.features
    ]
    assert {state.NAME for state in made} == {"uniswap_v2_pool_state", "uniswap_v3_pool_state"}
    # Back to before they were made, and made again with other amounts.
    await node.reorg(2, [(v2.add(who, dai, usdt, 50_000), 0)])
    assert await agrees(mirror, node) >= 1
    assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
