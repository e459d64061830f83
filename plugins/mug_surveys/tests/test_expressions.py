"""The language of conditions: what is no expression is explained, and what is one never fails."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_surveys.expressions import ExpressionError, evaluate, names_in, parse
from mug_surveys.piping import filled_in, parse_text, refs_in


@pytest.mark.parametrize(
    ("source", "what", "fix"),
    [
        ("", "is empty", "{age} >= 18"),
        ("{age} = 18", "'='", "write '=='"),
        ("{a} && {b}", "'&&'", "write 'and'"),
        ("age >= 18", "'age'", "write {age} or 'age'"),
        ("{age} >=", "missing at the end", ""),
        ("{age} 18", "'18' comes after the end", ""),
        ("({age}", "')' is missing", ""),
        ("'abc", "has no end", "close the quote"),
        ("{1age}", "no name in braces", "write {name}"),
        ("{a} == True", "'True'", "write true"),
        ("{a} not {b}", "stands between two values", "not in"),
        ("and {a}", "before or after 'and'", ""),
        ("99999999999999999999", "too large", ""),
        ("__import__('os')", "'__import__'", ""),
        ("{a}.b", "'.' has no meaning", ""),
        ("(" * 50 + "1" + ")" * 50, "30 levels", ""),
        ("1" * 2000, "at most 1000", ""),
    ],
)
def test_what_is_no_expression_is_explained(source, what, fix) -> None:
    """Each mistake has a sentence, and what to write instead where that is clear."""
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert what in caught.value.what
    assert fix in caught.value.fix


@settings(deadline=None, max_examples=500)
@given(st.text(st.sampled_from("{}ab.()[]<>=!&|+-*/, '\"0123andortiu\n"), max_size=40))
def test_anything_is_read_or_refused(source) -> None:
    """Whatever is written, there is a tree or an explanation; and every tree has a value."""
    try:
        tree = parse(source)
    except ExpressionError:
        return
    evaluate(tree, dict.fromkeys(names_in(tree), 3).get)


def test_names_are_found() -> None:
    """The names of an expression and of a text can be listed."""
    assert list(names_in(parse("{a} in [{b.c}, not {a}] or 'd' == {e-f}"))) == ["a", "b.c", "a", "e-f"]
    assert list(refs_in(parse_text("Hello { a }, {b.c}!"))) == ["a", "b.c"]


@pytest.mark.parametrize("text", ["{", "}", "a { b", "{1}", "{a b}", "{{}"])
def test_single_braces_are_refused(text) -> None:
    """A brace that is neither a name's nor doubled is a mistake."""
    with pytest.raises(ExpressionError, match="single"):
        parse_text(text)


@given(st.text(max_size=30))
def test_any_text_can_be_written(text) -> None:
    """With doubled braces every text stands for itself."""
    assert filled_in(parse_text(text.replace("{", "{{").replace("}", "}}")), str) == text
