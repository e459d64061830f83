"""The table of messages, made from the records: ``mug export --format chat``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mug.components import Exporter
from mug.records import stored_observations, write_table
from mug_chat.delivery import PLUGIN

COLUMNS: Final = (
    "wall_ms", "scene_id", "game_id", "episode", "step", "seat", "name", "sender", "to_seats", "to",
    "kind", "text", "written", "status", "reason",
)  # fmt: skip


class ChatExporter(Exporter):
    """Writes ``chat.csv``, a row for each message, also for those that moderation did not let through."""

    def export(self, data_dir: Path, target: Path) -> Iterable[Path]:
        """Write the table below ``target``, and yield its path."""
        messages = stored_observations(data_dir, PLUGIN)
        rows = (record["values"] | {"wall_ms": record["wall"]} for record in messages)
        yield write_table(target / "chat.csv", COLUMNS, rows)
