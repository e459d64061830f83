"""Something to be done later, unless something else comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timer:
    """Holds one thing to be done; asking for another forgets the first."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def start(self, seconds: float, action: Callable[[], object]) -> None:
        """Do this in so many seconds, instead of what there was to be done."""
        self.cancel()
        self._handle = asyncio.get_running_loop().call_later(seconds, action)

    def cancel(self) -> None:
        """Nothing is to be done any more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
