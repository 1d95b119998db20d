"""The fault switch: make actors crash at random points, on purpose, to see that nothing changes."""

import random
from collections.abc import Mapping

from supervisors import CrashPoint, InjectedCrash

__all__ = ["RandomFaults"]


class RandomFaults:
    """Crash each visit of a crash point with its actor's probability.

    `rates` has the probability, 0 to below 1, by the actor's name in the tree ("extractor").
    """

    def __init__(self, rates: Mapping[str, float], rng: random.Random) -> None:
        self._rates = rates
        self._rng = rng
        self.crashes = dict.fromkeys(rates, 0)
        self._started: set[str] = set()

    def at(self, actor: str, point: CrashPoint) -> None:
        """Raise InjectedCrash, or return to let the actor go on."""
        if point is CrashPoint.STARTED and actor not in self._started:
            # An actor that fails its very first start takes the daemon down, as it must.
            self._started.add(actor)
            return
        name = actor.rpartition("/")[2]
        rate = self._rates.get(name)
        if rate is not None and self._rng.random() < rate:
            self.crashes[name] += 1
            raise InjectedCrash(f"{actor} at {point.value}, by the fault switch")
