"""The plugin and its scenes keep the laws of plugins and scenes."""

from __future__ import annotations

import mug_surveys
import pytest
from mug_surveys import (
    Agree,
    Choice,
    Choices,
    Date,
    Dropdown,
    Likert,
    LongText,
    Matrix,
    Note,
    Number,
    Option,
    Page,
    Quiz,
    Ranking,
    Slider,
    Survey,
    Text,
    YesNo,
)

from mug.testing import conformance


def everything() -> Survey:
    """One question of every type, on two pages and in a quiz."""
    return (
        Survey()
        .scene(scene_id="everything")
        .display(scene_header="Everything")
        .questions(
            Text("name", "What is your name?"),
            LongText("story", "Tell us more, {name}.", required=False),
            Number("age", "How old are you?", minimum=18, maximum=120, whole=True),
            YesNo("plays", "Do you play games?"),
            Choice("which", "Which one?", options=["chess", "go", Option("none", stays=True)], shuffle=True),
            Choices("where", "Where?", options=["home", "work"], when="{plays}"),
            Dropdown("country", "Where do you live?", options=["here", "there"]),
            Page(
                Note("Thank you so far, {name}."),
                Likert("fun", "It was fun.", labels=["no", "partly", "yes"]),
                Matrix("team", "My partner", rows=[("kind", "was kind")], options=[(1, "no"), (2, "yes")]),
                Slider("load", "How hard was it?", low="not at all", high="very"),
                Ranking("order", "What matters most?", options=["speed", "care"]),
                Date("born", "When were you born?", minimum="1900-01-01"),
                Agree("data", "My data may be used."),
                header="About the game",
                shuffle=True,
            ),
            Quiz(YesNo("rule", "Can you lose points?", correct=True), attempts=None),
        )
        .pages(numbers=True)
        .checks(most_failed=1)
        .language(code="en")
    )


@pytest.mark.parametrize("check", conformance.scene, ids=lambda check: check.__name__)
def test_a_survey_is_a_good_scene(check) -> None:
    """A survey with everything in it keeps the laws of scenes."""
    check(everything)


@pytest.mark.parametrize("check", conformance.plugin, ids=lambda check: check.__name__)
def test_the_plugin_is_a_good_plugin(check) -> None:
    """The plugin keeps the laws of plugins."""
    check(lambda: mug_surveys)
