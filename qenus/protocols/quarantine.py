"""Pools that are followed and not quoted: what their tokens do breaks what their maths promises.

A token that takes a fee on transfer, or whose balances change by themselves, makes a pool's traders
get other amounts than its events say. That shows in two ways: what the token's own Transfer events
carry between pool and trader differs from what the pool's event says, or the pool's balances differ
from its reserves. A pool that was found so stays as its events leave it, within `Quarantined`,
which refuses every quote with the reason.
"""

from collections.abc import Sequence
from typing import Generic, NoReturn, TypeVar

import msgspec

from qenus.protocols.bounds import UINT256_MAX, OutOfBounds, QuoteRefused, check_range

__all__ = ["Quarantined", "reserves_refusal", "transfers_refusal"]

P = TypeVar("P")


class Quarantined(msgspec.Struct, Generic[P], frozen=True, array_like=True, gc=False):
    """A pool that must not be quoted, and why. `pool` is what its events say."""

    pool: P
    reason: str

    def amount_out(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def amount_in(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def trade(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def swap(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def exchange(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def spot_price(self, *_: object, **__: object) -> NoReturn:
        """Refuse, with the reason.

        Raises:
            QuoteRefused: always.
        """
        raise QuoteRefused(self.reason)

    def moved_on(self, pool: P) -> "Quarantined[P]":
        """Return the same quarantine about the pool as a further event left it."""
        return Quarantined(pool, self.reason)


def transfers_refusal(said: Sequence[int], moved: Sequence[int]) -> str | None:
    """Return why a pool must not be quoted after an event of its own, None where it may.

    By token, in smallest units: `said` is what the event says the pool got (below zero: gave),
    `moved` what the tokens' Transfer events between the pool and those whom it trades with add up
    to, in the same transaction. What a token sends from the pool to others, as taxes, is no part.

    Raises:
        OutOfBounds: counts differ, or a number is no change of a uint256.
    """
    _check_counts(said, moved, -UINT256_MAX)
    for token, (expected, found) in enumerate(zip(said, moved, strict=True)):
        if expected != found:
            return (
                f"token {token} moved by {found} where the pool says {expected}: it takes a fee on "
                "transfer, or its transfers cannot be trusted"
            )
    return None


def reserves_refusal(reserves: Sequence[int], balances: Sequence[int]) -> str | None:
    """Return why a pool with these reserves must not be quoted, None where its balances match.

    A balance below its reserve makes swaps revert. One above it counts as paid in by the next swap,
    unless a sync or a skim comes first.

    Raises:
        OutOfBounds: counts differ, or a number is no uint256.
    """
    _check_counts(reserves, balances, 0)
    for token, (reserve, balance) in enumerate(zip(reserves, balances, strict=True)):
        if reserve != balance:
            return (
                f"the pool holds {balance} of token {token} where its reserve is {reserve}: the "
                "token changes balances by itself, or was sent without a swap"
            )
    return None


def _check_counts(left: Sequence[int], right: Sequence[int], low: int) -> None:
    if len(left) != len(right):
        raise OutOfBounds("count of tokens", str(len(left)), len(right))
    for value in (*left, *right):
        check_range("amount", value, low, UINT256_MAX)
