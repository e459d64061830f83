"""`mug bots` takes a whole study through real pages, and says how that went."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import EXPERIMENTS
from tests.browser.data import Data
from tests.browser.serving import MUG_RUN

SCRIPT = EXPERIMENTS / "rehearsed.py"
BEFORE_THE_END = ["consent", "form", "quiz", "game"]


async def rehearse(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the command; return its status and its report."""
    process = await asyncio.create_subprocess_exec(
        *(MUG_RUN[0], "bots", str(SCRIPT), "--data-dir", str(folder), "--json", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 180)
    assert output, errors.decode()
    assert process.returncode is not None
    return process.returncode, json.loads(output)


@pytest.mark.slow
async def test_a_study_is_rehearsed(tmp_path: Path) -> None:
    """Each does what its scenario says, ends as that leads to, and has its data and its code."""
    folder = tmp_path / "data"
    status, report = await rehearse(folder, "--n", "6", "--scenario", "mixed", "--seed", "16")
    assert status == 0, report
    by_scenario = {bot["scenario"]: bot for bot in report["bots"]}
    assert set(by_scenario) == {"complete", "quits", "inactive", "reloads", "declines"}
    data = Data(folder / "rehearsed")
    people = {row["subject_id"]: row for row in data.table("participants.csv")}
    labels = data.table("identities.csv")
    rows = {int(row["labels.bot"]): people[row["subject_id"]] for row in labels}
    for scenario in ("complete", "inactive", "reloads"):
        bot = by_scenario[scenario]
        assert [passed["scene_id"] for passed in bot["scenes"]] == [*BEFORE_THE_END, "thanks"]
        row = rows[bot["number"]]
        assert (bot["ending"], bot["outcome"]) == ("ended", "completed")
        assert bot["code"] == row["code"] != ""
        sources = {step["source.player_0"] for step in data.table("game", f"{row['subject_id']}.csv")}
        assert ("human" in sources) == (scenario != "inactive")
    assert int(rows[by_scenario["reloads"]["number"]]["disconnections"]) >= len(BEFORE_THE_END)
    declined = by_scenario["declines"]
    assert (declined["where"], declined["outcome"], declined["code"]) == ("declined", "declined", "")
    quitter = by_scenario["quits"]
    assert (quitter["ending"], quitter["code"]) == ("quit", "")
    assert report["data"]["missing"] == []


@pytest.mark.slow
async def test_who_cannot_go_on_is_noticed(tmp_path: Path) -> None:
    """An answer that the form never takes: the bot is stuck there, and the command fails."""
    options = ("--n", "1", "--scenario", "complete", "--answer", "age=7", "--patience", "4")
    status, report = await rehearse(tmp_path / "data", *options)
    (bot,) = report["bots"]
    assert status == 1
    assert (bot["ending"], bot["where"]) == ("stuck", "quiz")
