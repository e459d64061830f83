"""A whole study: consent, a comprehension quiz, a game with a human or an AI partner, and a questionnaire."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv
from mug_surveys import Agree, Choice, ConsentScene, Likert, Page, Questionnaire, Quiz, Survey, YesNo

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human
RANDOM = configuration_constants.PolicyTypes.Random

consent = (
    ConsentScene()
    .scene(scene_id="consent")
    .display(scene_header="Taking part in this study", scene_body_filepath="consent.html")
    .consent(version="2026-11")
    .questions(Agree("adult", "I am at least 18 years old."), Agree("data", "My answers may be stored."))
)

instructions = (
    static_scene.StaticScene()
    .scene(scene_id="instructions")
    .display(
        scene_header="How to play",
        scene_body="<p>Move with the arrow keys. You and your partner get a point when both of you stand"
        " on the green square.</p>",
    )
)

quiz = (
    Survey()
    .scene(scene_id="quiz")
    .display(scene_header="Two questions before you start")
    .questions(
        Quiz(
            Choice(
                "keys",
                "How do you move?",
                options=["with the mouse", "with the arrow keys"],
                correct="with the arrow keys",
            ),
            YesNo(
                "alone",
                "Can you get points alone?",
                correct=False,
                hint="Both of you have to stand on the green square.",
            ),
            attempts=3,
        )
    )
)


def game(scene_id, partner):
    """The same game, with somebody else in the other seat."""
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=CoordinationGridEnv)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": partner})
        .rendering(fps=15, game_width=500, game_height=500)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=2,
            max_steps=60,
        )
        .content(scene_header="Meet on the green square")
        .waitroom(max_wait_time=120)
    )


questionnaire = (
    Survey()
    .scene(scene_id="questionnaire")
    .questions(
        Questionnaire("partner_perception"),
        Page(
            Likert("fun", "I enjoyed the game.", points=7, low="not at all", high="very much"),
            Likert(
                "attention", "Please choose 2 here.", points=7, low="not at all", high="very much", correct=2
            ),
            header="The game",
            shuffle=True,
        ),
        Questionnaire("demographics"),
    )
    .checks(most_failed=0)
)


def ending(scene_id, outcome, header, body):
    """A last page for those who end like this."""
    page = static_scene.EndScene().scene(scene_id=scene_id)
    return page.display(scene_header=header, scene_body=f"<p>{body}</p>").ending(outcome=outcome)


conditions = stager.Treatments(
    {"human": game("with_human", HUMAN), "ai": game("with_ai", RANDOM)}, name="partner"
)
thanks = (
    static_scene.CompletionCodeScene()
    .scene(scene_id="thanks")
    .display(scene_header="Thank you!", scene_body="<p>You have finished the study.</p>")
)
other_endings = [
    ending("declined", "declined", "You did not take part", "You can close this page."),
    ending("failed", "failed_check", "The study ends here", "Some answers were not right."),
    ending("alone", "lobby_timeout", "Nobody came", "We could not find a partner for you."),
]

config = experiment_config.ExperimentConfig().experiment(
    stager=stager.Stager(
        scenes=[consent, instructions, quiz, conditions, questionnaire, thanks, *other_endings]
    ),
    experiment_id="partner_study",
    title="Playing with a partner",
)

if __name__ == "__main__":
    app.run(config)
