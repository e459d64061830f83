"""When a game's next tick is due: a fixed schedule that does not drift. Pure; times are passed in."""

from __future__ import annotations

from typing import Protocol

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


class Starts(Protocol):
    """Decides when clocks start."""

    def take(self, now: float, fps: float) -> tuple[float, tuple[int, int]]:
        """Return the best time at or after ``now`` for a first tick, and a place to give back later."""

    def give_back(self, place: tuple[int, int]) -> None:
        """Free a place."""


class AtOnce:
    """Lets every clock start when it is to: there is one game only."""

    def take(self, now: float, fps: float) -> tuple[float, tuple[int, int]]:
        """Return ``now``."""
        return now, (0, 0)

    def give_back(self, place: tuple[int, int]) -> None:
        """Nothing was taken."""
