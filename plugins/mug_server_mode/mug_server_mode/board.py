"""A few words of memory that all processes share: which game each worker is busy with, and since when.

The web process reads it after a worker died, to know whose fault it was, and now and then to find a worker
that hangs.
"""

from __future__ import annotations

import mmap
import time
from typing import NamedTuple

_WORDS = 4
_GAME, _SINCE, _ALLOWED, _TURN = range(_WORDS)


class Busy(NamedTuple):
    """What a worker is doing: a game's number, and by how many seconds it is over its time, if positive."""

    game: int
    overdue: float


class Board:
    """The shared memory; made before the first fork."""

    def __init__(self, workers: int) -> None:
        self._words = memoryview(mmap.mmap(-1, workers * _WORDS * 8)).cast("Q")

    def desk(self, slot: int) -> Desk:
        """Return one worker's part, to write to."""
        return Desk(self._words[slot * _WORDS : (slot + 1) * _WORDS])

    def clear(self, slot: int) -> None:
        """Forget about a worker that is gone, and expect the next one to come round."""
        desk = self.desk(slot)
        desk.leave()
        desk.turn()

    def busy(self, slot: int) -> Busy | None:
        """Return what a worker is (or, after its death, was) doing; None between games."""
        game, since, allowed, _ = self._words[slot * _WORDS : (slot + 1) * _WORDS]
        if game == 0:
            return None
        return Busy(game, (time.monotonic_ns() - since - allowed) / 1e9)

    def silent_for(self, slot: int) -> float:
        """Return for how many seconds the worker's loop has not come round."""
        return (time.monotonic_ns() - self._words[slot * _WORDS + _TURN]) / 1e9


class Desk:
    """One worker's part of the board."""

    def __init__(self, words: memoryview) -> None:
        self._words = words

    def enter(self, game: int, allowed_ns: int) -> None:
        """Say that the researcher's code runs now, for this game, and how long it may take."""
        words = self._words
        words[_GAME] = 0
        words[_ALLOWED] = allowed_ns
        words[_SINCE] = time.monotonic_ns()
        words[_GAME] = game

    def leave(self) -> None:
        """Say that it is done."""
        self._words[_GAME] = 0

    def turn(self) -> None:
        """Say that the loop came round."""
        self._words[_TURN] = time.monotonic_ns()
