"""How much a page may bring of records: after a long time offline much at once, and more than games make."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

LINES_PER_SECOND: Final = 400
MOST_LINES: Final = 40_000
BYTES_PER_SECOND: Final = 8 * 1024 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024
READINGS_PER_SECOND: Final = 1
MOST_READINGS: Final = 100


class RecordAllowance:
    """What the page of one game may bring, and have read to it."""

    def __init__(self) -> None:
        self._readings = Allowance(READINGS_PER_SECOND, MOST_READINGS)
        self._lines = Allowance(LINES_PER_SECOND, MOST_LINES)
        self._bytes = Allowance(BYTES_PER_SECOND, MOST_BYTES)

    def take(self, lines: Sequence[bytes]) -> bool:
        """Let these records through; False when they have to come later."""
        return self._lines.take(len(lines)) and self._bytes.take(sum(map(len, lines)))

    def read(self) -> bool:
        """Let a part of the game's records be read again; False when that has to come later."""
        return self._readings.take(1)


class Allowance:
    """Lets so much through a second on average, and ``most`` at once.

    Args:
        rate: how much a second.
        most: how much after a while in which nothing came.
    """

    def __init__(self, rate: float, most: float) -> None:
        self._rate = rate
        self._most = self._left = most
        self._seen = time.monotonic()

    def take(self, amount: float) -> bool:
        """Use so much of it; False, and nothing is used, when there is not so much left."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
