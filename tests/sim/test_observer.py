"""The observer on a demo node over a real WebSocket: what comes out is the node's own chain."""

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import pytest
import trio
from msgspec.structs import replace
from structlog.testing import capture_logs

from qenus.chain import ForkTree
from qenus.errors import TransientError
from qenus.extractors.actor import extract
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.follow.endpoint import EndpointReport
from qenus.observers.follow.node import new_alarms, observe_node, observe_nodes
from qenus.observers.rpc import ConnectionLost, RpcError, RpcTimeout, open_session
from qenus.observers.sealer import seal_blocks
from qenus.simulation import DEMO_CHAIN, World, WorldRules, blocks
from qenus.simulation.node import DemoNode
from qenus.wire import Alert, BlockEnd, BlockRef, Heads, Parcel, Rejection, Retract, decode
from supervisors import (
    Backoff,
    Cell,
    Child,
    FailureTypes,
    Inbox,
    InjectedCrash,
    RandomFaults,
    Strategy,
    Supervisor,
    Tree,
)
from tests.every_day import every_day

QUICK = Backoff(initial_seconds=0.001, max_seconds=0.01)
FAILURES = FailureTypes(transient=(TransientError, InjectedCrash))
PATIENCE_SECONDS = 60


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

    async def collect(self, inbox: Inbox[Parcel]) -> None:
        async for parcel in inbox:
            content = decode(parcel.content)
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
    mailboxes, out = ChainMailboxes(DEMO_CHAIN.name), line_mailbox()
    found, sealed = mailboxes.found(), mailboxes.sealed()
    tree = Cell("tree", ForkTree(DEMO_CHAIN.chain_id))
    chain = [
        Child(
            "observer",
            observe_node,
            found.outlet(),
            out.outlet(),
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


@pytest.mark.parametrize("seed", every_day([1], [1, 2, 3]))
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


class CountingWorld(World):
    """Counts the headers that are asked for by number between two blocks asked for by hash."""

    asked = longest = 0

    def block_by_number(self, number):
        self.asked += 1
        return super().block_by_number(number)

    def block_by_hash(self, block_hash):
        self.longest, self.asked = max(self.longest, self.asked), 0
        return super().block_by_hash(block_hash)


async def test_a_long_gap_is_walked_in_stages_while_the_node_goes_on(nursery):
    quiet = rules(7, reorg_chance=0, transactions_per_block=1, kept_blocks=4096)
    world, seen = CountingWorld(quiet), Seen()
    node, url = await served(world, nursery)
    async with observed(url, seen, catch_up_blocks=100_000):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        for _ in range(1400):
            moved = world.advance()
        node.announce(moved)
        await until(lambda: len(seen.chain) > 100)
        for _ in range(5):
            node.advance()
        await until(lambda: seen.tip == world.head.hash)
    assert [block.hash for block in seen.chain] == canonical(world, first)
    assert len(seen.chain) > 1400
    # Not all of the way is known before the first of it is fetched: that bounds what is held.
    assert 1000 < world.longest < 1100


async def test_a_gap_that_the_node_no_longer_has_is_left(nursery):
    world, seen = World(rules(7, reorg_chance=0, transactions_per_block=1, kept_blocks=64)), Seen()
    node, url = await served(world, nursery)
    seen.gaps_allowed = True
    async with observed(url, seen, catch_up_blocks=100_000):
        await until(lambda: seen.chain)
        for _ in range(1100):
            moved = world.advance()
        node.announce(moved)
        for _ in range(4):
            await trio.sleep(0.1)
            node.advance()
        await until(lambda: seen.tip == world.head.hash)
    numbers = [block.number for block in seen.chain]
    assert numbers[0] == 14
    assert numbers[1:] == [*range(numbers[1], world.head.number + 1)]
    assert numbers[1] >= 1100


class LyingWorld(World):
    """Leaves the last log out of the receipts of chosen blocks, as often as it was asked to."""

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
        changed = attrs.evolve(block.json, receipts=json.dumps(receipts).encode())
        return attrs.evolve(block, json=changed)


async def test_an_omitted_log_is_evidence_and_another_way_to_receipts_brings_the_block(nursery):
    world, seen = LyingWorld(rules(7, reorg_chance=0, transactions_per_block=12)), Seen()
    node, url = await served(world, nursery)
    async with observed(url, seen):
        await until(lambda: seen.chain)
        first = seen.chain[0].number
        # Block and receipts are asked for at once, both through block_by_hash.
        world.lies = 2
        node.advance()
        await until(lambda: seen.tip == world.head.hash)
        await until(lambda: seen.rejections)
    assert [block.hash for block in seen.chain] == canonical(world, first)
    (rejection,) = seen.rejections
    assert rejection.claimed_hash == world.head.hash
    assert rejection.step == "receipts root"
    assert rejection.source == url


@pytest.mark.parametrize(
    ("wrong", "step"),
    [
        ({"base_fee_per_gas": 7}, "base fee"),
        ({"timestamp": 1}, "header rules"),
        ({"gas_limit": 60_000_000}, "header rules"),
        ({"excess_blob_gas": 393216}, "header rules"),
        ({"difficulty": 1}, "header rules"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_head_that_breaks_its_chains_rules_is_evidence_and_not_sent(
    nursery, monkeypatch, wrong, step
):
    world, seen = World(rules(3, reorg_chance=0)), Seen()
    node, url = await served(world, nursery)
    async with observed(url, seen):
        await until(lambda: seen.chain)
        for _ in range(3):
            node.advance()
        await until(lambda: seen.tip == world.head.hash)
        good = world.head.hash
        # Its hash and its roots hold: only its parent, or the rule, can show that it is wrong.
        seals = blocks._sealed
        monkeypatch.setattr(
            blocks, "_sealed", lambda header, *rest: seals(replace(header, **wrong), *rest)
        )
        node.advance()
        monkeypatch.undo()
        await until(lambda: seen.rejections)
        assert seen.rejections[0].step == step
        assert seen.rejections[0].claimed_hash == world.head.hash
        # Nor does anything that stands on it come through.
        node.advance()
        await until(lambda: len(seen.rejections) > 1)
        assert seen.chain[-1].hash == good


async def test_another_chains_only_node_is_reported_and_never_followed(nursery):
    world = World(rules(8))
    _, url = await served(world, nursery)
    found, alerts = ChainMailboxes(DEMO_CHAIN.name).found(), line_mailbox()
    other = attrs.evolve(DEMO_CHAIN, chain_id=1)
    nursery.start_soon(
        partial(observe_node, url=url, chain=other, catch_up_blocks=1),
        *(found.outlet(), alerts.outlet(), Cell("tree", ForkTree(1))),
    )
    with trio.fail_after(5):
        async for parcel in alerts.inbox():
            reported = decode(parcel.content)
            break
    assert isinstance(reported, Rejection)
    assert "expected chain id 1" in reported.found
    nursery.cancel_scope.cancel()


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


@attrs.define
class Reported:
    """The alerts of an observer, each with the second in which it came."""

    alerts: list[tuple[int, bool, str, str]] = attrs.field(factory=list)
    reports: Cell[tuple[EndpointReport, ...]] = attrs.field(factory=lambda: Cell("endpoints", ()))

    async def collect(self, alerts: Inbox[Parcel]) -> None:
        async for parcel in alerts:
            content = decode(parcel.content)
            if isinstance(content, Alert):
                self.alerts.append(
                    (round(trio.current_time()), content.raised, content.name, content.subject)
                )

    def of(self, name: str) -> list[tuple[int, bool, str]]:
        return [(at, raised, subject) for at, raised, one, subject in self.alerts if one == name]


# The demo's world with a block every two seconds.
QUICK_CHAIN = attrs.evolve(DEMO_CHAIN, block_seconds=2.0)


@asynccontextmanager
async def overheard(*urls: str) -> AsyncIterator[Reported]:
    """Run the observer on some nodes and hear its alerts; it crashes every now and then."""
    reported = Reported()
    mailboxes, out = ChainMailboxes(DEMO_CHAIN.name), line_mailbox()
    found, sealed = mailboxes.found(), mailboxes.sealed()
    tree = Cell("tree", ForkTree(QUICK_CHAIN.chain_id))
    alarms = Cell("alarms", new_alarms(QUICK_CHAIN))
    root = Supervisor(
        "root",
        [
            Child("collector", reported.collect, out.inbox()),
            Child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=QUICK_CHAIN),
            Child("extractor", extract, sealed.inbox(), out.outlet(), chain=QUICK_CHAIN.name),
            Child(
                "observer",
                observe_nodes,
                *(found.outlet(), out.outlet(), tree, alarms, reported.reports),
                urls=urls,
                chain=QUICK_CHAIN,
                catch_up_blocks=100,
            ).with_policy(backoff=QUICK),
        ],
    )
    faults = RandomFaults({"observer": 0.1}, random.Random(4))
    running = Tree(root, failures=FAILURES, faults=faults, rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        await nursery.start(running.run)
        yield reported
        running.stop()
    assert faults.crashes["observer"]


@pytest.fixture
def quick_clock(autojump_clock):
    # What one task sends over loopback the other one has within this.
    autojump_clock.autojump_threshold = 0.002
    return autojump_clock


async def test_an_alert_does_not_wait_for_the_sealer(nursery, quick_clock):
    world = World(rules(12, reorg_chance=0))
    node, url = await served(world, nursery)
    # The sealer takes nothing: the first block fills the mailbox, the second waits before it.
    found, alerts = ChainMailboxes(QUICK_CHAIN.name).found(capacity=1), line_mailbox()
    tree = Cell("tree", ForkTree(QUICK_CHAIN.chain_id))
    observer = Child(
        "observer",
        observe_nodes,
        *(found.outlet(), alerts.outlet(), tree),
        urls=(url,),
        chain=QUICK_CHAIN,
        catch_up_blocks=100,
    )
    running = Tree(Supervisor("root", [observer]), failures=FAILURES)
    await nursery.start(running.run)
    with trio.fail_after(600):
        while found.is_empty:  # noqa: ASYNC110
            await trio.sleep(0.1)
        node.advance()
        async for parcel in alerts.inbox():
            alert = decode(parcel.content, Alert)
            if alert.name == "chain_stale":
                break
    assert not found.is_empty
    running.stop()


async def test_a_silent_chain_is_reported_once_and_once_when_it_moves_again(nursery, quick_clock):
    world = World(rules(11, reorg_chance=0))
    node, url = await served(world, nursery)
    async with overheard(url) as reported:
        for _ in range(15):
            await trio.sleep(2)
            node.advance()
        quiet = round(trio.current_time())
        await trio.sleep(60)
        for _ in range(5):
            node.advance()
            await trio.sleep(2)
    (began, *begins), (ended, *ends) = reported.of("chain_stale")
    assert (begins, ends) == ([True, "demo"], [False, "demo"])
    assert (began, ended) == (pytest.approx(quiet + 10, abs=1), pytest.approx(quiet + 60, abs=1))


async def test_what_came_of_each_endpoint_is_logged_when_the_observer_ends(nursery, quick_clock):
    world = World(rules(13, reorg_chance=0))
    node, url = await served(world, nursery)
    with capture_logs() as logged:
        async with overheard(url) as reported:
            for _ in range(5):
                await trio.sleep(2)
                node.advance()
            await trio.sleep(1)
        assert not reported.alerts
    said = [one for one in logged if one["event"] == "endpoint"]
    assert {(one["chain"], one["node"]) for one in said} == {("demo", url.rstrip("/"))}
    # One report of each life of the observer, which crashes now and then.
    assert sum(one["blocks"] for one in said) >= 5
    assert all(one["answered"] > 0 for one in said if one["blocks"])


async def test_an_endpoint_that_goes_and_one_that_stands_still_are_reported(nursery, quick_clock):
    good, slow, dead = (DemoNode(World(rules(12, reorg_chance=0))) for _ in range(3))
    life = trio.CancelScope()
    urls = [await nursery.start(node.serve) for node in (good, slow)]
    urls.append(await nursery.start(serve_in, life, dead, 0))
    async with overheard(*urls) as reported:
        for second in range(0, 80, 2):
            await trio.sleep(2)
            good.advance()
            while not 20 < second < 50 and slow.world.head.number < good.world.head.number:
                slow.advance()
            if second < 40:
                dead.advance()
            else:
                life.cancel()
        await trio.sleep(5)
        followed, late, away = reported.reports.value
    assert (followed.connected, late.connected, away.connected) == (True, True, False)
    assert followed.latest == late.latest == good.world.head.number
    assert followed.answered + followed.refused + followed.timed_out == followed.calls > 0
    behind, down = reported.of("endpoint_behind"), reported.of("endpoint_down")
    assert [(raised, subject) for _, raised, subject in behind] == [
        (True, urls[1].rstrip("/")),
        (False, urls[1].rstrip("/")),
    ]
    assert [(raised, subject) for _, raised, subject in down] == [(True, urls[2].rstrip("/"))]
    assert not reported.of("chain_stale")
