"""What a warm-up leaves as it was."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from mug_pyodide.in_browser.traces import Traces


@pytest.fixture
def generator() -> random.Random:
    return random.Random(5)


def test_generators_draw_the_same_afterwards(generator: random.Random) -> None:
    expected = random.Random(5).random()
    with Traces([generator]):
        generator.random()
    assert generator.random() == expected


def test_what_has_no_state_is_left_alone() -> None:
    """The system's own chance cannot be put back."""
    with Traces([[random.SystemRandom()], SimpleNamespace()]):
        pass
