"""Two people on the coordination grid, which their browsers step together with rollback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human


game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .environment(env_creator=CoordinationGridEnv, env_config={"grid_size": 10})
    .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
    .rendering(fps=20, game_width=500, game_height=500)
    .gameplay(
        default_action=NOOP,
        action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
        input_mode=configuration_constants.InputModes.KeyDown,
        num_episodes=1,
        max_steps=400,
        countdown_s=0.5,
    )
    .content(scene_header="Together")
    .runtime(run_through_pyodide=True)
)
thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
config = experiment_config.ExperimentConfig().experiment(
    stager=stager.Stager(scenes=[game, thanks]), experiment_id="grid"
)
if "TURN_SECRET" in os.environ:
    config.webrtc(force_relay=True)

if __name__ == "__main__":
    app.run(config)
