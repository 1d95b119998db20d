"""An endpoint that stays silent is tried over other connections too, while it is the only one."""

import pytest
import trio

from qenus.simulation import World
from tests.faulty_nodes import NODE_FAULTS
from tests.followed_nodes import following
from tests.scripted_node import ScriptedNode, rules, until

pytestmark = pytest.mark.slow

SILENCES = ["no answer to the handshake", "no answer to anything"]
# Far below the patience of a handshake or a call, which is 10 s.
SOON_SECONDS = 5.0


@pytest.mark.parametrize("name", SILENCES)
async def test_the_only_endpoint_is_back_with_its_first_answer(nursery, name):
    node = ScriptedNode(World(rules(21)))
    async with following([await node.start(nursery, "ws")]) as seen:
        await seen.reaches(node.world.head.hash)
        NODE_FAULTS[name].begin(node)
        node.advance()
        await trio.sleep(2.2)
        # One every half a second, and not all of them at once.
        assert 3 <= node.connections <= 7
        assert node.connected <= 4
        NODE_FAULTS[name].end(node)
        await seen.reaches(node.world.head.hash, seconds=SOON_SECONDS)
        await until(lambda: node.connected == 1)
        assert seen.restarts() == 0
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("name", SILENCES)
async def test_one_of_two_endpoints_is_given_its_time(nursery, name):
    world = World(rules(22))
    silent, good = ScriptedNode(world), ScriptedNode(world)
    urls = [await silent.start(nursery, "ws"), await good.start(nursery, "ws")]
    async with following(urls) as seen:
        await seen.reaches(world.head.hash)
        await until(lambda: silent.connected and good.connected)
        NODE_FAULTS[name].begin(silent)
        before = silent.connections
        await trio.sleep(1.6)
        assert silent.connections <= before + 1
    nursery.cancel_scope.cancel()


async def test_an_endpoint_that_is_slow_with_one_answer_is_not_taken_for_silent(nursery):
    async def slow(method, _params, truth):
        if method == "eth_getBlockReceipts":
            await trio.sleep(1.5)
        return truth

    node = ScriptedNode(World(rules(23)))
    async with following([await node.start(nursery, "ws")]) as seen:
        await seen.reaches(node.world.head.hash)
        node.answer = slow
        node.advance()
        await seen.reaches(node.world.head.hash, seconds=SOON_SECONDS)
        assert node.connections == 1
    nursery.cancel_scope.cancel()


async def test_an_endpoint_that_is_slow_with_every_answer_is_still_followed(nursery):
    async def slow(_method, _params, truth):
        await trio.sleep(1.2)
        return truth

    node = ScriptedNode(World(rules(24)), answer=slow)
    async with following([await node.start(nursery, "ws")]) as seen:
        await until(lambda: seen.chain)
        node.advance()
        await seen.reaches(node.world.head.hash)
        # Each that took over from another doubled the patience with the next one.
        assert node.connections <= 16
    nursery.cancel_scope.cancel()
