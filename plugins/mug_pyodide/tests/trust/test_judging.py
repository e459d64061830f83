"""What of differences is rounding: they begin small and grow; what is changed jumps."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_pyodide.in_browser.comparison import APART, GROWTH, Difference, Judge, differences

from mug.game.json_lines import encode

EPS = float(np.finfo(np.float64).eps)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def off(size: float, resolution: float = EPS) -> Difference:
    return Difference("rewards.a", 1.0 + size, 1.0, size, resolution)


def judged(sizes: list[float]) -> Judge:
    judge = Judge()
    for step, size in enumerate(sizes, start=1):
        if not judge.done:
            judge.hear(step, [off(size)])
    return judge


@given(st.lists(st.floats(1.0, GROWTH * 0.99), max_size=30))
def test_what_grows_from_the_last_bits_is_rounding(factors: list[float]) -> None:
    """Deviations that grow by less than the bound in each step are never suspicious."""
    sizes = [EPS]
    for factor in factors:
        sizes.append(sizes[-1] * factor)
    judge = judged(sizes)
    assert judge.suspicion is None
    assert (judge.apart is not None) == any(size > APART for size in sizes)


@given(st.floats(0, 1e-9), st.floats(2.0, 1e6))
def test_a_jump_is_suspicious(before: float, more: float) -> None:
    """A deviation that smaller ones did not announce is suspicious, and named with its step."""
    jump = GROWTH * max(before, EPS / 8) * more
    judge = judged([min(before, EPS), before if before <= GROWTH * EPS / 8 else EPS, jump + GROWTH * EPS])
    assert judge.suspicion is not None
    assert judge.suspicion.step == 3
    assert judge.suspicion.difference.size > GROWTH * EPS


def test_coarse_numbers_excuse_no_fine_ones() -> None:
    """A float32 that is off by its last bit says nothing about a float64."""
    judge = Judge()
    judge.hear(1, [off(1.2e-7, float(np.finfo(np.float32).eps))])
    assert judge.suspicion is None
    judge.hear(2, [off(1e-9)])
    assert judge.suspicion is not None


def test_what_is_no_number_is_suspicious_at_once() -> None:
    """Rounding makes no other word or whole number of anything by itself."""
    for recorded, now in ((1, 2), ("a", "b"), (None, 0.0), ([1], [1, 2]), ({"a": 1}, {})):
        judge = Judge()
        judge.hear(1, list(differences({"x": recorded}, {"x": now}, {"x": now}, "infos")))
        assert judge.suspicion is not None


def test_the_same_arithmetic_excuses_nothing() -> None:
    """In exact comparison the last bit counts."""
    judge = Judge(exact=True)
    judge.hear(1, [off(EPS)])
    assert judge.suspicion is not None


@given(JSON)
def test_equal_values_do_not_differ(value: Any) -> None:
    """A value that comes out again as it was recorded gives no difference."""
    assert (
        list(
            differences(json.loads(encode({"": value}))[""], json.loads(encode({"": value}))[""], value, "x")
        )
        == []
    )


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_differences_are_measured(recorded: float, now: float) -> None:
    """Two numbers differ by their distance, once, in the place where they are."""
    found = list(differences([[recorded]], [[now]], [np.array([now])], "observations.a"))
    assert len(found) == (recorded != now)
    for difference in found:
        assert difference.field == "observations.a.0.0"
        assert difference.absolute == abs(recorded - now) or math.isinf(difference.size)
        assert difference.size <= 2


@pytest.mark.parametrize(("dtype", "resolution"), [(np.float32, 2**-23), (np.float64, 2**-52)])
def test_resolution_is_that_of_the_environments_own_numbers(dtype: Any, resolution: float) -> None:
    """How fine a number is says the environment's array, not JSON."""
    original = {"a": np.array([1.0, 2.0], dtype)}
    (found,) = differences({"a": [1.0, 2.5]}, {"a": [1.0, 2.0]}, original, "observations")
    assert (found.field, found.resolution) == ("observations.a.1", resolution)


def test_numbers_beyond_all_bounds_are_no_obstacle() -> None:
    """An integer with a thousand digits in the records is another value, and no error."""
    (found,) = differences([10**1000], [1.0], [1.0], "rewards.a")
    assert math.isinf(found.size)
    assert math.isinf(found.absolute)
