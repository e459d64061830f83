"""Studies that look at the browser first, and at the player afterwards: on the server and in the browser."""

from __future__ import annotations

from mug_screening import Monitoring, ScreeningScene
from walk_env import RIGHT, STAY, Walk

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human


def ending(scene_id, header):
    scene = static_scene.EndScene().scene(scene_id=scene_id).ending(outcome=scene_id)
    return scene.display(scene_header=header)


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
    turned = ending("screened_out", "Not with this browser")
    out = ending("excluded", "The study is over for you")
    code = static_scene.CompletionCodeScene().scene(scene_id="code")
    order = stager.Stager(scenes=[look, start, game, code, turned, out])
    monitoring = Monitoring(warn_inactive_s=1, grace_s=2, consequence="exclude")
    config = experiment_config.ExperimentConfig().experiment(stager=order, experiment_id=experiment_id)
    return config.plugins(monitoring)


if __name__ == "__main__":
    app.run(study("on_server", in_browser=False), study("in_browser", in_browser=True))
