"""An endpoint whose messages cost more CPU time than any honest one's is sent away for a while."""

import json

import pytest
import trio

from qenus.observers.follow.budget import Overspent
from qenus.observers.follow.endpoint import Endpoint
from qenus.simulation import World
from tests.followed_nodes import following
from tests.scripted_node import ScriptedNode, rules, until

PADDING = b" " * (8 << 20)


def padded(method, _params, truth):
    """The truth, and with what may be long megabytes of what says nothing."""
    long = method in ("eth_getBlockByHash", "eth_getBlockReceipts")
    return json.dumps(truth).encode() + PADDING if long else truth


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
async def test_an_endpoint_that_costs_too_much_cpu_time_is_rejected_and_away(
    nursery, transport, tmp_path
):
    world = World(rules(31))
    bad, good = ScriptedNode(world), ScriptedNode(world)
    bad_url = await bad.start(nursery, transport, tmp_path)
    urls = [bad_url, await good.start(nursery, "ws")]
    async with following(urls, reading_percent=1) as seen:
        await seen.reaches(world.head.hash)
        first = world.head.number
        bad.answer = padded
        with trio.fail_after(20):
            while not seen.rejections:
                moved = world.advance()
                bad.announce(moved)
                good.announce(moved)
                await seen.reaches(world.head.hash)
                await trio.sleep(0.1)
        rejection = seen.rejections[0]
        assert rejection.source == bad_url
        assert "1 % of CPU time over 10 s" in str(rejection)
        # It is left alone, and costs the other nothing.
        asked = len(bad.calls)
        for _ in range(5):
            good.announce(world.advance())
            await seen.reaches(world.head.hash)
            await trio.sleep(0.1)
        assert len(bad.calls) == asked
        assert [block.number for block in seen.chain] == [*range(first, world.head.number + 1)]
        assert seen.restarts() == 0
    nursery.cancel_scope.cancel()


async def test_the_same_work_within_its_share_costs_an_endpoint_nothing(nursery):
    node = ScriptedNode(World(rules(32)), answer=padded)
    async with following([await node.start(nursery, "ws")], reading_percent=100) as seen:
        await until(lambda: seen.chain)
        for _ in range(3):
            node.advance()
            await seen.reaches(node.world.head.hash)
        assert not seen.rejections
    nursery.cancel_scope.cancel()


async def test_a_share_comes_back_with_time(autojump_clock):
    endpoint = Endpoint("ws://127.0.0.1:1", reading_percent=50)

    def is_within(seconds):
        with endpoint.connection():
            endpoint.charge_reading(seconds)
        try:
            endpoint.raise_ejected()
        except Overspent:
            return False
        return True

    # Half of a core, over ten seconds.
    assert is_within(5.0)
    assert not is_within(0.1)
    await trio.sleep(1)
    assert is_within(0.5)
    assert not is_within(0.1)
