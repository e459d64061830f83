"""Notes on games: what was recorded beside the steps, one row each.

A note is any record of a game that is neither part of the game itself (its start and end, its episodes and
steps, their verification) nor a measurement. It is about the agent in its field ``seat``, ``agent`` or
``agent_id``, or about the whole game if it has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mug.core.records.cells import Row, cell
from mug.core.records.index import GameFacts
from mug.core.records.measurements import Measurement
from mug.core.records.reader import RecordSource
from mug.core.records.steps import GAME_KINDS, read
from mug.core.records.tables import row_of

NOTE_COLUMNS: Final = (
    "game_id", "scene_id", "seat", "subject_id", "kind", "episode", "step",
    "wall_time", "wall_ms", "monotonic_s", "details",
)  # fmt: skip

_OWN_CELLS: Final = frozenset(("kind", "seat", "episode", "step", "wall", "mono"))


def note_rows(source: RecordSource, game: GameFacts, after: int, until: int) -> Iterator[Row]:
    """Yield a row for each note between two positions."""
    for record in read(source, game.game_id, after, until):
        try:
            is_note = record.get("kind") not in GAME_KINDS and Measurement.of(record) is None
        except TypeError:
            continue
        if is_note:
            yield _row(game, record)


def _row(game: GameFacts, record: Mapping[str, Any]) -> Row:
    named = (record[name] for name in ("seat", "agent", "agent_id") if record.get(name) is not None)
    seat = str(next(named, ""))
    row = row_of(
        {
            "game_id": game.game_id,
            "scene_id": game.scene_id,
            "seat": seat,
            "subject_id": game.people.get(seat),
        },
        wall=record.get("wall"),
    )
    for column, name in (("kind", "kind"), ("episode", "episode"), ("step", "step"), ("monotonic_s", "mono")):
        row[column] = cell(record.get(name))
    details = {name: value for name, value in record.items() if name not in _OWN_CELLS}
    row["details"] = cell(details) if details else ""
    return row
