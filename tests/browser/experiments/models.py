"""One participant among two models: one that remembers and draws, one that decides."""

from __future__ import annotations

import tempfile
from pathlib import Path

import models_env
import partner_model

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app


def partner(path: Path, sampling: str) -> configuration_constants.ModelConfig:
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


def config(path: Path) -> experiment_config.ExperimentConfig:
    welcome = static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Models")
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=models_env.Views)
        .policies(
            policy_mapping={
                "person": configuration_constants.PolicyTypes.Human,
                "drawing": partner(path, "sample"),
                "deciding": partner(path, "argmax"),
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
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "partner.onnx"
        partner_model.save(model)
        app.run(config(model))
