"""The daemon: builds the tree from the configuration. The one place where the parts meet.

    qenus (one_for_one)
    ├─ line                              numbers and journals every frame, before any transport
    ├─ publishers (one_for_one)          readers of the line: journal and publisher are nng's
    └─ chain:<name> (one_for_one)        one subtree per chain
       ├─ blocks (rest_for_one)          observer → sealer → extractor
       └─ pool_state

What stands at the head of a chain's subtree is its source: a node (`node_chain`), recorded files
(`recorded_chain`) or the demo world (`demo_chain`). A `Daemon` joins such subtrees with the line
and its publishers, a table, and runs them until it is asked to stop or its sources have been played
to their end.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ParamSpec

import attrs
import structlog
import trio

from qenus.chain import Chain, ForkTree
from qenus.config import (
    ChainConfig,
    ConfigError,
    QenusConfig,
    QuarantineConfig,
    WatchdogConfig,
    protocol_texts,
)
from qenus.errors import FencedError, PoisonError, RemoteProtocolError, TransientError
from qenus.extractors.actor import extract
from qenus.extractors.pool_state import SAMPLED_ONE_IN, Book
from qenus.extractors.pool_state.actor import publish_pool_states
from qenus.extractors.pool_state.progress import ChainProgress
from qenus.known_chains import chain_from_file, chain_named, known_chains
from qenus.line import SESSION_BYTES, Line, LineLag, Publisher, keep_line
from qenus.line.alert_texts import AlertTexts
from qenus.observers.address import NodeAddress
from qenus.observers.endpoint import EndpointReport
from qenus.observers.node import new_alarms, observe_node, observe_nodes
from qenus.observers.recorded import Progress, observe_recorded
from qenus.observers.sealer import seal_blocks
from qenus.observers.state_source import open_state
from qenus.protocols.registry import Registry, RegistryError, read_registries
from qenus.publishers.nng import nng_publisher
from qenus.redaction import Redactor
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
    FileQuarantine,
    Inbox,
    InjectedCrash,
    Mailbox,
    MemoryQuarantine,
    NodeSnapshot,
    Outlet,
    QuarantineStore,
    RandomFaults,
    Readiness,
    Restart,
    Strategy,
    Supervisor,
    Tree,
    Watchdog,
    fan_out,
    ready,
)

__all__ = ["Daemon", "demo_chain", "node_chain", "recorded_chain"]

_MAILBOX_BLOCKS = 64
# What the state branch may be behind: the block-pure branch only waits for it beyond this.
_TOUCHED_BLOCKS = 4096
# Pools that may be the cause of crash after crash are read anew.
_BOOK_CRASHES = 3
# One block's step retracts at most what the fork tree holds; all of it must fit at once, besides
# the block, its heads and what waits before it.
_SEALED_PARCELS_BESIDE = 64
_MAILBOX_BYTES = 256 << 20
_LINE_PARCELS = 4096
# Draining and then stopping what is left stay below five seconds together.
_DRAIN_SECONDS = 4.0
_STOP_SECONDS = 4.5
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
# What carries the line out of the house: each takes line and configuration.
_PUBLISHERS: tuple[Callable[[Line, QenusConfig], Publisher], ...] = (nng_publisher,)
# Makes a chain's subtree that sends into the line's mailbox.
ChainTree = Callable[["Daemon"], Supervisor]


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
            config.node.name,
            os.urandom(SESSION_BYTES),
            journal_bytes=config.feed.journal_bytes,
            texts=AlertTexts(
                Redactor.of(address.url_with_secrets() for address in config.addresses())
            ),
        )
        # What came of each endpoint of a chain since its observer began, by the chain's name.
        self.endpoints: dict[str, Cell[tuple[EndpointReport, ...]]] = {}
        self._finite = finite
        # Set once an ordered stop was asked for.
        self.stopping = trio.Event()
        self._backoff = _FAULT_BACKOFF if faults is not None else Backoff()
        self._out = Mailbox[bytes]("out", capacity=_LINE_PARCELS, capacity_bytes=_MAILBOX_BYTES)
        self.publishers = [publisher(self.line, config) for publisher in _PUBLISHERS]
        line = self.child(
            "line",
            keep_line,
            self._out.inbox(),
            fan_out(*(publisher.reader.mailbox for publisher in self.publishers)),
            line=self.line,
        )
        publishers = Supervisor(
            "publishers",
            [
                child.with_policy(backoff=self._backoff)
                for publisher in self.publishers
                for child in publisher.children
            ],
        )
        root = Supervisor("qenus", [line, publishers, *(chain(self) for chain in chains)])
        subscribers = [] if on_event is None else [on_event]
        self._tree = Tree(
            root,
            failures=_FAILURES,
            faults=faults,
            subscribers=subscribers,
            quarantine=_quarantine(config.quarantine),
            watchdog=_watchdog(config.watchdog),
        )

    def outlet(self) -> Outlet[bytes]:
        """A way into the line, for a chain's extractor."""
        return self._out.outlet()

    def child(
        self, name: str, actor: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> Child:
        """A child of this daemon's tree, with the backoff that all of them have."""
        return Child(name, actor, *args, **kwargs).with_policy(backoff=self._backoff)

    def lags(self) -> dict[str, LineLag]:
        """How far each publisher is behind the line, by its reader's name."""
        readers = [publisher.reader for publisher in self.publishers]
        return {reader.name: reader.lag() for reader in readers}

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
        lingering = max(publisher.linger_seconds for publisher in self.publishers)
        self._tree.request_drain(lingering + _DRAIN_SECONDS)

    def stop(self) -> None:
        """Ask for an ordered stop: drain, at most some four seconds, then stop what is left."""
        self.stopping.set()

    async def _stop_when_asked(self) -> None:
        await self.stopping.wait()
        self._tree.request_drain(_DRAIN_SECONDS)
        await trio.sleep(_STOP_SECONDS)
        self._tree.stop()


def _quarantine(config: QuarantineConfig) -> QuarantineStore:
    """Where poison messages go, and what lies there from earlier runs.

    Raises:
        ConfigError: the folder cannot be made or read.
    """
    if not config.folder:
        return MemoryQuarantine(capacity_bytes=config.capacity_bytes)
    try:
        store = FileQuarantine(config.folder, capacity_bytes=config.capacity_bytes)
        kept = store.kept_on_disk
    except OSError as error:
        raise ConfigError([f"quarantine.folder: cannot be used: {error}"]) from error
    if kept:
        _log.warning("messages in quarantine from earlier runs", count=kept, folder=config.folder)
    return store


def _watchdog(config: WatchdogConfig) -> Watchdog:
    """Log the stacks of a loop that is blocked, and end the process where that is configured."""
    return Watchdog(
        warn_after_seconds=config.warn_ms / 1_000,
        exit_after_seconds=config.exit_ms / 1_000 if config.exit_ms else None,
        on_stacks=lambda stacks: _log.error("event loop blocked", stacks=stacks),
    )


# Starts the actor of a chain's pool states, with its ports.
StateActor = Callable[
    [Inbox[bytes], Outlet[bytes], Cell[Book], Cell[ChainProgress]], Awaitable[None]
]


def _chain_tree(
    daemon: Daemon,
    chain: Chain,
    tree: Cell[ForkTree],
    found: Mailbox[bytes],
    sources: Sequence[Child],
    pool_states: StateActor | None = None,
) -> Supervisor:
    """The subtree of one chain behind the children that bring its blocks in."""
    sealed = Mailbox[bytes](
        f"{chain.name}:sealed",
        capacity=chain.fork_window + _SEALED_PARCELS_BESIDE,
        capacity_bytes=_MAILBOX_BYTES,
    )
    sealer = daemon.child("sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=chain)
    if pool_states is None:
        extractor = daemon.child(
            "extractor", extract, sealed.inbox(), daemon.outlet(), chain=chain.name
        )
        branches: list[Child] = []
    else:
        extractor, *branches = _branches(daemon, chain, sealed, pool_states)
    blocks = Supervisor("blocks", [*sources, sealer, extractor], strategy=Strategy.REST_FOR_ONE)
    # What reads states depends on nobody's life: what it reads and writes outlives the others.
    return Supervisor(f"chain:{chain.name}", [blocks, *branches])


def _branches(
    daemon: Daemon, chain: Chain, sealed: Mailbox[bytes], pool_states: StateActor
) -> list[Child]:
    """The extractor of what is a function of the block, and behind it that of pool states."""
    touched = Mailbox[bytes](
        f"{chain.name}:touched", capacity=_TOUCHED_BLOCKS, capacity_bytes=_MAILBOX_BYTES
    )
    progress = Cell(f"{chain.name}:progress", ChainProgress())
    book = Cell[Book](f"{chain.name}:pools", factory=Book, reset_after=_BOOK_CRASHES)
    return [
        daemon.child(
            "extractor",
            extract,
            sealed.inbox(),
            daemon.outlet(),
            touched.outlet(),
            progress,
            chain=chain.name,
        ),
        daemon.child("pool_state", pool_states, touched.inbox(), daemon.outlet(), book, progress),
    ]


def registries(*beside: str) -> dict[str, Registry]:
    """Read which factories are known, by chain, the chains named `beside` the known ones too.

    Raises:
        ConfigError: with every error in the registry's files, or in those of the chains.
    """
    try:
        return read_registries(protocol_texts(), {*known_chains(), *beside})
    except RegistryError as error:
        raise ConfigError(error.errors) from error


def _pool_states(
    chain: Chain,
    registry: Registry,
    urls: Callable[[], Sequence[str | NodeAddress]],
    ending: trio.Event,
    sampled_one_in: int = SAMPLED_ONE_IN,
) -> StateActor:
    """The actor of a chain's pool states, which asks the nodes at the URLs until `ending`."""

    async def pool_states(
        touched: Inbox[bytes],
        features: Outlet[bytes],
        book: Cell[Book],
        progress: Cell[ChainProgress],
    ) -> None:
        async with open_state(urls, chain) as state:
            await publish_pool_states(
                touched, features, book, progress,
                chain=chain.name, registry=registry, state=state, sampled_one_in=sampled_one_in,
                ending=ending,
            )  # fmt: skip

    return pool_states


def _mailbox(name: str) -> Mailbox[bytes]:
    return Mailbox(name, capacity=_MAILBOX_BLOCKS, capacity_bytes=_MAILBOX_BYTES)


def _fork_tree(chain: Chain) -> Cell[ForkTree]:
    return Cell(f"{chain.name}:tree", ForkTree(chain.chain_id, chain.fork_window))


def _chain_of(config: ChainConfig, folder: Path) -> Chain:
    """Give what a configuration says of a chain.

    Raises:
        ConfigError: it is not known, or its file has errors.
    """
    if config.chain_file:
        chain = chain_from_file(folder / config.chain_file)
        if chain.name != config.name:
            raise ConfigError(
                [
                    f"chains.{config.name}.chain_file: expected the path of a {config.name}.toml, "
                    f"found {config.chain_file}"
                ]
            )
    else:
        chain = chain_named(config.name)
    return chain if config.header_rules else attrs.evolve(chain, header_rules=False)


def node_chain(
    config: ChainConfig,
    *,
    registry: Registry | None = None,
    sampled_one_in: int = SAMPLED_ONE_IN,
    folder: Path = Path(),
) -> ChainTree:
    """The subtree that follows a chain's nodes.

    `registry` says which factories' pools are followed; that of the configuration's own files
    unless given. Of `sampled_one_in` touched pools one is reconciled with its contract. A
    `chain_file` lies in `folder` unless its path is absolute.

    Raises:
        ConfigError: there is no chain of that name, or its file or the registry has errors.
    """
    chain = _chain_of(config, folder)
    urls = (config.node, *config.other_nodes)
    if config.pool_state and registry is None:
        registry = registries(chain.name).get(chain.name, Registry(chain.name, {}))

    def build(daemon: Daemon) -> Supervisor:
        pool_states = None
        if config.pool_state and registry is not None:
            pool_states = _pool_states(
                chain, registry, lambda: urls, daemon.stopping, sampled_one_in
            )
        tree, found = _fork_tree(chain), _mailbox(f"{chain.name}:found")
        reports = Cell[tuple[EndpointReport, ...]](f"{chain.name}:endpoints", ())
        daemon.endpoints[chain.name] = reports
        observer = daemon.child(
            "observer",
            observe_nodes,
            found.outlet(),
            tree,
            Cell(f"{chain.name}:alarms", new_alarms(chain)),
            reports,
            urls=urls,
            chain=chain,
            catch_up_blocks=config.catch_up_blocks,
        )
        return _chain_tree(daemon, chain, tree, found, [observer], pool_states)

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


def demo_chain(world: World, *, block_seconds: float, pool_state: bool = True) -> ChainTree:
    """The subtree that runs the demo world's node on loopback and follows it.

    Raises:
        ConfigError: with `pool_state`, and the registry has errors.
    """
    chain = world.chain
    registry = registries().get(chain.name) if pool_state else None

    def build(daemon: Daemon) -> Supervisor:
        tree, found = _fork_tree(chain), _mailbox(f"{chain.name}:found")
        address = Cell("demo:address", "")
        pool_states = None
        if registry is not None:
            pool_states = _pool_states(chain, registry, lambda: [address.value], daemon.stopping)

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
        return _chain_tree(daemon, chain, tree, found, [node, observer], pool_states)

    return build
