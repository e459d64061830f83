"""When each game's next tick is due: a fixed schedule that does not drift. Pure; times are passed in."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SLOTS_PER_SECOND = 120
"""Games start on a common grid, so that several share one turn of the worker's loop."""
CATCH_UP = 3
"""How many missed ticks are made up for, one right after the other; older ones are skipped."""


class Pace:
    """One game's schedule: tick ``n`` is due at ``start + n / fps``, however late earlier ticks were.

    Attributes:
        ticks: ticks that took place.
        late: of these, how many took place more than one interval after they were due.
        skipped: ticks that never took place, because the game was too far behind.
        due: when the next tick is due, in the caller's seconds.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.period = 1.0 / fps
        self.ticks = 0
        self.late = 0
        self.skipped = 0
        self.due = 0.0
        self._start = 0.0
        self._index = 0
        self._since: float | None = None
        self._active = 0.0
        self._runs = 0

    def begin(self, at: float) -> None:
        """Start, or go on after a halt, with the next tick due at ``at``; nothing is caught up."""
        self._start = self.due = self._since = at
        self._index = 0
        self._runs += 1

    def halt(self, now: float) -> None:
        """Stop the clock; halting twice is the same as halting once."""
        if self._since is not None:
            self._active += max(0.0, now - self._since)
            self._since = None

    def tick(self, now: float) -> float:
        """Count the tick that takes place ``now`` and move on to the next; return when it was due."""
        due = self.due
        behind = now - due
        step = 1
        if behind > self.period:
            self.late += 1
            missed = int(behind * self.fps)
            if missed > CATCH_UP:
                self.skipped += missed
                step += missed
        self.ticks += 1
        self._index += step
        self.due = self._start + self._index / self.fps
        return due

    def achieved_fps(self, now: float) -> float:
        """Ticks per second while the clock ran; 0 before there were two."""
        running = 0.0 if self._since is None else max(0.0, now - self._since)
        # A run of n ticks is n - 1 intervals long.
        intervals = self.ticks - self._runs
        active = self._active + running
        return intervals / active if intervals > 0 and active > 0 else 0.0


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
