"""How well a worker keeps up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from mug.game.loop import Game

FIGURES_SECONDS: Final = 1.0


class Figures:
    """What the health page says about a worker.

    Attributes:
        idle: seconds in which there was nothing to do, since they were reported last.
    """

    def __init__(self) -> None:
        self.idle = 0.0
        self._since = time.monotonic()
        self._reported = 0
        self._totals = [0, 0, 0]
        self._seen: dict[int, tuple[int, int, int]] = {}

    def count(self, number: int, game: Game) -> None:
        """Take in what a game did since it was counted last; it may be over."""
        pace = game.pace
        now = (pace.ticks, pace.late, pace.skipped)
        before = self._seen.pop(number, (0, 0, 0))
        for place in range(3):
            self._totals[place] += now[place] - before[place]
        if game.next_due(0.0) is not None:
            self._seen[number] = now

    def due(self, now: float, games: Mapping[int, Game]) -> dict[str, float] | None:
        """Return the figures, at most once a second."""
        elapsed = now - self._since
        if elapsed < FIGURES_SECONDS:
            return None
        ticks_before = self._reported
        for number, game in games.items():
            self.count(number, game)
        ticks, late, skipped = self._totals
        figures = {
            "games": len(games),
            "ticks": ticks,
            "late": late,
            "skipped": skipped,
            "fps": (ticks - ticks_before) / elapsed,
            "wanted_fps": sum(game.pace.fps for game in games.values() if game.ticking),
            "busy": round(1 - min(1.0, self.idle / elapsed), 3),
        }
        self._since, self.idle, self._reported = now, 0.0, ticks
        return figures
