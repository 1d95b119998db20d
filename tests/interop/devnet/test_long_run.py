"""Two thousand transactions and all that may happen meanwhile: every subscriber holds the chain.

What happens is drawn from a seed: QENUS_SEEDS=1,2,3 runs others than the default.
"""

import os
import random
from collections.abc import Awaitable, Callable

import pytest
import trio
from mirror import Mirror, mirrored

from supervisors import RandomFaults
from tools.devnet import DevnetChain

pytestmark = pytest.mark.interop

SEEDS = [int(seed) for seed in os.environ.get("QENUS_SEEDS", "5").split(",")]
TRANSACTIONS = 2000
# Of each visit of a point at which a crash can lose or double something.
CRASHES = {"observer": 0.05, "sealer": 0.05, "extractor": 0.05, "publisher": 0.02}
DEEPEST = 64


class LongRun:
    """One run: the node, who subscribes, and what was sent to which branch."""

    def __init__(self, node: DevnetChain, mirror: Mirror, seed: int) -> None:
        self.node = node
        self.mirror = mirror
        self.rng = random.Random(seed)
        self.sent = 0
        # Whatever was on the node's chain once and is not any more.
        self.orphans: set[bytes] = set()

    async def trade(self) -> None:
        """A few blocks of a few transactions each."""
        for _ in range(self.rng.randint(1, 6)):
            count = self.rng.randint(1, 40)
            await self.node.trade(count)
            self.sent += count

    async def reorg(self, depth: int, *, empty: bool = False) -> list[bytes]:
        """Replace the newest blocks, and give those that left the chain, oldest first.

        An empty block in the place of another empty one is the same block again.
        """
        head = await self.node.block_number()
        before = await self.node.block_hashes(head - depth + 1, head)
        busy = 0 if empty else self.rng.randint(1, 2 * depth)
        await self.node.reorg_busily(depth, busy)
        after = await self.node.block_hashes(head - depth + 1, head)
        self.sent += busy
        orphans = [block for block in before if block not in after]
        self.orphans |= set(orphans)
        return orphans

    async def agree(self) -> None:
        """Wait until the subscriber stands where the node stands; below, all must be the same."""
        head = await self.node.block_number()
        (top,) = await self.node.block_hashes(head, head)
        await self.mirror.reaches(top, seconds=60)
        first = self.mirror.chain[0].end.block.number
        assert self.mirror.hashes() == await self.node.block_hashes(first, head)
        assert set(self.mirror.retracted) <= self.orphans

    async def watched_reorg(self, depth: int, *, empty: bool = False) -> None:
        """Replace what the subscriber holds: it is retracted, newest first, and nothing else is."""
        await self.agree()
        known = len(self.mirror.retracted)
        orphans = await self.reorg(depth, empty=empty)
        await self.agree()
        assert self.mirror.retracted[known:] == orphans[::-1]
        assert len(orphans) > depth // 2
        assert not empty or all(not one.batches for one in self.mirror.chain[-depth:])

    # -- what may happen -------------------------------------------------------------------------

    async def reorg_of_a_reorg(self) -> None:
        for depth in (5, 3, 8):
            await self.watched_reorg(depth)

    async def reorgs_at_once(self) -> None:
        for depth in (5, 1, 10, 2):
            await self.reorg(depth)

    async def restart(self) -> None:
        """The node is killed, and comes back on another branch than it went on."""
        await self.node.kill()
        await trio.sleep(self.rng.random() / 2)
        await self.node.start()
        await self.reorg(self.rng.choice((1, 5)))

    async def hang(self) -> None:
        """The node stands still for five seconds, and has another head right after."""
        self.node.process.pause()
        await trio.sleep(5)
        self.node.process.resume()
        await self.reorg(2)

    def happenings(self) -> list[Callable[[], Awaitable[None]]]:
        """All of them, in an order of the seed's."""
        drawn: list[Callable[[], Awaitable[None]]] = [
            self.hang,
            *(2 * [self.restart]),
            *(2 * [self.reorgs_at_once]),
            self.reorg_of_a_reorg,
            lambda: self.watched_reorg(DEEPEST),
            lambda: self.watched_reorg(12, empty=True),
            *(3 * [lambda: self.watched_reorg(1)]),
            *(2 * [lambda: self.watched_reorg(5)]),
        ]
        self.rng.shuffle(drawn)
        return drawn


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_subscriber_holds_the_nodes_chain_whatever_happens(node, nursery, tmp_path, seed):
    faults = RandomFaults(CRASHES, random.Random(seed))
    mirror = await mirrored(nursery, tmp_path, node.ws_url, faults=faults)
    run = LongRun(node, mirror, seed)
    await node.trade_blocks(DEEPEST + 12, 1)
    run.sent += DEEPEST + 12
    for happening in run.happenings():
        await run.trade()
        await happening()
    while run.sent < TRANSACTIONS:
        await run.trade()
        if run.rng.random() < 0.3:
            await run.reorg(run.rng.choice((1, 1, 5)))
    await run.agree()
    applied = mirror.hashes()
    assert len(set(applied)) == len(applied)
    assert len(mirror.retracted) > 100
    assert min(faults.crashes.values()) >= 2
    assert not mirror.rejections
    print(
        f"seed {seed}: {run.sent} transactions, {len(applied)} blocks stand, "
        f"{len(mirror.retracted)} retracted, crashes {faults.crashes}"
    )
