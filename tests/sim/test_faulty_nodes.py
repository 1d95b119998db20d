"""Every fault of a node, alone and beside a good node: no block is lost and nothing crashes.

The bounds in seconds are generous; `qenus bench faults` measures.
"""

import pytest
import trio

from qenus.simulation import World
from tests.every_day import every_day
from tests.faulty_nodes import ATTACKS, NODE_FAULTS
from tests.followed_nodes import following
from tests.scripted_node import ScriptedNode, rules, until

BLOCKS = 12
APART_SECONDS = 0.08
EVERY_DAY = ["handshake refused with 429", "block null at first", "receipts short for good"]


async def served(nursery, fault, world):
    node = ScriptedNode(world)
    return node, await node.start(nursery, fault.transport)


@pytest.mark.parametrize(
    "name",
    every_day(
        [*EVERY_DAY, "future heads at 20 a second", "false receipts"], [*NODE_FAULTS, *ATTACKS]
    ),
)
async def test_a_faulty_node_beside_a_good_one_costs_no_block(nursery, name):
    fault = (NODE_FAULTS | ATTACKS)[name]
    world = World(rules(3))
    bad, bad_url = await served(nursery, fault, world)
    good = ScriptedNode(world)
    async with following([bad_url, await good.start(nursery, "ws")]) as seen:
        await seen.reaches(world.head.hash)
        first = world.head.number
        fault.begin(bad)
        if fault.act is not None:
            nursery.start_soon(fault.act, bad)
        announced = {}
        for _ in range(BLOCKS):
            moved = world.advance()
            announced[world.head.number] = trio.current_time()
            bad.announce(moved)
            good.announce(moved)
            await trio.sleep(APART_SECONDS)
        await seen.reaches(world.head.hash)
        assert [block.number for block in seen.chain] == [*range(first, first + BLOCKS + 1)]
        assert not seen.retracted
        assert seen.restarts() == 0
        assert {one.source for one in seen.rejections} <= {bad_url}
        late = {n: seen.times[n] - at for n, at in announced.items() if seen.times[n] - at > 10}
        assert not late
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("name", every_day(EVERY_DAY, NODE_FAULTS))
async def test_a_chains_only_node_is_followed_again_when_its_fault_ends(nursery, name):
    fault = NODE_FAULTS[name]
    world = World(rules(4))
    node, url = await served(nursery, fault, world)
    async with following([url]) as seen:
        await seen.reaches(world.head.hash)
        first = world.head.number
        fault.begin(node)
        for _ in range(BLOCKS):
            node.advance()
            await trio.sleep(APART_SECONDS)
        fault.end(node)
        node.advance()
        await seen.reaches(world.head.hash)
        assert [block.number for block in seen.chain] == [*range(first, first + BLOCKS + 2)]
        assert not seen.retracted
        assert seen.restarts() == 0
    nursery.cancel_scope.cancel()


async def test_an_endpoint_whose_task_crashes_costs_its_siblings_nothing(nursery, monkeypatch):
    world = World(rules(5))
    bad, good = ScriptedNode(world), ScriptedNode(world)
    urls = [await bad.start(nursery, "ws"), await good.start(nursery, "ws")]
    async with following(urls) as seen:
        await seen.reaches(world.head.hash)
        plant(monkeypatch, urls[0])
        bad.disconnect()
        for _ in range(BLOCKS):
            moved = world.advance()
            bad.announce(moved)
            good.announce(moved)
            await trio.sleep(APART_SECONDS)
        await seen.reaches(world.head.hash)
        await until(lambda: seen.raised("endpoint_down"))
        alerts = seen.raised("endpoint_down")
        assert {alert.subject for alert in alerts} == {urls[0]}
        assert any("RuntimeError: planted" in alert.text for alert in alerts)
        assert seen.restarts() == 0
    nursery.cancel_scope.cancel()


def plant(monkeypatch, url: str) -> None:
    """Let everything that is read of a header of one endpoint fail with an unforeseen error."""
    from qenus.observers.follow import heads

    parse = heads.parse_header

    def parse_or_crash(session, method, answer):
        if session.endpoint == url:
            raise RuntimeError("planted")
        return parse(session, method, answer)

    monkeypatch.setattr(heads, "parse_header", parse_or_crash)
