"""A chain's subtree as a value: its source, and behind it what every chain has.

    chain:<name> (one_for_one)
    ├─ blocks (rest_for_one)              the source's children → sealer → extractor
    └─ pool_state, …                      a child for each state-pure family

The fork tree, the mailboxes and the cells that these share are made here, once for all sources and
families. What reads states has a life of its own beside `blocks`: what it reads and writes outlives
the others.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, ParamSpec, Protocol

import attrs
import trio

from qenus.chain import ForkTree
from qenus.errors import LocalProtocolError
from qenus.extractors.actor import extract
from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.families import FAMILIES
from qenus.extractors.feature_family import FeatureFamily
from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN
from qenus.extractors.state_branch import StateBranch, StateReading
from qenus.extractors.state_branches import STATE_BRANCHES
from qenus.mailboxes import ChainMailboxes
from qenus.observers.follow.endpoint import EndpointReport
from qenus.observers.sealer import seal_blocks
from qenus.observers.source import Source, SourcePorts
from qenus.observers.state.source import open_state
from qenus.protocols.registry import Registry
from qenus.wire import Block, Observed, Parcel, Retract
from supervisors import Cell, Child, Mailbox, Outlet, Strategy, Supervisor, fan_out

__all__ = ["ChainTree", "House", "branches_of"]

_MAILBOX_BLOCKS = 64
# What a state branch may be behind: the block-pure branch only waits for it beyond this.
_TOUCHED_BLOCKS = 4096
# What may be the cause of crash after crash, such as a pool's record, is read anew.
_STATE_CRASHES = 3
# One block's step retracts at most what the fork tree holds; all of it must fit at once, besides
# the block, its heads and what waits before it.
_SEALED_BESIDE = 64

P = ParamSpec("P")


class House(Protocol):
    """What a chain's subtree needs of the daemon that it is a part of."""

    stopping: trio.Event
    endpoints: dict[str, Cell[tuple[EndpointReport, ...]]]

    def outlet(self) -> Outlet[Parcel]:
        """Give a way into the line."""
        ...

    def listeners(self) -> int:
        """Count the subscribers that have joined the line and are connected to it."""
        ...

    def joined(self, child: Child) -> Child:
        """Give a child the policy that all of the daemon's have."""
        ...

    def child(
        self, name: str, actor: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> Child:
        """Make a child with that policy."""
        ...


def branches_of(
    source: Source, branches: Sequence[StateBranch] = STATE_BRANCHES
) -> list[StateBranch]:
    """Give those of `branches` that a source has: none where no state can be read."""
    if source.nodes is None:
        return []
    return [branch for branch in branches if branch.family.name not in source.switched_off]


@attrs.frozen
class ChainTree:
    """What makes the subtree of one chain.

    `registry` says which factories' pools are followed. Of `sampled_one_in` touched pools one is
    reconciled with its contract. `families` are closed together by the extractor, as far as they
    are block-pure; each of `branches` has an actor of its own and closes on its own.
    """

    source: Source
    registry: Registry | None = None
    sampled_one_in: int = SAMPLED_ONE_IN
    families: Sequence[FeatureFamily] = FAMILIES
    branches: Sequence[StateBranch] = STATE_BRANCHES

    def with_families(self, *more: FeatureFamily | StateBranch) -> "ChainTree":
        """Give the same chain with families beside its own.

        A block-pure family is given as it is, a state-pure one as its branch. So a family from a
        package of its own needs no line in the tables of this one.

        Raises:
            LocalProtocolError: a family is there already, or one that needs a state has no branch.
        """
        block_pure = [each for each in more if isinstance(each, FeatureFamily)]
        branches = [each for each in more if isinstance(each, StateBranch)]
        there = [each.name for each in self.families if each.of_block is not None]
        there += [each.family.name for each in self.branches]
        for family in (*block_pure, *(each.family for each in branches)):
            if family.name in there:
                raise LocalProtocolError(f"families: expected each once, found {family.name} twice")
            there.append(family.name)
        for family in block_pure:
            if family.of_block is None:
                raise LocalProtocolError(
                    f"families: expected the branch of {family.name}, which is made of more than "
                    "its block; found the family alone"
                )
        # An end counts its families in the contract's order.
        return attrs.evolve(
            self,
            families=sorted((*self.families, *block_pure), key=lambda each: each.family),
            branches=sorted((*self.branches, *branches), key=lambda each: each.family.family),
        )

    def __call__(self, house: House) -> Supervisor:
        """Make the subtree, as a part of `house`."""
        source, chain = self.source, self.source.chain
        mailboxes = ChainMailboxes(chain.name)
        found = mailboxes.found(_MAILBOX_BLOCKS)
        sealed = mailboxes.sealed(chain.fork_window + _SEALED_BESIDE)
        tree = Cell(f"{chain.name}:tree", ForkTree(chain.chain_id, chain.fork_window))
        reports = Cell[tuple[EndpointReport, ...]](f"{chain.name}:endpoints", ())
        house.endpoints[chain.name] = reports
        sources = source.children(
            SourcePorts(found, house.outlet(), tree, reports, house.listeners)
        )
        sealer = house.child(
            "sealer", seal_blocks, found.inbox(), sealed.outlet(), tree, chain=chain
        )
        touched, progress, branches = self._branches(house, mailboxes)
        extractor = house.child(
            "extractor", extract, sealed.inbox(), house.outlet(), touched, progress,
            chain=chain.name, families=self.families,
        )  # fmt: skip
        blocks = Supervisor(
            "blocks",
            [*map(house.joined, sources), sealer, extractor],
            strategy=Strategy.REST_FOR_ONE,
        )
        return Supervisor(f"chain:{chain.name}", [blocks, *branches])

    def _branches(
        self, house: House, mailboxes: ChainMailboxes
    ) -> tuple[Outlet[Observed[Block | Retract]] | None, Cell[ChainProgress] | None, list[Child]]:
        """Make the state-pure families' actors; give what the extractor writes for them, too."""
        chain, nodes = self.source.chain, self.source.nodes
        branches = branches_of(self.source, self.branches)
        if nodes is None or not branches:
            return None, None, []
        progress = Cell(f"{chain.name}:progress", ChainProgress())
        reading = StateReading(
            chain=chain.name,
            registry=self.registry or Registry(chain.name, {}),
            open_state=partial(open_state, nodes, chain, self.source.bounds),
            ending=house.stopping,
            sampled_one_in=self.sampled_one_in,
        )
        touched: list[Mailbox[Observed[Block | Retract]]] = []
        children: list[Child] = []
        for branch in branches:
            name = branch.family.name
            touched.append(mailboxes.touched(name, _TOUCHED_BLOCKS))
            state = Cell[Any](
                f"{chain.name}:{name}", factory=branch.new_state, reset_after=_STATE_CRASHES
            )
            ports = (touched[-1].inbox(), house.outlet(), state, progress)
            children.append(house.child(name, branch.actor, *ports, reading=reading))
        return fan_out(*touched), progress, children
