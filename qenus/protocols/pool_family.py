"""What a family of pools knows of its contracts: the interface that a protocol's reader fills.

A family is pure: its plans say which calls they need (`reads`) and go on with what was returned, so
no method asks a node itself. The engine that follows pools (qenus/extractors/pool_state) knows
families by these classes alone. Three kinds differ in how a pool is identified: by a factory's
derivation (`FactoryFamily`), by a manager's id (`ManagedFamily`), or by asking a vault's factories
(`VaultFamily`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import attrs

from qenus.protocols.event_decoders import EventDecoder
from qenus.protocols.pool_text import PoolText
from qenus.protocols.reads import Plan
from qenus.protocols.records import Decimals, PoolRecord
from qenus.protocols.venue import CREATE2_KEYS, Venue
from qenus.wire import AmmFeature, Block, Log, PoolStateFeature

__all__ = [
    "AnyFamily",
    "FactoryFamily",
    "ManagedFamily",
    "PoolFamily",
    "PoolProtocol",
    "VaultFamily",
]

# A pool's state, what its record says of how it was made, and what the registry says of a venue.
StateT = TypeVar("StateT")
TermsT = TypeVar("TermsT")
VenueT = TypeVar("VenueT")


class PoolFamily(ABC, Generic[StateT, TermsT, VenueT]):
    """A family of pools: one way of telling and storing what a pool is."""

    # As the registry calls it.
    NAME: str
    # Topic 0 of every event that changes a pool's state.
    TOUCHING: frozenset[bytes]
    # Topic 0 of every event that says nothing of it.
    HARMLESS: frozenset[bytes] = frozenset()
    # The keys that a venue's table may have beside `factory`.
    REGISTRY_KEYS: frozenset[str] = frozenset()

    @abstractmethod
    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> VenueT:
        """Read what the registry says of a venue, adding what is wrong to the errors."""

    @abstractmethod
    def load(
        self, record: PoolRecord[StateT, TermsT], block_hash: bytes
    ) -> Plan[PoolRecord[StateT, TermsT]]:
        """Read the state after a block.

        Raises:
            UnexpectedAnswer: the answers are not of such a contract.
            OutOfBounds: its state cannot be.
        """

    def refresh(
        self, record: PoolRecord[StateT, TermsT], block_hash: bytes
    ) -> Plan[PoolRecord[StateT, TermsT]]:
        """Read what no event of the pool says, after a block. Unless overridden: nothing.

        Raises:
            UnexpectedAnswer: the answers are not of such a contract.
            OutOfBounds: they cannot be.
        """
        del block_hash
        return record
        yield []

    @abstractmethod
    def apply(
        self, record: PoolRecord[StateT, TermsT], log: Log, block: Block
    ) -> PoolRecord[StateT, TermsT]:
        """Give the record after one of the pool's own touching logs.

        Raises:
            Refusal, OutOfBounds: the log cannot be that event, or says what cannot be.
        """

    @abstractmethod
    def probe(
        self, record: PoolRecord[StateT, TermsT], block_hash: bytes
    ) -> Plan[tuple[int, ...] | None]:
        """Read some of the state after a block; None where the contract does not answer."""

    @abstractmethod
    def facts(self, record: PoolRecord[StateT, TermsT]) -> tuple[int, ...]:
        """Give what `probe` would read if the contract stood as the record says."""

    @abstractmethod
    def feature(
        self, record: PoolRecord[StateT, TermsT], decimals: Decimals
    ) -> PoolStateFeature | None:
        """Give what is published; None while the pool is not initialised."""


class FactoryFamily(PoolFamily[StateT, TermsT, VenueT]):
    """A family whose pools are contracts of their own, made by a factory."""

    REGISTRY_KEYS = CREATE2_KEYS
    # Topic 0 of the event by which a factory announces a new pool.
    CREATED: ClassVar[bytes]
    # Calls beside token0() and token1() that a claimed pool must answer with one word each.
    CLAIMS: ClassVar[Sequence[bytes]] = ()

    @abstractmethod
    def created(self, venue: Venue[VenueT], log: Log) -> PoolRecord[StateT, TermsT] | None:
        """Read the factory's event of a new pool; None where it is none."""

    @abstractmethod
    def claimed(
        self,
        venue: Venue[VenueT],
        address: bytes,
        tokens: tuple[bytes, bytes],
        claims: Sequence[int],
    ) -> PoolRecord[StateT, TermsT] | None:
        """Make the record of what a contract says that it is; None where no such pool can be."""

    @abstractmethod
    def salt(self, record: PoolRecord[StateT, TermsT]) -> bytes:
        """Give the 32 bytes from which, with deployer and code, the pool's address derives."""

    @abstractmethod
    def factory_call(self, record: PoolRecord[StateT, TermsT]) -> bytes:
        """Give the call by which the factory names the pool of these tokens and terms."""


class ManagedFamily(PoolFamily[StateT, TermsT, VenueT]):
    """A family whose pools live within one manager, which names them by an id in topic 1."""

    @abstractmethod
    def identified(
        self, venue: Venue[VenueT], pool_id: bytes, block_hash: bytes
    ) -> Plan[PoolRecord[StateT, TermsT] | None]:
        """Find out which pool an id names, by the state after a block; None where none can say."""


class VaultFamily(PoolFamily[StateT, TermsT, VenueT]):
    """A family whose pools are contracts of their own, and a factory is asked for each.

    One vault may hold all their tokens.
    """

    def pool_in(self, log: Log) -> bytes | None:
        """Give the address of the pool that a vault's log is about; None where it is about none."""
        del log
        return None

    @abstractmethod
    def made(
        self, venue: Venue[VenueT], address: bytes, block_hash: bytes
    ) -> Plan[PoolRecord[StateT, TermsT] | None]:
        """Find out, by the state after a block, what pool of the venue's factories stands there."""


AnyFamily: TypeAlias = PoolFamily[Any, Any, Any]


@attrs.frozen
class PoolProtocol:
    """What a folder offers the catalogue: its families of pools, its events, its states as text.

    `families` gives the families; it is called when the first registry is read, so that what only
    decodes events does not wait until all pools and their maths are imported. `texts` says what
    people see of the states that its pools publish, where no other protocol has said it.
    """

    name: str
    families: Callable[[], Iterable[AnyFamily]]
    events: Iterable[EventDecoder[AmmFeature]] = ()
    texts: tuple[PoolText, ...] = ()
