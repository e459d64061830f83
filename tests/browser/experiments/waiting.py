"""Waiting rooms: to be left, with a limit that leads to a scene or to another site, and with a question."""

from __future__ import annotations

import os

from plaza_env import DOWN, LEFT, RIGHT, STAY, UP, PlazaEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human
ELSEWHERE = os.environ.get("ELSEWHERE", "https://example.com/sorry")


def two_players():
    return PlazaEnv(("player_0", "player_1"))


def page(kind, scene_id, header, **content):
    return kind().scene(scene_id=scene_id).display(scene_header=header, **content)


def study(experiment_id, *, own_page=True, **waitroom):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="plaza")
        .environment(env_creator=two_players)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=10, game_width=420, game_height=420)
        .gameplay(
            action_mapping={"w": UP, "s": DOWN, "a": LEFT, "d": RIGHT}, default_action=STAY, countdown_s=0.2
        )
        .content(scene_header="Meet in the middle", scene_body="<p>Two people play this game.</p>")
        .waitroom(**waitroom)
    )
    wait = page(
        static_scene.WaitScene, "wait", "Looking for a partner", scene_body="<p>Please stay on this page.</p>"
    )
    last = [
        page(static_scene.StaticScene, "alone", "Nobody came", scene_body="<p>You can go on alone.</p>"),
        page(static_scene.EndScene, "thanks", "Thank you!"),
    ]
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[*([wait] if own_page else []), game, *last]),
        experiment_id=experiment_id,
        title="Waiting",
    )


if __name__ == "__main__":
    app.run(
        study("patient", max_wait_time=None, timeout_scene_id="alone"),
        study("to_scene", max_wait_time=1, timeout_scene_id="alone", own_page=False, can_leave=False),
        study("again", max_wait_time=2, requeues=1, timeout_scene_id="alone", own_page=False),
        study("to_site", max_wait_time=1, timeout_redirect_url=ELSEWHERE),
        study("asks", max_wait_time=60, timeout_scene_id="alone", ready_check="click", ready_timeout=20),
        study(
            "asks_briefly", max_wait_time=60, timeout_scene_id="alone", ready_check="click", ready_timeout=3
        ),
    )
