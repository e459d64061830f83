"""`mug bots` takes a whole study through real pages, and says how that went."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import EXPERIMENTS
from tests.browser.data import Data
from tests.browser.serving import MUG_RUN

SCRIPT = EXPERIMENTS / "rehearsed.py"
BEFORE_THE_END = ["consent", "form", "quiz", "game"]


async def begin(folder: Path, *options: str, script: Path = SCRIPT) -> asyncio.subprocess.Process:
    """Start the command."""
    return await asyncio.create_subprocess_exec(
        *(MUG_RUN[0], "bots", str(script), "--data-dir", str(folder), "--json", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Tests that a shell runs in the background inherit that it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


async def report_of(process: asyncio.subprocess.Process) -> tuple[int, dict[str, Any]]:
    """Wait for the command; return its status and its report."""
    output, errors = await asyncio.wait_for(process.communicate(), 240)
    assert output, errors.decode()
    assert process.returncode is not None
    return process.returncode, json.loads(output)


async def rehearse(folder: Path, *options: str, script: Path = SCRIPT) -> tuple[int, dict[str, Any]]:
    """Run the command; return its status and its report."""
    return await report_of(await begin(folder, *options, script=script))


def descendants(pid: int) -> dict[int, str]:
    """Return what runs below a process, by id."""
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        with contextlib.suppress(OSError):
            parent = waiting.pop()
            for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text()
                waiting.append(int(child))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def bots_come(folder: Path) -> None:
    """Wait until a bot takes part."""
    arrivals = folder / "rehearsed" / "journal" / "events.jsonl"
    async with asyncio.timeout(120):
        while not (arrivals.exists() and b"participant_arrived" in arrivals.read_bytes()):
            await asyncio.sleep(0.05)


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


@pytest.mark.slow
async def test_two_browsers_a_chat_and_questions_by_surveyjs(tmp_path: Path) -> None:
    """Bots answer every type of question, write to each other, and play together peer to peer."""
    folder = tmp_path / "data"
    script = EXPERIMENTS / "rehearsed_together.py"
    wanted = ("--answer", "order=go|poker|chess", "--answer", "best=poker", "--answer", "all=go|chess")
    options = ("--n", "2", "--scenario", "complete", "--patience", "120", *wanted)
    status, report = await rehearse(folder, *options, script=script)
    assert status == 0, report
    assert report["notes"] == []
    assert [(bot["ending"], bot["outcome"], bot["unlike"]) for bot in report["bots"]] == [
        ("ended", "completed", "")
    ] * 2
    data = Data(folder / "together")
    answers = [event["answers"] for event in data.events("scene_left") if event["scene_id"] == "questions"]
    for given in answers:
        assert (given["order"], given["best"]) == (["go", "poker", "chess"], "poker")
        assert set(given["all"]) == {"chess", "go"}
        assert {"name", "age", "story", "plays", "first", "games"} <= given.keys()
        assert {"fun", "load", "team", "places", "grades"} <= given.keys()
    (game,) = data.game_ids("game")
    assert {seat for step in data.steps(game) for seat, by in step["sources"].items() if by == "human"} == {
        "player_0",
        "player_1",
    }
    said = [event["values"] for event in data.events("observed") if event["what"] == "chat"]
    people = {event["subject_id"] for event in data.events("participant_arrived")}
    assert {line["sender"] for line in said} == people


async def test_who_never_finds_a_partner(tmp_path: Path) -> None:
    """A bot for whom nobody comes goes where the waiting room leads it."""
    options = ("--experiment", "to_scene", "--n", "1", "--scenario", "complete")
    status, report = await rehearse(tmp_path / "data", *options, script=EXPERIMENTS / "waiting.py")
    (bot,) = report["bots"]
    assert [passed["scene_id"] for passed in bot["scenes"]] == ["plaza", "alone", "thanks"]
    assert (status, bot["ending"], bot["outcome"], bot["unlike"]) == (0, "ended", "completed", "")


async def test_a_server_that_is_killed(tmp_path: Path) -> None:
    """Bots end at once, and the report has a sentence about the server, and the data so far."""
    folder = tmp_path / "data"
    process = await begin(folder, "--n", "2", "--scenario", "complete")
    await bots_come(folder)
    # what it starts itself, and has not become something else yet, looks the same
    server = next(pid for pid, line in descendants(process.pid).items() if "\0run\0" in line)
    os.kill(server, signal.SIGKILL)
    status, report = await report_of(process)
    assert status == 1
    assert report["faults"][0] == "the server ended in the middle of the rehearsal, with signal SIGKILL"
    assert {bot["ending"] for bot in report["bots"]} == {"stopped"}
    assert report["data"]["people"] >= 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_can_be_stopped(tmp_path: Path, how: signal.Signals) -> None:
    """Neither browsers nor the server stay behind."""
    folder = tmp_path / "data"
    process = await begin(folder, "--n", "2", "--scenario", "complete")
    await bots_come(folder)
    below = descendants(process.pid)
    assert any("chrom" in line for line in below.values())
    process.send_signal(how)
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, errors.decode().split()) == (1, ["Aborted!"])
    async with asyncio.timeout(30):
        while any(is_alive(pid) for pid in below):
            await asyncio.sleep(0.05)
