"""What a node does not give yet is asked for again, in every way, and reported in the end."""

import json

import pytest
import trio
from structlog.testing import capture_logs

from qenus.simulation import World
from tests.faulty_nodes import NODE_FAULTS, announce
from tests.followed_nodes import QUICK_CHAIN, following
from tests.scripted_node import ScriptedNode, error, result, rules, until

LATE = [name for name in NODE_FAULTS if "at first" in name]


@pytest.mark.parametrize("name", LATE)
async def test_two_late_endpoints_give_a_block_soon_after_they_have_it(nursery, name):
    fault, world = NODE_FAULTS[name], World(rules(6))
    nodes = [ScriptedNode(world), ScriptedNode(world)]
    urls = [await node.start(nursery, fault.transport) for node in nodes]
    async with following(urls) as seen:
        await seen.reaches(world.head.hash)
        for node in nodes:
            fault.begin(node)
        moved = world.advance()
        for node in nodes:
            node.announce(moved)
        # No other head follows that could bring it.
        await seen.reaches(world.head.hash, seconds=10)
        assert not seen.rejections
        asked = [at for at, method, _ in nodes[0].calls if method == "eth_getBlockReceipts"]
        assert len(asked) < 20
    nursery.cancel_scope.cancel()


async def test_a_way_to_receipts_that_works_is_remembered(nursery):
    node = ScriptedNode(World(rules(7)))
    NODE_FAULTS["no eth_getBlockReceipts"].begin(node)
    async with following([await node.start(nursery, "ws")]) as seen:
        await seen.reaches(node.world.head.hash)
        for _ in range(5):
            node.advance()
            await seen.reaches(node.world.head.hash)
        assert node.asked("eth_getBlockReceipts") == 1
        assert len(node.batches) >= 6
        assert not seen.rejections
    nursery.cancel_scope.cancel()


async def test_one_block_with_short_receipts_comes_by_another_way_and_costs_no_other(nursery):
    node = ScriptedNode(World(rules(8)))
    async with following([await node.start(nursery, "ws")]) as seen:
        await seen.reaches(node.world.head.hash)
        node.world.advance()
        short = f"0x{node.world.head.hash.hex()}"

        def shortened(method, params, truth):
            spoiled = method == "eth_getBlockReceipts" and short in json.dumps(truth)
            return result(truth, truth["result"][:-1]) if spoiled else truth

        node.answer = shortened
        for _ in range(3):
            node.advance()
        await seen.reaches(node.world.head.hash)
        (rejection,) = seen.rejections
        assert rejection.step == "receipts root"
        by_hash = [p for _, method, p in node.calls if method == "eth_getBlockReceipts"]
        assert by_hash[-1] == [f"0x{node.world.head.hash.hex()}"]
    nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_where_no_way_is_left_block_endpoint_and_cause_are_reported_and_not_hotly(nursery):
    node = ScriptedNode(World(rules(9)))
    gone = {"eth_getBlockReceipts", "eth_getTransactionReceipt"}

    def refused(method, params, truth):
        return error(truth, -32601, "the method does not exist") if method in gone else truth

    url = await node.start(nursery, "ws")
    async with following([url]) as seen:
        await seen.reaches(node.world.head.hash)
        node.answer = refused
        node.advance()
        missing = node.world.head
        began = trio.current_time()
        while not seen.raised("block_missing"):
            node.advance()
            await trio.sleep(0.2)
            assert trio.current_time() - began < 30
        text = seen.raised("block_missing")[0].text
        assert f"block {missing.number} (0x{missing.hash.hex()})" in text
        assert url in text
        assert "-32601" in text or "no way to receipts is left" in text
        assert "0 later ones" not in text
        assert node.asked("eth_getBlockReceipts") <= 3
        asked = sum(node.asked(method) for method in gone)
        assert asked < 20
        assert seen.restarts() == 0
    nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_a_silent_subscription_is_reported_and_made_anew(nursery):
    node = ScriptedNode(World(rules(10)))
    url = await node.start(nursery, "ws")
    async with following([url]) as seen:
        await seen.reaches(node.world.head.hash)
        node.head = lambda _head: None
        while not seen.raised("endpoint_silent"):
            node.advance()
            await seen.reaches(node.world.head.hash)
            await trio.sleep(0.05)
        (alert,) = seen.raised("endpoint_silent")
        assert alert.subject == url
        await until(lambda: node.asked("eth_subscribe") > 1)
    nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_a_tag_that_fails_is_asked_on_and_followed_again(nursery, autojump_clock):
    autojump_clock.autojump_threshold = 0.002
    node = ScriptedNode(World(rules(11)))
    failing = True

    def restarted(method, params, truth):
        tag = method == "eth_getBlockByNumber" and params[0] in ("safe", "finalized", "pending")
        return error(truth, -32000, "starting") if tag and failing else truth

    node.answer = restarted
    async with following([await node.start(nursery, "ws")]) as seen:
        await seen.reaches(node.world.head.hash)
        await trio.sleep(200)
        tags = [at for at, _, p in node.calls if p and p[0] == "finalized"]
        assert 4 < len(tags) < 20
        failing = False
        before = tags[-1]
        await trio.sleep(70)
        assert [at for at, _, p in node.calls if p and p[0] == "finalized"][-1] > before + 20
    nursery.cancel_scope.cancel()


async def test_a_head_far_ahead_of_a_moving_endpoint_does_not_take_the_chain_away(nursery):
    """It names ancestors that lie behind a gap: alone it would be followed, beside others not."""
    world = World(rules(12))
    bad, good = ScriptedNode(world), ScriptedNode(world)
    far = World(rules(12, history_blocks=400))
    urls = [await bad.start(nursery, "ws"), await good.start(nursery, "ws")]
    async with following(urls, catch_up_blocks=50) as seen:
        await seen.reaches(world.head.hash)
        for _ in range(3):
            moved = world.advance()
            bad.announce(moved)
            good.announce(moved)
            await seen.reaches(world.head.hash)
        bad.world, ours = far, bad.world
        for client in bad._clients:
            client.session._world = far
        header = json.loads(far.head.json.hashes)
        announce(bad, {key: header[key] for key in ("hash", "number", "parentHash")})
        for _ in range(10):
            moved = ours.advance()
            good.announce(moved)
            await seen.reaches(ours.head.hash)
        assert far.head.number > ours.head.number + 300
        assert not seen.retracted
        assert seen.chain[-1].hash == ours.head.hash
    nursery.cancel_scope.cancel()


async def test_what_an_endpoint_cannot_lead_to_is_not_logged_as_often_as_it_wants(nursery):
    world = World(rules(13))
    bad, good = ScriptedNode(world), ScriptedNode(world)
    urls = [await bad.start(nursery, "ws"), await good.start(nursery, "ws")]
    with capture_logs() as logged:
        async with following(urls, chain=QUICK_CHAIN) as seen:
            await seen.reaches(world.head.hash)
            for at in range(60):
                name = f"0x{at + 1:064x}"
                announce(
                    bad, {"hash": name, "number": hex(1000 + at), "parentHash": name[:-1] + "f"}
                )
                await trio.sleep(0.01)
    said = [one for one in logged if one["event"] == "head not fetched"]
    assert len([one for one in said if one["log_level"] == "warning"]) <= 2
    nursery.cancel_scope.cancel()
