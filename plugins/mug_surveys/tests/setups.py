"""Scenes and participants that the tests of surveys share."""

from __future__ import annotations

from typing import Any

import attrs
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
    Text,
    YesNo,
)

from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, EndScene


def survey(*parts: object) -> Survey:
    """A survey with nothing wrong in it."""
    scene = Survey().scene(scene_id="survey").questions(*parts)
    assert scene.problems() == []
    return scene


def consent(*statements: Agree, version: str = "1", **display: str) -> ConsentScene:
    """A consent, with one statement unless others are given."""
    return (
        ConsentScene()
        .scene(scene_id="consent")
        .display(**{"scene_body": "<p>Read this.</p>"} | display)
        .consent(version=version)
        .questions(*statements or [Agree("data", "My data may be used.")])
    )


def study(*scenes: object) -> ExperimentConfig:
    """An experiment with endings for who completes it, and who declines."""
    thanks = CompletionCodeScene().scene(scene_id="thanks")
    declined = EndScene().scene(scene_id="declined").ending(outcome="declined")
    order = Stager(scenes=[*scenes, thanks, declined])
    return ExperimentConfig().experiment(stager=order, experiment_id="study", seed=3)


def everything() -> Survey:
    """Every type of question and every kind of page, with limits, conditions and orders of chance."""
    none = Option("none", exclusive=True, stays=True)
    return (
        Survey()
        .scene(scene_id="everything")
        .display(scene_header="Everything")
        .questions(
            Text("name", "Who?", least=3, most=5),
            Text("mail", "?", format="email", required=False),
            LongText("story", "?", required=False),
            Number("age", "?", minimum=17.5, maximum=99, whole=True),
            Number("change", "?", maximum=-3),
            Number("share", "?", minimum=0.2, maximum=0.8),
            YesNo("plays", "?"),
            Choices("games", "?", options=[*"abc", none], least=2, most=2, shuffle=True, when="{plays}"),
            Page(
                Dropdown("where", "?", options=[1, 2, "x"]),
                Choice("why", "?", options=["p", "q"], when="{where} == 'x'", shuffle=True),
                Matrix("team", "?", rows=[*"xyz"], options=[1, 2], shuffle=True),
                Text("because", "?", when="{team.x} == 2 and {team.y} == 1"),
                Note("{team.x}"),
                shuffle=True,
            ),
            Page(Likert("fun", "?"), Ranking("best", "?", options=[*"abcd"], most=2), when="{where} != 1"),
            Quiz(YesNo("rule", "?", correct=True), Choices("all", "?", options=[*"ab"], correct=["a", "b"])),
            Page(Slider("load", "?", step=5), Date("day", "?", minimum="2020-05-05"), Agree("ok", "?")),
            Questionnaire("demographics", "d_"),
            Questionnaire("partner_perception"),
        )
        .pages(numbers=True)
        .checks(most_failed=1)
        .language(code="en")
    )


class Walk:
    """A participant who goes through a survey page by page."""

    def __init__(self, scene: Survey, seed: int = 1, **facts: object) -> None:
        self.scene = scene
        self.visitor = Visitor("s1", seed, facts)

    @property
    def page(self) -> dict[str, Any]:
        """The page that they see."""
        return self.scene.page() | self.scene.page_for(self.visitor)

    @property
    def asked(self) -> list[str]:
        """The names of what is asked on it."""
        return [item["name"] for item in self.page["items"]]

    def send(self, **answers: Any) -> Accepted | Rejected | Continued:
        """Send the answers of the page, and be where that leads."""
        sent = {"$step": self.page["step"], **answers}
        decision = self.scene.accept_from(self.visitor, sent)
        if not isinstance(decision, Accepted) and decision.kept is not None:
            self.visitor = attrs.evolve(self.visitor, kept=decision.kept)
        return decision

    def back(self, **answers: Any) -> Accepted | Rejected | Continued:
        """Go back, with what is on the page."""
        return self.send(**answers, **{"$back": True})
