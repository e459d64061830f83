"""What may be said: the rules, their mistakes, and how texts and paces are counted."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_chat.messages import tidy
from mug_chat.rooms import Room
from mug_chat.rules import ChatRules

AGENTS = ("player_0", "player_1", "player_2")
HUMANS = ("player_0", "player_1")


async def partner(history: Any, situation: Any) -> str | None:
    return None


def problems(**values: Any) -> list[str]:
    return [problem.what for problem in ChatRules(**values).problems("here", AGENTS, HUMANS)]


def room(**rules: Any) -> Room:
    numbers = {seat: number for number, seat in enumerate(AGENTS, start=1)}
    people = {seat: seat.replace("player", "s") for seat in HUMANS}
    return Room("g1", "game", "g1", ChatRules(**rules), people, ("player_2",), numbers)


def test_sensible_rules_have_no_problem() -> None:
    """The rules as they are, and all of them given, are fine."""
    assert problems() == []
    assert not problems(
        lobby=True,
        quick_messages=["Left!", "Right!"],
        emotes=["👍"],
        to={"player_0": ["player_1"], "player_1": ()},
        when="between",
        names={"player_0": "Cook"},
        moderate=lambda draft: draft.text,
        partners={"player_2": partner},
        partner_fallback="Hm.",
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_length": 0}, "max_length must be a whole number from 1 to 2000, got 0"),
        ({"max_length": True}, "max_length must be"),
        ({"per_minute": "many"}, "per_minute must be"),
        ({"when": "never"}, "when must be 'always', 'playing' or 'between', got 'never'"),
        ({"quick_messages": "Yes"}, "quick_messages must be"),
        ({"quick_messages": ["a" * 300]}, "none longer than max_length"),
        ({"emotes": [1]}, "emotes must be"),
        ({"partner_fallback": "Hm."}, "partner_fallback has nothing to do: there are no partners"),
        ({"game": False, "lobby": True, "when": "between"}, "when has nothing to do"),
        ({"game": False, "lobby": True, "names": {"player_0": "Cook"}}, "names has nothing to do"),
        ({"lobby": "yes"}, "lobby must be True or False"),
        ({"to": {"player_9": []}}, "to names the agent 'player_9', which is not in the game"),
        ({"to": {"player_0": ["player_9"]}}, "to of 'player_0' cannot be ['player_9']"),
        ({"names": {"player_0": ""}}, "names of 'player_0' cannot be ''"),
        ({"names": ["Ann"]}, "names must be a dict by agent id"),
        ({"partners": {"player_0": partner}}, "partners names 'player_0', whom a person plays"),
        ({"partners": {"player_2": "gpt"}}, "partners of 'player_2' cannot be 'gpt'"),
        ({"partner_timeout": 0, "partners": {"player_2": partner}}, "partner_timeout must be"),
        ({"partner_fallback": "", "partners": {"player_2": partner}}, "partner_fallback must be"),
        ({"moderate": "strictly"}, "moderate must be"),
        ({"game": False}, "neither lobby nor game is True"),
        ({"text": False}, "there is nothing else to send"),
    ],
)
def test_each_mistake_is_told(values: dict[str, Any], said: str) -> None:
    """What cannot be is said, with what was given."""
    (what,) = problems(**values)
    assert said in what


def test_all_mistakes_are_told_at_once() -> None:
    """One does not hide another."""
    assert len(problems(max_length=0, per_minute=0, when="", partner_timeout=-1)) == 5


@given(st.text())
def test_texts_are_one_line(text: str) -> None:
    """Whatever somebody writes is one line without control characters, and tidy the first time."""
    tidied = tidy(text)
    assert tidied == tidy(tidied) == tidied.strip()
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in tidied)


@pytest.mark.parametrize("text", ["👩‍🚀 go", "مرحبا 123", "<b>no</b>", "e\u0301"])
def test_emoji_and_scripts_stay(text: str) -> None:
    """What belongs to a text is not taken from it."""
    assert tidy(f" {text}\n") == text


@given(st.lists(st.integers(0, 600), max_size=60).map(sorted), st.integers(1, 5))
def test_nobody_writes_more_than_the_rules_say(times: list[int], most: int) -> None:
    """In no minute does anybody send more than they may, and whoever waits may write again."""
    here = room(per_minute=most)
    sent = [time for time in times if here.paced("player_0", time)]
    for time in sent:
        assert len([other for other in sent if time - 60 < other <= time]) <= most
    assert here.paced("player_0", 700.0)


def test_who_reaches_whom() -> None:
    """Without rules all reach all; with them, only those who are named; whoever reaches nobody only reads."""
    assert room().readers("player_0", AGENTS) == ("player_1", "player_2")
    assert room().readers("player_0", HUMANS) == ("player_1",)
    one_way = room(to={"player_0": ["player_1"]})
    assert one_way.readers("player_0", AGENTS) == ("player_1",)
    assert one_way.why_not("player_0") == ""
    assert "not write" in one_way.why_not("player_1")


@pytest.mark.parametrize(
    ("when", "playing", "can"),
    [("always", True, True), ("playing", False, False), ("between", True, False), ("between", False, True)],
)
def test_when(when: Any, playing: bool, can: bool) -> None:
    """People write when the rules say so, and never once the game is over."""
    here = room(when=when)
    here.playing = playing
    assert (here.why_not("player_0") == "") is can
    here.over = True
    assert "over" in here.why_not("player_0")


def test_people_see_what_was_for_them() -> None:
    """Somebody who was not written to does not find the message later."""
    here = room()
    here.add("player_0", "text", "for one", ("player_1",), 1)
    here.add("player_0", "text", "for all", ("player_1", "player_2"), 2)
    assert [line.text for line in here.seen_by("player_2")] == ["for all"]
    assert [line.text for line in here.seen_by("player_0")] == ["for one", "for all"]
