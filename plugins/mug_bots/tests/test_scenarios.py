"""Who does what in a rehearsal."""

from __future__ import annotations

from collections import Counter

import pytest
from mug_bots.scenarios import COMPLETE, MIXED, QUITS, SCENARIOS, parts

from mug.errors import MugError


def test_all_do_what_was_asked_for() -> None:
    assert [part.scenario for part in parts(QUITS, 3, 1)] == [QUITS] * 3
    assert [part.number for part in parts(QUITS, 3, 1)] == [1, 2, 3]


def test_a_mixture_has_everything_and_completes_mostly() -> None:
    drawn = Counter(part.scenario for part in parts(MIXED, 500, 3))
    assert set(drawn) == set(SCENARIOS) - {MIXED}
    assert drawn[COMPLETE] > 250


def test_the_same_seed_draws_the_same() -> None:
    assert parts(MIXED, 40, 7) == parts(MIXED, 40, 7)
    assert parts(MIXED, 40, 7) != parts(MIXED, 40, 8)
    seeds = {part.seed for part in parts(COMPLETE, 40, 7)}
    assert len(seeds) == 40


def test_a_wrong_name_gets_a_suggestion() -> None:
    with pytest.raises(MugError, match="did you mean 'reloads'"):
        parts("reload", 3, 1)
