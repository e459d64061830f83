"""A disc that never stands still; either of two players can turn it round."""

from __future__ import annotations

import math

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface


class OrbitEnv(gym.Env):
    """The disc goes one step of a circle's 120 in each step of the environment."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.agents = ("player_0", "player_1")
        self.surface = Surface(width=400, height=400)
        self.action_space = spaces.Dict({agent: spaces.Discrete(2) for agent in self.agents})
        self.observation_space = spaces.Dict({agent: spaces.Discrete(120) for agent in self.agents})

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.direction = 0, 1
        return self.observe(), {}

    def step(self, actions):
        if any(actions.values()):
            self.direction = -self.direction
        self.place = (self.place + self.direction) % 120
        return self.observe(), dict.fromkeys(self.agents, 0.0), False, False, {}

    def observe(self):
        return {agent: np.int64(self.place) for agent in self.agents}

    def render(self):
        angle = self.place / 120 * 2 * math.pi
        self.surface.rect(x=0, y=0, width=400, height=400, color="#f4f1ea", persistent=True, id="ground")
        self.surface.circle(
            x=200 + 150 * math.cos(angle), y=200 + 150 * math.sin(angle), radius=25, color="#d1495b"
        )
        return self.surface.commit()
