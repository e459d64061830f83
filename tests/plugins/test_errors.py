"""Errors say what, where and what to do."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.errors import ConfigurationError, MugError, PluginError, Problem, did_you_mean

words = st.text(min_size=1, max_size=12)


def test_three_lines():
    """An error reads as what, where and fix, a line each, leaving out what is unknown."""
    assert (
        str(MugError("it broke", "scene 'game'", "mend it"))
        == "it broke\n  in:  scene 'game'\n  fix: mend it"
    )
    assert str(MugError("it broke", fix="mend it")) == "it broke\n  fix: mend it"
    assert str(Problem("here", "it broke")) == "it broke\n  in:  here"


def test_all_problems_at_once():
    """A configuration error shows every problem, numbered, with the lines of each aligned."""
    error = ConfigurationError([Problem("a", "first", "do"), Problem("b", "second")])
    assert str(error) == ("2 problems:\n1. first\n     in:  a\n     fix: do\n2. second\n     in:  b")
    assert [problem.what for problem in error.problems] == ["first", "second"]


def test_one_problem_is_not_numbered():
    """A single problem reads like any other error."""
    problem = Problem("a", "first", "do")
    assert str(ConfigurationError(problem)) == str(MugError("first", "a", "do")) == str(problem)


def test_no_problem_is_no_error():
    """A configuration error without a problem is a mistake of whoever raises it."""
    with pytest.raises(ValueError, match="at least one"):
        ConfigurationError([])


@pytest.mark.parametrize(
    "error",
    [
        MugError("what", "where", "fix"),
        PluginError("what", "skill", "where", "fix"),
        ConfigurationError([Problem("a", "first"), Problem("b", "second")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_process_borders(error):
    """Worker processes hand errors back whole."""
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_a_plugin_error_names_the_plugin():
    """Without another place, a plugin's error is about the plugin."""
    error = PluginError("it broke", "skill")
    assert (error.plugin, error.where) == ("skill", "plugin 'skill'")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("fsp", "fps"), ("FPS", "fps"), ("framepersecond", None), ("gamewidth", "game_width"), ("", None)],
)
def test_did_you_mean(word, meant):
    """A near miss gets a suggestion, anything else none."""
    expected = f"did you mean '{meant}'?" if meant else ""
    assert did_you_mean(word, ["fps", "game_width", "game_height"]) == expected


@given(words, st.lists(words))
def test_a_suggestion_is_one_of_the_choices(word, choices):
    """Whatever is suggested exists, spelled as it is."""
    suggestion = did_you_mean(word, choices)
    assert not suggestion or any(suggestion == f"did you mean '{choice}'?" for choice in choices)


@given(words, st.lists(words))
def test_an_exact_choice_is_suggested(word, choices):
    """A word that differs in nothing but case is suggested as it is spelled."""
    assert did_you_mean(word, [word]) == f"did you mean '{word}'?"
    assert did_you_mean(word, [word, *choices]) != ""
