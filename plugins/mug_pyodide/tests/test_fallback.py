"""Two people whose pages cannot play their game together: the server plays it for them, from where it is."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import importlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mug_pyodide import replaceable
from mug_pyodide.in_browser.json_frames import JsonFrames
from mug_pyodide.intake import packed

import mug
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.core.experiment import Experiment
from mug.errors import ConfigurationError
from mug.game.json_lines import encode
from mug.game.loop import Game
from mug.game.pace import AtOnce
from mug.game.venue import Venue
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.participants import HeadlessParticipant

pytest.importorskip("mug_server_mode")
pytest.importorskip("mug_ggpo")
STEPS = 40
SEATS = ("player_0", "player_1")


class Arrivals:
    """A plugin that counts who joins which game."""

    def __init__(self) -> None:
        self.joined: list[str] = []

    @mug.hookimpl
    def mug_on_player_join(self, player: Any) -> None:
        self.joined.append(player.agent_id)


def scene(**runtime: Any) -> GymScene:
    # Not imported above: tests of pages' code import it anew, and a class of before cannot be taken anywhere.
    grid = importlib.import_module("coordination_grid_env")
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=grid.CoordinationGridEnv)
        .policies(policy_mapping=dict.fromkeys(SEATS, PolicyTypes.Human))
        .rendering(fps=30)
        .gameplay(
            num_episodes=1,
            max_steps=STEPS,
            action_mapping={"ArrowDown": 1},
            default_action=4,
            countdown_s=0.0,
        )
        .runtime(**({} if "runtime" in runtime else {"run_through_pyodide": True}), **runtime)
    )


def study(game: GymScene, arrivals: Arrivals | None = None) -> ExperimentConfig:
    scenes = [StartScene().scene(scene_id="start"), game, EndScene().scene(scene_id="end")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)
    return config.plugins(arrivals) if arrivals else config


class Page:
    """Speaks for the browser runtime in one participant's page."""

    def __init__(self, person: HeadlessParticipant) -> None:
        self.person = person
        self.hello: dict[str, Any] = {}

    async def say(self, kind: str, **fields: Any) -> Any:
        return await self.person.say(type=kind, generation=self.hello.get("generation", 0), **fields)

    async def come(self) -> Page:
        """Begin, and be ready to play."""
        self.hello = await self.person.say(type="hello", live=False)
        await self.say("begin")
        await self.say("ready", resumed=0)
        return self

    async def is_far(self, rtt_ms: float | None) -> None:
        await self.say("links", links=[[1 - self.hello["open"]["peer"], rtt_ms]])


@contextlib.asynccontextmanager
async def two(run_experiment: Any, config: ExperimentConfig) -> AsyncIterator[tuple[Any, Page, Page]]:
    """Two people in one game whose pages have not said anything yet."""
    async with (
        run_experiment(config) as running,
        running.arrive() as ann,
        running.arrive() as bob,
    ):
        for person in (ann, bob):
            await person.until_scene("start")
            await person.advance()
        for person in (ann, bob):
            await person.until_state("loading")
        yield running, Page(ann), Page(bob)


async def played_by_server(page: Page) -> None:
    await page.person.until(lambda: page.person.page.get("runtime") == "server")
    await page.person.until_state("over")


def table(file: Path) -> list[dict[str, str]]:
    """Return the rows of a file, which is made a moment after what it tells of."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


async def steps_of(running: Any) -> list[list[dict[str, str]]]:
    """Return each participant's rows, once all are there."""
    for _ in range(400):
        files = [file for file in (running.data_dir / "game").glob("*.csv") if "." not in file.stem]
        found = [table(file) for file in files]
        if len(found) == 2 and all(len(rows) == STEPS for rows in found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"the files have {[len(rows) for rows in found]} rows")


async def ended(running: Any) -> dict[str, str]:
    """Return the game's row of the experiment's table, once it has its end."""
    for _ in range(400):
        games = table(running.data_dir / "games.csv")
        if games and games[0]["reason"]:
            return games[0]
        await asyncio.sleep(0.05)
    raise AssertionError(f"the game has no end: {games}")


def assert_whole(found: list[list[dict[str, str]]]) -> None:
    """Every step is there once, for both participants alike."""
    for rows in found:
        assert [int(row["step"]) for row in rows] == list(range(1, STEPS + 1))
        assert {row["attempt"] for row in rows} == {"1"}
    shared = [name for name in found[0][0] if name.startswith(("actions.", "rewards.", "observations."))]
    assert len(shared) >= 6
    for one, other in zip(*found, strict=True):
        assert [one[name] for name in shared] == [other[name] for name in shared]


def records(running: Any, *kinds: str) -> list[dict[str, Any]]:
    """Return the records of these kinds of the only game."""
    (journal,) = (running.data_dir / "journal" / "games").glob("*.jsonl")
    found = [json.loads(line) for line in journal.read_bytes().splitlines()]
    return [record for record in found if record["kind"] in kinds]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaceable, "LADDER_SECONDS", 0.2)


async def test_pages_that_are_too_far_apart_are_played_for_by_the_server(run_experiment: Any) -> None:
    """Neither has to do anything; rows are those of a game on the server, and the data says why."""
    arrivals = Arrivals()
    async with two(run_experiment, study(scene(fallback="server"), arrivals)) as (running, ann, bob):
        for page in (ann, bob):
            await (await page.come()).is_far(1500.0)
        await asyncio.gather(played_by_server(ann), played_by_server(bob))
        assert sorted(arrivals.joined) == sorted(SEATS)
        for page in (ann, bob):
            assert page.person.frames[0].step <= 1
            await page.person.advance()
            await page.person.until_scene("end")
        assert_whole(await steps_of(running))
        game = await ended(running)
        assert (game["reason"], game["fallback"]) == ("completed", "server")
        assert "1500 ms there and back" in game["fallback_reason"]
        ways = records(running, "connection")
        assert [(way["seat"], way["way"], way["rtt_ms"]) for way in ways] == [
            (seat, "server", 1500.0) for seat in SEATS
        ]
        assert records(running, "restored") == []


async def test_one_page_that_cannot_is_enough(run_experiment: Any) -> None:
    """The other one, which waits for it and could play, loses nothing."""
    async with two(run_experiment, study(scene(fallback="server"))) as (running, ann, bob):
        await ann.come()
        bob.hello = await bob.person.say(type="hello", live=False)
        await bob.say("unplayable", reason="this browser has no WebAssembly", detail="")
        await asyncio.gather(played_by_server(ann), played_by_server(bob))
        assert_whole(await steps_of(running))
        game = await ended(running)
        assert "no WebAssembly" in game["fallback_reason"]


async def test_a_page_that_breaks_during_the_countdown(run_experiment: Any) -> None:
    """Nothing was recorded yet: the game begins anew on the server, and everybody joins it once."""
    arrivals = Arrivals()
    game = scene(fallback="server").gameplay(countdown_s=60.0)
    async with two(run_experiment, study(game, arrivals)) as (_, ann, bob):
        for page in (ann, bob):
            await (await page.come()).is_far(20.0)
        for page in (ann, bob):
            await page.person.until_state("countdown")
        await bob.say("failed", reason="out of memory", detail="")
        for page in (ann, bob):
            await page.person.until(lambda page=page: page.person.page.get("runtime") == "server")
            await page.person.until_state("countdown")
        assert sorted(arrivals.joined) == sorted(SEATS)


def pages_records(opening: dict[str, Any], steps: int, played: GymScene | None = None) -> list[bytes]:
    """What pages record of a game until so many steps were played."""
    clock = [0.0]
    venue = Venue(
        runtime="pyodide",
        encode=encode,
        wall_ms=lambda: int(clock[0] * 1000),
        frames=JsonFrames(),
        starts=AtOnce(),
        replay_slice=1.0,
        global_generators=True,
    )
    game = Game((played or scene()).game_spec(), {**opening, "history": []}, venue)
    while not game.built:
        game.turn(clock[0])
    game.start(clock[0])
    lines: list[bytes] = []
    while sum(b'"kind":"step"' in line for line in lines) < steps:
        clock[0] = game.next_due(clock[0]) or 0.0
        game.turn(clock[0])
        lines += game.ledger.take_lines()
    return lines


async def test_a_game_goes_on_where_a_page_broke(run_experiment: Any) -> None:
    """The server plays what the pages had recorded itself, and goes on; nobody reloads anything."""
    async with two(run_experiment, study(scene(fallback="server"))) as (running, ann, bob):
        for page in (ann, bob):
            await (await page.come()).is_far(20.0)
        for page in (ann, bob):
            await page.person.until(lambda page=page: any(one.get("started") for one in page.person.said))
        lines = pages_records(ann.hello["open"], 17)
        assert await ann.say("records", first=0, data=packed(lines[:-5])) == {"next": len(lines) - 5}
        await ann.person.until_state("playing")
        await bob.say("failed", reason="the browser ended the game's process", detail="")
        await ann.person.until(lambda: ann.person.said[-1].get("stopped") == "replaced")
        assert await ann.say("records", first=len(lines) - 5, data=packed(lines[-5:])) == {"next": len(lines)}
        await ann.say("stopped")
        await asyncio.gather(played_by_server(ann), played_by_server(bob))
        for page in (ann, bob):
            assert min(frame.step for frame in page.person.frames) == 17
        found = await steps_of(running)
        assert_whole(found)
        game = await ended(running)
        assert game["fallback_reason"].endswith("the browser ended the game's process")
        assert len(records(running, "restored")) == 1


async def test_whole_episodes_of_the_pages_are_verified(run_experiment: Any) -> None:
    """The one that goes on is compared as the server plays it."""
    game = scene(fallback="server").gameplay(num_episodes=2, reset_freeze_s=0.1)
    async with two(run_experiment, study(game)) as (running, ann, bob):
        for page in (ann, bob):
            await (await page.come()).is_far(20.0)
        for page in (ann, bob):
            await page.person.until(lambda page=page: any(one.get("started") for one in page.person.said))
        lines = pages_records(ann.hello["open"], STEPS + 7, game)
        await ann.say("records", first=0, data=packed(lines))
        await bob.say("failed", reason="out of memory", detail="")
        await ann.say("stopped")
        await asyncio.gather(played_by_server(ann), played_by_server(bob))
        for _ in range(400):
            if records(running, "verification"):
                break
            await asyncio.sleep(0.05)
        found = records(running, "verification")
        assert [(one["episode"], one["verdict"]) for one in found] == [(1, "verified")]
        steps = [(one["episode"], one["step"]) for one in records(running, "step")]
        assert steps == [(episode, step) for episode in (1, 2) for step in range(1, STEPS + 1)]


async def test_whose_seat_a_policy_has_for_good_may_go_on(run_experiment: Any) -> None:
    """They were replaced before the server played and are not called back; the other one plays on with it."""
    game = scene(fallback="server").multiplayer(
        on_leave="takeover", takeover_policy=PolicyTypes.Random, reconnect_window_s=0.2
    )
    async with two(run_experiment, study(game)) as (running, ann, bob):
        for page in (ann, bob):
            await (await page.come()).is_far(20.0)
        for page in (ann, bob):
            await page.person.until(lambda page=page: any(one.get("started") for one in page.person.said))
        lines = pages_records(ann.hello["open"], 17)
        await ann.say("records", first=0, data=packed(lines))
        await bob.person.disconnect()
        await ann.person.until(lambda: bool(ann.person.said[-1].get("taken")))
        await bob.person.connect()
        await bob.person.until_state("over")
        await ann.say("failed", reason="out of memory", detail="")
        await played_by_server(ann)
        assert bob.person.game["text"] != ann.person.game["text"]
        for page in (ann, bob):
            await page.person.advance()
            await page.person.until_scene("end")
        row = await ended(running)
        assert (row["reason"], row["fallback"]) == ("completed", "server")


async def test_without_a_fallback_the_game_ends_with_a_sentence(run_experiment: Any) -> None:
    """Both read it, and go on with the study."""
    async with two(run_experiment, study(scene())) as (_, ann, bob):
        await ann.come()
        bob.hello = await bob.person.say(type="hello", live=False)
        await bob.say("unplayable", reason="this browser has no WebAssembly", detail="")
        for page in (ann, bob):
            await page.person.until_state("failed")
            assert "Please continue." in page.person.game["text"]
            await page.person.advance()
            await page.person.until_scene("end")


class Elsewhere:
    """Offers a runtime whose fallback is the browser."""

    @mug.hookimpl
    def mug_runtimes(self) -> Any:
        from mug_server_mode.runtime import ServerRuntime

        class ElsewhereRuntime(ServerRuntime):
            name = "elsewhere"

        return {"elsewhere": ElsewhereRuntime}


def test_a_fallback_that_cannot_play_is_refused() -> None:
    """What takes over has no connections between pages to build on."""
    game = scene(runtime="elsewhere", transport="webrtc", fallback="pyodide")
    with pytest.raises(ConfigurationError, match="cannot each step the environment in their browser"):
        Experiment.build(study(game).plugins(Elsewhere()))
