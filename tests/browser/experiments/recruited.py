"""Studies whose participants come from Prolific and from Mechanical Turk, and go back there."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from endings import ending
from mug_prolific import Bonus, MTurk, Prolific
from plaza_env import DOWN, LEFT, RIGHT, STAY, UP, PlazaEnv

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

HUMAN = configuration_constants.PolicyTypes.Human
ELSEWHERE = os.environ.get("ELSEWHERE", "https://example.com/arrived?id=")
SITE = "{0.scheme}://{0.netloc}".format(urlsplit(ELSEWHERE))


def two_players():
    return PlazaEnv(("player_0", "player_1"))


def study(experiment_id, recruiter, max_wait_time):
    consent = (
        static_scene.StaticScene()
        .scene(scene_id="consent")
        .display(
            scene_header="Do you agree?",
            scene_body="""<p>You will play a short game with another person.</p>
            <p><label for="agree">Your choice</label>
            <select id="agree"><option>I agree</option><option>I do not agree</option></select></p>""",
            element_ids=["agree"],
        )
    )
    declined = ending("declined", "declined", "You did not agree", "<p>Nothing about you has been kept.</p>")
    game = (
        gym_scene.GymScene()
        .scene(scene_id="plaza")
        .environment(env_creator=two_players)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": HUMAN})
        .rendering(fps=20, game_width=420, game_height=420)
        .gameplay(
            action_mapping={"w": UP, "s": DOWN, "a": LEFT, "d": RIGHT},
            default_action=STAY,
            countdown_s=0.2,
            num_episodes=2,
            max_steps=10,
        )
        .content(scene_header="Meet in the middle")
        .waitroom(max_wait_time=max_wait_time)
    )
    code = (
        static_scene.CompletionCodeScene()
        .scene(scene_id="code")
        .display(scene_header="Thank you!", scene_body="<p>You have completed the study.</p>")
    )
    nobody = ending("nobody", "lobby_timeout", "Nobody came", "<p>Thank you for waiting.</p>")
    choice = stager.Branch("consent.agree", {"I do not agree": declined})
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=[consent, choice, game, code, nobody]),
            experiment_id=experiment_id,
            title="Meet in the middle",
        )
        .plugins(recruiter)
    )


def bonus(currency):
    flat = {"completed": "1.00", "lobby_timeout": "0.25"}
    return Bonus(currency, per_episode="0.10", scenes=["plaza"], flat=flat, cap="5.00", budget="100")


def prolific():
    return Prolific(bonus=bonus("GBP"), back=f"{SITE}/submissions/complete?cc={{code}}")


if __name__ == "__main__":
    turk = MTurk(
        preview="A short game with another person, in a new tab.",
        bonus=bonus("USD"),
        sites=[SITE],
        frames=[SITE],
    )
    app.run(study("prolific", prolific(), 60), study("brief", prolific(), 1), study("turk", turk, 60))
