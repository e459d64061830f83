"""What bots answer to the fields of a page."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_bots.answers import Wanted, answer

OPTIONS = [
    {"value": '"left"', "label": "To the left"},
    {"value": '"right"', "label": "To the right"},
    {"value": "3", "label": "Neither"},
]


def field(kind: str, **more: Any) -> dict[str, Any]:
    limits = dict.fromkeys(("min", "max", "step", "minlength", "maxlength"), "")
    return {"kind": kind, "names": ["Way", "Which way?"], "options": [], **limits, **more}


@pytest.mark.parametrize("kind", ["radio", "select"])
def test_wanted_answers_are_given_by_label_or_value(kind: str) -> None:
    for text, place in (("to the right", 1), ("left", 0), ("3", 2)):
        for name in ("way", "which way?"):
            assert answer(field(kind, options=OPTIONS), 0, Wanted({name: text}), random.Random(1)) == [place]


def test_an_order_is_as_it_is_wanted() -> None:
    wanted = Wanted({"way": "Neither | right | left"})
    assert answer(field("order", options=OPTIONS), 0, wanted, random.Random(1)) == [2, 1, 0]


def test_several_are_ticked() -> None:
    assert answer(
        field("checkbox", options=OPTIONS), 0, Wanted({"way": "left | Neither"}), random.Random(1)
    ) == [
        0,
        2,
    ]


@given(st.integers(), st.integers(1, 5))
def test_after_enough_refusals_every_option_was_tried(seed: int, count: int) -> None:
    options = [{"value": str(place), "label": ""} for place in range(count)]
    chance = random.Random(seed)
    tried = [
        answer(field("radio", options=options), attempt, Wanted(), chance)[0] for attempt in range(count + 1)
    ]
    assert set(tried) == set(range(count))


@given(st.integers(), st.integers(0, 4))
def test_ticks_are_never_none_and_more_after_a_refusal(seed: int, attempt: int) -> None:
    ticked = answer(field("checkbox", options=OPTIONS), attempt, Wanted(), random.Random(seed))
    assert len(set(ticked)) == min(3, attempt + 1)


@given(st.integers(), st.integers(-50, 50), st.integers(0, 50), st.sampled_from(["", "1", "0.5"]))
def test_numbers_keep_to_their_limits(seed: int, low: int, span: int, step: str) -> None:
    limited = field("number", min=str(low), max=str(low + span), step=step)
    assert low <= float(answer(limited, 0, Wanted(), random.Random(seed))) <= low + span


@given(st.integers(), st.integers(0, 300), st.integers(0, 50), st.integers(0, 9))
def test_texts_keep_to_their_limits(seed: int, least: int, span: int, attempt: int) -> None:
    limited = field("text", minlength=str(least), maxlength=str(least + span + 1))
    text = answer(limited, attempt if attempt % 5 in (0, 4) else 0, Wanted(), random.Random(seed))
    assert least <= len(text) <= least + span + 1


@given(st.integers(), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_dates_keep_to_their_limits(seed: int, first: date) -> None:
    later = field("date", min=first.isoformat())
    assert date.fromisoformat(answer(later, 0, Wanted(), random.Random(seed))) >= first
    earlier = field("date", max=first.isoformat())
    assert date.fromisoformat(answer(earlier, 0, Wanted(), random.Random(seed))) <= first


def test_a_refused_text_is_followed_by_others() -> None:
    tried = {answer(field("text"), attempt, Wanted(), random.Random(1)) for attempt in range(5)}
    assert len(tried) == 5
    assert "bot@example.org" in tried


def test_what_became_of_wanted_answers_is_known() -> None:
    """A name that no page knows, and an answer that is no option, are said: they may be misspelt."""
    wanted = Wanted({"way": "upwards", "age": "30", "aeg": "31"})
    assert answer(field("radio", options=OPTIONS), 0, wanted, random.Random(1))[0] in (0, 1, 2)
    assert answer({**field("number"), "names": ["Age"]}, 0, wanted, random.Random(1)) == "30"
    assert wanted.notes() == [
        "'Way' has no option 'upwards'",
        "no page asked for 'aeg', for which an answer was given",
    ]
