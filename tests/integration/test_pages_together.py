"""Several people whose pages play one game, without browsers: what the server does about each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from mug_pyodide import group
from mug_pyodide.intake import packed

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.engine.seeds import derive_seed
from mug.game.loop import Game
from mug.peers import PeerTransport
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene
from mug.testing.participants import HeadlessParticipant
from mug.testing.running import RunningExperiment

SEATS = ("player_0", "player_1")
EXAMPLE = Path(__file__).parents[2] / "examples" / "coordination_grid"
GRID = (EXAMPLE / "coordination_grid_env.py").read_text()


class Nothing:
    """A transport's half on the server that only introduces."""

    def __init__(self, setup: Any) -> None:
        self.setup = setup

    def offer(self, agent_id: Any) -> dict[str, Any]:
        return {"me": SEATS.index(agent_id)}

    def receive(self, agent_id: Any, message: Any) -> dict[str, Any]:
        return {}

    def take_notes(self) -> list[Any]:
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: None


class Wires(PeerTransport):
    name = "wires"
    game = Game

    def connect(self, setup: Any, say: Any, send: Any) -> Nothing:
        return Nothing(setup)


class WiresPlugin:
    @mug.hookimpl
    def mug_transports(self) -> dict[str, type[PeerTransport]]:
        return {"wires": Wires}


@pytest.fixture
def config() -> Callable[..., ExperimentConfig]:
    """A study in which two people play in their browsers."""

    def make(**multiplayer: Any) -> ExperimentConfig:
        game = (
            GymScene()
            .scene(scene_id="game")
            .policies(policy_mapping=dict.fromkeys(SEATS, PolicyTypes.Human))
            .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0, num_episodes=2)
            .multiplayer(**multiplayer)
            .runtime(run_through_pyodide=True, transport="wires", environment_initialization_code=GRID)
        )
        stager = Stager(scenes=[game, EndScene().scene(scene_id="end")])
        return ExperimentConfig().experiment(stager=stager, experiment_id="study").plugins(WiresPlugin())

    return make


@attrs.define
class Page:
    """A participant's page, as far as the server hears of it."""

    person: HeadlessParticipant
    hello: dict[str, Any] = attrs.field(factory=dict)

    async def say(self, kind: str, **fields: Any) -> Any:
        return await self.person.say(type=kind, generation=self.hello.get("generation"), **fields)

    async def come(self) -> None:
        self.hello = await self.say("hello", live=False)

    async def begin(self) -> None:
        await self.come()
        await self.say("begin")
        await self.say("ready", resumed=0)

    @property
    def seat(self) -> str:
        return str(self.hello["open"]["seat"])

    async def play(self, steps: int) -> Any:
        """Record a game of so many steps."""
        lines = [line("game_start", seed=self.seed), line("episode_start", seed=self.episode_seed, **BEGUN)]
        for number in range(1, steps + 1):
            place = {"episode": 1, "step": number, "frame": number}
            rewards, actions = dict.fromkeys(SEATS, 0.0), dict.fromkeys(SEATS, 0)
            lines.append(line("step", **place, rewards=rewards, actions=actions))
        return await self.say("records", first=0, data=packed(lines))

    @property
    def seed(self) -> int:
        return int(self.hello["open"]["seed"])

    @property
    def episode_seed(self) -> int:
        return derive_seed(self.seed, 1)


BEGUN = {"episode": 1, "frame": 0}


def line(kind: str, **fields: Any) -> bytes:
    return json.dumps({"kind": kind, **fields, "wall": 1, "mono": 0.5}, separators=(",", ":")).encode()


@asynccontextmanager
async def pair(experiment: RunningExperiment) -> AsyncIterator[tuple[Page, Page]]:
    """Two people whose game runs."""
    async with experiment.arrive() as ann, experiment.arrive() as bob:
        pages = Page(ann), Page(bob)
        for page in pages:
            await page.person.until(lambda page=page: page.person.game)
        for page in pages:
            await page.begin()
        for page in pages:
            await page.person.until(lambda page=page: any(said.get("started") for said in page.person.said))
            assert await page.play(3) == {"next": 5}
            await page.person.until_state("playing")
        yield pages


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
    takes = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random, "reconnect_window_s": 0.2}
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
        await ann.person.until_scene("end")


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
