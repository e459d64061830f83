"""A pause holds whatever the runtime was about to say when it came."""

import asyncio
import contextlib

import pytest

import mug
from mug.components import EpisodeStarted
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene, StartScene
from mug.testing.conformance.table import HEADER
from mug.testing.envs import Meeting
from tests.testing.small_runtime import SmallGame, SmallRuntime


class HeldGame(SmallGame):
    """Says that the episode has begun only once it was paused: the two crossed on their way."""

    def __init__(self, setup, link):
        self.pauses = asyncio.Event()
        super().__init__(setup, link)

    async def begin(self):
        self.engine.begin_episode()
        await self.pauses.wait()
        self.link.event(EpisodeStarted(self.engine.episode))
        self.show()

    def pause(self):
        super().pause()
        self.pauses.set()

    def send(self, agent, kind, frame):
        header = HEADER.pack(kind, 0, self.engine.episode, frame, self.engine.step_number, 0)
        self.link.frame(agent, header + b"\x92\x90\x90")


class HeldRuntime(SmallRuntime):
    name = "held"
    game = HeldGame


class Held:
    """The plugin that offers it."""

    @mug.hookimpl
    def mug_runtimes(self):
        return {"held": HeldRuntime}


@pytest.fixture
def config():
    """A game of two people at the held runtime."""
    game = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Meeting)
        .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Human})
        .gameplay(action_mapping={"ArrowLeft": 1}, default_action=0, countdown_s=0.0)
        .runtime(runtime="held")
    )
    scenes = [StartScene().scene(scene_id="start"), game, EndScene().scene(scene_id="end")]
    return ExperimentConfig().experiment(stager=Stager(scenes=scenes), experiment_id="study").plugins(Held())


async def test_an_episode_that_begins_in_a_pause(run_experiment, config):
    """A game that is paused while its episode begins stays paused until everybody is back."""
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(run_experiment(config))
        ann, bob = [await stack.enter_async_context(running.arrive()) for _ in range(2)]
        for person in (ann, bob):
            await person.until_scene("start")
            await person.advance()
        await bob.until_state("countdown", "playing")
        await ann.disconnect()
        await bob.until_state("paused")
        await bob.until(lambda: bob.frames)
        assert bob.game["state"] == "paused"
        await ann.reload()
        await ann.until_state("over")
        await bob.until_state("over")
