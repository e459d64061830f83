"""Which page begins again when pages find that they are not in the same state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_pyodide.accusations import Accusations


@pytest.mark.parametrize(("accuser", "accused"), [(0, 1), (1, 0)])
def test_of_two_the_first_has_the_say(accuser: int, accused: int) -> None:
    assert Accusations().take(accuser, accused, {0, 1}) == 1


def test_of_several_it_is_who_differs_from_most() -> None:
    """Also when that is the first one."""
    heard = Accusations()
    assert heard.take(0, 1, {0, 1, 2}) is None
    assert heard.take(1, 0, {0, 1, 2}) is None
    assert heard.take(2, 0, {0, 1, 2}) == 0


def test_what_was_said_before_somebody_began_again_counts_no_more() -> None:
    heard = Accusations()
    heard.take(1, 0, {0, 1, 2})
    assert heard.take(2, 0, {0, 1, 2}) == 0
    assert heard.take(1, 0, {0, 1, 2}) is None


@given(st.lists(st.tuples(st.integers(-1, 9), st.integers(-1, 9))), st.sets(st.integers(0, 7)))
def test_only_pages_that_play_begin_again(said: list[tuple[int, int]], playing: set[int]) -> None:
    heard = Accusations()
    for accuser, accused in said:
        guilty = heard.take(accuser, accused, playing)
        assert guilty is None or guilty in playing
