"""The crowd: seeded accounts that trade, provide liquidity, bridge and borrow.

The seed alone decides the transactions; the contracts decide their outcome. Some of them
revert, as on any chain.
"""

import random
from collections.abc import Sequence
from typing import Protocol

from tools.devnet.calls import Account, Transaction

__all__ = ["Crowd", "UsedProtocol"]


class UsedProtocol(Protocol):
    """A deployed protocol that the crowd uses; `weight` is how often it is chosen."""

    name: str
    weight: int

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Draw something to do; None when there is nothing now."""
        ...


class Crowd:
    """The accounts that act on one chain."""

    def __init__(
        self, people: Sequence[Account], protocols: Sequence[UsedProtocol], seed: str
    ) -> None:
        self.protocols = tuple(protocols)
        self._people = tuple(people)
        self._rng = random.Random(seed)

    def transactions(self, count: int) -> list[Transaction]:
        """Draw the next `count` transactions."""
        drawn: list[Transaction] = []
        weights = [protocol.weight for protocol in self.protocols]
        while len(drawn) < count:
            protocol = self._rng.choices(self.protocols, weights)[0]
            transaction = protocol.act(self._rng, self._rng.choice(self._people))
            if transaction is not None:
                drawn.append(transaction)
        return drawn

    def branch(self, depth: int, count: int) -> list[tuple[Transaction, int]]:
        """Draw `count` transactions for a new branch of `depth` blocks, with their offsets."""
        return [(drawn, self._rng.randrange(depth)) for drawn in self.transactions(count)]
