"""Environments that pages cannot play alike: found before anybody takes part, and named in play."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest
from mug_ggpo.rehearsal import rehearse
from peer_pages import Hunt, Network, Pages, make_spec


class Unseeded(Hunt):
    """Draws from a generator that nobody seeds."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = np.random.default_rng()

    def step(self, actions: dict[str, int]) -> Any:
        self.prize = int(self.chance.integers(0, 12))
        return super().step(actions)


class Clocked(Hunt):
    """Looks at the clock."""

    def step(self, actions: dict[str, int]) -> Any:
        self.noticed = time.perf_counter_ns()
        return super().step(actions)


class Counted(Hunt):
    """Counts in its class, where no snapshot looks."""

    steps_of_all = 0

    def step(self, actions: dict[str, int]) -> Any:
        Counted.steps_of_all += 1
        self.age = Counted.steps_of_all
        return super().step(actions)


HIDDEN = random.SystemRandom()


class Hidden(Hunt):
    """Keeps its generator in the module."""

    def step(self, actions: dict[str, int]) -> Any:
        self.luck = HIDDEN.random()
        return super().step(actions)


BROKEN = [(Unseeded, "chance"), (Clocked, "noticed"), (Counted, "age"), (Hidden, "luck")]


@pytest.mark.parametrize(("env", "attribute"), BROKEN)
def test_it_is_named_before_anybody_takes_part(env: type[Hunt], attribute: str) -> None:
    (problem,) = rehearse(make_spec(env))
    assert problem.where == "scene 'game', the environment"
    assert f"env.{attribute}" in problem.what
    assert "self.np_random" in problem.fix


def test_nothing_is_wrong_with_what_is_deterministic() -> None:
    assert list(rehearse(make_spec())) == []


@pytest.mark.parametrize(("env", "attribute"), BROKEN[1:])
def test_it_is_named_within_two_seconds_of_play(env: type[Hunt], attribute: str) -> None:
    """Both pages notice, and say what is wrong with the environment."""
    world = Pages(make_spec(env, num_episodes=1), Network(0.05))
    world.run(lambda: all("episode_started" in page.told for page in world.pages))
    world.run(lambda: all("desync" in page.told for page in world.pages), most=2.0)
    for page in world.pages:
        (note,) = [note for note in page.notes if note["kind"] == "desync"]
        assert f"env.{attribute}" in note["suspects"]
