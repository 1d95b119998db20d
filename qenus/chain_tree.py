"""A chain's subtree as a value: its source, and behind it what every chain has.

    chain:<name> (one_for_one)
    ├─ blocks (rest_for_one)              the source's children → sealer → extractor
    └─ pool_state, …                      a child for each state-pure family of the table

The fork tree, the mailboxes and the cells that these share are made here, once for all sources and
families. What reads states has a life of its own beside `blocks`: what it reads and writes outlives
the others.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ParamSpec, Protocol

import attrs
import trio

from qenus.chain import Chain, ForkTree
from qenus.extractors.actor import extract
from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN
from qenus.extractors.pool_state.progress import ChainProgress
from qenus.extractors.state_branch import StateBranch, StateReading
from qenus.extractors.state_branches import STATE_BRANCHES
from qenus.observers.endpoint import EndpointReport
from qenus.observers.sealer import seal_blocks
from qenus.observers.source import Source, SourcePorts
from qenus.observers.state_source import open_state
from qenus.protocols.registry import Registry
from supervisors import Cell, Child, Mailbox, Outlet, Strategy, Supervisor, fan_out

__all__ = ["ChainTree", "House", "branches_of"]

_MAILBOX_BLOCKS = 64
# What a state branch may be behind: the block-pure branch only waits for it beyond this.
_TOUCHED_BLOCKS = 4096
# What may be the cause of crash after crash, such as a pool's record, is read anew.
_STATE_CRASHES = 3
# One block's step retracts at most what the fork tree holds; all of it must fit at once, besides
# the block, its heads and what waits before it.
_SEALED_PARCELS_BESIDE = 64
_MAILBOX_BYTES = 256 << 20

# A line for each state-pure family.
_BRANCHES = STATE_BRANCHES

P = ParamSpec("P")


class House(Protocol):
    """What a chain's subtree needs of the daemon that it is a part of."""

    stopping: trio.Event
    endpoints: dict[str, Cell[tuple[EndpointReport, ...]]]

    def outlet(self) -> Outlet[bytes]:
        """Give a way into the line."""

    def listeners(self) -> int:
        """Count the subscribers that have joined the line and are connected to it."""

    def joined(self, child: Child) -> Child:
        """Give a child the policy that all of the daemon's have."""

    def child(
        self, name: str, actor: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> Child:
        """Make a child with that policy."""


def branches_of(source: Source) -> list[StateBranch]:
    """Give the state-pure families that a source has: none where no state can be read."""
    if source.nodes is None:
        return []
    return [branch for branch in _BRANCHES if branch.family.name not in source.switched_off]


@attrs.frozen
class ChainTree:
    """What makes the subtree of one chain.

    `registry` says which factories' pools are followed. Of `sampled_one_in` touched pools one is
    reconciled with its contract.
    """

    source: Source
    registry: Registry | None = None
    sampled_one_in: int = SAMPLED_ONE_IN

    def __call__(self, house: House) -> Supervisor:
        """Make the subtree, as a part of `house`."""
        source, chain = self.source, self.source.chain
        found = _mailbox(chain, "found", _MAILBOX_BLOCKS)
        sealed = _mailbox(chain, "sealed", chain.fork_window + _SEALED_PARCELS_BESIDE)
        tree = Cell(f"{chain.name}:tree", ForkTree(chain.chain_id, chain.fork_window))
        reports = Cell[tuple[EndpointReport, ...]](f"{chain.name}:endpoints", ())
        house.endpoints[chain.name] = reports
        sources = source.children(SourcePorts(found, tree, reports, house.listeners))
        sealer = house.child(
            "sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=chain
        )
        touched, progress, branches = self._branches(house)
        extractor = house.child(
            "extractor", extract, sealed.inbox(), house.outlet(), touched, progress,
            chain=chain.name,
        )  # fmt: skip
        blocks = Supervisor(
            "blocks",
            [*map(house.joined, sources), sealer, extractor],
            strategy=Strategy.REST_FOR_ONE,
        )
        return Supervisor(f"chain:{chain.name}", [blocks, *branches])

    def _branches(
        self, house: House
    ) -> tuple[Outlet[bytes] | None, Cell[ChainProgress] | None, list[Child]]:
        """Make the state-pure families' actors; give what the extractor writes for them, too."""
        chain, nodes, branches = self.source.chain, self.source.nodes, branches_of(self.source)
        if nodes is None or not branches:
            return None, None, []
        progress = Cell(f"{chain.name}:progress", ChainProgress())
        reading = StateReading(
            chain=chain.name,
            registry=self.registry or Registry(chain.name, {}),
            open_state=partial(open_state, nodes, chain),
            ending=house.stopping,
            sampled_one_in=self.sampled_one_in,
        )
        mailboxes: list[Mailbox[bytes]] = []
        children: list[Child] = []
        for branch in branches:
            name = branch.family.name
            mailboxes.append(_mailbox(chain, f"{name}:touched", _TOUCHED_BLOCKS))
            state = Cell[Any](
                f"{chain.name}:{name}", factory=branch.new_state, reset_after=_STATE_CRASHES
            )
            ports = (mailboxes[-1].inbox(), house.outlet(), state, progress)
            children.append(house.child(name, branch.actor, *ports, reading=reading))
        return fan_out(*mailboxes), progress, children


def _mailbox(chain: Chain, name: str, capacity: int) -> Mailbox[bytes]:
    return Mailbox(f"{chain.name}:{name}", capacity=capacity, capacity_bytes=_MAILBOX_BYTES)
