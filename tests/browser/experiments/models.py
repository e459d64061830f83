"""One participant among models: one draws, one decides, and one lets roundings decide in the end."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

import models_env
import partner_model

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app


def partner(
    folder: Path, sampling: str, memory: float = partner_model.FORGETS
) -> configuration_constants.ModelConfig:
    path = folder / f"{memory}.onnx"
    partner_model.save(path, memory)
    return configuration_constants.ModelConfig(
        onnx_path=path,
        obs_input="input",
        logit_output="logits",
        state_inputs=["state"],
        state_outputs=["next"],
        state_shape=[1, partner_model.HIDDEN],
        fixed_inputs={"gain": [1.5]},
        sampling=sampling,
    )


def config(folder: Path) -> experiment_config.ExperimentConfig:
    welcome = static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Models")
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=models_env.Views, seed=20)
        .policies(
            policy_mapping={
                "person": configuration_constants.PolicyTypes.Human,
                "drawing": partner(folder, "sample"),
                "deciding": partner(folder, "argmax"),
                "clinging": partner(folder, "argmax", partner_model.CLINGS),
            }
        )
        .rendering(fps=100, game_width=200, game_height=100)
        .gameplay(
            action_mapping={"ArrowRight": 1}, default_action=0, countdown_s=0.0, num_episodes=2, max_steps=550
        )
        .runtime(run_through_pyodide=True)
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[welcome, game, thanks]), experiment_id="models"
    )


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    app.run(config(folder))
