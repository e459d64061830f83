"""Two people on the coordination grid, which each of their browsers steps."""

from __future__ import annotations

import sys
from pathlib import Path

from lockstep import LockstepPlugin

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human


def study(transport, name, multiplayer=None, **gameplay):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=CoordinationGridEnv, env_config={"grid_size": 10})
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20, game_width=500, game_height=500)
        .gameplay(
            **{
                "default_action": NOOP,
                "action_mapping": {
                    "ArrowUp": UP,
                    "ArrowDown": DOWN,
                    "ArrowLeft": LEFT,
                    "ArrowRight": RIGHT,
                },
                "input_mode": configuration_constants.InputModes.KeyDown,
                "num_episodes": 1,
                "max_steps": None,
                "countdown_s": 0.5,
                **gameplay,
            }
        )
        .content(scene_header="Together")
        .multiplayer(**(multiplayer or {}))
        .runtime(run_through_pyodide=True, transport=transport)
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return (
        experiment_config.ExperimentConfig()
        .experiment(stager=stager.Stager(scenes=[game, thanks]), experiment_id=f"{transport}_{name}")
        .plugins(LockstepPlugin())
    )


def studies(transport):
    brief = {"reconnect_window_s": 3.0}
    chance = configuration_constants.PolicyTypes.Random
    return [
        study(transport, "short", max_steps=60),
        study(transport, "long"),
        study(transport, "waits", on_hidden="pause"),
        study(transport, "brief_wait", brief),
        study(transport, "taken", {**brief, "on_leave": "takeover", "takeover_policy": chance}),
    ]


if __name__ == "__main__":
    app.run(*studies("lockstep"), *studies("webrtc"))
