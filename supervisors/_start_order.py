"""Who is started next, as plain state: children left to right, each when the one before is ready.

A supervisor waits for one child at a time. Behind that one stand those that still wait for
their start, and aside stand groups whose backoff runs. A restart that is wider than an earlier
one takes the earlier one's children over, so no child is started twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import attrs

K = TypeVar("K")


@attrs.define(eq=False)
class PendingRestart(Generic[K]):
    """A restart whose backoff runs."""

    group: list[K]


class StartOrder(Generic[K]):
    """The starts that are to come of one supervisor; children are distinguished by identity."""

    def __init__(self, children: Iterable[K] = ()) -> None:
        self._waiting = list(children)
        self._current: K | None = None
        self._pending: list[PendingRestart[K]] = []
        self.has_been_through = False  # every child has been started once

    @property
    def current(self) -> K | None:
        """The child whose readiness the next start waits for."""
        return self._current

    def next(self) -> K | None:
        """Take the child that is to be started now; None while one starts, or at the end."""
        if self._current is not None or not self._waiting:
            return None
        self._current = self._waiting.pop(0)
        return self._current

    def started(self, child: K) -> None:
        """Note that no start waits for this child's readiness any more."""
        if self._current is child:
            self._current = None

    def is_now_through(self) -> bool:
        """Whether the first start of all children is complete; True once."""
        if self.has_been_through or self._waiting or self._current is not None:
            return False
        self.has_been_through = True
        return True

    def withdraw(self, group: Sequence[K]) -> None:
        """Forget starts of children that leave, or that a wider restart includes."""
        self._waiting = _without(self._waiting, group)
        if any(self._current is child for child in group):
            self._current = None
        for pending in self._pending:
            pending.group = _without(pending.group, group)
        self._pending = [pending for pending in self._pending if pending.group]

    def postpone(self, group: Sequence[K]) -> PendingRestart[K]:
        """Put a group aside until its backoff is over."""
        pending = PendingRestart(list(group))
        self._pending.append(pending)
        return pending

    def due(self, pending: PendingRestart[K]) -> list[K]:
        """Take the group whose backoff is over; a withdrawn one is empty."""
        if pending not in self._pending:
            return []
        self._pending.remove(pending)
        return pending.group

    def queue(self, group: Sequence[K], everybody: Iterable[K]) -> None:
        """Have a group started with those that wait, in the order of all children."""
        chosen = {id(child) for child in (*group, *self._waiting)}
        self._waiting = [child for child in everybody if id(child) in chosen]


def _without(children: Sequence[K], others: Sequence[K]) -> list[K]:
    unwanted = {id(child) for child in others}
    return [child for child in children if id(child) not in unwanted]
