"""Families of a test's package on a chain of the daemon: one block-pure, one state-pure.

`with_families` is all that joins them; each is extracted, published and tailed beside the house's
own, through crashes and reorganisations.
"""

import json
import random

import pytest
import trio
from toy_family import TOY
from toy_states import CAPACITY

from qenus.cli.console import Lines
from qenus.client import BlockApplied, BlockRetracted, Event, StatesApplied, subscribe
from qenus.config import FeedConfig, QenusConfig
from qenus.daemon import ChainTree, Daemon, demo_chain
from qenus.errors import LocalProtocolError
from qenus.extractors import FeatureFamily
from qenus.pools import UniswapV2Pair
from qenus.simulation import World, WorldRules
from qenus.wire import Family, FlashCapacityBatch, GasBatch, Purity
from supervisors import RandomFaults

PATIENCE_SECONDS = 30
STATES = Family.POOL_STATE, Family.FLASH_LOAN


def chain_of(world: World) -> ChainTree:
    return demo_chain(world, block_seconds=0.1).with_families(CAPACITY, TOY)


class Watched:
    """What a subscriber was given, held against the world that its node plays."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.standing: list[bytes] = []
        # By family, in the order in which they closed, the blocks that stand.
        self.stated: dict[Family, list[bytes]] = {family: [] for family in STATES}
        self.compared = dict.fromkeys(STATES, 0)
        self.retracted = 0

    def take(self, event: Event) -> None:
        match event:
            case BlockApplied():
                self._applied(event)
            case StatesApplied():
                self._stated(event)
            case BlockRetracted(block):
                assert self.standing.pop() == block.hash
                for stated in self.stated.values():
                    if block.hash in stated:
                        assert stated.pop() == block.hash
                self.retracted += 1

    def _applied(self, event: BlockApplied) -> None:
        counts = [(each.family, each.features) for each in event.end.families]
        assert [family for family, _ in counts] == [Family.AMM, Family.GAS]
        (batch,) = (each for each in event.batches if isinstance(each, GasBatch))
        made = self.world.block_by_hash(event.block.hash)
        assert made is not None
        assert batch.features[0].gas_used == made.header.gas_used
        self.standing.append(event.block.hash)

    def _stated(self, event: StatesApplied) -> None:
        # A state-pure family closes on its own: one of them never waits for another.
        (count,) = event.end.families
        assert event.block.hash in self.standing
        assert event.block.hash not in self.stated[count.family]
        self.stated[count.family].append(event.block.hash)
        market = self.world.market_at(event.block.hash)
        for batch in event.batches:
            assert batch.identity.family is count.family
            self.compared[count.family] += len(batch.features)
            if isinstance(batch, FlashCapacityBatch):
                for each in batch.features:
                    pair = market.pools[each.address]
                    assert isinstance(pair, UniswapV2Pair)
                    assert each.available == pair.reserve0

    def is_enough(self) -> bool:
        return min(self.compared.values()) > 20 and self.retracted > 1


async def test_each_family_closes_once_a_block_through_crashes_and_reorganisations(
    tmp_path, capsys: pytest.CaptureFixture[str]
):
    world = World(WorldRules(transactions_per_block=12, history_blocks=14, reorg_chance=250))
    address = f"ipc://{tmp_path}/feed.ipc"
    faults = RandomFaults({"flash_loan": 0.05, "extractor": 0.02}, random.Random(3))
    daemon = Daemon(QenusConfig(FeedConfig((address,))), [chain_of(world)], faults=faults)
    watched, tail = Watched(world), Lines(json=True)
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run)
        with trio.fail_after(PATIENCE_SECONDS):
            async with subscribe(address) as feed:
                async for event in feed:
                    watched.take(event)
                    tail.show(event)
                    if watched.is_enough() and faults.crashes.get("flash_loan"):
                        break
        children = [child.name for child in daemon.snapshot().children[-1].children]
        daemon.stop()
    assert children == ["blocks", "pool_state", "flash_loan"]
    assert tail.trouble == 0
    # The log of this process comes between the lines of the tail.
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    shown = {json.loads(line).get("family") for line in lines} - {None}
    assert shown == {"amm", "gas", "pool_state", "flash_loan"}
    # Of each family the states come in the order of the blocks: none is missing in between.
    for stated in watched.stated.values():
        has = [block_hash in stated for block_hash in watched.standing]
        assert all(has[has.index(True) : len(has) - has[::-1].index(True)])


def test_a_family_is_there_once_and_one_that_needs_a_state_comes_with_its_branch():
    chain = chain_of(World(WorldRules()))
    assert [each.family for each in chain.families] == [Family.AMM, Family.POOL_STATE, Family.GAS]
    assert [each.family.family for each in chain.branches] == list(STATES)
    for again in (TOY, CAPACITY):
        with pytest.raises(LocalProtocolError, match="expected each once"):
            chain.with_families(again)
    alone = FeatureFamily(Family.SEQUENCER, Purity.STATE, GasBatch)
    with pytest.raises(LocalProtocolError, match="expected the branch of sequencer"):
        chain.with_families(alone)
