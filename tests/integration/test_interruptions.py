"""Games on days on which players, the store or the server go away, alone or at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

import mug
from mug.components import StoreError
from mug.configurations.experiment_config import ExperimentConfig
from mug.core import games, seats
from mug.core.records.store import FileStore
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting
from tests.integration.test_games import HUMAN, experiment, into_game
from tests.integration.test_returns import TAKEOVER, come_back
from tests.testing.small_runtime import SmallRuntime


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once what the store could not do."""
    monkeypatch.setattr(games, "STORE_RETRY_SECONDS", 0.01)


class Moody(FileStore):
    """A store that can be told what not to store, and not to read."""

    refused: bytes | None = None
    unreadable = 0
    tries = 0

    def append(self, stream: str, lines: Any) -> None:
        if self.refused is not None and any(self.refused in line for line in lines):
            self.tries += 1
            raise StoreError("the disk is full")
        super().append(stream, lines)

    def read(self, stream: str) -> Any:
        if stream.startswith("games/") and self.unreadable:
            self.unreadable -= 1
            raise StoreError("the disk is away")
        return super().read(stream)


class WithMoody:
    """The plugin that has it."""

    store: Moody

    @mug.hookimpl
    def mug_store(self, experiment: Any) -> Moody:
        self.store = Moody(experiment.data_dir)
        return self.store


class BrokenRuntime(SmallRuntime):  # type: ignore[misc]
    name = "broken"

    def open(self, setup: Any, link: Any) -> Any:
        raise RuntimeError("out of order")


class WithBroken:
    """The plugin that offers it."""

    @mug.hookimpl
    def mug_runtimes(self) -> dict[str, type]:
        return {"broken": BrokenRuntime}


def reasons(running: Any) -> list[str | None]:
    return [game.ended for game in running.server.hosts[0]._state.games.values()]


def kinds(running: Any) -> list[str]:
    store = running.server.hosts[0]._store
    (game,) = running.server.hosts[0]._state.games
    return [json.loads(line)["kind"] for line in store.read(f"games/{game}")]


@contextlib.asynccontextmanager
async def pair(run_experiment: Any, config: Any) -> AsyncIterator[tuple[Any, Any, Any, AsyncExitStack]]:
    """Two people who play."""
    async with run_experiment(config) as running, AsyncExitStack() as stack:
        ann, bob = await into_game(stack, running, 2)
        for person in (ann, bob):
            await person.until_state("playing")
        yield running, ann, bob, stack


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_end_of_a_game_is_stored_whoever_comes_and_goes(run_experiment: Any) -> None:
    """When a game's end cannot be stored, neither a lost connection nor a return keeps it from ending."""
    plugin = WithMoody()
    config = experiment(gameplay={"max_steps": 30}).plugins(plugin)
    async with pair(run_experiment, config) as (running, ann, bob, stack):
        plugin.store.refused = b'"game_ended"'
        await until(lambda: plugin.store.tries > 2)
        await ann.disconnect()
        await come_back(stack, running, ann)
        tries = plugin.store.tries
        await until(lambda: plugin.store.tries > tries + 2)
        for person in (ann, bob):
            await person.until_state("paused")
            assert "cannot be saved" in person.game["text"]
        plugin.store.refused = None
        for person in (ann, bob):
            await person.until_state("over")
        assert reasons(running) == ["completed"]


async def test_a_game_whose_records_cannot_be_read_opens_later(run_experiment: Any) -> None:
    """Nobody notices more than a delay."""
    plugin = WithMoody()
    async with run_experiment(experiment().plugins(plugin)) as running, AsyncExitStack() as stack:
        plugin.store.unreadable = 3
        for person in await into_game(stack, running, 2):
            await person.until_state("over")
        assert plugin.store.unreadable == 0
        assert reasons(running) == ["completed"]


async def test_a_runtime_that_cannot_open_a_game_fails_it(run_experiment: Any, caplog: Any) -> None:
    """Its players read so and go on; the researcher gets the traceback."""
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0)
        .runtime(runtime="broken")
    )
    scenes = [StartScene().scene(scene_id="welcome"), game, EndScene().scene(scene_id="thanks")]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    async with run_experiment(config.plugins(WithBroken())) as running, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(running.arrive()) for _ in range(2)]
        for person in people:
            await person.until_scene("welcome")
            await person.advance()
        for person in people:
            await person.until_state("failed")
            await person.advance()
            await person.until_scene("thanks")
        assert reasons(running) == ["failed"]
    assert "RuntimeError: out of order" in caplog.text


async def test_who_leaves_while_nothing_can_be_stored_is_waited_for(run_experiment: Any) -> None:
    """When the store works again, the game pauses because of them and does not just go on."""
    plugin = WithMoody()
    config = experiment(gameplay={"max_steps": 4000}).plugins(plugin)
    async with pair(run_experiment, config) as (running, ann, bob, stack):
        plugin.store.refused = b'"step"'
        await bob.until_state("paused")
        assert "cannot be saved" in bob.game["text"]
        await ann.disconnect()
        game = next(iter(running.server.hosts[0]._play._games.values()))
        await until(lambda: not seats.everybody_here(game.seats.values()))
        plugin.store.refused = None
        await bob.until(lambda: "Another player" in bob.game["text"])
        assert bob.game["state"] == "paused"
        await come_back(stack, running, ann)
        for person in (ann, bob):
            await person.until_state("playing")


async def test_one_player_is_enough_for_a_game_that_plays_on(run_experiment: Any) -> None:
    """After everybody was away, the first who is back goes on, as they would have without the pause."""
    config = experiment(gameplay={"max_steps": 4000}, multiplayer={"on_disconnect": "play_on"})
    async with pair(run_experiment, config) as (running, ann, bob, stack):
        game = next(iter(running.server.hosts[0]._play._games.values()))
        for person in (ann, bob):
            await person.disconnect()
        await until(lambda: game._page.state == "paused")
        await come_back(stack, running, ann)
        await ann.until_state("playing")
        assert reasons(running) == [None]


async def test_a_reload_is_not_the_end_when_a_policy_takes_the_other_seat(run_experiment: Any) -> None:
    """Somebody who is only reloading is waited for, though nobody else is there any more."""
    multiplayer = TAKEOVER | {"on_disconnect": "pause", "reconnect_window_s": 20.0}
    config = experiment(gameplay={"max_steps": 4000}, multiplayer=multiplayer)
    async with pair(run_experiment, config) as (running, ann, bob, stack):
        game = next(iter(running.server.hosts[0]._play._games.values()))
        seats = {person: game.seats[person.page["seat"]] for person in (ann, bob)}
        for person in (ann, bob):
            await person.disconnect()
        await until(lambda: all(seat.absence for seat in seats.values()))
        seats[bob].cancel_absence()
        seats[bob].await_return(0.0, game._absent_too_long)
        await until(lambda: seats[bob].taken_over)
        await come_back(stack, running, ann)
        await ann.until_state("playing")
        assert reasons(running) == [None]


@pytest.mark.parametrize("on_disconnect", ["pause", "play_on"])
async def test_stopping_the_server_is_nobodys_leaving(run_experiment: Any, on_disconnect: str) -> None:
    """In the records nobody leaves, no game ends, and nobody is disconnected."""
    multiplayer = {"reconnect_window_s": 0.0, "on_disconnect": on_disconnect}

    def config() -> Any:
        return experiment(gameplay={"max_steps": 4000}, multiplayer=multiplayer)

    async with AsyncExitStack() as stack, run_experiment(config()) as running:
        for person in await into_game(stack, running, 2):
            await person.until(lambda person=person: person.frames)
    async with run_experiment(config()) as running:
        assert reasons(running) == [None]
        assert "player_left" not in kinds(running)
        assert "game_end" not in kinds(running)
        events = running.server.hosts[0]._store.read("events")
        assert not any(b'"disconnected"' in line for line in events)


async def test_games_that_the_script_lost_are_over(run_experiment: Any) -> None:
    """A server starts without the scene of an unfinished game that nobody is in any more."""
    config = experiment(gameplay={"max_steps": 4000})
    async with pair(run_experiment, config) as (running, *_):
        play = running.server.hosts[0]._play
        (facts,) = running.server.hosts[0]._state.games.values()
        del running.server.hosts[0].experiment.games["game"]
        assert play.restore() == 0
        assert facts.ended == "abandoned"
        person = next(iter(running.server.hosts[0]._state.participants.values()))
        play._games.clear()
        assert play.game_of(person) is None
