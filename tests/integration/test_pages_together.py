"""Several people whose pages play one game, without browsers: what the server does about each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from mug_pyodide import group
from mug_pyodide.intake import packed

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene
from mug.testing.running import RunningExperiment
from tests.integration.pages_of_two import SEATS, WiresPlugin, game_of_two, line, pair


@pytest.fixture
def config() -> Callable[..., ExperimentConfig]:
    """A study in which two people play in their browsers."""

    def make(**multiplayer: Any) -> ExperimentConfig:
        ends = [EndScene().scene(scene_id=name) for name in ("end", "deserted")]
        ends[1].ending(outcome="partner_left")
        stager = Stager(scenes=[game_of_two(**multiplayer), *ends])
        return ExperimentConfig().experiment(stager=stager, experiment_id="study").plugins(WiresPlugin())

    return make


def recorded(experiment: RunningExperiment, kind: str) -> list[dict[str, Any]]:
    """The records of a kind of the only game."""
    (journal,) = (experiment.data_dir / "journal" / "games").iterdir()
    found = [json.loads(one) for one in journal.read_bytes().splitlines()]
    return [record for record in found if record["kind"] == kind]


async def test_two_pages_have_one_stream_of_records(run_experiment: Any, config: Any) -> None:
    """Each record is stored once, and the rows of both participants are made of it."""
    async with run_experiment(config()) as experiment, pair(experiment) as (ann, bob):
        assert len(recorded(experiment, "step")) == 3
        assert {ann.hello["open"]["seat"], bob.hello["open"]["seat"]} == set(SEATS)
        assert ann.hello["peers"] != bob.hello["peers"]


async def test_everybody_waits_for_a_page_that_is_opened_again(run_experiment: Any, config: Any) -> None:
    """They read why, and the game goes on when the page has what it needs from one that plays."""
    async with run_experiment(config()) as experiment, pair(experiment) as (ann, bob):
        await bob.person.disconnect()
        await ann.person.until_state("paused")
        await bob.person.connect()
        await bob.person.until(lambda: bob.person.game)
        await bob.come()
        await ann.person.until_state("loading")
        assert await bob.say("begin") == {"wait": True}
        await ann.person.until(lambda: any(s["type"] == "checkpoint_wanted" for s in ann.person.said))
        await ann.say("checkpoint", data=b"state", records=5)
        begin = await bob.say("begin")
        assert (begin["records"], begin["data"]) == (5, b"state")
        await bob.say("ready", resumed=3)
        await asyncio.gather(*(page.person.until_state("playing") for page in (ann, bob)))


async def test_somebody_whose_seat_a_policy_has_is_done(run_experiment: Any, config: Any) -> None:
    """Who comes back too late reads that it is over for them, and goes on; the others play."""
    takes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random, "reconnect_window_s": 2}
    async with run_experiment(config(**takes)) as experiment, pair(experiment) as (ann, bob):
        await bob.person.disconnect()
        await ann.person.until(lambda: any(said.get("taken") for said in ann.person.said))
        assert ann.person.said[-1]["taken"] == [[bob.seat, ["takeover"]]]
        await ann.person.until_state("playing")
        await bob.person.connect()
        await bob.person.until_state("over")
        assert "without you" in bob.person.game["text"]
        assert (await bob.say("hello", live=False))["over"] is True
        await ann.say("notes", first=0, data=packed([line("netplay", seat=ann.seat)]))
        assert ann.person.game["state"] == "playing"
        await bob.person.advance()
        await bob.person.until_scene("end")
        host = experiment.server.hosts[0]
        outcomes = {person.facts.get("game.outcome") for person in host._state.participants.values()}
        assert outcomes == {None, "replaced"}
        assert ann.person.game["state"] == "playing"
        await ann.person.disconnect()
        await ann.person.connect()
        await ann.person.until(lambda: ann.person.game)
        assert (await ann.say("hello", live=True))["over"] is False


async def test_the_game_ends_when_somebody_does_not_come_back(run_experiment: Any, config: Any) -> None:
    """The page that stays sends what it has, and the server writes the end."""
    async with run_experiment(config(reconnect_window_s=0.2)) as experiment, pair(experiment) as (ann, bob):
        await bob.person.disconnect()
        await ann.person.until(lambda: any(said.get("stopped") == "player_left" for said in ann.person.said))
        await ann.say("stopped")
        await ann.person.until_state("over")
        (end,) = recorded(experiment, "game_end")
        assert (end["reason"], end["by"]) == ("player_left", "server")
        await ann.person.advance()
        await ann.person.until_scene("deserted")


async def test_somebody_whose_page_does_not_come_to_play_is_done(
    run_experiment: Any, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever for a page that is there and never ready, and nobody is left in front of it."""
    monkeypatch.setattr(group, "LOADING_SECONDS", 0.5)
    takes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random}
    async with run_experiment(config(**takes)) as experiment, pair(experiment) as (ann, bob):
        await bob.come()
        await bob.person.until_state("over")
        await ann.person.until_state("playing")
        await bob.person.advance()
        await bob.person.until_scene("end")
