"""Registers its images itself: two before the first picture, and another at the first press."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

IMAGES = Path(__file__).parent / "images"


class RegisteredEnv(gym.Env):
    """Draws an image, a frame of an atlas, and after a press one more image."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.surface = Surface(width=400, height=200)
        self.surface.register_image("checks", IMAGES / "checks.png")
        self.surface.register_atlas("signs", IMAGES / "signs.png", IMAGES / "signs.json")
        self.action_space = spaces.Discrete(2)
        self.observation_space = spaces.Box(0, 1000, (1,), np.int64)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.surface.reset()
        self.pressed = 0
        return np.array([0]), {}

    def step(self, action):
        self.pressed = max(self.pressed, int(action))
        return np.array([self.pressed]), 0.0, False, False, {}

    def render(self):
        surface = self.surface
        surface.rect(x=0, y=0, width=400, height=200, color=(250, 248, 240), persistent=True, id="ground")
        surface.image("checks", x=10, y=10, width=80, height=80, persistent=True, id="checks")
        surface.image("signs", x=110, y=10, width=80, height=80, frame="stop", persistent=True, id="stop")
        if self.pressed:
            surface.register_image("late", IMAGES / "signs.png")
            surface.image("late", x=210, y=10, width=80, height=40, persistent=True, id="late")
        return surface.commit()
