"""Two people on the coordination grid, in three studies that differ in what happens when one of them goes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human


def walk_to_the_goal(observation):
    """Play for somebody who has left: right to the wall, then down."""
    x, y = observation
    if x < 9:
        return RIGHT
    return DOWN if y < 9 else NOOP


def study(experiment_id, **when_somebody_goes):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=1,
            max_steps=100_000,
            countdown_s=0.2,
            input_mode=configuration_constants.InputModes.KeyDown,
        )
        .content(scene_header="Meet on the green square")
        .multiplayer(num_players=2, player_ids=["player_0", "player_1"], **when_somebody_goes)
        .runtime(run_through_pyodide=False, environment_class=CoordinationGridEnv)
    )
    thanks = (
        static_scene.EndScene()
        .scene(scene_id="thanks")
        .display(scene_header="Thank you!", scene_body="That was all.")
    )
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id, title="Two people"
    )


if __name__ == "__main__":
    app.run(
        study("waits", reconnect_window_s=60),
        study("ends", reconnect_window_s=1),
        study("replaces", reconnect_window_s=1, on_leave="takeover", takeover_policy=walk_to_the_goal),
        study("plays_on", reconnect_window_s=60, on_disconnect="play_on"),
    )
