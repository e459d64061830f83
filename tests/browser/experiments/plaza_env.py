"""A plaza on which any number of agents walk about; everybody wants to meet in its middle."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

SIZE = 7
MIDDLE = SIZE // 2
CELL = 60
STEPS = np.array([(0, -1), (0, 1), (-1, 0), (1, 0), (0, 0)])
UP, DOWN, LEFT, RIGHT, STAY = range(5)
CORNERS = [(0, 0), (SIZE - 1, 0), (0, SIZE - 1), (SIZE - 1, SIZE - 1)]
COLORS = ["#d1495b", "#00798c", "#edae49", "#5f4bb6"]


class PlazaEnv(gym.Env):
    """Up to four agents start in the corners. An episode ends when all of them stand in the middle."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, agents=("player_0", "player_1", "player_2", "player_3"), render_mode="mug"):
        self.agents = agents
        self.render_mode = render_mode
        self.surface = Surface(width=SIZE * CELL, height=SIZE * CELL)
        self.action_space = spaces.Dict({agent: spaces.Discrete(5) for agent in agents})
        self.observation_space = spaces.Dict(
            {agent: spaces.Box(0, SIZE - 1, (2,), np.int32) for agent in agents}
        )

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.surface.reset()
        corners = zip(self.agents, CORNERS, strict=False)
        self.places = {agent: np.array(corner, np.int32) for agent, corner in corners}
        return self.observe(), {}

    def step(self, actions):
        for agent, action in actions.items():
            moved = self.places[agent] + STEPS[action]
            self.places[agent] = np.clip(moved, 0, SIZE - 1).astype(np.int32)
        met = all((place == MIDDLE).all() for place in self.places.values())
        return self.observe(), dict.fromkeys(self.agents, float(met)), bool(met), False, {}

    def observe(self):
        return {agent: place.copy() for agent, place in self.places.items()}

    def render(self):
        size = SIZE * CELL
        self.surface.rect(x=0, y=0, width=size, height=size, color="#f4f1ea", persistent=True, id="ground")
        self.surface.rect(
            x=MIDDLE * CELL,
            y=MIDDLE * CELL,
            width=CELL,
            height=CELL,
            color="#cfe8cf",
            persistent=True,
            id="meet",
        )
        for index, agent in enumerate(self.agents):
            x, y = self.places[agent]
            # Each agent has its own quarter of a square, so that nobody hides anybody.
            self.surface.circle(
                x=x * CELL + CELL * (0.27 + 0.46 * (index % 2)),
                y=y * CELL + CELL * (0.27 + 0.46 * (index // 2)),
                radius=CELL * 0.2,
                color=COLORS[index],
                persistent=True,
                id=agent,
            )
        return self.surface.commit()
