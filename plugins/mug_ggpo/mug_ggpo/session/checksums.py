"""Compares the checksums of confirmed states with those of the others."""

from __future__ import annotations

from mug_ggpo.session.packets import Report

_REMEMBERED = 32
_COPIES = 4
"""How often a report is sent; should all be lost, the next report tells of the same difference."""
_SPACING = 4
"""Packets from one copy to the next."""

_Key = tuple[int, int]
"""An epoch and a frame."""


class Checksums:
    """This peer's checksums, those of the others, and which of them differ."""

    __slots__ = ("_confirmed", "_copies", "_pending", "_theirs", "_turn")

    def __init__(self, peers: int) -> None:
        self._pending: dict[_Key, int] = {}
        self._confirmed: dict[_Key, int] = {}
        self._theirs: list[dict[_Key, int]] = [{} for _ in range(peers)]
        self._copies: dict[_Key, tuple[int, int]] = {}
        self._turn = 0

    def report(self, epoch: int, frame: int, value: int) -> None:
        """The owner's checksum of the state before a frame, as it is now."""
        self._pending[epoch, frame] = value

    def settle(self, epoch: int, frame: int) -> list[tuple[int, _Key, int, int]]:
        """States up to that before ``frame`` are final: (peer, key, own, theirs) of each difference."""
        found: list[tuple[int, _Key, int, int]] = []
        if not self._pending:
            return found
        for key in [key for key in self._pending if key[0] == epoch and key[1] <= frame]:
            value = self._pending.pop(key)
            self._confirmed[key] = value
            self._copies[key] = (_COPIES, self._turn)
            _forget(self._confirmed)
            for peer, theirs in enumerate(self._theirs):
                if key in theirs and theirs[key] != value:
                    found.append((peer, key, value, theirs[key]))
        return found

    def abandon(self) -> None:
        """An episode is over: states that were not confirmed never will be."""
        self._pending.clear()

    def hear(self, peer: int, key: _Key, value: int) -> tuple[int, int] | None:
        """What another peer has reported; (own, theirs) if they differ."""
        theirs = self._theirs[peer]
        theirs[key] = value
        _forget(theirs)
        own = self._confirmed.get(key)
        return None if own is None or own == value else (own, value)

    def forget(self, peer: int) -> None:
        """What a former incarnation has reported does not count any more."""
        self._theirs[peer].clear()

    def due(self) -> tuple[Report, ...]:
        """The reports to be sent now; asked for once per tick."""
        if not self._copies:
            return ()
        self._turn += 1
        reports = []
        for key, (copies, turn) in list(self._copies.items()):
            if turn >= self._turn:
                continue
            del self._copies[key]
            # More states than are remembered may have become certain at once.
            if key in self._confirmed:
                reports.append((key[0] & 0xFF, key[1], self._confirmed[key]))
                if copies > 1:
                    self._copies[key] = (copies - 1, turn + _SPACING)
        return tuple(reports)


def _forget(values: dict[_Key, int]) -> None:
    while len(values) > _REMEMBERED:
        del values[next(iter(values))]
