"""What one step sends to one lane, before it is visible."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from supervisors._lane import Lane


class Staged:
    """The messages of one step for one lane, before they are visible.

    Where messages conflate, the newest of a key takes the place of the step's older one, so
    that a step is as large as its keys are many; `superseded` counts what was replaced.
    """

    __slots__ = ("_places", "items", "lane", "size", "superseded")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.items: list[Any] = []
        self.size = 0
        self.superseded = 0
        self._places: dict[Hashable, int] | None = {} if lane.conflates else None

    def require_possible(self, arriving: list[Any]) -> None:
        """Raise StepTooLarge if the lane could never hold these messages as well."""
        count, size = len(arriving), self.size + self.lane.measure(arriving)
        if self._places is not None:
            last = {self.lane.key_of(item): item for item in arriving}
            count = len(last.keys() - self._places.keys())
            size = self.size + self.lane.measure(list(last.values()))
            size -= sum(self._size_at(self._places[key]) for key in last if key in self._places)
        self.lane.require_possible(len(self.items) + count, size)

    def add(self, arriving: list[Any]) -> None:
        """Add messages; the first list becomes the step's own.

        Raises:
            StepTooLarge: the lane could never hold them as well; nothing was added.
        """
        if self._places is not None:
            self.require_possible(arriving)
            self._merge(arriving, self._places)
            return
        size = self.size + self.lane.measure(arriving)
        self.lane.require_possible(len(self.items) + len(arriving), size)
        if self.items:
            self.items.extend(arriving)
        else:
            self.items = arriving
        self.size = size

    def _merge(self, arriving: list[Any], places: dict[Hashable, int]) -> None:
        for item in arriving:
            place = places.setdefault(self.lane.key_of(item), len(self.items))
            self.size += self.lane.measure([item])
            if place == len(self.items):
                self.items.append(item)
            else:
                self.size -= self._size_at(place)
                self.items[place] = item
                self.superseded += 1

    def _size_at(self, place: int) -> int:
        return self.lane.measure([self.items[place]])
