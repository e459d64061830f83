"""Programs can take part in surveys: whatever they draw gets them to the end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_surveys import Text
from mug_surveys.bots import answers_for

from mug.scenes.scene import Accepted, Continued, Rejected
from plugins.mug_surveys.tests.setups import Walk, consent, everything, study, survey

SURVEY = everything()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_any_walk_leads_to_the_end(seed: int, chance: int) -> None:
    """Whatever is drawn and answered, with going back now and then, a survey ends with what was last sent."""
    walk = Walk(SURVEY, seed)
    sent: dict[str, Any] = {}
    for turn in range(60):
        page = walk.page
        answers = answers_for(page, chance + turn, rule=True, all=["b", "a"])
        back = page["back"] and (chance + turn) % 5 == 0 and turn < 20
        decision = walk.back(**answers) if back else walk.send(**answers)
        assert not isinstance(decision, Rejected), decision
        sent |= answers
        if isinstance(decision, Accepted):
            break
    assert isinstance(decision, Accepted)
    given_answers = {name: decision.answers[name] for name in decision.answers["_order"]}
    assert {name: sent[name] for name in given_answers if given_answers[name] is not None} == {
        name: value for name, value in given_answers.items() if value is not None
    }
    assert isinstance(SURVEY.accept(given_answers), Accepted)
    assert not isinstance(decision, Continued)


async def test_a_program_takes_part(run_experiment: Any) -> None:
    """A headless participant goes through consent and survey with answers that were made up for it."""
    async with run_experiment(study(consent(), everything())) as running, running.arrive() as bot:
        await bot.until(lambda: bot.scene)
        while bot.scene["kind"] == "survey":
            before = bot.scene
            await bot.advance(**answers_for(bot.scene["page"], 7, rule=True, all=["a", "b"]))
            await bot.until(lambda before=before: bot.scene != before or bot.refused)
            assert not bot.refused
        await bot.until(lambda: bot.scene["page"].get("code"))


def test_what_cannot_be_made_up_is_said() -> None:
    """A text of a certain form has to be given."""
    page = Walk(survey(Text("code", "?", pattern="[A-Z]{2}[0-9]{4}"))).page
    with pytest.raises(ValueError, match="code=…"):
        answers_for(page)
    assert answers_for(page, code="AB1234") == {"code": "AB1234", "$step": 0}
