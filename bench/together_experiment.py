"""Two people on the coordination grid at 30 fps: by rollback, in lockstep, or with the server in between."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples" / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

FPS = 30
INPUT_DELAY = 2
UP, DOWN, LEFT, RIGHT, NOOP = range(5)
WINDOWS = {"rollback": 8, "lockstep": 0}


class EndlessGrid(CoordinationGridEnv):
    """The coordination grid without an end."""

    def step(self, actions):
        observations, rewards, _, truncated, infos = super().step(actions)
        return observations, rewards, False, truncated, infos


def scene(mode: str) -> gym_scene.GymScene:
    """Return the scene, played in one of three ways."""
    human = configuration_constants.PolicyTypes.Human
    built = (
        gym_scene.GymScene()
        .scene(scene_id="play")
        .environment(env_creator=EndlessGrid)
        .policies(policy_mapping={"player_0": human, "player_1": human})
        .rendering(fps=FPS, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            max_steps=None,
            countdown_s=0,
        )
        .runtime(run_through_pyodide=mode in WINDOWS)
    )
    if mode in WINDOWS:
        window = WINDOWS[mode]
        built.multiplayer(ggpo_max_rollback_frames=window, ggpo_input_delay_frames=INPUT_DELAY)
    return built


def config() -> experiment_config.ExperimentConfig:
    """Return the experiment."""
    end = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Done")
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=[scene(os.environ["BENCH_SCENE"]), end]),
            experiment_id="together",
            data_dir=os.environ["BENCH_DATA"],
        )
        .hosting(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
    )


if __name__ == "__main__":
    app.run(config())
