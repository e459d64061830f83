"""Killing the server loses nothing that anybody has seen."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mug.testing.participants import FrameHeader, HeadlessParticipant

HERE = Path(__file__).resolve().parent
KILLS = 8


def load(name: str, file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ServerProcess = load("server_process", HERE / "server_process.py").ServerProcess
GRID = HERE.parents[1] / "examples" / "coordination_grid" / "coordination_grid_env.py"


class Witness:
    """A participant who presses keys at random and remembers every picture."""

    def __init__(self, url: str, rng: random.Random) -> None:
        self.participant = HeadlessParticipant(url)
        self.participant.on_frame = self._see
        self.seen: dict[tuple[int, int], tuple[tuple[float, float], ...]] = {}
        self._rng = rng

    def _see(self, header: FrameHeader) -> None:
        circles = [props for _, _, kind, props in self.participant.picture.commands() if kind == 2]
        if header.kind != 3 and len(circles) == 2:
            self.seen[header.episode, header.step] = tuple((c["x"] // 50, c["y"] // 50) for c in circles)

    async def play(self) -> None:
        while True:
            await self.participant.hold(self._rng.choice([0, 1, 2, 3, None]))
            await asyncio.sleep(self._rng.uniform(0.01, 0.1))


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def positions_after(
    env: Any, actions: list[dict[str, int]], seed: int
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield where both players are after each step, starting with the reset."""
    env.reset(seed=seed)
    yield tuple(tuple(map(int, env.positions[p])) for p in ("player_0", "player_1"))
    for step in actions:
        env.step(step)
        yield tuple(tuple(map(int, env.positions[p])) for p in ("player_0", "player_1"))


@pytest.mark.slow
async def test_kills_lose_nothing(tmp_path: Path) -> None:
    """After each kill -9 the game resumes where the records end; every picture seen is in the data."""
    rng = random.Random(20261121)
    data = tmp_path / "data"
    server = ServerProcess(HERE / "experiments" / "grid.py", data)
    witnesses = [Witness(server.url, rng), Witness(server.url, rng)]
    resumed = []
    for kill in range(KILLS + 1):
        await server.start()
        for witness in witnesses:
            await (witness.participant.reload() if kill else witness.participant.connect())
        if not kill:
            for witness in witnesses:
                await witness.participant.until_scene("welcome")
                await witness.participant.advance()
        for witness in witnesses:
            await witness.participant.until_scene("game", patience=60)
            before = len(witness.participant.frames)
            await witness.participant.until_state("playing", patience=60)
            await witness.participant.until(lambda w=witness, n=before: len(w.participant.frames) > n + 2)
        resumed.append(witnesses[0].participant.frames[-1])
        players = [asyncio.create_task(witness.play()) for witness in witnesses]
        await asyncio.sleep(rng.uniform(0.0, 0.8))
        if kill == KILLS:
            break
        await server.kill()
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)
    for player in players:
        player.cancel()
    await asyncio.gather(*players, return_exceptions=True)
    for witness in witnesses:
        await witness.participant.disconnect()
    await server.stop()

    assert [(f.episode, f.step) for f in resumed] == sorted((f.episode, f.step) for f in resumed)
    (game,) = (data / "grid" / "journal" / "games").iterdir()
    records = [json.loads(line) for line in game.read_text().splitlines()]
    seeds = {r["episode"]: r["seed"] for r in records if r["kind"] == "episode_start"}
    assert not any(record["kind"] == "episode_restarted" for record in records)

    subjects = [f for f in (data / "grid" / "game").glob("*.csv") if not f.name.endswith(".episodes.csv")]
    assert len(subjects) == 2
    env = load("grid_env", GRID).CoordinationGridEnv()
    for file in subjects:
        table = list(rows(file))
        keys = [(int(row["episode"]), int(row["step"])) for row in table]
        assert keys == sorted(set(keys))
        truth: dict[tuple[int, int], Any] = {}
        for episode in sorted(seeds):
            steps = [row for row in table if int(row["episode"]) == episode]
            assert [int(row["step"]) for row in steps] == list(range(1, len(steps) + 1))
            actions = [{p: int(row[f"actions.{p}"]) for p in ("player_0", "player_1")} for row in steps]
            for step, places in enumerate(positions_after(env, actions, seeds[episode])):
                truth[episode, step] = places
            for row, number in zip(steps, range(len(steps)), strict=True):
                assert json.loads(row["observations.player_0"]) == list(truth[episode, number][0])
        for witness in witnesses:
            assert len(witness.seen) > 30
            for moment, places in witness.seen.items():
                assert truth[moment] == places, moment
