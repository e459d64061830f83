"""An environment that is fine natively, and in each browser is another."""

from __future__ import annotations

import random
import sys
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

NAMES = ("player_0", "player_1")
IN_BROWSER = sys.platform == "emscripten"
CHANCE = random.SystemRandom()


class Wavering(gymnasium.Env[Any, Any]):
    """Two players walk on a line. What nobody sees is in a browser another in each step and on each page."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode: str = "mug") -> None:
        self.action_space = spaces.Dict({name: spaces.Discrete(3) for name in NAMES})
        self.observation_space = spaces.Dict({name: spaces.Box(0, 9, (1,), np.int64) for name in NAMES})
        self.surface = Surface(width=200, height=40)
        self.places = {"player_0": 2, "player_1": 7}
        self.hidden = 0.0
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.places = {"player_0": 2, "player_1": 7}
        self.hidden, self.steps = 0.0, 0
        return self._seen(), {}

    def step(self, actions: dict[str, int]) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.steps += 1
        for name, action in actions.items():
            self.places[name] = min(9, max(0, self.places[name] + (0, -1, 1)[int(action)]))
        if IN_BROWSER:
            self.hidden = CHANCE.random()
        return self._seen(), dict.fromkeys(NAMES, 0.0), False, False, {}

    def render(self) -> Any:
        for name, color in zip(NAMES, ("red", "blue"), strict=True):
            self.surface.circle(x=self.places[name] * 20 + 10, y=20, radius=9, color=color)
        return self.surface.commit()

    def _seen(self) -> dict[str, Any]:
        return {name: np.array([place]) for name, place in self.places.items()}
