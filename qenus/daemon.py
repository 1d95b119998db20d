"""The daemon: builds the tree from the configuration. The one place where the parts meet.

    qenus (one_for_one)
    ├─ line                              numbers and journals every frame, before any transport
    ├─ publishers (one_for_one)          readers of the line: journal and publisher are nng's
    └─ chain:<name> (one_for_one)        one subtree per chain
       ├─ blocks (rest_for_one)          observer → sealer → extractor
       └─ pool_state                     and any other state-pure family, a table

What stands at the head of a chain's subtree is its source: nodes (`node_chain`), recorded files
(`recorded_chain`) or the demo world (`demo_chain`). `qenus.chain_tree` makes the subtree. A
`Daemon` joins such subtrees with the line and its publishers, a table, and runs them until it is
asked to stop or its sources have been played to their end.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import ParamSpec

import structlog
import trio

from qenus.chain_sources import demo_chain, node_chain, recorded_chain, registries
from qenus.chain_tree import ChainTree
from qenus.config import ConfigError, QenusConfig, QuarantineConfig, WatchdogConfig
from qenus.errors import FencedError, PoisonError, RemoteProtocolError, TransientError
from qenus.line import SESSION_BYTES, Line, LineLag, Publisher, keep_line
from qenus.line.alert_texts import AlertTexts
from qenus.mailboxes import line_mailbox
from qenus.observers.follow.endpoint import EndpointReport
from qenus.publishers.nng import nng_publisher
from qenus.redaction import Redactor
from qenus.wire import EndReason, Parcel
from supervisors import (
    Backoff,
    Cell,
    Child,
    DrainReport,
    Event,
    FailureTypes,
    FileQuarantine,
    InjectedCrash,
    MemoryQuarantine,
    NodeSnapshot,
    Outlet,
    QuarantineStore,
    RandomFaults,
    Supervisor,
    Tree,
    Watchdog,
    fan_out,
)

__all__ = [
    "PUBLISHERS",
    "ChainTree",
    "Daemon",
    "demo_chain",
    "node_chain",
    "recorded_chain",
    "registries",
]

_LINE_PARCELS = 4096
# Draining and then stopping what is left stay below five seconds together.
_DRAIN_SECONDS = 4.0
_STOP_SECONDS = 4.5

_FAILURES = FailureTypes(
    transient=(TransientError, InjectedCrash, OSError),
    poison=(PoisonError, RemoteProtocolError),
    fenced=(FencedError,),
)
# Injected crashes come by the hundred; the delays of honest ones would only make a run longer.
_FAULT_BACKOFF = Backoff(initial_seconds=0.001, max_seconds=0.01)

_log = structlog.get_logger("daemon")

P = ParamSpec("P")
# Makes what carries the line out of the house.
MakePublisher = Callable[[Line, QenusConfig], Publisher]
PUBLISHERS: tuple[MakePublisher, ...] = (nng_publisher,)
# Makes a chain's subtree that sends into the line's mailbox: a `ChainTree`, say.
MakeChain = Callable[["Daemon"], Supervisor]


class Daemon:
    """One node: its line, its tree, and how it ends.

    `chains` make the subtrees of the chains, `publishers` the line's readers. `finite`: the sources
    end by themselves, and then the session is complete. `faults` crash actors on purpose.
    `on_event` is given every event in the tree.
    """

    def __init__(
        self,
        config: QenusConfig,
        chains: Sequence[MakeChain],
        *,
        publishers: Sequence[MakePublisher] = PUBLISHERS,
        finite: bool = False,
        faults: RandomFaults | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        redactor = Redactor.of(address.url_with_secrets() for address in config.addresses())
        self.line = Line(
            config.node.name,
            os.urandom(SESSION_BYTES),
            journal_bytes=config.feed.journal_bytes,
            texts=AlertTexts(redactor),
        )
        # What came of each endpoint of a chain since its observer began, by the chain's name.
        self.endpoints: dict[str, Cell[tuple[EndpointReport, ...]]] = {}
        self._finite = finite
        # Set once an ordered stop was asked for.
        self.stopping = trio.Event()
        self._backoff = _FAULT_BACKOFF if faults is not None else Backoff()
        self._out = line_mailbox(capacity=_LINE_PARCELS)
        self.publishers = [publisher(self.line, config) for publisher in publishers]
        line = self.child(
            "line",
            keep_line,
            self._out.inbox(),
            fan_out(*(publisher.reader.mailbox for publisher in self.publishers)),
            line=self.line,
        )
        readers = Supervisor(
            "publishers",
            [self.joined(child) for publisher in self.publishers for child in publisher.children],
        )
        root = Supervisor("qenus", [line, readers, *(chain(self) for chain in chains)])
        subscribers = [] if on_event is None else [on_event]
        self._tree = Tree(
            root,
            failures=_FAILURES,
            faults=faults,
            subscribers=subscribers,
            quarantine=_quarantine(config.quarantine, redactor),
            watchdog=_watchdog(config.watchdog),
        )

    def outlet(self) -> Outlet[Parcel]:
        """A way into the line, for a chain's extractor."""
        return self._out.outlet()

    def listeners(self) -> int:
        """Count the subscribers that have joined the line and are connected to it."""
        return min(self.line.joined, self.line.listeners)

    def joined(self, child: Child) -> Child:
        """Give a child the backoff that all of this daemon's have."""
        return child.with_policy(backoff=self._backoff)

    def child(
        self, name: str, actor: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> Child:
        """A child of this daemon's tree, with the backoff that all of them have."""
        return self.joined(Child(name, actor, *args, **kwargs))

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


def _quarantine(config: QuarantineConfig, redactor: Redactor) -> QuarantineStore:
    """Where poison messages go, without the nodes' secrets, and what lies there from before.

    Raises:
        ConfigError: the folder cannot be made or read.
    """
    if not config.folder:
        return MemoryQuarantine(capacity_bytes=config.capacity_bytes)
    try:
        store = FileQuarantine(
            config.folder, capacity_bytes=config.capacity_bytes, clean=redactor.redact
        )
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
