"""From a model's numbers to an action, on machines that round differently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import assume, given
from hypothesis import strategies as st

from mug.engine.decisions import EQUAL, UnusableError, decide

SPACES = (
    spaces.Discrete(5),
    spaces.Discrete(5, start=-2),
    spaces.MultiDiscrete([2, 3]),
    spaces.MultiDiscrete([2, 3], start=[4, 0]),
    spaces.MultiBinary(5),
)
numbers = st.floats(-30, 30).map(lambda number: round(number, 2))
outputs = st.lists(st.one_of(numbers, st.just(-1e9), st.just(-np.inf)), min_size=5, max_size=5).map(np.array)
finite = st.lists(st.floats(-5, 5), min_size=5, max_size=5).map(np.array)
wherever = st.sampled_from(SPACES)
seeds = st.none() | st.integers(0, 1000)


def decision(output: Any, space: Any, seed: int | None, temperature: float = 1.0) -> Any:
    random = None if seed is None else np.random.default_rng(seed)
    try:
        return decide(np.asarray(output, np.float64), space, random, temperature)
    except UnusableError:
        assume(False)


@given(st.lists(numbers, min_size=2, max_size=9), st.data())
def test_equally_good_actions_are_not_told_apart_by_rounding(logits: list[float], data: Any) -> None:
    """Wherever rounding puts logits that are equal, the first of them is taken."""
    best = data.draw(st.sets(st.integers(0, len(logits) - 1), min_size=1))
    space = spaces.Discrete(len(logits))
    top = max(logits)
    equal = np.array([top if number in best else logit - 1 for number, logit in enumerate(logits)])
    bits = st.lists(st.integers(-8, 8), min_size=len(logits), max_size=len(logits)).map(np.array)
    rounded = equal * (1 + data.draw(bits) * np.finfo(np.float32).eps)
    assert decide(equal, space).action == decide(rounded, space).action == min(best)


@given(outputs, wherever, seeds)
def test_a_decision_is_no_distance_from_itself(output: Any, space: Any, seed: int | None) -> None:
    """What was decided needs nothing to be decided, and fits its space."""
    made = decision(output, space, seed)
    assert made.action in space
    assert made.distance_to(np.asarray(made.action).tolist()) == 0
    assert made.deviation_from(made) == 0


@given(outputs, wherever, seeds, st.sampled_from((0.25, 1.0, 4.0)), st.data())
def test_nearer_numbers_decide_alike(
    output: Any, space: Any, seed: int | None, temperature: float, data: Any
) -> None:
    """Another machine that decides otherwise has numbers that are as far off as the distance says."""
    made = decision(output, space, seed, temperature)
    size = data.draw(st.sampled_from((1e-6, 1e-3, 0.1, 1.0, 5.0)))
    moves = st.lists(st.floats(-1, 1), min_size=5, max_size=5).map(np.array)
    other = decision(output + size * data.draw(moves), space, seed, temperature)
    distance = made.distance_to(np.asarray(other.action).tolist())
    assert distance <= made.deviation_from(other) + EQUAL


@given(finite, seeds, st.sampled_from((0.25, 1.0, 4.0)), st.integers(1, 4))
def test_the_distance_is_no_further_than_it_has_to_be(
    output: Any, seed: int | None, temperature: float, further: int
) -> None:
    """Numbers that are hardly more off than the distance can decide otherwise."""
    made = decision(output, spaces.Discrete(5), seed, temperature)
    action = (made.action + further) % 5
    distance = made.distance_to(action)
    push = (distance + 2 * EQUAL) * max(1.0, abs(max(output))) * (1 + 1e-9)
    moves = np.full(5, -push)
    if seed is None:
        moves[action] = push
    elif action < made.action:
        moves[: action + 1] = push
    else:
        moves[action:] = push
    again = decision(output + moves, spaces.Discrete(5), seed, temperature)
    assert (again.action - made.action) * (action - made.action) > 0
    if seed is None:
        assert again.action == action


@pytest.mark.parametrize(
    ("space", "output", "seed", "action", "distance"),
    [
        (spaces.Discrete(3), [1.0, 3.0, -np.inf], None, 0, 1 / 3),
        (spaces.Discrete(3), [1.0, 3.0, -np.inf], None, 2, np.inf),
        (spaces.Discrete(3), [1.0, 3.0, -np.inf], 1, 2, np.inf),
        (spaces.Discrete(3), [0.1, 0.5, -1e9], None, 0, 0.2),
        (spaces.Discrete(3), [0.1, 0.5, 0.0], None, 7, np.inf),
        (spaces.Discrete(3), [0.1, 0.5, 0.0], None, "up", np.inf),
        (spaces.Discrete(3), [0.1, 0.5, 0.0], None, [1, 1], np.inf),
        (spaces.Discrete(3), [0.1, 0.5, 0.0], None, 0.5, np.inf),
        (spaces.MultiDiscrete([2, 2]), [0.0, 1.0, 0.0, 0.5], None, [0, 0], 0.5),
        (spaces.MultiBinary(2), [0.5, -0.25], None, [0, 0], 0.25),
        (spaces.Box(-1, 1, (2,)), [0.5, -0.25], None, [0.5, 0.0], 0.25),
    ],
)
def test_distances_are_shares_of_the_largest_logit(
    space: Any, output: Any, seed: int | None, action: Any, distance: float
) -> None:
    """Half the difference of two logits that count; nothing leads to what is ruled out or absent."""
    assert decision(output, space, seed).distance_to(action) == pytest.approx(distance, abs=2 * EQUAL)


@pytest.mark.parametrize("output", [[0.0, np.nan, 1.0], [-np.inf] * 3, [0.0, np.inf, 0.0]])
@pytest.mark.parametrize("seed", [None, 3])
def test_numbers_that_say_nothing_decide_nothing(output: list[float], seed: int | None) -> None:
    """A model that has come apart is an error, not an action."""
    random = None if seed is None else np.random.default_rng(seed)
    with pytest.raises(UnusableError):
        decide(np.array(output), spaces.Discrete(3), random)
