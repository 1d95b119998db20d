"""A pool as the ledger holds it, and how the words that contracts return are read."""

from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from qenus.errors import RemoteProtocolError
from qenus.protocols.reads import Answer, words_of
from qenus.protocols.venue import Venue
from qenus.wire import StopReason

__all__ = [
    "AnyRecord",
    "Decimals",
    "PoolRecord",
    "UnexpectedAnswer",
    "address_in",
    "price_x128",
    "words",
]

StateT = TypeVar("StateT")
TermsT = TypeVar("TermsT")

# decimals() of token0 and token1, None where a token does not answer.
Decimals: TypeAlias = tuple[int | None, int | None]


class UnexpectedAnswer(RemoteProtocolError):
    """A factory-verified contract answered what its family cannot: its code is another one."""


@attrs.frozen
class PoolRecord(Generic[StateT, TermsT]):
    """One factory-verified pool at one moment.

    `address` is the pool's, or that of its manager, which knows it by `id`; `terms` is what it was
    made with, as its family knows it. `more_tokens` are those beyond the first two. `pool` is its
    state, None before it was initialised; `unexplained_at` the last block in which it emitted an
    event that its family does not know, -1 for none. One that was `stopped`, for a reason and at a
    block's number, is not followed any more.
    """

    venue: Venue[Any]
    address: bytes
    token0: bytes
    token1: bytes
    terms: TermsT
    id: bytes | None = None
    pool: StateT | None = None
    unexplained_at: int = -1
    stopped: tuple[StopReason, int] | None = None
    more_tokens: tuple[bytes, ...] = ()

    @property
    def tokens(self) -> tuple[bytes, ...]:
        """All its tokens (20-byte addresses), in its own order."""
        return self.token0, self.token1, *self.more_tokens

    @property
    def key(self) -> bytes:
        """Its name in the ledger: the id, or the address."""
        return self.id or self.address

    @property
    def state(self) -> StateT:
        """Its state. To be asked for only of an initialised pool."""
        assert self.pool is not None
        return self.pool

    def stop(self, reason: StopReason, block_number: int) -> "PoolRecord[StateT, TermsT]":
        """Give the record of this pool from now on: it is not followed any more."""
        return attrs.evolve(self, pool=None, stopped=(reason, block_number))


AnyRecord: TypeAlias = PoolRecord[Any, Any]


def words(answer: Answer, count: int, what: str) -> tuple[int, ...]:
    """Read the words that a factory-verified contract must return.

    Raises:
        UnexpectedAnswer: the call reverted or returned fewer.
    """
    found = words_of(answer, count)
    if found is None:
        size = "a revert" if answer is None else f"{len(answer)} bytes"
        raise UnexpectedAnswer(f"{what}: expected {count} words, found {size}")
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
