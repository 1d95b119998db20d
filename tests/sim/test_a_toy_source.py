"""A source of a new kind is a value: a test's own file brings one block to a subscriber."""

import time
from pathlib import Path

import trio
from recorded_blocks import block_of, read_recorded

from qenus.chain import ETHEREUM
from qenus.chain_tree import branches_of
from qenus.client import AlertReported, BlockClosed, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import ChainTree, Daemon
from qenus.demo_source import demo_source
from qenus.observers.alerts import alert_parcel
from qenus.observers.source import Source, SourcePorts
from qenus.simulation import World, WorldRules
from qenus.wire import Alert, Block, Observed, Parcel, Severity
from supervisors import Child, Outlet, Restart

PATIENCE_SECONDS = 30
ALERT = Alert(Severity.INFO, "toy_began", "toy", True, "the toy source began", None)


def test_a_family_that_is_switched_off_has_no_branch():
    world = World(WorldRules(history_blocks=1))
    on, off = (
        demo_source(world, block_seconds=1.0, switched_off=frozenset(names))
        for names in ((), {"pool_state"})
    )
    assert [branch.family.name for branch in branches_of(on)] == ["pool_state"]
    assert branches_of(off) == []


def toy_source(block: Block) -> Source:
    """A source that reports one alert and brings one block."""

    async def bring(found: Outlet[Observed[Block]], alerts: Outlet[Parcel]) -> None:
        await alerts.send(alert_parcel(time.time_ns(), ALERT))
        await found.send(Observed(time.time_ns(), block))
        await trio.sleep_forever()

    def children(ports: SourcePorts) -> list[Child]:
        child = Child("toy", bring, ports.found.outlet(), ports.alerts)
        return [child.with_policy(restart=Restart.TRANSIENT)]

    return Source(ETHEREUM, children)


async def test_a_source_of_a_new_kind_is_a_value(data: Path, tmp_path):
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    address = f"ipc://{tmp_path}/feed.ipc"
    # Where no state can be read, no state-pure family has a branch.
    assert branches_of(toy_source(block)) == []
    daemon = Daemon(QenusConfig(FeedConfig((address,))), [ChainTree(toy_source(block))])
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            async with subscribe(address, oldest=True) as feed:
                # An alert waits for no block: either may come first.
                came = set()
                async for event in feed:
                    if isinstance(event, AlertReported):
                        assert event.alert == ALERT
                        came.add("alert")
                    if isinstance(event, BlockClosed):
                        assert event.end.block == block.block
                        came.add("block")
                    if came == {"alert", "block"}:
                        break
        blocks = daemon.snapshot().children[-1].children[0]
        assert [child.name for child in blocks.children] == ["toy", "sealer", "extractor"]
        daemon.stop()
