"""What one page of several tells alone: notes about itself, which no other page can confirm."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from mug.records import MalformedRecord, decode, encode

KINDS: Final = frozenset(
    (
        *("netplay", "stalled", "slow", "desync", "recovered", "disconnected", "reconnected"),
        *("paused", "resumed", "restored", "close_failed"),
    )
)
"""Kinds of notes that pages may write."""
LONGEST_NOTE: Final = 16 * 1024
"""Bytes."""


def note_of(line: bytes, seat: str) -> tuple[str, bytes]:
    """Return a note as it is stored; something in the place of one that cannot be, for notes are numbered.

    Args:
        line: what the page sent.
        seat: the page's seat.
    """
    if len(line) <= LONGEST_NOTE:
        try:
            note = decode(line)
        except MalformedRecord:
            note = {}
        if _is_note(note, seat):
            return str(note["kind"]), line
    refused = {"kind": "note_refused", "seat": seat, "wall": time.time_ns() // 1_000_000}
    return "note_refused", encode(refused)


def _is_note(note: Mapping[str, Any], seat: str) -> bool:
    kind, whose = note.get("kind"), note.get("seat")
    of_this_seat = isinstance(whose, str | int) and str(whose) == seat
    return kind in KINDS and of_this_seat and "by" not in note and isinstance(note.get("wall"), int)
