"""Environments that are told what people say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import pytest
from mug_chat import Chat, ChatRules

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.errors import ConfigurationError
from mug.records import decode, stored_games, stored_observations
from mug.rendering import Surface
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.envs import Meeting

pytest.importorskip("mug_server_mode")
AGENTS = ("player_0", "player_1")


class Letters(gymnasium.Env[Any, Any]):
    """Everybody observes how many letters were said to them."""

    def __init__(self, agents: Sequence[str] = AGENTS) -> None:
        self.action_space = gymnasium.spaces.Dict({agent: gymnasium.spaces.Discrete(2) for agent in agents})
        box = gymnasium.spaces.Box(0, 1e6, (1,), np.float32)
        self.observation_space = gymnasium.spaces.Dict(dict.fromkeys(agents, box))
        self.surface = Surface(width=100, height=100)
        self.letters = dict.fromkeys(agents, 0)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        return self._observe(), {}

    def step(self, action: Any) -> Any:
        self.steps += 1
        return self._observe(), dict.fromkeys(self.letters, 0.0), False, False, {}

    def receive_message(self, sender: str, text: str, to: list[str]) -> None:
        for agent in to:
            self.letters[agent] += len(text)

    def render(self) -> Any:
        self.surface.rect(x=self.steps % 90, y=0, width=10, height=10, color="red")
        return self.surface.commit()

    def _observe(self) -> dict[str, np.ndarray]:
        return {agent: np.array([count], np.float32) for agent, count in self.letters.items()}


def study(environment: Any, **environment_settings: Any) -> ExperimentConfig:
    game = (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping=dict.fromkeys(AGENTS, PolicyTypes.Human))
        .rendering(fps=30)
        .gameplay(num_episodes=5, action_mapping={"a": 1}, default_action=0, countdown_s=0)
    )
    game.environment(env_creator=environment, **environment_settings)
    scenes = [StartScene().scene(scene_id="start"), game, EndScene().scene(scene_id="end")]
    return (
        ExperimentConfig()
        .experiment(stager=Stager(scenes=scenes), experiment_id="study", seed=5)
        .plugins(Chat({"game": ChatRules(observed=True)}))
    )


async def test_an_environment_observes_what_is_said(run_experiment: Any) -> None:
    """What somebody says is observed by whom they said it to, and stands in the game's records."""
    async with run_experiment(study(Letters)) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            for person in (ann, bob):
                await person.until_scene("start")
                await person.advance()
            for person in (ann, bob):
                await person.until_state("playing")
            await ann.until(lambda: len(ann.frames) > 3)
            answer = await ann.tell("chat", do="say", id="1", kind="text", text="hello")
            assert answer == {"ok": True}
            seen = len(ann.frames)
            await ann.until(lambda: len(ann.frames) > seen + 20)
            speaker, listener = ann.game["seat"], bob.game["seat"]
        (game,) = stored_games(running.data_dir)
        records = [decode(line) for line in game.lines()]
    (message,) = [record for record in records if record["kind"] == "message"]
    assert (message["agent"], message["text"], message["to"]) == (speaker, "hello", [listener])
    steps = {record["step"]: record["observations"] for record in records if record["kind"] == "step"}
    assert steps[message["step"]] == {speaker: [0], listener: [0]}
    assert steps[message["step"] + 2] == {speaker: [0], listener: [5]}


async def test_who_is_left_is_heard_by_the_environment(run_experiment: Any) -> None:
    """When the first player is taken out, the others are heard, and nothing is delivered to who is gone."""
    agents = (*AGENTS, "player_2")
    humans = dict.fromkeys(AGENTS, PolicyTypes.Human)

    async def silent(history: Any, situation: Any) -> None:
        return None

    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Letters, env_config={"agents": agents})
        .policies(policy_mapping={**humans, "player_2": PolicyTypes.Random})
        .rendering(fps=30)
        .gameplay(num_episodes=5, action_mapping={"a": 1}, default_action=0, countdown_s=0)
        .multiplayer(on_leave="takeover", takeover_policy=PolicyTypes.Random)
    )
    out = EndScene().scene(scene_id="out").ending(outcome="excluded")
    rules = ChatRules(observed=True, partners={"player_2": silent})
    config = ExperimentConfig().experiment(
        stager=Stager(scenes=[game, EndScene().scene(scene_id="end"), out]), experiment_id="study"
    )
    async with run_experiment(config.plugins(Chat({"game": rules}))) as running:
        async with running.arrive() as ann, running.arrive() as bob:
            for person in (ann, bob):
                await person.until_state("playing")
            first, second = sorted((ann, bob), key=lambda person: str(person.game["seat"]))
            host = running.server.hosts[0]
            (created,) = host._state.games.values()
            subject = created.seats["player_0"]["subject_id"]
            assert host._flow.attendance.take_out(subject, "excluded", "in a test")
            await first.until_scene("out")
            assert (await second.tell("chat", do="look"))["others"] == ["Player 3"]
            assert await second.tell("chat", do="say", id="1", kind="text", text="hello") == {"ok": True}
            seen = len(second.frames)
            await second.until(lambda: len(second.frames) > seen + 5)
        (game_data,) = stored_games(running.data_dir)
        heard = [record for line in game_data.lines() if (record := decode(line))["kind"] == "message"]
        (said,) = stored_observations(running.data_dir, "chat")
    assert [(record["agent"], record["to"]) for record in heard] == [("player_1", ["player_2"])]
    assert (said["values"]["to_seats"], said["values"]["to"]) == (["player_2"], [])


async def test_an_environment_that_cannot_hear(run_experiment: Any) -> None:
    """Whoever wants messages to be observed learns at once that the environment has no ear."""
    with pytest.raises(ConfigurationError, match="no method receive_message"):
        async with run_experiment(study(Meeting)):
            pass


async def test_a_browser_is_no_place_for_it(run_experiment: Any) -> None:
    """Where browsers step the environment, messages are no part of the simulation, and mug says so."""
    pytest.importorskip("mug_pyodide")
    config = study(Letters)
    stager = config.setting("stager")
    game = next(scene for scene in stager.scenes() if scene.scene_id == "game")
    game.runtime(run_through_pyodide=True)
    with pytest.raises(ConfigurationError, match="no part of the simulation"):
        async with run_experiment(config):
            pass
