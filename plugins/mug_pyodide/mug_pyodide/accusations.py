"""Which page has to begin again when pages notice that they are not in the same state."""

from __future__ import annotations

from collections.abc import Collection


class Accusations:
    """Who said of whom that their states differ, since somebody began again."""

    def __init__(self) -> None:
        self._accusers: dict[int, set[int]] = {}

    def take(self, accuser: int, accused: int, playing: Collection[int]) -> int | None:
        """Hear that a page differs from another one; return the one that has to begin again.

        That is who differs from most of the others. Of two, it is not the first: that one has the say.

        Args:
            accuser: the page that says so, as the number of its peer.
            accused: the page it says it of.
            playing: the pages that play.
        """
        if accused not in playing or accuser not in playing or accuser == accused:
            return None
        self._accusers.setdefault(accused, set()).add(accuser)
        if len(playing) == 2:
            guilty = max(accuser, accused)
        elif 2 * len(self._accusers[accused]) > len(playing) - 1:
            guilty = accused
        else:
            return None
        self._accusers.clear()
        return guilty
