"""A study that was never played: writes the records that the core and a runtime would write."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mug.core.records.csv_export import CsvExporter, CsvFiles
from mug.core.records.events import encode
from mug.core.records.reader import JournalReader
from mug.core.records.store import FileStore

START = 1_790_000_000_000


class Study:
    """Writes a journal, with a clock that goes on by 100 ms per record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FileStore(folder, sync_interval=None)
        self._ticks = itertools.count()
        self._visits: dict[str, int] = {}

    def now(self) -> int:
        return START + 100 * next(self._ticks)

    def event(self, kind: str, **fields: Any) -> None:
        self.store.append("events", [encode({"kind": kind, "wall": self.now(), **fields})])

    def identity(self, subject: str, **labels: str) -> None:
        record = {"kind": "identity", "wall": self.now(), "participant": f"p-{subject}", "labels": labels}
        self.store.append("identities", [encode(record)])

    def record(self, game: str, kind: str, **fields: Any) -> None:
        record = {"kind": kind, **fields}
        record.setdefault("wall", self.now())
        self.store.append(f"games/{game}", [encode(record)])

    def arrives(self, subject: str, **fields: Any) -> None:
        plan = {
            "seed": 1,
            "items": [{"scene": "hello"}, {"branch": "b"}, {"scene": "bye"}],
            "assignments": {},
        }
        fields = {"seed": 1, "plan": plan, "assignments": {}} | fields
        self.event("participant_arrived", participant=f"p-{subject}", subject_id=subject, **fields)

    def visits(
        self, subject: str, scene: str, answers: Mapping[str, Any] | None = None, kind: str = "static"
    ) -> None:
        self.enters(subject, scene, kind)
        self.leaves(subject, scene, answers)

    def enters(self, subject: str, scene: str, kind: str = "static") -> None:
        visit = self._visits[subject] = self._visits.get(subject, 0) + 1
        self.event("scene_entered", participant=f"p-{subject}", visit=visit, scene_id=scene, scene_kind=kind)

    def leaves(self, subject: str, scene: str, answers: Mapping[str, Any] | None = None) -> None:
        self.event(
            "scene_left", participant=f"p-{subject}", visit=self._visits[subject], scene_id=scene,
            answers=dict(answers or {}), outcome="done",
        )  # fmt: skip

    def game(self, game: str, scene: str, seats: Mapping[str, str]) -> None:
        """``seats`` gives a subject id for each agent, or ``policy:<name>``."""
        filled = {
            agent: {"policy": who.removeprefix("policy:")}
            if who.startswith("policy:")
            else {"participant": f"p-{who}", "subject_id": who}
            for agent, who in seats.items()
        }
        self.event("game_created", game=game, scene_id=scene, group=f"group-{game}", seed=7, seats=filled)

    def step(
        self, game: str, episode: int, step: int, agents: tuple[str, ...] = ("a", "b"), **fields: Any
    ) -> None:
        record: dict[str, Any] = {
            "episode": episode,
            "step": step,
            "frame": step,
            "observations": {agent: [step, 0.5] for agent in agents},
            "actions": dict.fromkeys(agents, 1),
            "rewards": dict.fromkeys(agents, 1.0),
            "terminated": dict.fromkeys(agents, False),
            "truncated": dict.fromkeys(agents, False),
            "infos": {agent: {} for agent in agents},
            "sources": dict.fromkeys(agents, "human"),
            "extra": {},
            "mono": step / 30,
        }
        self.record(game, "step", **(record | fields))

    def measurement(self, game: str, seat: str, episode: int, steps: list[int], **columns: list[Any]) -> None:
        self.record(game, "gauged", seat=seat, episode=episode, steps=steps, columns=columns)

    def episode(self, game: str, episode: int, steps: int, agents: tuple[str, ...] = ("a", "b")) -> None:
        self.record(game, "episode_start", episode=episode, seed=episode * 11)
        for step in range(1, steps + 1):
            self.step(game, episode, step, agents)
        self.record(
            game, "episode_end", episode=episode, steps=steps, reason="terminated",
            rewards=dict.fromkeys(agents, float(steps)), observations={agent: [9, 9] for agent in agents},
        )  # fmt: skip

    def files(self) -> CsvFiles:
        """What keeps the CSV files beside the journal up to date."""
        return CsvFiles(JournalReader(self.store.journal), self.folder, reserve=0)

    def export(self, target: Path | None = None) -> Path:
        """Make every CSV file at once; return where they are."""
        list(CsvExporter().export(self.folder, target or self.folder))
        return target or self.folder


@pytest.fixture
def study(tmp_path: Path):
    study = Study(tmp_path / "data")
    yield study
    study.store.close()


@pytest.fixture(scope="session")
def new_study(tmp_path_factory: pytest.TempPathFactory):
    """Makes studies, one for each example of a property."""

    def make() -> Study:
        return Study(tmp_path_factory.mktemp("study"))

    return make


@pytest.fixture(scope="session")
def table():
    """Reads a CSV file as a list of rows, each a dict of texts."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file, strict=True))

    return read


@pytest.fixture(scope="session")
def contents():
    """Reads every CSV file below a folder: bytes by path."""

    def read(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.csv"))}

    return read
