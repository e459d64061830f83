"""The records that every page of a game has alike: whether a further copy is the same as the first.

What pages have alike of a record is its line up to its last ``,"wall":``; after that each page has its own
times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from mug.records import decode
from mug_pyodide.intake import is_counted

MOST_DIGESTS: Final = 20_000
"""How many records are told apart without reading them again."""
_APART: Final = b',"wall":'


class Copies:
    """Knows what is recorded by the numbers that pages give to records, as long as copies are expected.

    Args:
        history: every record that is stored.
        known: how many of these pages count.
    """

    def __init__(self, history: Callable[[], Sequence[bytes]], known: int) -> None:
        self._history = history
        self._first = known
        self._digests: list[int] = []

    def add(self, lines: Sequence[bytes]) -> None:
        """Take note of the first copies of the next records."""
        self._digests += map(_digest, lines)
        if len(self._digests) > MOST_DIGESTS:
            self.forget(self._first + MOST_DIGESTS // 2)

    def differing(self, first: int, lines: Sequence[bytes]) -> int | None:
        """Return the number of the first record that differs in this copy, None if none does.

        Args:
            first: the number of the copy's first record.
            lines: the copy; every record in it is stored.
        """
        if lines and first < self._first:
            self._recall()
        at = first - self._first
        stored = self._digests[at : at + len(lines)]
        given = [*map(_digest, lines)]
        if given == stored:
            return None
        return next(n for n, one, other in zip(count(first), given, stored, strict=False) if one != other)

    def forget(self, before: int) -> None:
        """No copies of records before this one are expected."""
        del self._digests[: max(0, before - self._first)]
        self._first = max(self._first, before)

    def place(self, number: int) -> tuple[int, int]:
        """Return the episode and the step that a stored record is about; 0 for what it is not about."""
        record = decode(self.stored(number))
        return record.get("episode", 0), record.get("step", 0)

    def stored(self, number: int) -> bytes:
        """Return the stored record of this number."""
        counted = (line for line in self._history() if is_counted(line))
        return next(line for place, line in enumerate(counted) if place == number)

    def _recall(self) -> None:
        """Read again what has been forgotten."""
        until = self._first
        counted = [line for line in self._history() if is_counted(line)]
        self._digests[:0] = map(_digest, counted[:until])
        self._first = 0


def _digest(line: bytes) -> int:
    return hash(line[: line.rfind(_APART)])
