"""The experiment that pairs play, each in their own browsers; BENCH_PROFILE names a file for a profile."""

from __future__ import annotations

import os

from bench.alone import FPS, scene
from bench.profiling import profiled
from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human


def pairs_scene() -> gym_scene.GymScene:
    """Return the coordination grid for two people."""
    both = scene("pyodide").policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
    return both.runtime(transport="webrtc").rendering(fps=FPS)


def config() -> experiment_config.ExperimentConfig:
    """Return the experiment."""
    scenes = [pairs_scene(), static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Done")]
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=scenes), experiment_id="pairs", data_dir=os.environ["BENCH_DATA"]
        )
        .hosting(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
    )


if __name__ == "__main__":
    with profiled(os.environ.get("BENCH_PROFILE")):
        app.run(config())
