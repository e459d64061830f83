"""How much a page may send by way of the server."""

from __future__ import annotations

import time
from collections.abc import Callable


class Allowance:
    """Lets so much through a second on average, and ``most`` at once.

    Args:
        rate: how much a second.
        most: how much after a while in which nothing came.
        clock: seconds that only go forward.
    """

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most = self._left = most
        self._clock = clock
        self._seen = clock()

    def take(self, amount: float = 1.0) -> bool:
        """Use so much of it; False, and nothing is used, when there is not so much left."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
