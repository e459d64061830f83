"""A helper, who walks to the goal without haste."""

from __future__ import annotations

import numpy as np
from team_grid_env import DOWN, LEFT, RIGHT, STAY, UP

from mug.configurations.configuration_constants import HeuristicPolicy

REST = 4
"""It moves in every so many steps."""


class Helper(HeuristicPolicy):
    """Goes sideways or up and down, as chance has it, until it is there. It remembers when it moved last."""

    def reset(self, seed):
        self.random = np.random.default_rng(seed)
        self.steps = 0

    def compute_action(self, env, agent_id):
        self.steps += 1
        if self.steps % REST:
            return STAY
        (x, y), (goal_x, goal_y) = env.places[agent_id], env.goal
        ways = []
        if x != goal_x:
            ways.append(RIGHT if x < goal_x else LEFT)
        if y != goal_y:
            ways.append(DOWN if y < goal_y else UP)
        return ways[int(self.random.integers(len(ways)))] if ways else STAY
