"""Monitoring of people whose pages play one game, without browsers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StaticScene
from tests.integration.pages_of_two import WiresPlugin, episode_end, game_of_two, pair, step

mug_screening = pytest.importorskip("mug_screening")

REPLACED = {"on_leave": "takeover", "takeover_policy": PolicyTypes.Random, "reconnect_window_s": 0.2}


def monitored(*, multiplayer: dict[str, Any], **monitoring: Any) -> ExperimentConfig:
    scenes = [
        game_of_two(**multiplayer),
        StaticScene().scene(scene_id="questions"),
        EndScene().scene(scene_id="end"),
        EndScene().scene(scene_id="excluded").ending(outcome="excluded"),
    ]
    config = ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study")
    return config.plugins(WiresPlugin(), mug_screening.Monitoring(**monitoring))


def observed(experiment: Any, subject_id: str) -> list[dict[str, Any]]:
    """Return what was observed of somebody, in order."""
    journal = experiment.server.hosts[0]._journal
    found = [*journal.observed("attention"), *journal.observed("attention_event")]
    return [record["values"] for record in found if record["subject_id"] == subject_id]


async def measured_of(experiment: Any, subject_id: str) -> list[dict[str, Any]]:
    """Wait until something was observed of somebody, and return it."""
    async with asyncio.timeout(20):
        while not observed(experiment, subject_id):
            await asyncio.sleep(0.05)
    return observed(experiment, subject_id)


def subject_in(experiment: Any, seat: str) -> str:
    (game,) = experiment.server.hosts[0]._state.games.values()
    return str(game.seats[seat]["subject_id"])


async def test_who_went_on_without_the_game_is_left_alone(run_experiment: Any) -> None:
    """Somebody whose seat a policy has for good answers questions; the end of the episode is not theirs."""
    config = monitored(multiplayer=REPLACED, consequence="exclude")
    async with run_experiment(config) as experiment, pair(experiment) as (ann, bob):
        subject = subject_in(experiment, bob.seat)
        await bob.person.disconnect()
        await ann.person.until(lambda: any(said.get("taken") for said in ann.person.said))
        await bob.person.connect()
        await bob.person.until_state("over")
        await bob.person.advance()
        await bob.person.until_scene("questions")
        played = {ann.seat: "human", bob.seat: "policy"}
        rest = [step(number, sources=played) for number in range(4, 60)]
        assert await ann.send(5, *rest, episode_end(59, "terminated")) == {"next": 62}
        await measured_of(experiment, subject_in(experiment, ann.seat))
        await bob.person.advance()
        await bob.person.until_scene("end")
    (measured,) = observed(experiment, subject)
    assert measured["reason"] == "left"


async def test_who_cannot_play_any_more_is_not_asked_to(run_experiment: Any) -> None:
    """Somebody whose seat a policy has is not warned that they do nothing."""
    config = monitored(multiplayer=REPLACED, max_inactive=None, warn_inactive_s=0.5)
    async with run_experiment(config) as experiment, pair(experiment) as (ann, bob):
        await bob.person.disconnect()
        await ann.person.until(lambda: any(said.get("taken") for said in ann.person.said))
        await bob.person.connect()
        await bob.person.until_state("over")
        played = {ann.seat: "default", bob.seat: "policy"}
        await ann.send(5, *(step(number, sources=played) for number in range(4, 60)))
        await ann.person.until(lambda: ann.person.notices)
        assert bob.person.notices == []


async def test_who_acts_in_time_is_not_excluded_because_that_is_told_later(run_experiment: Any) -> None:
    """After a warning it counts what was done, also when the pages tell of it only after the grace."""
    config = monitored(
        multiplayer={}, consequence="exclude", max_inactive=None, warn_inactive_s=0.5, grace_s=0.5
    )
    async with run_experiment(config) as experiment, pair(experiment) as (ann, bob):
        idle = {ann.seat: "human", bob.seat: "default"}
        await ann.send(5, *(step(number, sources=idle) for number in range(4, 40)))
        await bob.person.until(lambda: bob.person.notices)
        over = asyncio.get_running_loop().time() + 1.2
        while asyncio.get_running_loop().time() < over:
            await asyncio.sleep(0.05)
        active = {ann.seat: "human", bob.seat: "human"}
        await ann.send(41, *(step(number, sources=active) for number in range(40, 60)))
        subject = subject_in(experiment, bob.seat)
        async with asyncio.timeout(20):
            while len(observed(experiment, subject)) < 2:
                await asyncio.sleep(0.05)
        assert bob.person.scene["scene_id"] == "game"
        assert [event["what"] for event in observed(experiment, subject)] == ["warned", "recovered"]


async def test_a_whole_episode_without_an_action_excludes(run_experiment: Any) -> None:
    """What pages are certain of decides: each step counts once, and the other one reads that it is over."""
    config = monitored(multiplayer={}, consequence="exclude")
    async with run_experiment(config) as experiment, pair(experiment) as (ann, bob):
        played = {ann.seat: "human", bob.seat: "default"}
        rest = [step(number, sources=played) for number in range(4, 60)]
        subject = subject_in(experiment, bob.seat)
        for page in (ann, bob):
            assert await page.send(5, *rest) == {"next": 61}
        assert await ann.send(61, episode_end(59, "terminated")) == {"next": 62}
        await bob.person.until_scene("excluded")
        await ann.person.until(lambda: any(said.get("stopped") == "player_left" for said in ann.person.said))
        await ann.say("stopped")
        await ann.person.until_state("over")
    (measured,) = observed(experiment, subject)
    found = (measured["steps"], measured["inactive_steps"], measured["exceeded"], measured["reason"])
    assert found == (59, 59, ["inactive"], "terminated")


async def test_steps_that_lack_what_only_observers_need(run_experiment: Any) -> None:
    """A page may leave out who did what: its steps are stored once, and count as nobody's actions."""
    config = monitored(multiplayer={})
    async with run_experiment(config) as experiment, pair(experiment) as (ann, _):
        assert await ann.send(5, step(4), episode_end(4, "terminated")) == {"next": 7}
        subject = subject_in(experiment, ann.seat)
        (measured,) = await measured_of(experiment, subject)
    assert (measured["steps"], measured["inactive_steps"], measured["reason"]) == (4, 4, "terminated")
