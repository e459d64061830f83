"""How records are written and found again, for runtimes that write them and programs that read them.

A record is a JSON object on one line, with ``kind`` and ``wall`` (unix time in milliseconds). Readers pass
over kinds and fields that they do not know. `mug.core.records.events` says how values become JSON.

A record of a game with ``seat``, ``episode``, ``steps`` and ``columns`` holds measurements of steps, which
become columns of them: see `mug.core.records.measurements`. A record of kind ``late`` holds in ``record`` one
that came after the end of its game. Kinds that mug does not know become notes.

``FILES`` says what every column of the tables means: by file, and by column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from mug.core.records.cells import cell
from mug.core.records.events import MalformedRecord, decode, encode
from mug.core.records.index import Index
from mug.core.records.meanings import FILES
from mug.core.records.names import JOURNAL
from mug.core.records.reader import JournalReader
from mug.core.records.steps import game_stream
from mug.errors import MugError

__all__ = [
    "FILES",
    "MalformedRecord",
    "StoredGame",
    "cell",
    "decode",
    "encode",
    "stored_games",
    "stored_observations",
    "write_table",
]


@attrs.frozen
class StoredGame:
    """A game in an experiment's data. ``seed`` is None where the records do not say it."""

    game_id: str
    scene_id: str
    seed: int | None
    _reader: JournalReader

    def lines(self) -> list[bytes]:
        """Return its records, in order."""
        return self._reader.read(game_stream(self.game_id))


def stored_games(folder: Path) -> Iterator[StoredGame]:
    """Yield the games in an experiment's data folder, or in its journal, in the order of their creation.

    A server may be writing there.

    Raises:
        MugError: there are no records.
    """
    reader = _reader(folder)
    index = Index()
    index.advance(reader)
    for facts in index.games.values():
        seed = facts.seed if isinstance(facts.seed, int) else None
        yield StoredGame(facts.game_id, facts.scene_id, seed, reader)


def stored_observations(folder: Path, *names: str) -> Iterator[dict[str, Any]]:
    """Yield what plugins observed about participants, in order: records of the kind ``observed``.

    Args:
        folder: an experiment's data folder, or its journal. A server may be writing there.
        names: what the observations are called; all of them when left out.

    Raises:
        MugError: there are no records.
    """
    for lines in _reader(folder).chunks("events"):
        for line in lines:
            if b'"observed"' not in line:
                continue
            try:
                record = decode(line)
            except MalformedRecord:
                continue
            if record.get("kind") == "observed" and (not names or record.get("what") in names):
                yield record


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a CSV file as mug's own are written, and return its path.

    Lists of texts are joined with semicolons. What a row has besides the columns is left out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([cell(_joined(row.get(column))) for column in columns] for row in rows)
    return path


def _joined(value: object) -> object:
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _reader(folder: Path) -> JournalReader:
    for journal in (folder / JOURNAL, folder):
        if (journal / "events.jsonl").is_file():
            return JournalReader(journal)
    fix = "give the data folder of an experiment: --data-dir FOLDER"
    raise MugError("there are no records here", str(folder), fix)
