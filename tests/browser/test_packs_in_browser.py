"""Modules that only browsers import are fetched from the server while the game waits for them."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import Arrive, Serve
from tests.browser.data import Data

LOADING_MS = 90_000
ENV = """
import sys
import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete

class Env(gymnasium.Env):
    action_space = Discrete(2)
    observation_space = Box(0, 100, (1,))
    maps = 0

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        if sys.platform == "emscripten":
            from gymnasium.envs.toy_text.frozen_lake import MAPS
            self.maps = len(MAPS)
        return np.zeros(1, np.float32), {"maps": self.maps}

    def step(self, action):
        return np.zeros(1, np.float32), 0.0, False, False, {"maps": self.maps}

    def render(self):
        return np.zeros((20, 20, 3), np.uint8)

env = Env()
"""
SCRIPT = """
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player": PolicyTypes.Human})
    .gameplay(action_mapping={"ArrowUp": 1}, default_action=0, countdown_s=0, max_steps=5)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="lazy_env.py"))
scenes = [
    static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Hello"),
    game,
    static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thanks"),
]
app.run(ExperimentConfig().experiment(experiment_id="lazy", stager=stager.Stager(scenes=scenes)))
"""


async def test_a_module_nobody_expected_is_fetched(serve: Serve, arrive: Arrive, tmp_path: Path) -> None:
    """What the trial on the server never imported is there when the environment imports it in the browser."""
    (tmp_path / "lazy_env.py").write_text(ENV)
    script = tmp_path / "lazy.py"
    script.write_text(SCRIPT)
    server = await serve(script)
    ann = await arrive(server.url)
    ann.context.set_default_timeout(LOADING_MS)
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("over")
    await ann.until("() => window.mug.debug().unackedRecords === 0")
    data = Data(server.data_dir / "lazy")
    (game,) = data.game_ids("game")
    assert [step["infos"]["player"]["maps"] for step in data.steps(game)] == [2] * 5
