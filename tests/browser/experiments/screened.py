"""Studies that look at the browser first, and at the players afterwards: on the server and in the browser."""

from __future__ import annotations

import sys
from pathlib import Path

from endings import ending
from mug_screening import Monitoring, ScreeningScene
from walk_env import RIGHT, STAY, Walk

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "coordination_grid"))
from coordination_grid_env import CoordinationGridEnv

HUMAN = configuration_constants.PolicyTypes.Human
DOWN, NOOP = 1, 4


def study(experiment_id, in_browser):
    look = (
        ScreeningScene()
        .scene(scene_id="look")
        .requires(
            device=["desktop"],
            browsers={"chrome": 100},
            needs=["webassembly", "webrtc", "keyboard"],
            max_rtt_ms=1500,
            min_window=(700, 500),
        )
    )
    game = (
        gym_scene.GymScene()
        .scene(scene_id="walk")
        .environment(env_creator=Walk)
        .runtime(run_through_pyodide=in_browser)
        .policies(policy_mapping={"walker": HUMAN})
        .rendering(fps=20)
        .gameplay(
            action_mapping={"ArrowRight": RIGHT},
            default_action=STAY,
            countdown_s=0,
            num_episodes=1,
            max_steps=2000,
        )
    )
    start = static_scene.StartScene().scene(scene_id="start").display(scene_header="A walk")
    turned = ending("screened_out", "screened_out", "Not with this browser")
    out = ending("excluded", "excluded", "The study is over for you")
    code = static_scene.CompletionCodeScene().scene(scene_id="code")
    order = stager.Stager(scenes=[look, start, game, code, turned, out])
    monitoring = Monitoring(warn_inactive_s=1, grace_s=2, consequence="exclude")
    config = experiment_config.ExperimentConfig().experiment(stager=order, experiment_id=experiment_id)
    return config.plugins(monitoring)


def together(experiment_id, *, episodes, monitoring, **multiplayer):
    """Two people whose browsers step the game; every ending has a code of its own."""
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=CoordinationGridEnv, env_config={"grid_size": 10})
        .runtime(run_through_pyodide=True)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20, game_width=500, game_height=500)
        .gameplay(
            action_mapping={"ArrowDown": DOWN},
            default_action=NOOP,
            countdown_s=0.5,
            reset_freeze_s=0.5,
            num_episodes=episodes,
            max_steps=100,
        )
        .content(scene_header="Together")
        .multiplayer(**multiplayer)
    )
    ends = [
        static_scene.CompletionCodeScene()
        .scene(scene_id=outcome)
        .ending(outcome=outcome)
        .display(scene_header=header)
        for outcome, header in (
            ("completed", "Thank you!"),
            ("excluded", "The study is over for you"),
            ("partner_left", "The other player is gone"),
        )
    ]
    config = experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, *ends]), experiment_id=experiment_id
    )
    return config.plugins(monitoring)


if __name__ == "__main__":
    app.run(
        study("on_server", in_browser=False),
        study("in_browser", in_browser=True),
        together(
            "ends",
            episodes=50,
            monitoring=Monitoring(max_inactive=None, warn_inactive_s=6, grace_s=3, consequence="exclude"),
            reconnect_window_s=60,
        ),
        together(
            "replaced",
            episodes=3,
            monitoring=Monitoring(max_inactive=None, warn_away_s=1, grace_s=1, consequence="exclude"),
            on_leave="takeover",
            takeover_policy=configuration_constants.PolicyTypes.Random,
        ),
    )
