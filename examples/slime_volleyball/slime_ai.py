"""Slime Volleyball against an AI in the participant's browser: a model in ONNX, and rules written by hand."""

from __future__ import annotations

import make_policy
from slime_game import game, welcome
from slime_rules import decide
from slime_volleyball_env import LEFT, RIGHT

from mug.configurations import experiment_config
from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.scenes import stager, static_scene
from mug.server import app

POINTS = 15

model = ModelConfig(
    onnx_path=make_policy.ready(),
    obs_input=make_policy.INPUT,
    logit_output=make_policy.OUTPUT,
)

start = welcome("<p>You will play two games of 15 points, against two computer players.</p>")

against_model = game("against_model", {LEFT: PolicyTypes.Human, RIGHT: model}, POINTS)
against_rules = game("against_rules", {LEFT: PolicyTypes.Human, RIGHT: decide}, POINTS)

end = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you for playing!")

config = (
    experiment_config.ExperimentConfig()
    .experiment(
        stager=stager.Stager(scenes=[start, stager.RandomizeOrder([against_model, against_rules]), end]),
        experiment_id="slime_ai",
        title="Slime Volleyball: a person and an AI",
    )
    .hosting(port=8000, host="0.0.0.0")
)

if __name__ == "__main__":
    app.run(config)
