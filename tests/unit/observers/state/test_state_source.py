"""What is said of nodes whose state cannot be had."""

import trio
from structlog.testing import capture_logs

from qenus.observers.state.source import open_state
from qenus.simulation import DEMO_CHAIN


async def test_a_node_without_state_is_reported_once_and_not_with_every_try(autojump_clock):
    with capture_logs() as logged:
        async with open_state(lambda: ["unix:///nowhere.ipc"], DEMO_CHAIN):
            await trio.sleep(60)
    tries = [one["log_level"] for one in logged if one["event"] == "no state"]
    assert (tries[0], set(tries[1:])) == ("info", {"debug"})
