"""A genuine pool as the ledger holds it, and what every family of pools can do with one."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import attrs

from qenus.errors import RemoteProtocolError
from qenus.protocols.reads import Answer, Plan, words_of
from qenus.protocols.registry import Venue
from qenus.wire import Block, Log, PoolStateFeature, StopReason

__all__ = [
    "Decimals",
    "FactoryFamily",
    "ManagedFamily",
    "Misread",
    "PoolFamily",
    "PoolRecord",
    "VaultFamily",
    "address_in",
    "price_x128",
    "words",
]

# decimals() of token0 and token1, None where a token does not answer.
Decimals: TypeAlias = tuple[int | None, int | None]


class Misread(RemoteProtocolError):
    """A genuine contract answered what its family cannot: it is not what we take it for."""


@attrs.frozen
class PoolRecord:
    """One genuine pool at one moment.

    `address` is the pool's, or its manager's who knows it by `id`; `fee`, `tick_spacing`, `stable`
    and `hooks` are what it was made with, as far as its family has such, `terms` what only its own
    family knows of that. `more_tokens` are those beyond the first two. `pool` is its state, None
    before it was initialised; `puzzled_at` the last block in which it told what its family does not
    know, -1 for none. One that was `stopped`, for a reason and at a block's number, says
    nothing more.
    """

    venue: Venue
    address: bytes
    token0: bytes
    token1: bytes
    id: bytes | None = None
    fee: int = 0
    tick_spacing: int = 0
    stable: bool = False
    hooks: bytes = b""
    pool: Any = None
    puzzled_at: int = -1
    stopped: tuple[StopReason, int] | None = None
    more_tokens: tuple[bytes, ...] = ()
    terms: Any = None

    @property
    def tokens(self) -> tuple[bytes, ...]:
        """All its tokens (20-byte addresses), in its own order."""
        return self.token0, self.token1, *self.more_tokens

    @property
    def key(self) -> bytes:
        """Its name in the ledger: the id, or the address."""
        return self.id or self.address

    def stop(self, reason: StopReason, block_number: int) -> "PoolRecord":
        """Give the record of this pool from now on: it says nothing more."""
        return attrs.evolve(self, pool=None, stopped=(reason, block_number))


class PoolFamily(Protocol):
    """What a family of pools knows of its contracts. Pure; no method asks a node itself."""

    # Topic 0 of every event that changes a pool's state.
    TOUCHING: frozenset[bytes]
    # Topic 0 of every event that says nothing of it.
    HARMLESS: frozenset[bytes]

    def load(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read the state after a block.

        Raises Misread: the answers are not of such a contract. OutOfBounds: its state cannot be.
        """

    def refresh(self, record: PoolRecord, block_hash: bytes) -> Plan[PoolRecord]:
        """Read what no event of the pool tells, after a block.

        Raises Misread: the answers are not of such a contract. OutOfBounds: they cannot be.
        """

    def apply(self, record: PoolRecord, log: Log, block: Block) -> PoolRecord:
        """Give the record after one of the pool's own touching logs.

        Raises Refusal, OutOfBounds: the log cannot be that event, or says what cannot be.
        """

    def probe(self, record: PoolRecord, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read some of the state after a block; None where the contract does not answer."""

    def facts(self, record: PoolRecord) -> tuple[int, ...]:
        """Give what `probe` would read if the contract stood as the record says."""

    def feature(self, record: PoolRecord, decimals: Decimals) -> PoolStateFeature | None:
        """Give what is published; None while the pool is not initialised."""


class FactoryFamily(PoolFamily, Protocol):
    """A family whose pools are contracts of their own, made by a factory."""

    # Topic 0 of the event by which a factory tells of a new pool.
    CREATED: bytes
    # Calls beside token0() and token1() that a claimed pool must answer with one word each.
    CLAIMS: Sequence[bytes]

    def created(self, venue: Venue, log: Log) -> PoolRecord | None:
        """Read the factory's event of a new pool; None where it is none."""

    def claimed(
        self, venue: Venue, address: bytes, tokens: tuple[bytes, bytes], claims: Sequence[int]
    ) -> PoolRecord | None:
        """Make the record of what a contract says that it is; None where no such pool can be."""

    def salt(self, record: PoolRecord) -> bytes:
        """Give the 32 bytes from which, with deployer and code, the pool's address derives."""

    def factory_call(self, record: PoolRecord) -> bytes:
        """Give the call by which the factory tells the pool of these tokens and terms."""


class ManagedFamily(PoolFamily, Protocol):
    """A family whose pools live within one manager, which names them by an id in topic 1."""

    def identified(self, venue: Venue, pool_id: bytes, block_hash: bytes) -> Plan[
        PoolRecord | None
    ]:  # fmt: skip
        """Find out which pool an id names, by the state after a block; None where nobody knows."""


class VaultFamily(PoolFamily, Protocol):
    """A family whose pools are contracts of their own, and one vault holds all their tokens."""

    def pool_in(self, log: Log) -> bytes | None:
        """Give the address of the pool that a vault's log is about; None where it is about none."""

    def made(self, venue: Venue, address: bytes, block_hash: bytes) -> Plan[PoolRecord | None]:
        """Find out, by the state after a block, what pool of the venue's factories stands there."""


def words(answer: Answer, count: int, what: str) -> tuple[int, ...]:
    """Read the words that a genuine contract must return.

    Raises Misread: the call reverted or returned fewer.
    """
    found = words_of(answer, count)
    if found is None:
        size = "a revert" if answer is None else f"{len(answer)} bytes"
        raise Misread(f"{what}: expected {count} words, found {size}")
    return found


def address_in(word: int) -> bytes | None:
    """Read a word as an address; None where it is none."""
    return word.to_bytes(20, "big") if word < 1 << 160 else None


def price_x128(quotient: tuple[int, int]) -> bytes | None:
    """Give a spot price (smallest units out, in) as Q128.128, rounded down, 32 bytes big-endian.

    None where it is not defined, or beyond 2^128.
    """
    units_out, units_in = quotient
    if not units_out or not units_in:
        return None
    price = (units_out << 128) // units_in
    return price.to_bytes(32, "big") if price < 1 << 256 else None
