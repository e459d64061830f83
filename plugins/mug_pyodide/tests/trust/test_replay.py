"""`mug replay` plays the games of a data folder again, and says which of their records can be believed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mug.cli.group import cli
from mug.core.records.store import FileStore
from mug.records import encode
from mug.scripts import games_of

SCRIPT = Path(__file__).with_name("experiment.py")


@pytest.fixture
def played(kit: Any) -> Callable[..., Any]:
    """A function that records a game of the script's."""

    def play(scene_id: str = "meeting", **settings: Any) -> Any:
        with games_of(SCRIPT) as (games,):
            return kit.record(games.specs[scene_id], **settings)

    return play


@pytest.fixture
def stored(kit: Any, tmp_path: Path) -> Callable[..., Path]:
    """A function that writes games to a data folder, by their ids."""

    def store(scene_id: str = "meeting", **games: Any) -> Path:
        file_store = FileStore(tmp_path / "data")
        for game_id, recording in games.items():
            created = {
                "kind": "game_created", "wall": 1, "game": game_id, "scene_id": scene_id, "group": "",
                "seed": kit.SEED, "seats": {"player_0": {"participant": "p", "subject_id": "ann"}},
            }  # fmt: skip
            file_store.append("events", [encode(created)])
            file_store.append(f"games/{game_id}", recording.lines)
        file_store.close()
        return tmp_path / "data"

    return store


def replay(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["replay", str(SCRIPT), "--data-dir", str(folder), *options])


@pytest.mark.parametrize("runtime", ["pyodide", "server"])
def test_untouched_games_are_verified(played: Any, stored: Any, runtime: str) -> None:
    """Each episode has a line that says verified, whoever played the game, and the exit status is 0."""
    folder = stored(g1=played(runtime=runtime), g2=played(runtime=runtime))
    result = replay(folder)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()[1:]]
    assert [line[:5] for line in lines] == [
        ["meeting", game, str(episode), "10", "verified"] for game in ("g1", "g2") for episode in (1, 2)
    ]


def test_a_tampered_row_is_found_and_shown(played: Any, stored: Any) -> None:
    """The line names step, field and both values; the exit status is 1; other games are as they were."""
    tampered = played()
    rewards = tampered.steps(2)[3]["rewards"]
    before, rewards["player_0"] = rewards["player_0"], 1.5
    result = replay(stored(good=played(), bad=tampered))
    assert result.exit_code == 1
    verdicts = {tuple(line.split()[1:3]): line for line in result.output.splitlines()[1:]}
    assert all("verified" in verdicts[key] for key in (("good", "1"), ("good", "2"), ("bad", "1")))
    line = verdicts["bad", "2"]
    assert "different" in line
    assert f"step 4: rewards.player_0 is recorded as 1.5 and comes out as {before}" in line


def test_the_journal_is_the_authority_on_seeds(kit: Any, played: Any, stored: Any) -> None:
    """A game that was played with another seed than it was given is found."""
    result = replay(stored(g1=played(seed=kit.SEED + 1)))
    assert result.exit_code == 1
    assert "step 0: seed is recorded as" in result.output


def test_one_game_and_one_episode_can_be_chosen(played: Any, stored: Any) -> None:
    """--game and --episode leave out the rest; as JSON everything about a finding is there."""
    folder = stored(g1=played(), g2=played())
    (row,) = json.loads(replay(folder, "--game", "g2", "--episode", "2", "--json").stdout)
    assert {name: row[name] for name in ("scene", "game", "episode", "steps", "verdict", "deviation")} == {
        "scene": "meeting", "game": "g2", "episode": 2, "steps": 10, "verdict": "verified", "deviation": 0.0,
    }  # fmt: skip
    refused = replay(folder, "--game", "g3")
    assert refused.exit_code == 2
    assert "there is no game 'g3' in the data" in refused.output


def test_games_of_scenes_that_the_script_has_no_more_are_named(played: Any, stored: Any) -> None:
    """Whoever renamed a scene does not read that there were no games."""
    result = replay(stored("encounter", g1=played()))
    assert result.exit_code == 0
    assert "left out: games of scenes that this script does not have: 'encounter'" in result.stderr
    assert "no recorded episodes of this script's games" in result.stderr


def test_a_folder_without_records_is_explained(tmp_path: Path) -> None:
    """Whoever names the wrong folder is told what is missing."""
    result = replay(tmp_path)
    assert result.exit_code == 2
    assert "there are no records here" in result.output
    assert "--data-dir" in result.output


def test_without_chromium_nothing_is_replayed_in_it(
    played: Any, stored: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever asks for it without having it is told what to install."""
    folder = stored(g1=played())
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    result = replay(folder, "--browser")
    assert result.exit_code == 2
    assert "none is on the PATH" in result.output


@pytest.mark.browser
def test_chromium_repeats_a_game_bit_for_bit(played: Any, stored: Any) -> None:
    """The same in Pyodide: verified without any tolerance; a reward that is off by one place is found."""
    tampered = played()
    rewards = tampered.steps(1)[2]["rewards"]
    rewards["player_0"] = math.nextafter(rewards["player_0"], 2.0)
    server = played(runtime="server")
    result = replay(stored(good=played(), bad=tampered, elsewhere=server), "--browser", "--json")
    rows = json.loads(result.stdout)
    verdicts = {(row["game"], row["episode"]): row for row in rows}
    assert verdicts["good", 1]["verdict"] == verdicts["good", 2]["verdict"] == "verified"
    bad = verdicts["bad", 1]
    assert (bad["verdict"], bad["step"], bad["field"]) == ("different", 3, "rewards.player_0")
    assert verdicts["bad", 2]["verdict"] == "verified"
    assert verdicts["elsewhere", 1]["verdict"] == "unknown"
    assert "without --browser" in verdicts["elsewhere", 1]["detail"]
    assert result.exit_code == 1


@pytest.mark.browser
def test_chromium_accuses_nobody_of_an_environment_that_does_not_repeat(played: Any, stored: Any) -> None:
    """What comes out otherwise each time is unknown, and says why."""
    result = replay(stored("fickle", g1=played("fickle")), "--browser", "--json")
    (row,) = json.loads(result.stdout)
    assert row["verdict"] == "unknown"
    assert "comes out otherwise each time" in row["detail"]
    assert result.exit_code == 0
