"""Somebody walks along a line; some stumble, turn in circles or eat up all memory, in browsers only."""

from __future__ import annotations

import sys

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

STAY, RIGHT = range(2)
WIDTH, STEP = 800, 4
IN_BROWSER = sys.platform == "emscripten"


class Walk(gym.Env):
    """A walker, from the left to the right and round again."""

    metadata = {"render_modes": ["mug"]}
    action_space = spaces.Discrete(2)
    observation_space = spaces.Discrete(WIDTH)

    def __init__(self):
        self.surface = Surface(width=WIDTH, height=100)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.place = int(self.np_random.integers(WIDTH // STEP)) * STEP
        return np.int64(self.place), {}

    def step(self, action):
        self.place = (self.place + action * STEP) % WIDTH
        return np.int64(self.place), float(action), False, False, {}

    def render(self):
        self.surface.rect(x=0, y=0, width=WIDTH, height=100, color="#f4f1ea", persistent=True, id="ground")
        self.surface.circle(x=self.place, y=50, radius=20, color="#d1495b", id="walker")
        return self.surface.commit()


class Stumble(Walk):
    """A walker who falls."""

    def step(self, action):
        if IN_BROWSER and action == RIGHT:
            raise ValueError("stumbled over a stone")
        return super().step(action)


class Circle(Walk):
    """A walker who never comes to the end of a step."""

    def step(self, action):
        while IN_BROWSER and action == RIGHT:
            pass
        return super().step(action)


class Hungry(Walk):
    """A walker who takes along everything there is."""

    def step(self, action):
        if IN_BROWSER and action == RIGHT:
            self.bag = [np.empty(16 * 1024 * 1024) for _ in range(1000)]
        return super().step(action)
