"""Several people whose pages play one game, without browsers: their transport, and what their pages say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
from mug_pyodide.intake import packed

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.engine.seeds import derive_seed
from mug.game.loop import Game
from mug.peers import PeerTransport
from mug.scenes.gym_scene import GymScene
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


def game_of_two(**multiplayer: Any) -> GymScene:
    """A game that two people play in their browsers."""
    return (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping=dict.fromkeys(SEATS, PolicyTypes.Human))
        .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0, num_episodes=2)
        .multiplayer(**multiplayer)
        .runtime(run_through_pyodide=True, transport="wires", environment_initialization_code=GRID)
    )


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
        lines += [step(number) for number in range(1, steps + 1)]
        return await self.send(0, *lines)

    async def send(self, first: int, *lines: bytes) -> Any:
        """Send records, of which the first has this number."""
        return await self.say("records", first=first, data=packed(lines))

    @property
    def seed(self) -> int:
        return int(self.hello["open"]["seed"])

    @property
    def episode_seed(self) -> int:
        return derive_seed(self.seed, 1)


BEGUN = {"episode": 1, "frame": 0}


def line(kind: str, **fields: Any) -> bytes:
    return json.dumps({"kind": kind, **fields, "wall": 1, "mono": 0.5}, separators=(",", ":")).encode()


def step(number: int, **fields: Any) -> bytes:
    """Return the record of a step of the first episode."""
    place = {"episode": 1, "step": number, "frame": number}
    rewards, actions = dict.fromkeys(SEATS, 0.0), dict.fromkeys(SEATS, 0)
    return line("step", **place, rewards=rewards, actions=actions, **fields)


def episode_end(steps: int, reason: str) -> bytes:
    """Return the record of the end of the first episode."""
    place = {"episode": 1, "steps": steps, "frame": steps}
    return line("episode_end", **place, rewards=dict.fromkeys(SEATS, 0.0), reason=reason)


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
