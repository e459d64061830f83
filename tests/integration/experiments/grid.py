"""The coordination grid at speed, for tests that start and kill whole servers."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human
UP, DOWN, LEFT, RIGHT, NOOP = range(5)

start = static_scene.StartScene().scene(scene_id="welcome").display(scene_header="Welcome")
game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
    .rendering(fps=60, game_width=500, game_height=500)
    .gameplay(
        default_action=NOOP,
        action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
        num_episodes=1000,
        max_steps=50,
        countdown_s=0,
    )
    .multiplayer(num_players=2, player_ids=["player_0", "player_1"], reconnect_window_s=60)
    .waitroom(min_players=2, max_wait_time=600, timeout_scene_id="thanks")
    .runtime(run_through_pyodide=False, environment_class=CoordinationGridEnv)
)
end = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thanks")

config = experiment_config.ExperimentConfig().experiment(
    stager=stager.Stager(scenes=[start, game, end]), experiment_id="grid"
)

if __name__ == "__main__":
    app.run(config)
