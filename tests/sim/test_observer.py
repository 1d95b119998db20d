"""The observer on a demo node over a real WebSocket: what comes out is the node's own chain."""

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from qenus.chain import ForkTree
from qenus.errors import TransientError
from qenus.extractors.actor import extract
from qenus.observers.node import WrongChain, observe_node
from qenus.observers.rpc import ConnectionLost, RpcError, RpcTimeout, open_session
from qenus.observers.sealer import seal_blocks
from qenus.simulation import DEMO_CHAIN, World, WorldRules
from qenus.simulation.node import DemoNode
from qenus.wire import BlockEnd, BlockRef, Heads, Parcel, Rejection, Retract, decode
from supervisors import (
    Backoff,
    Cell,
    Child,
    FailureTypes,
    Inbox,
    InjectedCrash,
    Mailbox,
    RandomFaults,
    Strategy,
    Supervisor,
    Tree,
)

QUICK = Backoff(initial_seconds=0.001, max_seconds=0.01)
FAILURES = FailureTypes(transient=(TransientError, InjectedCrash))
PATIENCE_SECONDS = 20


@attrs.define
class Seen:
    """What a subscriber would see, applied as it comes; anything out of order is an error."""

    chain: list[BlockRef] = attrs.field(factory=list)
    retracted: int = 0
    heads: Heads | None = None
    rejections: list[Rejection] = attrs.field(factory=list)
    gaps_allowed: bool = False

    @property
    def tip(self) -> bytes | None:
        return self.chain[-1].hash if self.chain else None

    async def collect(self, inbox: Inbox[bytes]) -> None:
        async for message in inbox:
            content = decode(decode(message, Parcel).content)
            match content:
                case BlockEnd(block=block):
                    follows = not self.chain or block.parent_hash == self.chain[-1].hash
                    assert follows or self.gaps_allowed
                    self.chain.append(block)
                case Retract(block=block):
                    assert self.chain.pop() == block
                    self.retracted += 1
                case Heads():
                    assert content.latest == self.chain[-1]
                    self.heads = content
                case Rejection():
                    self.rejections.append(content)


@asynccontextmanager
async def observed(
    url: str, seen: Seen, *, faults: RandomFaults | None = None, catch_up_blocks: int = 1024
) -> AsyncIterator[Tree]:
    found, sealed, out = (Mailbox[bytes](name) for name in ("found", "sealed", "out"))
    tree = Cell("tree", ForkTree(DEMO_CHAIN.chain_id))
    chain = [
        Child(
            "observer",
            observe_node,
            found.outlet(),
            tree,
            url=url,
            chain=DEMO_CHAIN,
            catch_up_blocks=catch_up_blocks,
        ),
        Child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=DEMO_CHAIN),
        Child("extractor", extract, sealed.inbox(), out.outlet(), chain=DEMO_CHAIN.name),
    ]
    quick = [child.with_policy(backoff=QUICK) for child in chain]
    root = Supervisor(
        "root",
        [
            Child("collector", seen.collect, out.inbox()),
            Supervisor("chain", quick, strategy=Strategy.REST_FOR_ONE),
        ],
    )
    running = Tree(root, failures=FAILURES, faults=faults, rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        await nursery.start(running.run)
        yield running
        running.stop()


async def until(condition: Callable[[], object]) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.005)


def canonical(world: World, first: int) -> list[bytes]:
    blocks = [world.block_by_number(number) for number in range(first, world.head.number + 1)]
    return [block.hash for block in blocks if block is not None]


async def served(world: World, nursery: trio.Nursery) -> tuple[DemoNode, str]:
    node = DemoNode(world)
    return node, await nursery.start(node.serve)


def rules(seed: int, **changes: int) -> WorldRules:
    defaults = {"transactions_per_block": 4, "history_blocks": 14, "reorg_chance": 300}
    return WorldRules(seed=bytes([seed]), **{**defaults, **changes})


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_chain_seen_is_the_nodes_through_reorgs(nursery, seed):
    world, seen = World(rules(seed)), Seen()
    node, url = await served(world, nursery)
    async with observed(url, seen):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        for _ in range(60):
            node.advance()
            await trio.sleep(0.002)
        await until(lambda: seen.tip == world.head.hash)
    assert [block.hash for block in seen.chain if block.number >= first] == canonical(world, first)
    assert seen.retracted >= 5
    assert not seen.rejections
    assert seen.heads is not None
    assert seen.heads.latest.hash == world.head.hash


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_crashes_anywhere_leave_the_same_chain(nursery, seed):
    world, seen = World(rules(seed)), Seen()
    node, url = await served(world, nursery)
    faults = RandomFaults({"observer": 0.1, "sealer": 0.2, "extractor": 0.2}, random.Random(seed))
    async with observed(url, seen, faults=faults):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        for _ in range(60):
            node.advance()
            await trio.sleep(0.005)
        await until(lambda: seen.tip == world.head.hash)
    assert [block.hash for block in seen.chain if block.number >= first] == canonical(world, first)
    assert min(faults.crashes.values()) >= 3


async def serve_in(scope: trio.CancelScope, node: DemoNode, port: int, *, task_status) -> None:
    """A node that can be taken away while those who use it go on."""
    with scope:
        await node.serve(port=port, task_status=task_status)


async def test_blocks_missed_while_the_node_was_away_are_fetched(nursery):
    world, seen = World(rules(5, reorg_chance=0)), Seen()
    first_life, second_life = trio.CancelScope(), trio.CancelScope()
    url = await nursery.start(serve_in, first_life, DemoNode(world), 0)
    port = int(url.rpartition(":")[2].rstrip("/"))
    async with observed(url, seen):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        first_life.cancel()
        for _ in range(40):
            world.advance()
        node = DemoNode(world)
        await nursery.start(serve_in, second_life, node, port)
        node.advance()
        await until(lambda: seen.tip == world.head.hash)
    second_life.cancel()
    assert [block.hash for block in seen.chain] == canonical(world, first)
    assert len(seen.chain) == 42


async def test_a_gap_beyond_the_bound_is_left_and_the_chain_begins_anew(nursery):
    world, seen = World(rules(6, reorg_chance=0)), Seen()
    node, url = await served(world, nursery)
    seen.gaps_allowed = True
    async with observed(url, seen, catch_up_blocks=3):
        await until(lambda: seen.chain)
        for _ in range(20):
            moved = world.advance()
        node.announce(moved)
        await until(lambda: seen.tip == world.head.hash)
    assert [block.number for block in seen.chain] == [14, 32, 33, 34]


class LyingWorld(World):
    """Leaves the last log out of the receipts of chosen blocks, as often as it was told to."""

    lies = 0

    def block_by_hash(self, block_hash):
        block = super().block_by_hash(block_hash)
        if block is None or self.lies == 0:
            return block
        receipts = json.loads(block.json.receipts)
        guilty = [receipt for receipt in receipts if receipt["logs"]]
        if not guilty:
            return block
        self.lies -= 1
        guilty[-1]["logs"].pop()
        told = attrs.evolve(block.json, receipts=json.dumps(receipts).encode())
        return attrs.evolve(block, json=told)


async def test_an_omitted_log_is_evidence_and_the_next_head_brings_the_block(nursery):
    world, seen = LyingWorld(rules(7, reorg_chance=0, transactions_per_block=12)), Seen()
    node, url = await served(world, nursery)
    async with observed(url, seen):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        # Block and receipts are asked for at once, both through block_by_hash.
        world.lies = 2
        node.advance()
        await until(lambda: seen.rejections)
        world.lies = 0
        lied_about = world.head.hash
        assert lied_about not in {block.hash for block in seen.chain}
        node.advance()
        await until(lambda: seen.tip == world.head.hash)
    assert [block.hash for block in seen.chain] == canonical(world, first)
    assert seen.rejections[0].claimed_hash == lied_about
    assert seen.rejections[0].step == "receipts root"
    assert seen.rejections[0].source == url


async def test_another_chains_node_is_refused(nursery):
    world = World(rules(8))
    _, url = await served(world, nursery)
    found = Mailbox[bytes]("found")
    other = attrs.evolve(DEMO_CHAIN, chain_id=1)
    with pytest.raises(WrongChain, match="expected chain id 1"):
        await observe_node(
            found.outlet(), Cell("tree", ForkTree(1)), url=url, chain=other, catch_up_blocks=1
        )


async def test_a_sessions_errors_say_method_endpoint_and_code(nursery):
    _, url = await served(World(rules(9)), nursery)
    async with open_session(url) as session:
        with pytest.raises(RpcError, match=r"eth_nonsense: error -32601") as caught:
            await session.call("eth_nonsense")
        assert (caught.value.code, caught.value.method) == (-32601, "eth_nonsense")
        assert caught.value.endpoint == url
        assert await session.call("eth_getBlockByHash", "0x" + "00" * 32, True) == b"null"
        with pytest.raises(RpcTimeout, match="no answer within"):
            await session.call("eth_chainId", timeout_seconds=0.0)
        assert json.loads(await session.call("eth_chainId")) == hex(DEMO_CHAIN.chain_id)


async def test_calls_under_way_and_subscriptions_end_with_the_connection(nursery):
    world, life = World(rules(10)), trio.CancelScope()
    node = DemoNode(world)
    url = await nursery.start(serve_in, life, node, 0)
    async with open_session(url) as session:
        heads = await session.subscribe("newHeads")
        node.advance()
        assert json.loads(await heads.receive())["number"] == hex(world.head.number)
        life.cancel()
        with trio.fail_after(5):
            with pytest.raises(trio.EndOfChannel):
                await heads.receive()
            with pytest.raises(ConnectionLost):
                await session.call("eth_chainId")


async def test_a_node_that_is_not_there_is_a_lost_connection():
    with pytest.raises(ConnectionLost, match="cannot be reached"):
        async with open_session("ws://127.0.0.1:9"):
            pass
