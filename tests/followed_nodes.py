"""An observer with its sealer and extractor on some nodes, and what a subscriber sees of it."""

import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from qenus.chain import Chain, ForkTree
from qenus.errors import TransientError
from qenus.extractors.actor import extract
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.follow.endpoint import READING_PERCENT, EndpointReport
from qenus.observers.follow.node import new_alarms, observe_nodes
from qenus.observers.sealer import seal_blocks
from qenus.simulation import DEMO_CHAIN
from qenus.wire import Alert, BlockEnd, BlockRef, Heads, Parcel, Rejection, Retract, decode
from supervisors import (
    Backoff,
    Cell,
    Child,
    FailureTypes,
    Inbox,
    NodeSnapshot,
    Strategy,
    Supervisor,
    Tree,
)

__all__ = ["QUICK_CHAIN", "Subscriber", "following"]

# The demo's chain with a block every fifth of a second.
QUICK_CHAIN = attrs.evolve(DEMO_CHAIN, block_seconds=0.2)
_QUICK = Backoff(initial_seconds=0.001, max_seconds=0.01)


@attrs.define
class Subscriber:
    """What is seen, applied as it comes; a gap or a wrong retraction fails the test.

    `times` are trio times of the blocks, by number; `times_ns` are Unix times.
    """

    chain: list[BlockRef] = attrs.field(factory=list)
    times: dict[int, float] = attrs.field(factory=dict)
    times_ns: dict[int, int] = attrs.field(factory=dict)
    retracted: list[BlockRef] = attrs.field(factory=list)
    rejections: list[Rejection] = attrs.field(factory=list)
    alerts: list[Alert] = attrs.field(factory=list)
    reports: Cell[tuple[EndpointReport, ...]] = attrs.field(factory=lambda: Cell("reports", ()))
    tree: Tree | None = None
    _moved: trio.Event = attrs.field(factory=trio.Event)

    @property
    def tip(self) -> bytes | None:
        return self.chain[-1].hash if self.chain else None

    def raised(self, name: str) -> list[Alert]:
        """The alerts of a name that were raised."""
        return [alert for alert in self.alerts if alert.name == name and alert.raised]

    def restarts(self) -> int:
        """How often any actor was restarted."""
        assert self.tree is not None

        def of(node: NodeSnapshot) -> int:
            return node.restarts + sum(of(child) for child in node.children)

        return of(self.tree.snapshot())

    async def reaches(self, tip: bytes, seconds: float = 30.0) -> None:
        """Wait until a block is the newest. Raises trio.TooSlowError."""
        with trio.fail_after(seconds):
            while self.tip != tip:
                await self._moved.wait()

    async def collect(self, inbox: Inbox[Parcel]) -> None:
        async for parcel in inbox:
            match decode(parcel.content):
                case BlockEnd(block=block):
                    assert not self.chain or block.parent_hash == self.chain[-1].hash
                    self.chain.append(block)
                    self.times[block.number] = trio.current_time()
                    self.times_ns[block.number] = time.time_ns()
                case Retract(block=block):
                    assert self.chain.pop() == block
                    self.retracted.append(block)
                case Heads() as heads:
                    assert heads.latest == self.chain[-1]
                case Rejection() as rejection:
                    self.rejections.append(rejection)
                case Alert() as alert:
                    self.alerts.append(alert)
            self._moved.set()
            self._moved = trio.Event()


@asynccontextmanager
async def following(
    urls: Sequence[str],
    *,
    chain: Chain = QUICK_CHAIN,
    catch_up_blocks: int = 1024,
    reading_percent: int = READING_PERCENT,
) -> AsyncIterator[Subscriber]:
    """Follow nodes until the block is left."""
    seen = Subscriber()
    mailboxes, out = ChainMailboxes(chain.name), line_mailbox()
    found, sealed = mailboxes.found(), mailboxes.sealed()
    tree = Cell("tree", ForkTree(chain.chain_id))
    children = [
        Child(
            "observer",
            observe_nodes,
            *(found.outlet(), out.outlet(), tree),
            *(Cell("alarms", new_alarms(chain)), seen.reports),
            urls=tuple(urls),
            chain=chain,
            catch_up_blocks=catch_up_blocks,
            reading_percent=reading_percent,
        ),
        Child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=chain),
        Child("extractor", extract, sealed.inbox(), out.outlet(), chain=chain.name),
    ]
    quick = [child.with_policy(backoff=_QUICK) for child in children]
    root = Supervisor(
        "root",
        [
            Child("collector", seen.collect, out.inbox()),
            Supervisor("chain", quick, strategy=Strategy.REST_FOR_ONE),
        ],
    )
    seen.tree = Tree(root, failures=FailureTypes(transient=(TransientError,)), rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        await nursery.start(seen.tree.run)
        yield seen
        seen.tree.stop()
