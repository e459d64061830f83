"""A whole study: consent, instructions, a quiz, a game with a human or an AI, a questionnaire, and a code."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "coordination_grid"))

from coordination_grid_env import CoordinationGridEnv
from mug_prolific import Bonus, Prolific
from mug_screening import Monitoring
from mug_surveys import Agree, Choice, ConsentScene, Likert, Option, Page, Questionnaire, Quiz, Survey, YesNo

from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
HUMAN = configuration_constants.PolicyTypes.Human
LAST = 9  # the number of the last row and column of the grid

BONUS = Bonus(
    "USD",
    per_point="0.05",
    per_episode="0.05",
    scenes=["with_human", "with_ai"],
    flat={"left_lobby": "0.25", "partner_left": "0.25", "technical_fault": "0.25"},
    cap="1.50",
    budget="150",
)

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
    .display(scene_header="How to play", scene_body_filepath="instructions.html")
)

quiz = (
    Survey()
    .scene(scene_id="quiz")
    .display(scene_header="Three questions before you start")
    .questions(
        Quiz(
            Choice(
                "keys",
                "How do you move?",
                options=["with the mouse", "with the arrow keys"],
                correct="with the arrow keys",
            ),
            Choice(
                "point",
                "When do you get a point?",
                options=[
                    Option("one", "One of us is on green", image="pictures/apart.svg"),
                    Option("both", "Both of us are on green", image="pictures/together.svg"),
                ],
                correct="both",
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


def walking_partner(observation):
    """Play like somebody who knows the way: along the upper edge, then down to the green square."""
    x, y = observation
    if x < LAST:
        return RIGHT
    return DOWN if y < LAST else NOOP


def progress(game):
    """The line above the picture."""
    return f"Round {game.episode} of {game.rules.num_episodes}"


def game(scene_id, partner, rounds, most_steps):
    """The same game, with somebody else in the other seat."""
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=CoordinationGridEnv)
        .policies(policy_mapping={"player_0": HUMAN, "player_1": partner})
        .rendering(fps=15, game_width=500, game_height=500, hud_text_fn=progress)
        .gameplay(
            default_action=NOOP,
            action_mapping={"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT},
            num_episodes=rounds,
            max_steps=most_steps,
            reset_freeze_s=1,
        )
        .content(
            scene_header="Meet on the green square",
            scene_body="<p>We are looking for a partner. Please stay here: the game begins by itself.</p>",
            in_game_scene_body="<p>Yours is the circle that moves when you press an arrow key.</p>",
        )
    )


questionnaire = (
    Survey()
    .scene(scene_id="questionnaire")
    .display(scene_header="About the game")
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
)


def partner_was(facts):
    """Who really played: an AI also with those for whom nobody came in time."""
    return "computer" if facts["condition"] == "ai" or facts.get("with_human.filled") else "human"


debriefing = (
    static_scene.StaticScene()
    .scene(scene_id="debriefing")
    .display(
        scene_header="Who your partner was",
        scene_body="<p>Your partner was a computer program. We did not say so before because we study how"
        " people see a partner about whom they know nothing.</p><p>If you do not want us to use your data now"
        " that you know, please write to us.</p>",
    )
)
thanks = (
    static_scene.CompletionCodeScene()
    .scene(scene_id="thanks")
    .display(scene_header="Thank you!", scene_body="<p>You have finished the study.</p>")
)


def ending(outcome, header, body):
    """A last page for those who end like this."""
    page = static_scene.EndScene().scene(scene_id=outcome)
    return page.display(scene_header=header, scene_body=f"<p>{body}</p>").ending(outcome=outcome)


other_endings = [
    ending("declined", "You did not take part", "That is fine. Nothing more is asked of you."),
    ending(
        "failed_check",
        "The study ends here",
        "Some of your answers about the rules were not right, so you cannot play. Thank you for your time.",
    ),
    ending("left_lobby", "You stopped waiting", "Thank you for waiting as long as you did."),
    ending(
        "partner_left",
        "Your partner left",
        "The game ended early because your partner did not come back. It is not your fault; you are paid.",
    ),
    ending(
        "excluded",
        "The study ends here",
        "You cannot go on because you did nothing in the game for some time, were away from the page, or had"
        " a very slow connection. Thank you for your time.",
    ),
    ending(
        "technical_fault",
        "Something went wrong",
        "The game could not go on because of a technical problem. It is not your fault; you are paid.",
    ),
]


def study(
    recruiter,
    *,
    rounds=5,
    most_steps=450,
    max_wait_s=120,
    pretended_wait_s=(5, 25),
    reconnect_window_s=20,
    **attention,
):
    """The whole study. What is given by name can be shorter for trying it out."""
    with_human = (
        game("with_human", HUMAN, rounds, most_steps)
        .multiplayer(takeover_policy=walking_partner, reconnect_window_s=reconnect_window_s)
        # Whoever has waited for so long plays with the AI: nobody has come in vain.
        .waitroom(min_players=1, max_wait_time=max_wait_s, hide_lobby_count=True)
    )
    with_ai = game("with_ai", walking_partner, rounds, most_steps).waitroom(
        simulated_wait=pretended_wait_s, max_wait_time=max_wait_s
    )
    conditions = stager.Treatments({"human": with_human, "ai": with_ai}, name="condition")
    debriefed = stager.Branch(partner_was, {"computer": debriefing, "human": []}, name="partner_was")
    order = [consent, instructions, quiz, conditions, questionnaire, debriefed, thanks, *other_endings]
    limits = {"warn_inactive_s": 10, "warn_away_s": 10, "grace_s": 10, "max_rtt_ms": 500} | attention
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=order),
            experiment_id="partner_study",
            title="Playing with a partner",
        )
        .static_files(directories=["pictures"])
        .plugins(recruiter, Monitoring(consequence="exclude", **limits))
    )


# only=False lets people in who do not come from Prolific, to try the study out.
config = study(Prolific(bonus=BONUS, only=False))

if __name__ == "__main__":
    app.run(config)
