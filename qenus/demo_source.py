"""The demo world as a source: its node on loopback, and an observer that follows that node."""

from functools import partial

import trio

from qenus.chain import ForkTree
from qenus.observers.follow.node import observe_node
from qenus.observers.source import Source, SourcePorts
from qenus.simulation.node import serve
from qenus.simulation.world import World
from qenus.wire import Block, Heads, Observed, Parcel
from supervisors import Cell, Child, Outlet, Readiness, ready

__all__ = ["demo_source"]

_CATCH_UP_BLOCKS = 1024


def demo_source(
    world: World, *, block_seconds: float, switched_off: frozenset[str] = frozenset()
) -> Source:
    """Run the world's node and follow it; see `Source` for `switched_off`."""
    address = Cell("demo:address", "")

    def children(ports: SourcePorts) -> list[Child]:
        node = Child("node", _run_node, address, world=world, block_seconds=block_seconds)
        observer = Child(
            "observer", _observe, ports.found.outlet(), ports.alerts, ports.tree, address, world
        )
        return [node.with_policy(readiness=Readiness.EXPLICIT), observer]

    return Source(world.chain, children, lambda: [address.value], switched_off)


async def _run_node(address: Cell[str], *, world: World, block_seconds: float) -> None:
    async with trio.open_nursery() as nursery:
        serving = partial(serve, world, block_interval_seconds=block_seconds)
        address.set(await nursery.start(serving))
        ready()


async def _observe(
    found: Outlet[Observed[Block | Heads]],
    alerts: Outlet[Parcel],
    tree: Cell[ForkTree],
    address: Cell[str],
    world: World,
) -> None:
    await observe_node(
        found,
        alerts,
        tree,
        url=address.value,
        chain=world.chain,
        catch_up_blocks=_CATCH_UP_BLOCKS,
    )
