"""The daemon on a real EVM node: what its subscriber holds is the node's chain, whatever happens.

The node is anvil running Uniswap's own bytecode. Expected hashes come from the node itself over
plain HTTP, expected amounts from its logs through eth-abi.
"""

import random

import pytest
import trio
from conftest import one_chain
from cut_wire import CutWire
from eth_abi.abi import decode as decode_abi
from eth_utils.crypto import keccak
from lying_proxy import LyingProxy
from mirror import Mirror, mirrored

from supervisors import RandomFaults
from tools.devnet import DevnetChain

pytestmark = pytest.mark.interop

V3_SWAP = keccak(text="Swap(address,address,int256,int256,uint160,uint128,int24)")


async def agrees(mirror: Mirror, node: DevnetChain) -> None:
    """The subscriber stands where the node stands, and holds the node's chain below it."""
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.reaches(top)
    first = mirror.chain[0].end.block.number
    assert mirror.hashes() == await node.block_hashes(first, head)


async def swaps_of(node: DevnetChain, block_hash: bytes) -> list[tuple]:
    """What the node's own logs say of the V3 swaps in a block, by eth-abi."""
    logs = await node.rpc.call("eth_getLogs", {"blockHash": f"0x{block_hash.hex()}"})
    return [
        (
            int(log["logIndex"], 16),
            log["address"],
            *decode_abi(
                ["int256", "int256", "uint160", "uint128", "int24"], bytes.fromhex(log["data"][2:])
            ),
        )
        for log in logs
        if log["topics"][0] == f"0x{V3_SWAP.hex()}"
    ]


async def test_every_swap_arrives_as_the_node_logged_it(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(10, 40)
    await agrees(mirror, node)
    seen = 0
    for applied in mirror.chain:
        got = [
            (
                swap.log_index,
                f"0x{swap.address.hex()}",
                *(swap.amount0, swap.amount1, swap.sqrt_price_x96, swap.liquidity, swap.tick),
            )
            for batch in applied.batches
            for swap in batch.features
            if swap.NAME == "uniswap_v3_swap"
        ]
        assert got == await swaps_of(node, applied.end.block.hash)
        seen += len(got)
    assert seen > 100
    assert not mirror.rejections


@pytest.mark.parametrize("name", ["arbitrum", "optimism", "base"])
async def test_a_layer_two_with_every_protocol_is_followed_too(nursery, tmp_path, name):
    async with one_chain(name) as node:
        mirror = await mirrored(nursery, tmp_path, node.ws_url, chain=name)
        await node.trade_blocks(4, 40)
        await node.reorg_busily(2, 40)
        await agrees(mirror, node)
        protocols = {
            feature.PROTOCOL
            for applied in mirror.chain
            for batch in applied.batches
            for feature in batch.features
        }
        assert {"uniswap_v2", "uniswap_v3"} <= protocols
        assert not mirror.rejections


@pytest.mark.parametrize("depth", [1, 5, 64])
async def test_a_reorg_is_retracted_in_reverse_and_replaced(node, nursery, tmp_path, depth):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(depth + 2, 5)
    await agrees(mirror, node)
    orphans = mirror.hashes()[-depth:]
    await node.reorg_busily(depth, 2 * depth)
    await agrees(mirror, node)
    assert mirror.retracted == orphans[::-1]
    assert not set(orphans) & set(mirror.hashes())


@pytest.mark.parametrize("scheme", ["unix", "http"])
async def test_a_socket_and_polling_over_http_give_the_same_chain(node, nursery, tmp_path, scheme):
    url = f"unix://{node.ipc_path}" if scheme == "unix" else node.http_url
    mirror = await mirrored(nursery, tmp_path, url)
    await node.trade_blocks(6, 5)
    await agrees(mirror, node)
    await node.reorg_busily(4, 8)
    await node.trade(5)
    await agrees(mirror, node)
    assert not mirror.rejections


async def test_a_node_that_takes_no_subscriptions_is_polled(node, nursery, tmp_path):
    def refuse(method, answer, _proxy):
        if method != "eth_subscribe":
            return answer
        error = {"code": -32601, "message": "the method eth_subscribe does not exist"}
        return {"jsonrpc": "2.0", "id": answer["id"], "error": error}

    url = await nursery.start(LyingProxy(node.ws_url, refuse).serve)
    mirror = await mirrored(nursery, tmp_path, url)
    await node.trade_blocks(4, 5)
    await agrees(mirror, node)
    await node.reorg_busily(3, 6)
    await agrees(mirror, node)
    assert not mirror.rejections


async def test_safe_and_finalized_are_the_nodes(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(80, 1)
    await agrees(mirror, node)
    expected = []
    for tag in ("safe", "finalized"):
        block = await node.rpc.call("eth_getBlockByNumber", tag, False)
        expected.append(bytes.fromhex(block["hash"][2:]))

    def seen():
        return [mark and mark.hash for mark in (mirror.heads.safe, mirror.heads.finalized)]

    with trio.fail_after(10):
        while seen() != expected:  # noqa: ASYNC110
            await trio.sleep(0.05)


async def test_a_reorg_of_a_reorg_and_one_to_empty_blocks(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(30, 5)
    await agrees(mirror, node)
    for depth in (8, 3, 12):
        orphans = mirror.hashes()[-depth:]
        before = len(mirror.retracted)
        await node.reorg_busily(depth, 20)
        await agrees(mirror, node)
        assert mirror.retracted[before:] == orphans[::-1]
    await node.reorg(20)
    await agrees(mirror, node)
    assert all(not applied.batches for applied in mirror.chain[-20:])
    await node.trade(10)
    await agrees(mirror, node)
    assert mirror.chain[-1].batches


async def test_two_reorgs_at_once_leave_the_last_branch(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(20, 5)
    for depth in (5, 1, 10, 10, 2):
        await node.reorg_busily(depth, 5)
    await agrees(mirror, node)


async def test_a_node_that_is_killed_and_restarted_is_followed_again(node, nursery, tmp_path):
    mirror = await mirrored(nursery, tmp_path, node.ws_url)
    await node.trade_blocks(5, 10)
    await agrees(mirror, node)
    await node.kill()
    assert not node.process.running
    await trio.sleep(0.3)
    await node.start()
    # It comes back on another branch and further on, as a node does that was away.
    await node.trade_blocks(3, 10)
    await node.reorg_busily(2, 5)
    await agrees(mirror, node)
    alerts = [(alert.name, alert.raised) for alert in mirror.alerts]
    assert alerts.count(("endpoint_down", True)) == 1
    assert (await mirror.wait_for_alert("endpoint_down", raised=False)).subject == node.ws_url
    assert not mirror.restarts


async def test_a_node_that_hangs_is_told_of_and_waited_for(nursery, tmp_path):
    async with one_chain("arbitrum", "uniswap_v2") as node:
        mirror = await mirrored(nursery, tmp_path, node.ws_url, chain="arbitrum")
        await node.trade_blocks(2, 5)
        await agrees(mirror, node)
        node.process.pause()
        # A chain with four blocks a second is called stale after five seconds.
        alert = await mirror.wait_for_alert("chain_stale")
        assert (alert.subject, alert.block.hash) == ("arbitrum", mirror.hashes()[-1])
        node.process.resume()
        await node.trade_blocks(3, 10)
        await agrees(mirror, node)
        await mirror.wait_for_alert("chain_stale", raised=False)
        raised = [each.raised for each in mirror.alerts if each.name == "chain_stale"]
        assert raised == [True, False]


@pytest.mark.parametrize("seed", [1, 2])
async def test_connections_cut_anywhere_lose_nothing(node, nursery, tmp_path, seed):
    wire = CutWire(node.process.port, random.Random(seed), 150_000)
    url = await nursery.start(wire.serve)
    # An empty switch still takes the short delays between restarts.
    mirror = await mirrored(nursery, tmp_path, url, faults=RandomFaults({}, random.Random(seed)))
    await random_life(node, mirror, seed, transactions=400)
    await agrees(mirror, node)
    assert wire.cuts > 3


async def random_life(node: DevnetChain, mirror: Mirror, seed: int, *, transactions: int) -> None:
    """Trade, and reorganise every now and then, mostly without waiting for anybody."""
    rng = random.Random(seed)
    await node.trade_blocks(64, 1)
    done = 64
    while done < transactions:
        count = rng.randint(1, 40)
        await node.trade(count)
        done += count
        if rng.random() < 0.2:
            depth = rng.choice((1, 1, 1, 5, 5, 64))
            busy = 0 if rng.random() < 0.2 else rng.randint(1, 2 * depth)
            await node.reorg_busily(depth, busy)
            done += busy
        elif rng.random() < 0.15:
            await agrees(mirror, node)
