"""Games that were played in a browser are played again: when they are over, and whenever somebody asks."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.serving import ServerProcess
from tests.browser.test_in_browser import everything_is_stored, steps_reach, walking

SCRIPT = EXPERIMENTS / "walk.py"
MUG = str(Path(sys.executable).with_name("mug"))


async def replay(script: Path, data_dir: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Run ``mug replay``; return its exit status and what it found."""
    process = await asyncio.create_subprocess_exec(
        *(MUG, "replay", str(script), "--data-dir", str(data_dir), "--json", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await process.communicate()
    assert said, errors.decode()
    assert process.returncode is not None
    return process.returncode, json.loads(said)


def tamper(data: Data, game: str, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the record of a game's step; the first has the number 1."""
    file = data.folder / "journal" / "games" / f"{game}.jsonl"
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    change([line for line in lines if line["kind"] == "step"][number - 1])
    file.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


async def test_what_was_played_is_verified_and_what_was_changed_is_found(
    server: ServerProcess, arrive: Arrive
) -> None:
    """The server verifies each episode; so do this machine and Chromium, until somebody changes a row."""
    ann, data = await walking(server, arrive, "short")
    await ann.in_state("playing")
    await ann.hold("ArrowRight")
    await ann.in_state("over")
    await ann.release("ArrowRight")
    game = data.game_ids("walk")[-1]
    await data.until(lambda: len(data.records(game, "verification")) == 2)
    found = data.records(game, "verification")
    assert [(one["episode"], one["verdict"], one["by"]) for one in found] == [
        (1, "verified", "server"),
        (2, "verified", "server"),
    ]
    name = f"{data.subjects_of('short')[-1]}.episodes.csv"
    await data.until(
        lambda: [row["verified"] for row in data.table("walk", name)] == ["verified", "verified"]
    )
    only = ("--game", game)
    status, rows = await replay(SCRIPT, server.data_dir, *only)
    assert (status, [row["verdict"] for row in rows]) == (0, ["verified", "verified"])
    status, rows = await replay(SCRIPT, server.data_dir, *only, "--browser")
    assert (status, [row["verdict"] for row in rows]) == (0, ["verified", "verified"])

    def reward(step: dict[str, Any]) -> None:
        step["rewards"]["walker"] += 1.0

    tamper(data, game, 31, reward)
    for options in ((), ("--browser",)):
        status, (first, second) = await replay(SCRIPT, server.data_dir, *only, *options)
        assert status == 1
        assert (first["verdict"], first["step"], first["field"]) == ("different", 31, "rewards.walker")
        assert first["recorded"] == first["recomputed"] + 1.0
        assert second["verdict"] == "verified"


async def test_a_game_that_was_reloaded_is_verified_as_well(server: ServerProcess, arrive: Arrive) -> None:
    """What goes on after a reload is what would have gone on without it: bit for bit."""
    ann, data = await walking(server, arrive, "long")
    await ann.in_state("playing")
    await ann.hold("ArrowRight")
    await steps_reach(ann, 130)
    await ann.page.reload()
    await ann.in_state("playing")
    await steps_reach(ann, (await ann.debug())["step"] + 30)
    await everything_is_stored(ann)
    await ann.leave()
    game = data.game_ids("walk")[-1]
    assert data.records(game, "restored")
    for options in ((), ("--browser",)):
        status, rows = await replay(SCRIPT, server.data_dir, "--game", game, *options)
        assert (status, [row["verdict"] for row in rows]) == (0, ["verified"])
        assert rows[0]["steps"] >= 160
