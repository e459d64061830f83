"""Walks in the participants' own browsers."""

from __future__ import annotations

import walk_env

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app


def study(experiment_id, env=walk_env.Walk, runtime=None, **gameplay):
    welcome = static_scene.StartScene().scene(scene_id="welcome").display(scene_header="A walk")
    walk = (
        gym_scene.GymScene()
        .scene(scene_id="walk")
        .environment(env_creator=env)
        .policies(policy_mapping={"walker": configuration_constants.PolicyTypes.Human})
        .rendering(fps=30, game_width=walk_env.WIDTH, game_height=100)
        .gameplay(
            **{
                "action_mapping": {"ArrowRight": walk_env.RIGHT},
                "default_action": walk_env.STAY,
                "countdown_s": 0.5,
                "num_episodes": 1,
                "max_steps": None,
                **gameplay,
            }
        )
        .content(scene_header="A walk")
        .runtime(run_through_pyodide=True, **(runtime or {}))
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[welcome, walk, thanks]), experiment_id=experiment_id
    )


if __name__ == "__main__":
    app.run(
        study("short", max_steps=60, num_episodes=2, reset_freeze_s=0.2),
        study("long"),
        study("anew", runtime={"on_reload": "restart_episode"}),
        study("waits", on_hidden="pause"),
        study("helped", runtime={"fallback": "server"}, max_steps=60),
        study("stumble", walk_env.Stumble),
        study("circle", walk_env.Circle),
        study("hungry", walk_env.Hungry),
    )
