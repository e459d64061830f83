"""Small environments for tests of experiments and plugins: quick, seeded, drawn with a few shapes."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

SIZE = 10
"""How many places a line has."""


class Corridor(gymnasium.Env[Any, Any]):
    """One player walks along a line of ten places to a goal. Actions: 0 stay, 1 left, 2 right."""

    metadata = {"render_modes": ["mug"]}
    render_mode = "mug"

    def __init__(self) -> None:
        self.action_space = spaces.Discrete(3)
        self.observation_space = spaces.Box(0, SIZE - 1, (2,), np.int64)
        self.surface = Surface(width=200, height=20)
        self.position = self.goal = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Stand in the middle; the goal is drawn from the seed."""
        super().reset(seed=seed)
        self.surface.reset()
        self.position = SIZE // 2
        self.goal = int(self.np_random.integers(0, SIZE))
        return self._observation(), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a step; one point at the goal, where the episode ends."""
        self.position = _moved(self.position, action)
        there = self.position == self.goal
        return self._observation(), float(there), there, False, {}

    def render(self) -> Any:
        """The player's place and the goal's."""
        self.surface.rect(
            x=self.goal * 20, y=0, width=20, height=20, color="green", persistent=True, id="goal"
        )
        self.surface.circle(x=self.position * 20 + 10, y=10, radius=8, color="blue")
        return self.surface.commit()

    def _observation(self) -> Any:
        return np.array([self.position, self.goal], np.int64)


class Meeting(gymnasium.Env[Any, Any]):
    """Two players, ``player_0`` and ``player_1``, on one line; both score when they meet.

    Actions: 0 stay, 1 left, 2 right. An episode ends after ten steps, wherever they are.
    """

    metadata = {"render_modes": ["mug"]}
    render_mode = "mug"
    players = ("player_0", "player_1")

    def __init__(self, length: int = 10) -> None:
        self.length = length
        self.action_space = spaces.Dict({player: spaces.Discrete(3) for player in self.players})
        self.observation_space = spaces.Dict(
            {player: spaces.Box(0, SIZE - 1, (2,), np.int64) for player in self.players}
        )
        self.surface = Surface(width=200, height=20)
        self.positions: dict[str, int] = {}
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Stand at places that are drawn from the seed."""
        super().reset(seed=seed)
        self.surface.reset()
        self.steps = 0
        self.positions = {player: int(self.np_random.integers(0, SIZE)) for player in self.players}
        return self._observations(), {}

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Everybody takes a step."""
        self.steps += 1
        for player, action in actions.items():
            self.positions[player] = _moved(self.positions[player], action)
        met = float(len(set(self.positions.values())) == 1)
        return self._observations(), dict.fromkeys(self.players, met), self.steps >= self.length, False, {}

    def render(self) -> Any:
        """Everybody's place."""
        for player, color in zip(self.players, ("blue", "red"), strict=True):
            self.surface.circle(x=self.positions[player] * 20 + 10, y=10, radius=8, color=color)
        return self.surface.commit()

    def _observations(self) -> dict[str, Any]:
        first, second = (self.positions[player] for player in self.players)
        return {
            "player_0": np.array([first, second], np.int64),
            "player_1": np.array([second, first], np.int64),
        }


class Crashing(Meeting):
    """Like `Meeting`, but its third step raises."""

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Raise the third time."""
        if self.steps == 2:
            raise RuntimeError("the third step always fails")
        return super().step(actions)


def _moved(position: int, action: int) -> int:
    """A place further, or the same at the ends of the line."""
    return min(SIZE - 1, max(0, position + (0, -1, 1)[int(action)]))
