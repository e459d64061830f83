"""Agents who see random numbers."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from pettingzoo import ParallelEnv

from mug.rendering import Surface

NUMBERS, ACTIONS = 12, 5
AGENTS = ("person", "drawing", "deciding", "clinging")


class Views(ParallelEnv):
    """Each step everybody sees other numbers, which depend on what was done before."""

    metadata = {"name": "views", "render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.possible_agents = list(AGENTS)
        self.observation_spaces = dict.fromkeys(
            AGENTS, gym.spaces.Box(-np.inf, np.inf, (NUMBERS,), np.float32)
        )
        self.action_spaces = {agent: gym.spaces.Discrete(ACTIONS) for agent in AGENTS}
        self.surface = Surface(200, 100)

    def observation_space(self, agent):
        return self.observation_spaces[agent]

    def action_space(self, agent):
        return self.action_spaces[agent]

    def reset(self, seed=None, options=None):
        self.agents = list(AGENTS)
        self.numbers = np.random.default_rng(seed)
        self.last = 0
        return self._seen(), {agent: {} for agent in AGENTS}

    def step(self, actions):
        self.last = int(sum(actions.values()))
        rewards = {agent: float(action) for agent, action in actions.items()}
        never = dict.fromkeys(AGENTS, False)
        return self._seen(), rewards, never, dict(never), {agent: {} for agent in AGENTS}

    def render(self):
        self.surface.circle(x=10 + 10 * self.last, y=50, radius=8, color="navy", id="sum")
        return self.surface.commit()

    def _seen(self):
        return {
            agent: (self.numbers.standard_normal(NUMBERS) + self.last / 10).astype(np.float32)
            for agent in AGENTS
        }
