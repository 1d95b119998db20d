"""A source as a value: what stands at the head of a chain's subtree and brings its blocks in.

The daemon makes what a chain's actors share once, as `SourcePorts`; a source makes its children of
them. A source of a new kind is a function that gives such a value. `node_source` follows nodes and
`recorded_source` plays files.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import attrs
import trio

from qenus.chain import Chain, ForkTree
from qenus.observers.address import NodeAddress
from qenus.observers.follow.endpoint import EndpointReport
from qenus.observers.follow.node import new_alarms, observe_nodes
from qenus.observers.history.recorded import Progress, observe_recorded
from qenus.observers.section import ChainConfig
from qenus.observers.session_bounds import DEFAULT_BOUNDS, SessionBounds
from qenus.wire import Block, Heads, Observed, Parcel
from supervisors import Cell, Child, Mailbox, Outlet, Restart

__all__ = ["Source", "SourcePorts", "node_source", "recorded_source"]

_JOIN_POLL_SECONDS: Final = 0.01


@attrs.frozen
class SourcePorts:
    """What a chain's subtree gives to its source.

    Proven blocks go to `found`, for the sealer, which keeps `tree`. Alerts and rejections go to
    `alerts`, which is the line. `listeners` says how many
    subscribers have joined the line and are connected to it. `reports` shows what came of each
    endpoint, where the source has any.
    """

    found: Mailbox[Observed[Block | Heads]]
    alerts: Outlet[Parcel]
    tree: Cell[ForkTree]
    reports: Cell[tuple[EndpointReport, ...]]
    listeners: Callable[[], int]


@attrs.frozen
class Source:
    """One chain's source.

    `children` bring the blocks in. `nodes` says where the chain's state can be read now; None:
    nowhere, and no state-pure family is extracted. Those of `switched_off` are not, either, by
    their names. `bounds` are those of a session with one of the nodes.
    """

    chain: Chain
    children: Callable[[SourcePorts], Sequence[Child]]
    nodes: Callable[[], Sequence[str | NodeAddress]] | None = None
    switched_off: frozenset[str] = frozenset()
    bounds: SessionBounds = DEFAULT_BOUNDS


def node_source(config: ChainConfig, chain: Chain) -> Source:
    """Follow the nodes that a chain's section of the configuration names."""
    urls, bounds = (config.node, *config.other_nodes), config.session_bounds()

    def children(ports: SourcePorts) -> list[Child]:
        observer = Child(
            "observer",
            observe_nodes,
            ports.found.outlet(),
            ports.alerts,
            ports.tree,
            Cell(f"{chain.name}:alarms", new_alarms(chain)),
            ports.reports,
            urls=urls,
            chain=chain,
            catch_up_blocks=config.catch_up_blocks,
            reading_percent=config.endpoint_cpu_percent,
            bounds=bounds,
        )
        return [observer]

    return Source(chain, children, lambda: urls, config.families_switched_off(), bounds)


def recorded_source(
    chain: Chain, files: Sequence[Path], progress: Cell[Progress], *, wait_subscribers: int
) -> Source:
    """Play recorded files once, when `wait_subscribers` have joined the line."""

    def children(ports: SourcePorts) -> list[Child]:
        observer = Child(
            "observer",
            _observe_when_heard,
            ports.found.outlet(),
            ports.alerts,
            progress,
            files=files,
            chain=chain,
            listeners=ports.listeners,
            wait_subscribers=wait_subscribers,
        )
        return [observer.with_policy(restart=Restart.TRANSIENT)]

    return Source(chain, children)


async def _observe_when_heard(
    found: Outlet[Observed[Block | Heads]],
    alerts: Outlet[Parcel],
    progress: Cell[Progress],
    *,
    files: Sequence[Path],
    chain: Chain,
    listeners: Callable[[], int],
    wait_subscribers: int,
) -> None:
    # Joining is an event outside of any actor; that it is polled costs nothing here.
    while listeners() < wait_subscribers:  # noqa: ASYNC110
        await trio.sleep(_JOIN_POLL_SECONDS)
    await observe_recorded(found, alerts, progress, files=files, chain=chain)
