"""The table of messages, made from the records: ``mug export --format chat``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mug.components import Exporter
from mug.errors import MugError
from mug.records import MalformedRecord, decode
from mug_chat.delivery import PLUGIN

COLUMNS: Final = (
    "wall_ms", "scene_id", "game_id", "episode", "step", "seat", "name", "sender", "to_seats", "to",
    "kind", "text", "written", "status", "reason",
)  # fmt: skip
FORMULA: Final = re.compile(r"'*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets would run instead of show gets an apostrophe in front."""


class ChatExporter(Exporter):
    """Writes ``chat.csv``, a row for each message, also for those that moderation did not let through."""

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Write the table below ``target``, and yield its path."""
        target.mkdir(parents=True, exist_ok=True)
        path = target / "chat.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(_row(record) for record in _messages(data_dir))
        yield path


def _messages(data_dir: Path) -> Iterator[Mapping[str, Any]]:
    for path in (data_dir / "journal" / "events.jsonl", data_dir / "events.jsonl"):
        if path.is_file():
            break
    else:
        raise MugError("there are no records here", str(data_dir), "give the data folder of an experiment")
    with path.open("rb") as lines:
        for line in lines:
            try:
                record = decode(line)
            except MalformedRecord:
                continue
            if record.get("kind") == "observed" and record.get("what") == PLUGIN:
                yield record


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    values = record["values"] | {"wall_ms": record["wall"]}
    return {name: _cell(values.get(name)) for name in COLUMNS}


def _cell(value: object) -> object:
    if isinstance(value, list):
        return ";".join(value)
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
