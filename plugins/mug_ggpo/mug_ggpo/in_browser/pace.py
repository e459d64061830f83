"""When the next tick of a game is due whose pages have to stay level with each other."""

from __future__ import annotations

from typing import Final

from mug.game.pace import Pace

CATCH_UP: Final = 2
"""How many missed ticks are made up for, one right after the other."""


class StretchedPace(Pace):
    """A schedule whose periods are stretched a little, and that leaves no tick out.

    Attributes:
        factor: by how much the periods are longer (or shorter) than they should be.
    """

    def __init__(self, fps: float) -> None:
        super().__init__(fps)
        self.factor = 1.0

    def tick(self, now: float) -> float:
        """Count the tick that takes place ``now`` and move on to the next; return when it was due.

        Up to `CATCH_UP` ticks are made up for. A page that is later than that would only run into the frames
        that the others are still to send; the session brings all level again.
        """
        due = self.due
        if now - due > self.period:
            self.late += 1
        self.ticks += 1
        self.due = max(due, now - CATCH_UP * self.period) + self.period * self.factor
        return due
