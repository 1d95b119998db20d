"""A family of features as a value: its name in the contract, its batch, and how it is made.

Extraction, closing, `qenus extract` and the actor loop over such values; to add a block-pure family
is to write its module and to put its value into `families`. A state-pure family is made by a branch
of its own, which waits for the state; it is closed by the same `close_block`.
"""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

import attrs

from qenus.wire import Block, Family, Identity, Purity, RefusedLog, WireMessage, family_name

__all__ = ["FamilyBatch", "FeatureFamily", "OfBlock", "refused_of"]


class FamilyBatch(Protocol):
    """What every family's batch has."""

    @property
    def identity(self) -> Identity:
        """The block, the family, and the code that made the batch."""
        ...

    @property
    def features(self) -> tuple[WireMessage, ...]:
        """The block's features of the family, in the contract's order."""
        ...


# Makes the batch of one block; it has no features where the block has none of the family.
OfBlock: TypeAlias = Callable[[Block, Identity], FamilyBatch]


def _no_rules() -> Iterator[bytes]:
    yield from ()


@attrs.frozen
class FeatureFamily:
    """One family of features.

    `batch` is its message in the contract. `of_block` makes it of a block alone; None where the
    state decides, too. `rules` gives what decides the content beside the code, such as a table of
    events: it becomes part of `extractor_version`.
    """

    family: Family
    purity: Purity
    batch: type[WireMessage]
    of_block: OfBlock | None = None
    rules: Callable[[], Iterator[bytes]] = _no_rules

    @property
    def name(self) -> str:
        """As topics and JSON call it."""
        return family_name(self.family)


def refused_of(batch: FamilyBatch) -> tuple[RefusedLog, ...]:
    """Give the logs that a batch refuses; only batches read from logs have any."""
    refused: tuple[RefusedLog, ...] = getattr(batch, "refused", ())
    return refused
