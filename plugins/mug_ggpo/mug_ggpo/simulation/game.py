"""A small game with integers only: deterministic, unless one of the faults is planted in it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from zlib import crc32

from mug_ggpo.session import DISCONNECTED

State = tuple[int, ...]
_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_SIZE = 64

FAULTS = ("random", "hidden counter", "shared list", "clock")
"""What can be wrong with a game so that copies of it drift apart, or a copy cannot be rolled back."""


class Game:
    """Seats move in a circle, and everything that ever happened is mixed into one number.

    The episode ends after ``length`` frames and a few more, which depend on what the players did. ``process``
    is what differs from one process to another: it seeds the faults.
    """

    def __init__(self, seats: int, seed: int, length: int, fault: str = "", process: int = 0) -> None:
        self._seats = seats
        self._length = length
        self._fault = fault
        self._process = process
        self._random = random.Random(process)
        self._hidden = 0
        self._shared: list[int] = [0]
        self.state: State = ((seed * _STEP + 1) & _MASK, 0, *((7 * seat) % _SIZE for seat in range(seats)))

    @property
    def frame(self) -> int:
        """How many frames were simulated."""
        return self.state[1]

    @property
    def ended(self) -> bool:
        """Whether the episode is over."""
        mix, frame = self.state[:2]
        return frame >= self._length and (mix & 3 == 0 or frame >= self._length + 12)

    def step(self, inputs: Sequence[bytes], statuses: Sequence[int]) -> None:
        """Simulate one frame."""
        mix, frame, *places = self.state
        for seat, data in enumerate(inputs):
            move = data[0] if data else 0
            if statuses[seat] == DISCONNECTED:
                move = mix >> 7 & 7
            places[seat] = (places[seat] + move * (seat + 1) + 1) % _SIZE
            mix = (mix ^ (move + seat * 8 + places[seat] * 64)) * _STEP & _MASK
            mix ^= mix >> 29
        if self._fault:
            mix ^= self._error(mix)
        self.state = (mix, frame + 1, *places)

    def save(self) -> State:
        """The whole state, or what a game with a fault takes for it."""
        return self.state

    def load(self, state: State) -> None:
        """Go back to a state."""
        self.state = state

    def checksum(self) -> int:
        """A checksum of the state."""
        return checksum(self.state)

    def flip(self, bit: int) -> None:
        """Change one bit of the state."""
        mix, *rest = self.state
        self.state = (mix ^ (1 << bit), *rest)

    def _error(self, mix: int) -> int:
        match self._fault:
            case "random":
                return self._random.getrandbits(8)
            case "hidden counter":
                self._hidden += 1
                return self._hidden
            case "shared list":
                self._shared[0] += mix & 1
                return self._shared[0]
            case "clock":
                return self._process * 1000 + self.frame // 30
        return 0


def checksum(state: State) -> int:
    """A checksum of 32 bits of a state."""
    return crc32(repr(state).encode())
