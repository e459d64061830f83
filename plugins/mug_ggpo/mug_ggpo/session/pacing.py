"""How long a tick is, so that nobody runs ahead and nobody is left behind."""

from __future__ import annotations

from collections.abc import Iterable

from mug_ggpo.session.link import Link

SLOWEST = 1.06
FASTEST = 0.97
_GAIN = 0.03
_DEAD_ZONE = 0.15
"""Frames of advantage that are left alone: as much as is noise."""
MAX_PACE = 2.0
_LATE = 1.05
_SMOOTHING = 1 / 30
_RECOVERY = 0.997
_HALTED = 1.0
"""Seconds; when ticks are so far apart the game was halted, and that is nobody's slowness."""


class Pacing:
    """Says by how much the period between ticks is to be stretched.

    Being ahead stretches it by up to 6 %, being behind shortens it by up to 3 %. A device whose ticks come
    later than asked for says so, and everybody's period follows the slowest one's.
    """

    __slots__ = ("_lateness", "_measured", "_period", "_ticked_at", "factor", "own_pace")

    def __init__(self, period: float) -> None:
        self.factor = 1.0
        self.own_pace = 1.0
        """How much longer than it should this device's tick takes."""
        self._period = period
        self._measured = 1.0
        """What a tick takes, in periods."""
        self._lateness = 1.0
        """What a tick takes, as a multiple of what was asked for."""
        self._ticked_at: float | None = None

    def tick(self, now: float, links: Iterable[Link]) -> None:
        """A tick is due now, in a game that runs."""
        self._measure(now)
        advantage = count = 0.0
        pace = self.own_pace
        for link in links:
            one = link.advantage()
            if one is not None:
                advantage += one
                count += 1
            pace = max(pace, min(link.pace, MAX_PACE))
        self.factor = pace * (1 + self._correction(advantage / count if count else 0.0))

    def pause(self) -> None:
        """The game does not run: what passes now is nobody's slowness."""
        self._ticked_at = None

    def position(self, frame: int, now: float) -> float:
        """The frame that it is now, with the fraction that has passed of it."""
        if self._ticked_at is None:
            return frame
        return frame + min(1.0, max(0.0, (now - self._ticked_at) / (self._period * self.factor)))

    def _measure(self, now: float) -> None:
        before, self._ticked_at = self._ticked_at, now
        if before is None or now - before > max(_HALTED, 2 * MAX_PACE * self._period):
            return
        took = min(2 * MAX_PACE, (now - before) / self._period)
        self._measured += (took - self._measured) * _SMOOTHING
        self._lateness += (took / self.factor - self._lateness) * _SMOOTHING
        if self._lateness > _LATE:
            self.own_pace = min(MAX_PACE, max(self.own_pace, self._measured))
        else:
            self.own_pace = max(1.0, self.own_pace * _RECOVERY)

    @staticmethod
    def _correction(advantage: float) -> float:
        if abs(advantage) <= _DEAD_ZONE:
            return 0.0
        beyond = advantage - _DEAD_ZONE if advantage > 0 else advantage + _DEAD_ZONE
        return max(FASTEST - 1, min(SLOWEST - 1, beyond * _GAIN))
