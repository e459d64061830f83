"""The data that a server left behind: its journal, its CSV files, and what the environment itself says of both."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Record = dict[str, Any]


class Data:
    """The data folder of one experiment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def events(self, kind: str) -> list[Record]:
        """Return the events of a kind, in order."""
        return [event for event in self._stream("events") if event["kind"] == kind]

    def game_ids(self, scene_id: str) -> list[str]:
        """Return the games of a scene, in the order in which they were made."""
        return [event["game"] for event in self.events("game_created") if event["scene_id"] == scene_id]

    def records(self, game_id: str, kind: str) -> list[Record]:
        """Return a game's records of a kind, in order; of a journal that is being written, the whole ones."""
        return [record for record in self._stream(f"games/{game_id}") if record["kind"] == kind]

    def steps(self, game_id: str) -> list[Record]:
        """Return a game's steps, in order."""
        return self.records(game_id, "step")

    def seat_of(self, who: str, game_id: str) -> str:
        """Return the seat of the participant who came with ``?who=…``."""
        (created,) = (event for event in self.events("game_created") if event["game"] == game_id)
        subject = self.subject_of(who)
        (seat,) = (name for name, seat in created["seats"].items() if seat.get("subject_id") == subject)
        return str(seat)

    def subject_of(self, who: str) -> str:
        """Return the subject id of the participant who came with ``?who=…``."""
        (arrival,) = (
            event for event in self.events("participant_arrived") if event["labels"].get("who") == who
        )
        return str(arrival["subject_id"])

    def table(self, *path: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file."""
        with self.folder.joinpath(*path).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def _stream(self, name: str) -> Iterator[Record]:
        lines = (self.folder / "journal" / f"{name}.jsonl").read_bytes().split(b"\n")
        yield from (json.loads(line) for line in lines[:-1])


def plain(value: object) -> Any:
    """Return a value as JSON has it."""
    return json.loads(json.dumps(value, default=np.ndarray.tolist))


def assert_follows(steps: Sequence[Record], starts: Sequence[Record], make_env: Callable[[], Any]) -> None:
    """Assert that observations, rewards and ends are what the environment itself makes of the actions."""
    env = make_env()
    seeds = {start["episode"]: start["seed"] for start in starts}
    seen: object = None
    for number, step in enumerate(steps):
        if step["step"] == 1:
            seen = plain(env.reset(seed=seeds[step["episode"]])[0])
        assert step["observations"] == seen, f"row {number}"
        observations, rewards, terminated, _, _ = env.step(dict(step["actions"]))
        assert step["rewards"] == plain(rewards), f"row {number}"
        assert all(flag == terminated for flag in step["terminated"].values()), f"row {number}"
        seen = plain(observations)


def assert_rows_are_steps(rows: Sequence[Mapping[str, str]], steps: Sequence[Record]) -> None:
    """Assert that a CSV file has a row for each step, and that each says what the journal says."""
    assert len(rows) == len(steps)
    for row, step in zip(rows, steps, strict=True):
        for column, field in (
            ("episode", "episode"),
            ("step", "step"),
            ("frame", "frame"),
            ("wall_ms", "wall"),
        ):
            assert row[column] == str(step[field])
        groups = (("actions", "actions"), ("source", "sources"), ("terminated", "terminated"))
        for group, field in (*groups, ("rewards", "rewards"), ("observations", "observations")):
            for agent, value in step[field].items():
                shown = row[f"{group}.{agent}"]
                assert shown == value if isinstance(value, str) else json.loads(shown) == value


def pressed(steps: Sequence[Record], seat: str, episode: int) -> list[int]:
    """Return what a participant did in an episode, step by step, without the steps in which they did nothing."""
    return [
        step["actions"][seat]
        for step in steps
        if step["episode"] == episode and step["sources"][seat] == "human"
    ]
