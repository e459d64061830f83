"""What counts as an attempt at a quiz."""

from __future__ import annotations

from typing import Any

import pytest
from mug_surveys import Quiz, YesNo

from mug.outcomes import FAILED_CHECK
from mug.scenes.scene import Accepted, Rejected
from plugins.mug_surveys.tests.setups import Walk, survey


def pupil() -> Walk:
    """Somebody at a quiz that may be tried twice."""
    return Walk(survey(Quiz(YesNo("lose", "Can you lose?", correct=False), attempts=2), YesNo("last", "?")))


def test_a_button_that_is_pressed_twice_is_one_attempt() -> None:
    """A slow line costs nobody an attempt: what comes again before the page had an answer is no new one."""
    walk = pupil()
    for _ in range(3):
        refused = walk.send(lose=True, **{"$attempt": "one"})
        assert isinstance(refused, Rejected)
        assert refused.errors[""].endswith("You can try once more.")
    failed = walk.send(lose=True, **{"$attempt": "two"})
    assert isinstance(failed, Accepted)
    assert (failed.ending, failed.answers["_attempts"]) == (FAILED_CHECK, {"quiz": 2})


def test_other_answers_are_another_attempt() -> None:
    """By calling all attempts the same nobody gets more of them."""
    quiz = Quiz(*(YesNo(name, "?", correct=False) for name in ("a", "b")), attempts=2)
    walk = Walk(survey(quiz))
    walk.send(a=True, b=True, **{"$attempt": "one"})
    assert isinstance(walk.send(a=True, b=False, **{"$attempt": "one"}), Accepted)


@pytest.mark.parametrize("attempt", ["", None, 0, [], {}, "x" * 100_000])
def test_whatever_attempts_are_called(attempt: Any) -> None:
    """Another name is another attempt, and without a name each counts."""
    walk = pupil()
    walk.send(lose=True, **{"$attempt": attempt})
    assert isinstance(walk.send(lose=True, **{"$attempt": "" if attempt == "" else "another"}), Accepted)
