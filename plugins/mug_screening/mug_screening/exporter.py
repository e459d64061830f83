"""The table of how attentive people were, made from the records: ``mug export --format attention``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from mug.components import Exporter
from mug.records import stored_observations, write_table
from mug_screening.watching import EPISODE, EVENT

PLACE: Final = {
    "subject_id": "the participant's id in the data",
    "scene_id": "the game's scene",
    "game_id": "the game's id",
    "episode": "number of the episode, from 1",
}
EPISODE_COLUMNS: Final[Mapping[str, str]] = {
    **PLACE,
    "steps": "the episode's steps",
    "inactive_steps": "those in which no action came from the participant",
    "inactive": "the same as a share of the steps, from 0 to 1",
    "seconds": "how long the episode took, pauses included",
    "away_seconds": "for how long the participant's page was hidden, or not connected",
    "away": "the same as a share of the time, from 0 to 1",
    "rtt_ms": "the median round trip to the server, in milliseconds; empty if none was measured",
    "max_rtt_ms": "the longest one",
    "whole": "whether the episode was watched from its first step; not after a restart of the server",
    "exceeded": "which limits it exceeded: inactive, away, latency, or what the study's own check said",
    "reason": "how it ended: terminated, truncated, max_steps; excluded or left for who played no further",
}
EVENT_COLUMNS: Final[Mapping[str, str]] = {
    "subject_id": PLACE["subject_id"],
    "wall_ms": "when it happened, in milliseconds since 1970",
    **{name: meaning for name, meaning in PLACE.items() if name != "subject_id"},
    "trouble": "what was the matter: inactive, away, latency",
    "what": "what happened: warned, recovered, expired (the warning did not help in time)",
    "outcome": "of who was taken out of the study: the outcome",
    "reason": "of who was taken out: why",
}


class AttentionExporter(Exporter):
    """Writes ``attention.csv``, a row for each participant and episode, and ``attention_events.csv``.

    The second has a row for each warning, and for each participant who was taken out. What their columns mean
    is in ``attention_codebook.csv``.
    """

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Write the tables below ``target``, and yield their paths."""
        episodes = map(_row, stored_observations(data_dir, EPISODE))
        yield write_table(target / "attention.csv", tuple(EPISODE_COLUMNS), episodes)
        events = map(_row, stored_observations(data_dir, EVENT, "taken_out"))
        yield write_table(target / "attention_events.csv", tuple(EVENT_COLUMNS), events)
        meanings = [
            {"file": file, "column": column, "meaning": meaning}
            for file, columns in (("attention.csv", EPISODE_COLUMNS), ("attention_events.csv", EVENT_COLUMNS))
            for column, meaning in columns.items()
        ]
        yield write_table(target / "attention_codebook.csv", ("file", "column", "meaning"), meanings)


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    known = {"subject_id": record["subject_id"], "wall_ms": record["wall"], "what": record["what"]}
    values: dict[str, Any] = record["values"]
    return known | values
