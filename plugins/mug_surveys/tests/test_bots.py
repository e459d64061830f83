"""Programs can take part in surveys: whatever they draw gets them to the end."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
from mug_surveys.bots import answers_for

from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene


def everything() -> Survey:
    none = Option("none", exclusive=True, stays=True)
    return (
        Survey()
        .scene(scene_id="everything")
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
        .pages(shuffle=False)
    )


SURVEY = everything()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_any_walk_leads_to_the_end(seed: int, chance: int) -> None:
    """Whatever is drawn and answered, with going back now and then, a survey ends with what was last sent."""
    visitor = Visitor("s", seed)
    sent: dict[str, Any] = {}
    for turn in range(60):
        page = SURVEY.page() | SURVEY.page_for(visitor)
        answers = answers_for(page, chance + turn, rule=True, all=["b", "a"])
        back = page["back"] and (chance + turn) % 5 == 0 and turn < 20
        decision = SURVEY.accept_from(visitor, answers | ({"$back": True} if back else {}))
        assert not isinstance(decision, Rejected), decision
        sent |= answers
        if isinstance(decision, Accepted):
            break
        visitor = attrs.evolve(visitor, kept=decision.kept)
    assert isinstance(decision, Accepted)
    given_answers = {name: decision.answers[name] for name in decision.answers["_order"]}
    assert {name: sent[name] for name in given_answers if given_answers[name] is not None} == {
        name: value for name, value in given_answers.items() if value is not None
    }
    assert isinstance(SURVEY.accept(given_answers), Accepted)
    assert not isinstance(decision, Continued)


async def test_a_program_takes_part(run_experiment: Any) -> None:
    """A headless participant goes through consent and survey with answers that were made up for it."""
    consent = (
        ConsentScene()
        .scene(scene_id="consent")
        .display(scene_body="<p>Read this.</p>")
        .consent(version="1")
        .questions(Agree("data", "?"))
    )
    order = Stager(scenes=[consent, everything(), CompletionCodeScene().scene(scene_id="thanks")])
    config = ExperimentConfig().experiment(stager=order, experiment_id="study")
    async with run_experiment(config) as running, running.arrive() as bot:
        await bot.until(lambda: bot.scene)
        while bot.scene["kind"] == "survey":
            before = bot.scene
            await bot.advance(**answers_for(bot.scene["page"], 7, rule=True, all=["a", "b"]))
            await bot.until(lambda before=before: bot.scene != before or bot.refused)
            assert not bot.refused
        await bot.until(lambda: bot.scene["page"].get("code"))


def test_what_cannot_be_made_up_is_said() -> None:
    """A text of a certain form has to be given."""
    survey = Survey().scene(scene_id="s").questions(Text("code", "?", pattern="[A-Z]{2}[0-9]{4}"))
    page = survey.page() | survey.page_for(Visitor())
    with pytest.raises(ValueError, match="code=…"):
        answers_for(page)
    assert answers_for(page, code="AB1234") == {"code": "AB1234", "$step": 0}
