"""What is earned comes from stored facts, to the cent, and never beyond the cap."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_prolific import Bonus
from mug_prolific.bonus import PLAY_COUNTS

from mug.outcomes import ENDINGS

RULES = Bonus(
    "GBP",
    per_point="0.015",
    per_episode="0.10",
    scenes=["game", "again"],
    flat={"completed": "1.00", "lobby_timeout": "0.50"},
    cap="3.00",
    budget="200",
)
FACTS = {"game.total_reward": 12.0, "game.total_episodes": 3, "again.total_reward": -2, "survey.points": 99}


def test_items_and_their_sum() -> None:
    """Points, rounds and a fixed amount, each rounded to the cent; the sum is what is read and paid."""
    earned = RULES.earned(FACTS, "completed")
    assert [(line.what, str(line.amount)) for line in earned.lines] == [
        ("10 points", "0.15"),
        ("3 rounds", "0.30"),
        ("for completing", "1.00"),
    ]
    assert earned.amount == Decimal("1.45")
    assert earned.sentence() == (
        "Your bonus is £1.45: 10 points £0.15, 3 rounds £0.30, for completing £1.00. It is paid separately."
    )


def test_the_outcome_decides_what_counts() -> None:
    """Play counts when it was done or broke off by no fault of theirs; waiting is paid where it says so."""
    assert RULES.earned(FACTS, "partner_left").amount == Decimal("0.45")
    assert RULES.earned(FACTS, "technical_fault").amount == Decimal("0.45")
    waited = RULES.earned(FACTS, "lobby_timeout")
    assert waited.amount == Decimal("0.50")
    assert waited.sentence() == "Your bonus is £0.50: for waiting. It is paid separately."
    for outcome in ("declined", "excluded", "failed_check"):
        earned = RULES.earned(FACTS, outcome)
        assert (earned.amount, earned.sentence()) == (Decimal(0), "")


def test_the_cap() -> None:
    """Nobody earns more, and reads why."""
    earned = RULES.earned({"game.total_reward": 1e6}, "completed")
    assert earned.amount == Decimal("3.00")
    assert "at most £3.00" in earned.sentence()


def test_what_is_read_is_what_is_paid() -> None:
    """A cap with half a penny is one in whole pennies; nothing is promised to who earned none."""
    rules = Bonus("GBP", per_point="0.001", scenes=["game"], cap="1.005", budget="9")
    earned = rules.earned({"game.total_reward": 1234567.5}, "completed")
    assert f"{earned.amount:.2f}" == "1.01"
    assert earned.sentence() == (
        "Your bonus is £1.01: 1234567.5 points £1234.57, at most £1.01. It is paid separately."
    )
    assert rules.earned({"game.total_reward": 3}, "completed").sentence() == ""


FACT = st.one_of(st.none(), st.booleans(), st.text(), st.integers(-(10**9), 10**9), st.floats())


@given(st.dictionaries(st.sampled_from(list(FACTS)), FACT), st.sampled_from(ENDINGS))
def test_no_fact_makes_it_odd(facts: dict[str, Any], outcome: str) -> None:
    """Whatever is stored, an amount is between nothing and the cap, in whole cents."""
    amount = RULES.earned(facts, outcome).amount
    assert 0 <= amount <= 3
    assert amount == amount.quantize(Decimal("0.01"))
    if outcome not in (*PLAY_COUNTS, "lobby_timeout"):
        assert amount == 0


@pytest.mark.parametrize(
    ("bonus", "complaint"),
    [
        (Bonus("CHF", cap="1", budget="1"), "currency must be 'GBP'"),
        (Bonus("GBP", cap=None, budget="1"), "cap must be an amount of money, got None"),
        (Bonus("GBP", cap="1", budget="lots"), "budget must be an amount of money, got 'lots'"),
        (Bonus("GBP", cap="1", budget="1", per_point="-1", scenes=["game"]), "per_point must be an amount"),
        (Bonus("GBP", cap="1", budget="1", per_point="1"), "scenes must name the games"),
        (Bonus("GBP", cap="1", budget="1", per_point="1", scenes=["gane"]), "there is no game scene 'gane'"),
        (Bonus("GBP", cap="1", budget="1", flat={"complete": "1"}), "flat has no outcome 'complete'"),
        (Bonus("GBP", cap="1", budget="1", flat={"completed": True}), "flat['completed'] must be an amount"),
    ],
)
def test_wrong_rules_are_reported(bonus: Bonus, complaint: str) -> None:
    """Each mistake with what was given; nothing is guessed about money."""
    (problem,) = bonus.problems("here", {"game"})
    assert complaint in problem.what


def test_all_mistakes_at_once() -> None:
    """One look shows everything."""
    assert len(list(Bonus("X", cap="", budget="", per_point="", flat={"a": ""}).problems("here", ()))) == 7
