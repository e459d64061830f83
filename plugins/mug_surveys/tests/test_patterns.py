"""The forms of texts: what they are, and that to match one never takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_surveys import Text
from mug_surveys.patterns import fits, is_pattern, is_simple

ATOMS = st.sampled_from(["a", "b", "[ab]", "[a-c1]", r"\d", r"\.", "-"])
COUNTS = st.sampled_from(["", "?", "*", "+", "{2}", "{0}", "{1,3}", "{2,}", "{0,1}"])
PATTERNS = st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=5).map("".join)


@given(PATTERNS, st.text(st.sampled_from("abc1.-\u0661\n"), max_size=8))
def test_a_form_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    """Whether a text has a form is what regular expressions say."""
    assert is_pattern(pattern)
    assert fits(pattern, text) == (re.fullmatch(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize(
    ("pattern", "text"), [("a?" * 29 + "a{29}", "a" * 28), ("[a-z]+" * 29 + "1", "a" * 300)]
)
def test_no_text_takes_long(pattern: str, text: str) -> None:
    """Also where trying out every way to match would take longer than anybody waits."""
    assert is_pattern(pattern)
    assert not fits(pattern, text)
    assert not is_simple(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "a|b", ".", "[^a]", "a{2,1}", "[b-a]", "\\w", "a**", "", "a" * 31]
)
def test_what_is_no_form(pattern: str) -> None:
    """Groups, alternatives and the like are none, and a script that has one is told."""
    assert not is_pattern(pattern)
    assert any(
        "must be a form" in problem.what for problem in Text("t", "?", pattern=pattern).problems("here")
    )


def test_forms_that_browsers_would_be_busy_with() -> None:
    """A few parts without a fixed length are fine, many are not."""
    assert list(Text("t", "?", pattern="\\+?[0-9]+[ -]?[0-9]*[ -]?[0-9]*").problems("here")) == []
    for pattern in ("[a-z]+" * 4, "a?" * 7):
        (problem,) = Text("t", "?", pattern=pattern).problems("here")
        assert "no fixed length" in problem.what
