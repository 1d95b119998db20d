"""The crowd: seeded accounts that trade, provide liquidity, bridge and borrow at the venues.

What is done is drawn from the seed alone; what comes of it is the contracts' affair. Some of it
reverts, as some of it does on any chain.
"""

import random
from collections.abc import Sequence
from typing import Protocol

from tools.devnet.calls import Account, Transaction

__all__ = ["Crowd", "Venue"]


class Venue(Protocol):
    """A protocol that people use: `acts` are ways to, `weight` how often one is chosen."""

    name: str
    weight: int

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Draw something to do; None when there is nothing now."""
        ...


class Crowd:
    """Who acts on one chain."""

    def __init__(self, people: Sequence[Account], venues: Sequence[Venue], seed: str) -> None:
        self.venues = tuple(venues)
        self._people = tuple(people)
        self._rng = random.Random(seed)

    def transactions(self, count: int) -> list[Transaction]:
        """Draw the next `count` transactions."""
        drawn: list[Transaction] = []
        weights = [venue.weight for venue in self.venues]
        while len(drawn) < count:
            venue = self._rng.choices(self.venues, weights)[0]
            transaction = venue.act(self._rng, self._rng.choice(self._people))
            if transaction is not None:
                drawn.append(transaction)
        return drawn

    def branch(self, depth: int, count: int) -> list[tuple[Transaction, int]]:
        """Draw `count` transactions for a new branch of `depth` blocks, with their offsets."""
        return [(drawn, self._rng.randrange(depth)) for drawn in self.transactions(count)]
