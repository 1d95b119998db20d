"""The daemon: builds the tree from the configuration. The one place where the parts meet.

    qenus (one_for_one)
    ├─ publishers (one_for_one)          journal, publisher
    └─ chain:<name> (rest_for_one)       observer → sealer → extractor, one subtree per chain

What stands at the head of a chain's subtree is its source: a node (`node_chain`), recorded files
(`recorded_chain`) or the demo world (`demo_chain`). A `Daemon` joins such subtrees with the
publishers and runs them until it is asked to stop or its sources have been played to their end.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ParamSpec

import structlog
import trio

from qenus.chain import CHAINS, Chain, ForkTree
from qenus.config import ChainConfig, ConfigError, QenusConfig
from qenus.errors import FencedError, PoisonError, RemoteProtocolError, TransientError
from qenus.extractors.actor import extract
from qenus.observers.node import observe_node, observe_nodes
from qenus.observers.recorded import Progress, observe_recorded
from qenus.observers.sealer import seal_blocks
from qenus.publishers.line import SESSION_BYTES, Line
from qenus.publishers.nng import Feed, publish, serve_journal
from qenus.simulation.node import serve
from qenus.simulation.world import World
from qenus.wire import EndReason
from supervisors import (
    Backoff,
    Cell,
    Child,
    DrainReport,
    Event,
    FailureTypes,
    InjectedCrash,
    Mailbox,
    NodeSnapshot,
    Outlet,
    RandomFaults,
    Readiness,
    Restart,
    Strategy,
    Supervisor,
    Tree,
    ready,
)

__all__ = ["Daemon", "chain_named", "demo_chain", "node_chain", "recorded_chain"]

_MAILBOX_BLOCKS = 64
# One block's step retracts at most what the fork tree holds; all of it must fit at once, besides
# the block, its heads and what waits before it.
_SEALED_PARCELS_BESIDE = 64
_MAILBOX_BYTES = 256 << 20
_LINE_FRAMES = 4096
# Draining and then stopping what is left stay below five seconds together.
_DRAIN_SECONDS = 4.0
_STOP_SECONDS = 4.5
# What a finite source's end may take: subscribers repair what they missed of it meanwhile.
_LINGER_SECONDS = 10.0
_SHUTDOWN_LINGER_SECONDS = 0.5
_JOIN_POLL_SECONDS = 0.01

_FAILURES = FailureTypes(
    transient=(TransientError, InjectedCrash, OSError),
    poison=(PoisonError, RemoteProtocolError),
    fenced=(FencedError,),
)
# Injected crashes come by the hundred; the delays of honest ones would only make a run longer.
_FAULT_BACKOFF = Backoff(initial_seconds=0.001, max_seconds=0.01)

_log = structlog.get_logger("daemon")

P = ParamSpec("P")
# Makes a chain's subtree that sends into the publishers' mailbox.
ChainTree = Callable[["Daemon"], Supervisor]


def chain_named(name: str) -> Chain:
    """Give a chain by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    for chain in CHAINS.values():
        if chain.name == name:
            return chain
    known = ", ".join(chain.name for chain in CHAINS.values())
    raise ConfigError([f"chains.{name}: unknown chain; known are {known}"])


class Daemon:
    """One node: its line, its tree, and how it ends.

    `chains` make the subtrees of the chains. `finite`: the sources end by themselves, and then the
    session is complete. `faults` crash actors on purpose. `on_event` is told of every event in the
    tree.
    """

    def __init__(
        self,
        config: QenusConfig,
        chains: Sequence[ChainTree],
        *,
        finite: bool = False,
        faults: RandomFaults | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.line = Line(
            config.node.name, os.urandom(SESSION_BYTES), journal_bytes=config.feed.journal_bytes
        )
        self._finite = finite
        self._backoff = _FAULT_BACKOFF if faults is not None else Backoff()
        self._out = Mailbox[bytes]("out", capacity=_LINE_FRAMES, capacity_bytes=_MAILBOX_BYTES)
        feed = Feed(
            line=self.line,
            listen=config.feed.listen,
            heartbeat_ms=config.feed.heartbeat_ms,
            linger_seconds=_SHUTDOWN_LINGER_SECONDS,
            complete_linger_seconds=_LINGER_SECONDS,
        )
        publishers = Supervisor(
            "publishers",
            [
                self.child("journal", serve_journal, feed=feed).with_policy(
                    readiness=Readiness.EXPLICIT
                ),
                self.child("publisher", publish, self._out.inbox(), feed=feed).with_policy(
                    readiness=Readiness.EXPLICIT, shutdown_seconds=_LINGER_SECONDS + 1.0
                ),
            ],
        )
        root = Supervisor("qenus", [publishers, *(chain(self) for chain in chains)])
        subscribers = [] if on_event is None else [on_event]
        self._tree = Tree(root, failures=_FAILURES, faults=faults, subscribers=subscribers)
        self._stopping = trio.Event()

    def outlet(self) -> Outlet[bytes]:
        """A way into the line, for a chain's extractor."""
        return self._out.outlet()

    def child(
        self, name: str, actor: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> Child:
        """A child of this daemon's tree, with the backoff that all of them have."""
        return Child(name, actor, *args, **kwargs).with_policy(backoff=self._backoff)

    def snapshot(self) -> NodeSnapshot:
        """The tree as data."""
        return self._tree.snapshot()

    async def run(
        self, *, task_status: trio.TaskStatus[Tree] = trio.TASK_STATUS_IGNORED
    ) -> DrainReport | None:
        """Run until stopped, or until a finite source was played and delivered.

        With `nursery.start`, started means that the feed can be heard. Gives the report of the
        drain that ended the run.

        Raises:
            supervisors.StartFailed: a publisher could not start.
            supervisors.IntensityExceeded: something crashed over and over.

        Cancellation stops the tree in order, without draining it.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stop_when_asked)
            if self._finite:
                nursery.start_soon(self._complete)
            report = await self._tree.run(task_status=task_status)
            nursery.cancel_scope.cancel()
        return report

    async def _complete(self) -> None:
        await self._tree.wait_sources_done()
        self.line.end_reason = EndReason.COMPLETE
        self._tree.request_drain(_LINGER_SECONDS + _DRAIN_SECONDS)

    def stop(self) -> None:
        """Ask for an ordered stop: drain, at most some four seconds, then stop what is left."""
        self._stopping.set()

    async def _stop_when_asked(self) -> None:
        await self._stopping.wait()
        self._tree.request_drain(_DRAIN_SECONDS)
        await trio.sleep(_STOP_SECONDS)
        self._tree.stop()


def _chain_tree(
    daemon: Daemon,
    chain: Chain,
    tree: Cell[ForkTree],
    found: Mailbox[bytes],
    sources: Sequence[Child],
) -> Supervisor:
    """The subtree of one chain behind the children that bring its blocks in."""
    sealed = Mailbox[bytes](
        f"{chain.name}:sealed",
        capacity=chain.fork_window + _SEALED_PARCELS_BESIDE,
        capacity_bytes=_MAILBOX_BYTES,
    )
    return Supervisor(
        f"chain:{chain.name}",
        [
            *sources,
            daemon.child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=chain),
            daemon.child("extractor", extract, sealed.inbox(), daemon.outlet(), chain=chain.name),
        ],
        strategy=Strategy.REST_FOR_ONE,
    )


def _mailbox(name: str) -> Mailbox[bytes]:
    return Mailbox(name, capacity=_MAILBOX_BLOCKS, capacity_bytes=_MAILBOX_BYTES)


def _fork_tree(chain: Chain) -> Cell[ForkTree]:
    return Cell(f"{chain.name}:tree", ForkTree(chain.chain_id, chain.fork_window))


def node_chain(config: ChainConfig) -> ChainTree:
    """The subtree that follows a chain's nodes.

    Raises:
        ConfigError: there is no chain of that name.
    """
    chain = chain_named(config.name)

    def build(daemon: Daemon) -> Supervisor:
        tree, found = _fork_tree(chain), _mailbox(f"{chain.name}:found")
        observer = daemon.child(
            "observer",
            observe_nodes,
            found.outlet(),
            tree,
            urls=(config.node, *config.other_nodes),
            chain=chain,
            catch_up_blocks=config.catch_up_blocks,
        )
        return _chain_tree(daemon, chain, tree, found, [observer])

    return build


def recorded_chain(
    chain: Chain, files: Sequence[Path], progress: Cell[Progress], *, wait_subscribers: int
) -> ChainTree:
    """The subtree that plays recorded files once, when `wait_subscribers` have joined the line."""

    def build(daemon: Daemon) -> Supervisor:
        tree, found = _fork_tree(chain), _mailbox(f"{chain.name}:found")

        async def observe_when_heard(found: Outlet[bytes], progress: Cell[Progress]) -> None:
            # Joining is an event outside of any actor; that it is polled costs nothing here.
            line = daemon.line
            while min(line.joined, line.listeners) < wait_subscribers:  # noqa: ASYNC110
                await trio.sleep(_JOIN_POLL_SECONDS)
            await observe_recorded(found, progress, files=files, chain=chain)

        observer = daemon.child("observer", observe_when_heard, found.outlet(), progress)
        return _chain_tree(
            daemon, chain, tree, found, [observer.with_policy(restart=Restart.TRANSIENT)]
        )

    return build


def demo_chain(world: World, *, block_seconds: float) -> ChainTree:
    """The subtree that runs the demo world's node on loopback and follows it."""
    chain = world.chain

    def build(daemon: Daemon) -> Supervisor:
        tree, found = _fork_tree(chain), _mailbox(f"{chain.name}:found")
        address = Cell("demo:address", "")

        async def run_node(address: Cell[str]) -> None:
            async with trio.open_nursery() as nursery:
                url = await nursery.start(
                    partial(serve, world, block_interval_seconds=block_seconds)
                )
                address.set(url)
                ready()

        async def observe(found: Outlet[bytes], tree: Cell[ForkTree], address: Cell[str]) -> None:
            await observe_node(found, tree, url=address.value, chain=chain, catch_up_blocks=1024)

        node = daemon.child("node", run_node, address).with_policy(readiness=Readiness.EXPLICIT)
        observer = daemon.child("observer", observe, found.outlet(), tree, address)
        return _chain_tree(daemon, chain, tree, found, [node, observer])

    return build
