"""A PettingZoo environment that draws itself as an array of pixels."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

WIDTH, HEIGHT = 60, 20
REST, PULL = 0, 1
RED, BLUE = (209, 73, 91), (0, 121, 140)


class TugOfWar(ParallelEnv):
    """Whoever pulls the rope's mark over to their end first wins: red to the left, blue to the right."""

    metadata = {"render_modes": ["rgb_array"], "name": "tug_of_war"}

    def __init__(self, render_mode="rgb_array"):
        self.render_mode = render_mode
        self.possible_agents = ["red", "blue"]
        self.agents = list(self.possible_agents)

    def observation_space(self, agent):
        return spaces.Box(0, WIDTH - 1, (1,), np.int32)

    def action_space(self, agent):
        return spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        self.agents = list(self.possible_agents)
        self.mark = WIDTH // 2
        return self.observe(), {agent: {} for agent in self.agents}

    def step(self, actions):
        self.mark += 5 * (actions["blue"] - actions["red"])
        over = not 5 < self.mark < WIDTH - 5
        rewards = {"red": float(over and self.mark <= 5), "blue": float(over and self.mark >= WIDTH - 5)}
        answer = (
            self.observe(),
            rewards,
            dict.fromkeys(self.agents, over),
            dict.fromkeys(self.agents, False),
            {agent: {} for agent in self.agents},
        )
        if over:
            self.agents = []
        return answer

    def observe(self):
        return {agent: np.array([self.mark], np.int32) for agent in self.agents}

    def render(self):
        picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        picture[9:11] = 120
        picture[:, :5], picture[:, -5:] = RED, BLUE
        picture[5:15, self.mark - 2 : self.mark + 2] = 0
        return picture
