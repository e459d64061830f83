"""Two people on the coordination grid: in their browsers, or on the server where these cannot play it."""

from __future__ import annotations

import sys
from pathlib import Path

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human


def study(experiment_id, max_steps, window, fps=20):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=CoordinationGridEnv, env_config={"grid_size": 10})
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=fps, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            input_mode=configuration_constants.InputModes.KeyDown,
            num_episodes=1,
            max_steps=max_steps,
            countdown_s=0.5,
        )
        .multiplayer(ggpo_max_rollback_frames=window)
        .content(scene_header="Together")
        .runtime(run_through_pyodide=True, fallback="server")
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id
    )


if __name__ == "__main__":
    # Half a second there and back is what the window of the first one bears.
    app.run(study("narrow", max_steps=180, window=3), study("wide", max_steps=180, window=20, fps=10))
