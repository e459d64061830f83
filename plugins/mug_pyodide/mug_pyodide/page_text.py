"""What pages say in words, made fit for a log: nothing in it acts on a terminal or poses as another line."""

from __future__ import annotations

from typing import Final

LONGEST_LINE: Final = 500
LONGEST_PARAGRAPH: Final = 20_000


def one_line(text: str) -> str:
    """Return text as one short line."""
    return " ".join(_printable(text).split())[:LONGEST_LINE]


def paragraph(text: str) -> str:
    """Return text with its lines indented."""
    return "\n".join(f"    {line}" for line in _printable(text)[:LONGEST_PARAGRAPH].split("\n"))


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
