"""Environments that save and load themselves, by get_state and set_state."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import pytest
from gymnasium import spaces

from mug.engine.engine import Engine
from mug.engine.errors import EnvironmentFault
from mug.engine.records import to_plain
from mug.rendering import Surface


class SavesItself(gym.Env[Any, Any]):
    """Has get_state and set_state, and an attribute that cannot be saved otherwise."""

    observation_space = spaces.Discrete(1000)
    action_space = spaces.Discrete(2)

    def __init__(self) -> None:
        self.place: dict[str, list[int]] = {"x": [0]}
        self.path = (number for number in range(10))
        self.surface = Surface(10, 10)
        self.asked = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.place["x"][0] = 0
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.place["x"][0] += action + int(self.np_random.integers(10))
        (position,) = self.place["x"]
        self.surface.circle(position, 0, 1, id="me", persistent=True)
        return position, 0.0, False, False, {}

    def render(self) -> Any:
        return self.surface.commit()

    def get_state(self) -> dict[str, Any]:
        self.asked += 1
        return self.place

    def set_state(self, state: dict[str, Any]) -> None:
        self.place["x"] = [state["x"].pop()]
        self.np_random.integers(10)


@pytest.mark.parametrize("wrap", [lambda env: env, lambda env: gym.wrappers.TimeLimit(env, 6)])
def test_an_environment_may_save_itself(game: Callable[..., Engine], wrap: Callable[[Any], Any]) -> None:
    """get_state and set_state are used when there are both, with its generator, its surface and the wrappers'
    counters saved besides; a state that is the environment's own, or taken apart, can be loaded again."""
    engine = game(lambda: wrap(SavesItself()), default_action=1)
    engine.begin_episode()
    engine.advance({})
    snapshot = engine.save()
    assert engine.env.asked == 1

    def go_on() -> Any:
        steps: list[Any] = []
        while engine.phase == "playing" and len(steps) < 8:
            packet = engine.render()
            assert packet is not None
            steps.append((to_plain(engine.advance({})), list(packet)))
        return steps

    first = go_on()
    for _ in range(2):
        engine.load(snapshot)
        assert go_on() == first
    other = game(lambda: wrap(SavesItself()), default_action=1)
    other.begin_episode()
    other.load(pickle.loads(pickle.dumps(snapshot)))
    engine = other
    assert go_on() == first


def test_half_a_state_interface_is_not_used(game: Callable[..., Engine]) -> None:
    """set_state with other arguments (as MuJoCo's) is not taken for the interface."""

    class Odd(SavesItself):
        def set_state(self, qpos: Any, qvel: Any) -> None:  # type: ignore[override]
            raise AssertionError

    engine = game(Odd)
    engine.begin_episode()
    with pytest.raises(EnvironmentFault, match="generator"):
        engine.save()


def test_a_state_interface_that_raises_is_a_fault(game: Callable[..., Engine]) -> None:
    """Errors in get_state and set_state are the environment's."""

    class Bad(SavesItself):
        def get_state(self) -> dict[str, Any]:
            if self.place["x"][0]:
                raise KeyError("no state")
            return super().get_state()

        def set_state(self, state: dict[str, Any]) -> None:
            raise ValueError("cannot go back")

    engine = game(Bad, default_action=1)
    engine.begin_episode()
    snapshot = engine.save()
    engine.advance({})
    with pytest.raises(EnvironmentFault, match=r"get_state\(\) raised KeyError"):
        engine.save()
    with pytest.raises(EnvironmentFault, match=r"set_state\(\) raised ValueError: cannot go back"):
        engine.load(snapshot)
