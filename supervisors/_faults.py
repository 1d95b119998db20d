"""Where a test, or a switch of the daemon, may make an actor crash on purpose.

The library asks an injector at each crash point of each actor; the injector raises, or does
nothing. With no injector a crash point costs one comparison with None.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Mapping
from typing import Protocol

from supervisors._errors import SupervisionError


class CrashPoint(enum.Enum):
    """The moments of a step at which a crash tells one implementation from another."""

    STARTED = "started"  # the incarnation is about to enter the actor
    LEASED = "leased"  # a message is leased, the actor has not seen it yet
    STAGED = "staged"  # a message or a cell write is staged, or about to be sent directly
    BEFORE_COMMIT = "before_commit"  # the step is complete, nothing is visible
    AFTER_COMMIT = "after_commit"  # everything is visible, the actor has not gone on yet


class InjectedCrash(SupervisionError):
    """A crash that was asked for."""


class FaultInjector(Protocol):
    """Decides which crash points crash."""

    def at(self, actor: str, point: CrashPoint) -> None:
        """Raise to crash the named actor here; return to let it go on."""


class ScheduledFaults:
    """Crash at chosen visits: the injector of the tests, a pure function of its schedule.

    A visit is (actor, point, n), n counting that actor's visits of that point from 1.
    `visits` remembers how often each point was reached and `fired` what really crashed.
    """

    def __init__(self, schedule: Iterable[tuple[str, CrashPoint, int]] = ()) -> None:
        self._schedule = set(schedule)
        self.visits: dict[tuple[str, CrashPoint], int] = {}
        self.fired: list[tuple[str, CrashPoint, int]] = []

    def at(self, actor: str, point: CrashPoint) -> None:
        """Raise InjectedCrash if this visit is on the schedule."""
        n = self.visits.get((actor, point), 0) + 1
        self.visits[actor, point] = n
        if (actor, point, n) in self._schedule:
            self.fired.append((actor, point, n))
            raise InjectedCrash(f"{actor} at {point.value}, visit {n}")


class RandomFaults:
    """Crash every visit with its actor's probability: the injector of soaks and of `--fault`.

    `rates` has the probability, 0 to below 1, by the last part of an actor's path. The very first
    start of an actor is spared: failing that takes the tree down, as it must. `crashes` counts
    what was injected.
    """

    def __init__(self, rates: Mapping[str, float], rng: random.Random) -> None:
        self._rates = rates
        self._rng = rng
        self._started: set[str] = set()
        self.crashes = dict.fromkeys(rates, 0)

    def at(self, actor: str, point: CrashPoint) -> None:
        """Raise InjectedCrash, or return to let the actor go on."""
        if point is CrashPoint.STARTED and actor not in self._started:
            self._started.add(actor)
            return
        name = actor.rpartition("/")[2]
        rate = self._rates.get(name)
        if rate is not None and self._rng.random() < rate:
            self.crashes[name] += 1
            raise InjectedCrash(f"{actor} at {point.value}, by chance")


class OneShotFaults:
    """Crash an actor at its next visit of a point, when armed: a switch for operators."""

    def __init__(self) -> None:
        self._armed: dict[str, CrashPoint | None] = {}

    def arm(self, actor: str, point: CrashPoint | None = None) -> None:
        """Crash this actor at its next visit of point, or of any point when None."""
        self._armed[actor] = point

    def at(self, actor: str, point: CrashPoint) -> None:
        """Raise InjectedCrash once if the actor is armed for this point."""
        if actor in self._armed and self._armed[actor] in (None, point):
            del self._armed[actor]
            raise InjectedCrash(f"{actor} at {point.value}, on request")
