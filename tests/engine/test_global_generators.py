"""Games that have an interpreter's generators for themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mug.engine import global_generators
from mug.engine.engine import Engine


class Dice(gym.Env[Any, Any]):
    """Throws dice with everything that Python has, while it is made too."""

    action_space = spaces.Discrete(2)
    observation_space = spaces.Box(0, 1, (5,))

    def __init__(self) -> None:
        self.made = random.random()

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self.throw(), {}

    def step(self, action: int) -> Any:
        return self.throw(), 0.0, False, False, {}

    def throw(self) -> Any:
        return [self.made, random.random(), random.gauss(0, 1), np.random.random(), np.random.randn()]


def play(engine: Engine, steps: int) -> list[Any]:
    seen = []
    for _ in range(steps):
        if engine.phase != "playing":
            engine.begin_episode()
        engine.advance({"player": 0})
        seen.append(engine.observations["player"])
    return seen


@pytest.fixture(autouse=True)
def undisturbed() -> Any:
    """Other tests keep their generators."""
    kept = random.getstate(), np.random.get_state()
    yield
    random.setstate(kept[0])
    np.random.set_state(kept[1])


def test_a_game_that_has_them_repeats(game: Callable[..., Engine]) -> None:
    """Whatever was drawn before: the seed decides, in each episode."""
    first = play(game(Dice, global_generators=True, max_steps=4), 12)
    random.random()
    np.random.random()
    assert play(game(Dice, global_generators=True, max_steps=4), 12) == first
    assert play(game(Dice, global_generators=True, max_steps=4, seed=8), 12) != first


def test_episodes_do_not_depend_on_how_long_the_last_was(game: Callable[..., Engine]) -> None:
    """Each is seeded by itself."""
    short = game(Dice, global_generators=True, max_steps=1)
    long = game(Dice, global_generators=True, max_steps=3)
    assert play(short, 2)[1][1:] == play(long, 4)[3][1:]


@pytest.mark.parametrize("other", [False, True])
def test_snapshots_hold_them(game: Callable[..., Engine], other: bool) -> None:
    """Loaded here or in another engine, draws go on as they did."""
    engine = game(Dice, global_generators=True)
    play(engine, 3)
    saved = engine.save()
    expected = play(engine, 5)
    random.seed(1)
    np.random.seed(1)
    loaded = game(Dice, global_generators=True) if other else engine
    loaded.load(saved)
    assert play(loaded, 5) == expected
    loaded.load(saved)
    assert play(loaded, 5) == expected


def test_games_leave_them_alone_otherwise(game: Callable[..., Engine]) -> None:
    """Many games share a process of the server: none of them seeds what all share."""
    random.seed(5)
    np.random.seed(5)
    expected = random.Random(5).random()
    engine = game(lambda: gym.make("CartPole-v1"))
    engine.begin_episode()
    engine.load(engine.save())
    assert random.random() == expected
    assert np.random.random() == np.random.RandomState(5).random()


CHANGES: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "random": random.random,
    "gauss": lambda: random.gauss(0, 1),
    "shuffle": lambda: random.shuffle([1, 2, 3]),
    "numpy": np.random.random,
    "numpy normal": np.random.randn,
    "numpy 32 bits": lambda: np.random.randint(5, dtype=np.int32),
    "seed": lambda: random.seed(3),
    "numpy seed": lambda: np.random.seed(3),
    "without the second normal": lambda: np.random.set_state(
        {**np.random.get_state(legacy=False), "has_gauss": 0, "gauss": 0.0}
    ),
    "another second normal": lambda: np.random.set_state(
        {**np.random.get_state(legacy=False), "has_gauss": 1, "gauss": 0.5}
    ),
    "without the second gauss": lambda: random.setstate((*random.getstate()[:2], None)),
    "another kind": lambda: np.random.set_bit_generator(np.random.PCG64(4)),
    "the same kind anew": lambda: np.random.set_bit_generator(np.random.MT19937(4)),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*CHANGES, "back"]), max_size=12))
def test_their_state_is_what_they_say_themselves(changes: list[str]) -> None:
    """Whatever was done to them, and also where nothing was, so that nothing is read."""
    bits = np.random.get_bit_generator()
    try:
        before = global_generators.state()
        for change in changes:
            if (
                change == "back"
                and type(np.random.get_bit_generator()).__name__ == before[1]["bit_generator"]
            ):
                global_generators.put_back(before)
            elif change != "back":
                before = global_generators.state()
                CHANGES[change]()
            known = global_generators.state()
            assert known[0] == random.getstate()
            np.testing.assert_equal(known[1], np.random.get_state(legacy=False))
    finally:
        np.random.set_bit_generator(bits)


def test_their_state_is_seen_without_reading_it() -> None:
    """Where nothing was drawn, what was read before is the state."""
    first = global_generators.state()
    again = global_generators.state()
    assert again[0] is first[0]
    assert again[1] is first[1]
