"""What becomes of people who wait in vain: they wait on, or a policy plays for those who did not come."""

from __future__ import annotations

from typing import Any

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Branch, Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting

pytest.importorskip("mug_server_mode")

HUMAN = PolicyTypes.Human


def study(**waitroom: Any) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=60)
        .gameplay(num_episodes=1, action_mapping={"a": 1}, default_action=0, countdown_s=0)
        .waitroom(max_wait_time=1, **waitroom)
    )
    if "min_players" in waitroom:
        game.multiplayer(takeover_policy=PolicyTypes.Random)
    after = Branch(
        "game.filled",
        {"1": StartScene().scene(scene_id="with_policy")},
        default=StartScene().scene(scene_id="with_people"),
    )
    scenes = [StartScene().scene(scene_id="start"), game, after, EndScene().scene(scene_id="thanks")]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)


@pytest.mark.parametrize("told", ["", "A computer plays for your partner."])
async def test_a_policy_in_the_place_of_a_person(run_experiment: Any, told: str) -> None:
    """It is in the data and a fact about the participant, who is told if and only if the study says so."""
    waitroom = {"min_players": 1} | ({"filled_message": told} if told else {})
    async with run_experiment(study(**waitroom)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until_state("over")
        assert ann.notices == ([told] if told else [])
        await ann.advance()
        await ann.until_scene("with_policy")
        (game,) = running.server.hosts[0]._state.games.values()
        assert [seat.get("filled") for seat in game.seats.values() if "policy" in seat] == [True]


async def test_nobody_is_told_of_policies_in_a_whole_group(run_experiment: Any) -> None:
    """Two people who play with each other are told nothing, and their fact is that nobody was missing."""
    config = study(min_players=1, filled_message="A computer plays for your partner.")
    async with run_experiment(config) as running, running.arrive() as ann, running.arrive() as bob:
        for person in (ann, bob):
            await person.until_scene("start")
        for person in (ann, bob):
            await person.advance()
        for person in (ann, bob):
            await person.until_state("over")
            await person.advance()
            await person.until_scene("with_people")
            assert person.notices == []


async def test_waiting_on(run_experiment: Any) -> None:
    """Who may wait on reads that the search goes on, and is there for who comes later."""
    async with run_experiment(study(extensions=100)) as running, running.arrive() as ann:
        await ann.until_scene("start")
        await ann.advance()
        await ann.until(lambda: "We still look for others" in ann.lobby.get("text", ""))
        assert 0 < ann.lobby["remaining"] <= 1
        async with running.arrive() as bob:
            await bob.until_scene("start")
            await bob.advance()
            for person in (ann, bob):
                await person.until_state("over")
        assert "lobby_extended" in (running.data_dir / "journal" / "events.jsonl").read_text()
