"""How far the pages of one game are from each other, as they say themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Final

FRESH_SECONDS: Final = 3.0
"""For how long it counts what a page said; while a game stands still, each says it about once a second."""
LONGEST_RTT_MS: Final = 600_000.0


class Links:
    """The ways between pages, which are known by the numbers of their peers.

    Args:
        seats: the seat of each page, as the records have it.
        longest_ms: up to which round trip, in milliseconds, the scene can be played between pages.
        clock: the time in seconds.
    """

    def __init__(self, seats: Sequence[str], longest_ms: float, clock: Callable[[], float]) -> None:
        self._seats = tuple(seats)
        self._longest_ms = longest_ms
        self._clock = clock
        self._said: list[Mapping[int, float | None]] = [{} for _ in seats]
        self._said_at = [-math.inf for _ in seats]

    def take(self, me: int, links: object) -> None:
        """A page says, untrusted, how many milliseconds others are away; None for those it does not hear."""
        self._said[me] = dict(self._read(me, links))
        self._said_at[me] = self._clock()

    def rtt_ms(self, me: int, other: int) -> float | None:
        """Return what a page said last of another one."""
        return self._said[me].get(other)

    def trouble(self, playing: Collection[int]) -> str | None:
        """Return what keeps these pages from playing together, None if nothing does."""
        for one, other in combinations(sorted(playing), 2):
            there, back = self.rtt_ms(one, other), self.rtt_ms(other, one)
            pair = f"{self._seats[one]} and {self._seats[other]}"
            if there is None or back is None:
                return f"the pages of {pair} do not hear each other"
            if min(there, back) > self._longest_ms:
                return (
                    f"the pages of {pair} are {min(there, back):.0f} ms there and back apart, more than the"
                    f" {self._longest_ms:.0f} ms that the scene can bear"
                )
        return None

    def broken(self, playing: Collection[int]) -> str | None:
        """Return which of these pages does not hear another one that is there, None if all do."""
        now = self._clock()
        there = [peer for peer in playing if now - self._said_at[peer] <= FRESH_SECONDS]
        for one, other in permutations(there, 2):
            if self.rtt_ms(one, other) is None:
                return f"the page of {self._seats[one]} does not hear that of {self._seats[other]} any more"
        return None

    def _read(self, me: int, links: object) -> Iterator[tuple[int, float | None]]:
        for link in links[: len(self._seats)] if isinstance(links, list) else ():
            match link:
                case [int(peer), None] if peer != me:
                    yield peer, None
                case [int(peer), int() | float() as rtt] if peer != me and 0 <= rtt <= LONGEST_RTT_MS:
                    yield peer, float(rtt)
