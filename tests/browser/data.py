"""The data that a server left behind: its journal, its CSV files, and what the environment says of both."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.browser.people import Press

Record = dict[str, Any]
SLACK_MS = 1000
PATIENCE = 20.0


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
        """Return the seat in a game of the participant who came with ``?who=…``."""
        (created,) = (event for event in self.events("game_created") if event["game"] == game_id)
        subjects = self.subjects_of(who)
        (seat,) = (name for name, seat in created["seats"].items() if seat.get("subject_id") in subjects)
        return str(seat)

    def subject_of(self, who: str, label: str = "who") -> str:
        """Return the subject id of the only participant who came with ``?who=…``, or with another label."""
        (subject,) = self.subjects_of(who, label)
        return subject

    def subjects_of(self, who: str, label: str = "who") -> list[str]:
        """Return the subject ids of all who came with ``?who=…``, or with another label."""
        identities = self._stream("identities")
        named = {record["participant"] for record in identities if record["labels"].get(label) == who}
        arrivals = self.events("participant_arrived")
        return [event["subject_id"] for event in arrivals if event["participant"] in named]

    def table(self, *path: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file."""
        with self.folder.joinpath(*path).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    async def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until something holds of what is on the disk."""
        async with asyncio.timeout(patience):
            while not condition():
                await asyncio.sleep(0.05)

    async def eventually(self, *path: str, rows: int) -> list[dict[str, str]]:
        """Return the rows of a CSV file once it has so many: it is made a moment after the journal."""
        file = self.folder.joinpath(*path)
        await self.until(lambda: file.exists() and len(self.table(*path)) >= rows)
        return self.table(*path)

    def _stream(self, name: str) -> Iterator[Record]:
        lines = (self.folder / "journal" / f"{name}.jsonl").read_bytes().split(b"\n")
        yield from (json.loads(line) for line in lines[:-1])


def assert_follows(steps: Sequence[Record], starts: Sequence[Record], make_env: Callable[[], Any]) -> None:
    """Assert that observations, rewards and ends are what the environment itself makes of the actions."""
    env = make_env()
    seeds = {start["episode"]: start["seed"] for start in starts}
    seen: Mapping[str, Any] = {}
    for number, step in enumerate(steps):
        if step["step"] == 1:
            seen = env.reset(seed=seeds[step["episode"]])[0]
        for agent, observation in seen.items():
            recorded = np.asarray(step["observations"][agent], observation.dtype)
            assert np.array_equal(recorded, observation), f"row {number}: {recorded}, natively {observation}"
        seen, rewards, terminated, _, _ = env.step(dict(step["actions"]))
        assert step["rewards"] == rewards, f"row {number}"
        assert set(step["terminated"].values()) == {terminated}, f"row {number}"


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


def assert_acts_as_pressed(
    steps: Sequence[Record], seat: str, presses: Sequence[Press], actions: Mapping[str, int], idle: int
) -> None:
    """Assert row by row that a seat did what its participant's keys said at the time, and nothing else.

    Between a key and the step in which it acts there may be a second, on a machine that is busy.
    """
    before = 0
    for step in steps:
        if step["sources"][seat] == "human":
            assert any(
                actions.get(press.code) == step["actions"][seat]
                and press.down <= step["wall"]
                and (press.up is None or press.up >= before - SLACK_MS)
                for press in presses
            ), step
        else:
            assert (step["sources"][seat], step["actions"][seat]) == ("default", idle)
        before = step["wall"]
    acted = [(step["wall"], step["actions"][seat]) for step in steps if step["sources"][seat] == "human"]
    for press in presses:
        if (press.up or press.down) + SLACK_MS > steps[-1]["wall"]:
            continue
        last = (press.up or press.down) + SLACK_MS
        assert any(press.down <= at <= last and actions.get(press.code) == action for at, action in acted), (
            press
        )


def pressed(steps: Sequence[Record], seat: str, episode: int) -> list[int]:
    """Return what a participant did in an episode, leaving out the steps in which they did nothing."""
    return [
        step["actions"][seat]
        for step in steps
        if step["episode"] == episode and step["sources"][seat] == "human"
    ]
