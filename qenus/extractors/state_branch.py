"""The branch of a state-pure family as a value: its actor, and the state that the actor keeps.

Behind the extractor each state-pure family has an actor of its own, named as the family, with a
mailbox of the blocks and retracts that it works on. The tree makes all of them alike from a table.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import attrs
import trio

from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.feature_family import FeatureFamily
from qenus.extractors.pool_state.block_states import SAMPLED_ONE_IN
from qenus.protocols.reads import Answer, Call
from qenus.protocols.registry import Registry
from qenus.wire import Block, Observed, Parcel, Retract
from supervisors import Cell, Inbox, Outlet

__all__ = ["StateActor", "StateBranch", "StateReading", "StateSource"]


class StateSource(Protocol):
    """Where the answers to calls come from."""

    async def read(self, calls: Sequence[Call]) -> Sequence[Answer]:
        """Give what each call returned, None where it reverted.

        Raises StateUnavailable: no node can say so now, or none has that state.
        """
        ...


@attrs.frozen
class StateReading:
    """By what a branch reads its chain's state.

    `open_state` opens the way to the chain's nodes. `registry` says which factories' pools are
    followed; of `sampled_one_in` records one is reconciled with its contract. From `ending` on
    nothing is asked for any more.
    """

    chain: str
    registry: Registry
    open_state: Callable[[], AbstractAsyncContextManager[StateSource]]
    ending: trio.Event
    sampled_one_in: int = SAMPLED_ONE_IN


class StateActor(Protocol):
    """Takes blocks and retracts and sends the family's features, keeping its state in a cell."""

    def __call__(
        self,
        touched: Inbox[Observed[Block | Retract]],
        features: Outlet[Parcel],
        state: Cell[Any],
        progress: Cell[ChainProgress],
        /,
        *,
        reading: StateReading,
    ) -> Awaitable[None]: ...


@attrs.frozen
class StateBranch:
    """How a state-pure family is made: `actor`, and `new_state` for the cell that it keeps."""

    family: FeatureFamily
    actor: StateActor
    new_state: Callable[[], Any]
