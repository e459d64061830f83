"""The table of how attentive people were, made from the records: ``mug export --format attention``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mug.components import Exporter
from mug.errors import MugError
from mug.records import MalformedRecord, decode
from mug_screening.watching import EPISODE, EVENT

EPISODE_COLUMNS = (
    "subject_id", "scene_id", "game_id", "episode", "steps", "inactive_steps", "inactive", "seconds",
    "away_seconds", "away", "rtt_ms", "max_rtt_ms", "whole", "exceeded", "reason",
)  # fmt: skip
EVENT_COLUMNS = (
    "subject_id", "wall_ms", "scene_id", "game_id", "episode", "trouble", "what", "outcome", "reason",
)  # fmt: skip


class AttentionExporter(Exporter):
    """Writes ``attention.csv``, a row for each participant and episode, and ``attention_events.csv``.

    The second has a row for each warning, and for each participant who was taken out.
    """

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Write both tables below ``target``, and yield their paths."""
        observed = list(_observed(data_dir))
        episodes = [_row(record) for record in observed if record["what"] == EPISODE]
        events = [_row(record) for record in observed if record["what"] in (EVENT, "taken_out")]
        yield _written(target / "attention.csv", EPISODE_COLUMNS, episodes)
        yield _written(target / "attention_events.csv", EVENT_COLUMNS, events)


def _observed(data_dir: Path) -> Iterator[Mapping[str, Any]]:
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
            if record.get("kind") == "observed":
                yield record


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: ";".join(value) if isinstance(value, list) else value
        for name, value in record["values"].items()
    }
    return {"subject_id": record["subject_id"], "wall_ms": record["wall"], "what": record["what"]} | values


def _written(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path
