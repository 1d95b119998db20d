"""A source is a value, a state-pure family a line of a table: a test's own file adds both."""

import random
import time
from pathlib import Path

import trio
from recorded_blocks import block_of, read_recorded

from qenus import chain_tree
from qenus.chain import ETHEREUM
from qenus.client import BlockClosed, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import ChainTree, Daemon, demo_chain
from qenus.extractors import FeatureFamily
from qenus.extractors.closing import close_block
from qenus.extractors.state_branch import StateBranch, StateReading
from qenus.observers.parcels import parcel_of_block
from qenus.observers.source import Source, SourcePorts
from qenus.simulation import World, WorldRules
from qenus.wire import (
    Block,
    BlockGas,
    Family,
    GasBatch,
    Identity,
    Parcel,
    Purity,
    Retract,
    Tier,
    decode,
    encode,
)
from supervisors import Cell, Child, Inbox, Outlet, RandomFaults, Restart

PATIENCE_SECONDS = 30
GAS = FeatureFamily(Family.GAS, Purity.STATE, GasBatch)


class Numbers(list[int]):
    """The state that the toy family keeps: the numbers of the blocks that it has worked on."""


async def count_blocks(
    touched: Inbox[bytes],
    features: Outlet[bytes],
    state: Cell[Numbers],
    progress: Cell,
    *,
    reading: StateReading,
) -> None:
    async for message in touched:
        parcel = decode(message, Parcel)
        content = decode(parcel.content, Block | Retract)
        if isinstance(content, Retract):
            continue
        ref = content.block
        # The extractor has come at least as far: it is the one that fills this mailbox.
        assert progress.value.head >= 0
        state.set(Numbers([*state.value, ref.number]))
        gas = BlockGas(content.gas_used, content.gas_limit, None, None, None, ())
        batch = GasBatch(Identity(ref, Tier.INCLUDED, GAS.family, "toy"), (gas,))
        for topic, each in close_block(
            ref, [(GAS, batch)], purity=Purity.STATE, chain=reading.chain, version="toy"
        ):
            await features.send(encode(Parcel(topic, parcel.observed_ns, each)))


TOY = StateBranch(GAS, count_blocks, Numbers)


async def test_a_second_state_family_is_a_line_of_the_table(monkeypatch, tmp_path):
    monkeypatch.setattr(chain_tree, "_BRANCHES", (*chain_tree._BRANCHES, TOY))
    world = World(WorldRules(transactions_per_block=4, history_blocks=14, reorg_chance=0))
    faults = RandomFaults({"gas": 0.1}, random.Random(1))
    config = QenusConfig(FeedConfig((f"ipc://{tmp_path}/feed.ipc",)))
    daemon = Daemon(config, [demo_chain(world, block_seconds=0.05)], faults=faults)
    # What reaches the line, on its way to publishers.
    sent: list[tuple[str, int]] = []
    append = daemon.line.append

    def noted(lease, parcel, **times):
        if parcel.topic in ("features.gas.demo", "features.pool_state.demo"):
            batch = decode(parcel.content)
            sent.append((parcel.topic, batch.identity.block.number))
        return append(lease, parcel, **times)

    monkeypatch.setattr(daemon.line, "append", noted)

    def both_sent(blocks: int) -> bool:
        topics = [topic for topic, _ in sent]
        return all(
            topics.count(f"features.{name}.demo") >= blocks for name in ("gas", "pool_state")
        )

    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            while not (faults.crashes.get("gas") and both_sent(8)):  # noqa: ASYNC110
                await trio.sleep(0.01)
        children = [child.name for child in daemon.snapshot().children[-1].children]
        daemon.stop()
    assert children == ["blocks", "pool_state", "gas"]
    numbers = [number for topic, number in sent if topic == "features.gas.demo"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_family_that_is_switched_off_has_no_branch(monkeypatch, tmp_path):
    monkeypatch.setattr(chain_tree, "_BRANCHES", (*chain_tree._BRANCHES, TOY))
    off = demo_chain(World(WorldRules()), block_seconds=1.0, pool_state=False)
    assert [branch.family.name for branch in chain_tree.branches_of(off.source)] == ["gas"]


def toy_source(block: Block) -> Source:
    """A source that brings one block and ends."""

    async def bring(found: Outlet[bytes]) -> None:
        await found.send(parcel_of_block(ETHEREUM, time.time_ns(), block))
        await trio.sleep_forever()

    def children(ports: SourcePorts) -> list[Child]:
        child = Child("toy", bring, ports.found.outlet())
        return [child.with_policy(restart=Restart.TRANSIENT)]

    return Source(ETHEREUM, children)


async def test_a_source_of_a_new_kind_is_a_value(monkeypatch, data: Path, tmp_path):
    block = block_of(read_recorded(data / "l1" / "blocks" / "22431083.json.gz"))
    address = f"ipc://{tmp_path}/feed.ipc"
    # Where no state can be read, no state-pure family has a branch.
    assert chain_tree.branches_of(toy_source(block)) == []
    daemon = Daemon(QenusConfig(FeedConfig((address,))), [ChainTree(toy_source(block))])
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            async with subscribe(address, oldest=True) as feed:
                async for event in feed:
                    if isinstance(event, BlockClosed):
                        assert event.end.block == block.block
                        break
        blocks = daemon.snapshot().children[-1].children[0]
        assert [child.name for child in blocks.children] == ["toy", "sealer", "extractor"]
        daemon.stop()
