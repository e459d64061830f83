"""What one page of several tells alone: notes about itself, which no other page can confirm."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Set
from typing import Any, Final

from mug.records import MalformedRecord, decode, encode

OTHERS: Final = frozenset(
    (
        *("game_start", "episode_start", "step", "episode_end", "game_end", "late"),
        *("takeover", "player_left", "player_returned"),
        *("episode_restarted", "divergence", "verification", "note_refused"),
    )
)
"""Kinds of records that are no page's own: what all pages write alike, and what the server says."""
_KIND: Final = re.compile(r"[a-z_]{1,40}")
LONGEST_NOTE: Final = 16 * 1024
"""Bytes."""


def columns_of(measures: Iterable[str], seats: Iterable[str]) -> frozenset[str]:
    """Return the columns that a page's measurements may have: each name, and each as of another seat."""
    names, others = tuple(measures), tuple(seats)
    return frozenset(names) | {f"{name}.{seat}" for name in names for seat in others}


def note_of(line: bytes, seat: str, columns: Set[str]) -> tuple[str, bytes]:
    """Return a note as it is stored; something in the place of one that cannot be, for notes are numbered.

    Args:
        line: what the page sent.
        seat: the page's seat.
        columns: what it may measure of steps.
    """
    if len(line) <= LONGEST_NOTE:
        try:
            note = decode(line)
        except MalformedRecord:
            note = {}
        if _is_note(note, seat) and _measures_only(note, columns):
            return str(note["kind"]), line
    refused = {"kind": "note_refused", "seat": seat, "wall": time.time_ns() // 1_000_000}
    return "note_refused", encode(refused)


def _measures_only(note: Mapping[str, Any], columns: Set[str]) -> bool:
    measured = note.get("columns")
    return not isinstance(measured, Mapping) or measured.keys() <= columns


def _is_note(note: Mapping[str, Any], seat: str) -> bool:
    kind, whose = note.get("kind"), note.get("seat")
    of_this_seat = isinstance(whose, str | int) and str(whose) == seat
    is_own = isinstance(kind, str) and _KIND.fullmatch(kind) is not None and kind not in OTHERS
    return is_own and of_this_seat and "by" not in note and isinstance(note.get("wall"), int)
