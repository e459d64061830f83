"""When the games of a worker have their turns. Pure; times are passed in."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SLOTS_PER_SECOND = 120
"""Games start on a common grid, so that several share one turn of the worker's loop."""


class Grid:
    """Spreads games evenly over the slots of their interval, so that they do not all fall due at once."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[int, int]] = Counter()

    def take(self, now: float, fps: float) -> tuple[float, tuple[int, int]]:
        """Return the best time at or after ``now`` for a first tick, and the place to give back later.

        The time is at most one interval (and one slot) away.
        """
        slots = max(1, round(SLOTS_PER_SECOND / fps))
        first = int(now * SLOTS_PER_SECOND) + 1
        slot = min(range(first, first + slots), key=lambda s: (self._taken[slots, s % slots], s))
        place = (slots, slot % slots)
        self._taken[place] += 1
        return slot / SLOTS_PER_SECOND, place

    def give_back(self, place: tuple[int, int]) -> None:
        """Free a place."""
        self._taken[place] -= 1
        if self._taken[place] <= 0:
            del self._taken[place]


class Agenda(Generic[Key]):
    """Who has something to do when: one due time for each key."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._count = 0

    def set(self, key: Key, due: float) -> None:
        """Enter a key, or move it to another time."""
        if self._due.get(key) != due:
            self._due[key] = due
            self._count += 1
            heapq.heappush(self._heap, (due, self._count, key))

    def drop(self, key: Key) -> None:
        """Remove a key; unknown keys are fine."""
        self._due.pop(key, None)

    def next_due(self) -> float | None:
        """Return the earliest due time, None when nothing is entered."""
        heap = self._heap
        while heap and self._due.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: float) -> Key | None:
        """Remove and return the key that has been due longest, None when none is due yet."""
        due = self.next_due()
        if due is None or due > now:
            return None
        key = heapq.heappop(self._heap)[2]
        del self._due[key]
        return key
