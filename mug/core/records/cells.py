"""What a value looks like in a CSV cell, and under which column name.

- Nested objects become several columns, their keys joined with dots (a dot inside a key is written ``\\.``).
- Lists, and objects nested deeper than sixteen levels, are one cell of JSON text; so are empty objects.
- Numbers are written so that reading them gives the same number again; NaN and the infinities are ``NaN``,
  ``Infinity`` and ``-Infinity``; booleans are ``true`` and ``false``; nothing (null) is an empty cell.
- Text that a spreadsheet would take for a formula gets an apostrophe in front, as spreadsheets
  do it themselves: what participants type must not run on the researcher's computer. ``original``
  takes the apostrophe away. Text that is a number is left alone.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from mug.core.records.events import to_json
from mug.game.json_lines import non_finite

Cell = str | int | float
Row = dict[str, Cell]

MOST_COLUMNS: Final = 5000
"""Columns that a file may have of what pages name; what else there is can be found in the journal."""
_DEEPEST: Final = 16
_FORMULA: Final = re.compile(r"['\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|['\s]*[\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?Infinity", re.ASCII)
_DIGITS: Final = re.compile(r"(\d+)", re.ASCII)


def cell(value: object) -> Cell:
    """Return the cell of a single value as JSON has them."""
    kind = type(value)
    if kind is str:
        text: str = value  # type: ignore[assignment]
        return text if text[:1].isalnum() else harmless(text)
    if kind is float:
        number: float = value  # type: ignore[assignment]
        return number if math.isfinite(number) else non_finite(number)
    if kind is int:
        return value  # type: ignore[return-value]
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return ""
    return to_json(value).decode()


def flatten(name: str, value: object, row: Row, depth: int = 0) -> None:
    """Put a value into a row, as one column or, when it is an object, as one for each of its parts."""
    if isinstance(value, dict) and value and depth < _DEEPEST:
        for key, item in value.items():
            flatten(column_name(name, key), item, row, depth + 1)
    else:
        row[name] = cell(value)


@lru_cache(maxsize=1 << 14)
def column_name(prefix: str, key: object) -> str:
    """Return the column of a part of a value: ``prefix.key``, the key's own dots and backslashes escaped."""
    return f"{prefix}.{column_part(key)}"


def column_part(key: object) -> str:
    """Return a key as a part of a dotted column name."""
    text = str(key)
    if "." in text or "\\" in text:
        return text.replace("\\", "\\\\").replace(".", "\\.")
    return text


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def original(text: str) -> str:
    """Return the text that ``harmless`` was given."""
    if text.startswith("'") and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return text[1:]
    return text


def put_time(row: Row, name: str, unix_ms: object) -> None:
    """Put a moment into a row: ``<name>_time`` as ISO 8601 in UTC, ``<name>_ms`` as unix milliseconds."""
    row[f"{name}_time"] = iso_time(unix_ms)
    row[f"{name}_ms"] = cell(unix_ms)


def iso_time(unix_ms: object) -> str:
    """Return unix milliseconds as ISO 8601 in UTC (``2026-03-01T12:00:00.250Z``), empty when unknown."""
    if type(unix_ms) is not int:
        return iso_time(int(unix_ms)) if isinstance(unix_ms, float) and math.isfinite(unix_ms) else ""
    seconds, milliseconds = divmod(unix_ms, 1000)
    moment = _iso_second(seconds)
    return f"{moment}.{milliseconds:03d}Z" if moment else ""


@lru_cache(maxsize=64)
def _iso_second(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts names as people do: ``a.2`` before ``a.10``."""
    parts = _DIGITS.split(name)
    for index in range(1, len(parts), 2):
        parts[index] = parts[index].lstrip("0")
    return tuple((len(part) if index % 2 else -1, part) for index, part in enumerate(parts))


def widen(columns: set[str], names: Iterable[str]) -> str | None:
    """Take further columns, as long as there are not too many; return the first that is left out, if any."""
    for name in names:
        if name not in columns:
            if len(columns) >= MOST_COLUMNS:
                return name
            # Files share most of their columns; so do the strings.
            columns.add(sys.intern(name))
    return None


def ordered(columns: Iterable[str], order: tuple[str, ...]) -> list[str]:
    """Return columns in a stable order.

    ``order`` lists columns by name, and groups of columns as a prefix with a dot at its end; ``*`` stands for
    all that it does not list. Within a group, and among the rest, names are in natural order.
    """
    places = {name: place for place, name in enumerate(order)}
    rest = places.get("*", len(order))

    def place(column: str) -> tuple[int, tuple[tuple[int, str], ...], str]:
        group = column.partition(".")[0] + "."
        return places.get(column, places.get(group, rest)), natural(column), column

    return sorted(columns, key=place)
