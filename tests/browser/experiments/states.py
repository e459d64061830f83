"""Studies that stay where people usually pass through: for looking at every page at leisure."""

from __future__ import annotations

import broken
import controls
import forms
import orbit_env
import partners
import pictures
import waiting

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human


def study(experiment_id, *scenes, **hosting):
    config = experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=list(scenes)), experiment_id=experiment_id, title="A long moment"
    )
    return config.hosting(**hosting) if hosting else config


def game(**gameplay):
    return (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=controls.Token)
        .policies(policy_mapping={"player": HUMAN})
        .rendering(fps=20, game_width=400, game_height=400)
        .gameplay(
            action_mapping=controls.ARROWS | controls.DIAGONALS, default_action=controls.STAY, **gameplay
        )
        .content(scene_header="A long moment", in_game_scene_body="<p>Nothing to hurry for.</p>")
    )


def orbit():
    return (
        gym_scene.GymScene()
        .scene(scene_id="orbit")
        .environment(env_creator=orbit_env.OrbitEnv)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=30, game_width=400, game_height=400)
        .gameplay(action_mapping={" ": 1}, default_action=0, countdown_s=0.2, max_steps=None)
        .content(scene_header="Round and round")
    )


thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")

if __name__ == "__main__":
    app.run(
        forms.study("whole", forms.start(), forms.questions(), forms.game(), forms.code()),
        forms.study("leads_on", forms.away()),
        waiting.study("patient", max_wait_time=3600, timeout_scene_id="alone"),
        waiting.study("to_scene", max_wait_time=1, timeout_scene_id="alone", own_page=False),
        waiting.study("asks", timeout_scene_id="alone", ready_check="click", ready_timeout=600),
        partners.study("waits", reconnect_window_s=600),
        study("breaks", broken.game("breaks", "when made"), thanks),
        study("counts_down", game(countdown_s=600), thanks),
        study("rests", game(countdown_s=0, num_episodes=2, max_steps=3, reset_freeze_s=600), thanks),
        study("touch", game(countdown_s=0, touch_controls=True, max_steps=None), thanks),
        study("full", game(), thanks, max_participants=1),
        study("shapes", pictures.shapes, thanks),
        study("orbit", orbit(), thanks),
    )
