"""The experiment of one person with an AI on the coordination grid, played in the page."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples" / "coordination_grid"))

import gymnasium
from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

FPS = 30
EPISODE_STEPS = 20 * FPS
UP, DOWN, LEFT, RIGHT, NOOP = range(5)
GOAL = 9


def partner(observation: Any) -> int:
    """Walk to the goal and wait there."""
    x, y = observation
    if x < GOAL:
        return RIGHT
    return DOWN if y < GOAL else NOOP


def scene(runtime: str) -> gym_scene.GymScene:
    """Return the scene, played by a runtime of this name."""
    return (
        gym_scene.GymScene()
        .scene(scene_id="play")
        .environment(env_creator=CoordinationGridEnv)
        .policies(policy_mapping={"player_0": configuration_constants.PolicyTypes.Human, "player_1": partner})
        .rendering(fps=FPS, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=1000,
            max_steps=EPISODE_STEPS,
            countdown_s=0,
        )
        .runtime(runtime=runtime)
    )


def measured_scenes() -> dict[str, gym_scene.GymScene]:
    """Return scenes to measure environments with, by their names."""
    return {
        "CartPole-v1": _gymnasium(make_cart_pole),
        "MountainCar-v0": _gymnasium(make_mountain_car),
        "coordination grid": scene("pyodide"),
    }


def make_cart_pole() -> gymnasium.Env[Any, Any]:
    """Return Gymnasium's own."""
    return gymnasium.make("CartPole-v1")


def make_mountain_car() -> gymnasium.Env[Any, Any]:
    """Return Gymnasium's own."""
    return gymnasium.make("MountainCar-v0")


def _gymnasium(make: Callable[[], gymnasium.Env[Any, Any]]) -> gym_scene.GymScene:
    return (
        gym_scene.GymScene()
        .scene(scene_id="play")
        .environment(env_creator=make)
        .policies(policy_mapping={"human": configuration_constants.PolicyTypes.Human})
        .gameplay(default_action=0, action_mapping={"ArrowRight": 1}, num_episodes=10_000)
        .runtime(runtime="pyodide")
    )


def config(runtime: str) -> experiment_config.ExperimentConfig:
    """Return the experiment."""
    scenes = [
        static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Alone"),
        scene(runtime),
        static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Done"),
    ]
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=scenes), experiment_id="alone", data_dir=os.environ["BENCH_DATA"]
        )
        .hosting(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
    )


if __name__ == "__main__":
    app.run(config("pyodide"))
