"""The connections of one backfill know together what the node allows."""

from scripted_node import ScriptedNode, error, rules

from qenus.chain import ETHEREUM
from qenus.observers.history.backfill import open_backfill
from qenus.observers.rpc import RpcStatistics
from qenus.simulation import World

BACKOFF_SECONDS = 1.5
# What was sent before the refusal was read may still come.
UNDER_WAY_SECONDS = 0.7


async def test_a_busy_node_is_left_alone_by_all_connections_together(nursery):
    refused_at = []

    def busy_once(method, _params, truth):
        if method != "eth_getBlockByNumber" or refused_at or node.connected < 3:
            return truth
        refused_at.append(node.calls[-1][0])
        data = {"rate": {"backoff_seconds": BACKOFF_SECONDS}}
        return error(truth, -32005, "limit exceeded", data=data)

    node = ScriptedNode(World(rules(chain=ETHEREUM, history_blocks=60)), answer=busy_once)
    url, statistics = await node.start(nursery, "ws"), RpcStatistics()
    wanted = range(1, 50)
    async with open_backfill(url, ETHEREUM, wanted, connections=3, statistics=statistics) as blocks:
        assert [block.number async for block in blocks] == list(wanted)
    (at,) = refused_at
    early, late = at + UNDER_WAY_SECONDS, at + BACKOFF_SECONDS
    assert not [when for when, _, _ in node.calls if early < when < late]
    assert (statistics.sessions, statistics.busy) == (3, 1)
    nursery.cancel_scope.cancel()
