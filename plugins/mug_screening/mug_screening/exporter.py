"""The table of how attentive people were, made from the records: ``mug export --format attention``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from mug.components import Exporter
from mug.records import stored_observations, write_table
from mug_screening.watching import EPISODE, EVENT

EPISODE_COLUMNS: Final = (
    "subject_id", "scene_id", "game_id", "episode", "steps", "inactive_steps", "inactive", "seconds",
    "away_seconds", "away", "rtt_ms", "max_rtt_ms", "whole", "exceeded", "reason",
)  # fmt: skip
EVENT_COLUMNS: Final = (
    "subject_id", "wall_ms", "scene_id", "game_id", "episode", "trouble", "what", "outcome", "reason",
)  # fmt: skip


class AttentionExporter(Exporter):
    """Writes ``attention.csv``, a row for each participant and episode, and ``attention_events.csv``.

    The second has a row for each warning, and for each participant who was taken out.
    """

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Write both tables below ``target``, and yield their paths."""
        episodes = map(_row, stored_observations(data_dir, EPISODE))
        yield write_table(target / "attention.csv", EPISODE_COLUMNS, episodes)
        events = map(_row, stored_observations(data_dir, EVENT, "taken_out"))
        yield write_table(target / "attention_events.csv", EVENT_COLUMNS, events)


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    known = {"subject_id": record["subject_id"], "wall_ms": record["wall"], "what": record["what"]}
    values: dict[str, Any] = record["values"]
    return known | values
