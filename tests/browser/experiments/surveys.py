"""Surveys: every type of question, consent, quizzes and checks, another script, and the classic scenes."""

from __future__ import annotations

from endings import ending
from mug_surveys import (
    Agree,
    Choice,
    Choices,
    ConsentScene,
    Date,
    Dropdown,
    Likert,
    LongText,
    Matrix,
    Note,
    Number,
    Option,
    Page,
    Questionnaire,
    Quiz,
    Ranking,
    Slider,
    Survey,
    SurveyJsScene,
    Text,
    YesNo,
)

from mug.configurations import experiment_config
from mug.scenes import stager, static_scene
from mug.server import app

DEGREES = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]


def study(experiment_id, *scenes):
    """An experiment with endings for those who complete it, decline, and fail."""
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(
                scenes=[
                    *scenes,
                    ending("thanks", "completed", "Thank you!", kind=static_scene.CompletionCodeScene),
                    ending("declined", "declined", "You did not take part"),
                    ending("failed", "failed_check", "This did not work out"),
                ]
            ),
            experiment_id=experiment_id,
            title="A survey",
            seed=4,
        )
        .static_files(directories=["images"])
    )


def everything():
    return (
        Survey()
        .scene(scene_id="everything")
        .display(
            scene_header="About you and games",
            scene_subheader="Your answers are saved as you type.",
            scene_body="<p>There are <b>three</b> pages.</p>",
        )
        .questions(
            Text("name", "What should we call you?", help="A first name or a nickname."),
            LongText("story", "Tell us about the last game you played.", required=False, most=200),
            Number("age", "How old are you?", minimum=18, maximum=120, whole=True, unit="years"),
            YesNo("plays", "Do you play video games?"),
            Choices(
                "where",
                "Where do you play, {name}?",
                options=["At home", "At work", "On the way", Option("none", "None of these", exclusive=True)],
                when="{plays}",
            ),
            Dropdown("country", "Where do you live?", options=["Here", "There", "Elsewhere"]),
            Date("since", "Since when have you been playing?", required=False, maximum="2030-12-31"),
        )
        .questions(
            Page(
                Note("You are {age} years old, {name}, and play: {where}."),
                Choice(
                    "picture",
                    "Which picture do you like best?",
                    options=[
                        Option("checks", "Checks", image="images/checks.png"),
                        Option("signs", "Signs", image="images/signs.png"),
                    ],
                ),
                Likert("fun", "Games are fun.", labels=DEGREES),
                Likert("skill", "How well do you play?", low="Not at all", high="Very well", required=False),
                Matrix(
                    "team",
                    "When I play with others …",
                    rows=[
                        ("talk", "I talk a lot"),
                        ("lead", "I like to lead"),
                        ("wait", "I wait for others"),
                    ],
                    options=[(number, label) for number, label in enumerate(DEGREES, start=1)],
                ),
                header="Playing with others",
            ),
            Page(
                Slider("load", "How demanding are games?", low="Not at all", high="Extremely"),
                Slider("hours", "How many hours a week?", maximum=40, shows_value=True, required=False),
                Ranking(
                    "values", "What matters most in a game?", options=["Speed", "Care", "Luck"], shuffle=True
                ),
                Likert("grade", "How do you like this survey?", points=21, low="Bad", high="Good"),
                Agree("reuse", "My answers may be used in other studies."),
                header="Last questions",
                when="{age} >= 18",
            ),
        )
    )


def consent():
    return (
        ConsentScene()
        .scene(scene_id="consent")
        .display(
            scene_header="Taking part in this study",
            scene_body="<p>You play a game for ten minutes. You can stop at any time.</p>"
            "<h2>Your data</h2><p>We store what you answer, without your name.</p>",
        )
        .consent(version="2026-11")
        .questions(
            Agree("data", "My answers may be stored."),
            Agree("contact", "You may write to me.", required=False),
        )
    )


def quiz():
    return (
        Survey()
        .scene(scene_id="rules")
        .display(scene_header="Did we explain this well?")
        .questions(
            Quiz(
                YesNo("lose", "Can you lose points?", correct=False, hint="Points are only ever added."),
                Choice(
                    "goal",
                    "What is the goal?",
                    options=["To win", "To reach the goal together"],
                    correct="To reach the goal together",
                ),
                attempts=2,
                name="rules",
            ),
            Choice("attention", "Please choose blue here.", options=["red", "blue"], correct="blue"),
        )
        .checks(most_failed=0)
    )


def other_script():
    return (
        Survey()
        .scene(scene_id="arabic")
        .display(scene_header="بعض الأسئلة 🎮")
        .language(
            code="ar",
            direction="rtl",
            texts={
                "continue": "متابعة",
                "required": "يرجى الإجابة عن هذا السؤال.",
                "one_problem": "سؤال واحد",
                "several_problems": "أسئلة",
            },
        )
        .questions(
            Text("name", "ما اسمك؟ 😀"),
            Likert("fun", "هل كانت اللعبة ممتعة؟", low="لا", high="نعم"),
            Note("مرحبا {name}!"),
        )
    )


def classic():
    return [
        static_scene.TextBox("What did you think of the game?").scene(scene_id="box"),
        static_scene.OptionBoxesWithScalesAndTextBox(
            ["The first", "The second"],
            "Why?",
            "How much do you agree?",
            ["It was fun.", "It was {hard}."],
            "Which partner did you like better?",
        ).scene(scene_id="boxes"),
        static_scene.ScalesAndTextBox(
            "Why?",
            "How was it?",
            ["The first game", "The second game"],
            scale_size=7,
            scale_labels=["bad", "good"],
        ).scene(scene_id="scales"),
        static_scene.MultipleChoice(
            "Please answer both.", ["One?", "Two?"], [["a", "b"], ["c", "d", "e"]], multi_select=True
        ).scene(scene_id="multiple"),
    ]


def ready():
    return (
        Survey()
        .scene(scene_id="ready")
        .questions(
            Questionnaire("demographics"), Questionnaire("nasa_tlx_raw"), Questionnaire("partner_perception")
        )
    )


def surveyjs():
    definition = {
        "pages": [
            {
                "elements": [
                    {"type": "text", "name": "name", "title": "Your name", "isRequired": True},
                    {"type": "boolean", "name": "plays", "title": "Do you play?"},
                    {
                        "type": "checkbox",
                        "name": "games",
                        "title": "Which games?",
                        "choices": ["chess", "go"],
                        "visibleIf": "{plays} = true",
                    },
                ]
            },
            {
                "elements": [
                    {
                        "type": "rating",
                        "name": "fun",
                        "title": "How much fun is it, {name}?",
                        "isRequired": True,
                    },
                    {"type": "comment", "name": "more", "title": "Anything else?"},
                ]
            },
        ]
    }
    return SurveyJsScene(definition).scene(scene_id="surveyjs").display(scene_header="By SurveyJS")


if __name__ == "__main__":
    app.run(
        study("everything", everything()),
        study("consent", consent(), quiz()),
        study("arabic", other_script()),
        study("classic", *classic()),
        study("ready", ready()),
        study("surveyjs", surveyjs()),
    )
