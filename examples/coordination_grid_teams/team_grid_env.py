"""The coordination grid for teams: everybody has to stand on the green square at the same time."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

SIZE, CELL = 10, 50
UP, DOWN, LEFT, RIGHT, STAY = range(5)
MOVES = ((0, -1), (0, 1), (-1, 0), (1, 0), (0, 0))
CORNERS = ((0, 0), (SIZE - 1, SIZE - 1), (SIZE - 1, 0), (0, SIZE - 1))
INK, LINE, GOAL = "#22303c", "#d4d9de", "#90ee90"
# Numbers say the same as colors, so that nobody has to tell these apart.
COLORS = ("#ff6b6b", "#4ecdc4", "#f4b942", "#a78bda")
MOVE_MS = 60


class TeamGridEnv(gym.Env):
    """Two to four agents on a grid; an episode is over when all of them are on the goal, which is drawn anew.

    An agent sees its own x and y, and the goal's. All get 1 when they meet.

    Args:
        agents: their ids.
    """

    metadata = {"render_modes": ["mug"]}

    def __init__(self, agents=("player_0", "player_1", "player_2"), render_mode="mug"):
        self.render_mode = render_mode
        self.agents = tuple(agents)
        self.action_space = spaces.Dict({agent: spaces.Discrete(len(MOVES)) for agent in self.agents})
        self.observation_space = spaces.Dict(
            {agent: spaces.Box(0, SIZE - 1, (4,), np.int64) for agent in self.agents}
        )
        self.surfaces = {viewer: Surface(SIZE * CELL, SIZE * CELL) for viewer in (None, *self.agents)}
        self.places = dict(zip(self.agents, CORNERS, strict=False))
        self.goal = (0, 0)

    def reset(self, *, seed=None, options=None):
        """Put everybody into their corner, and the goal somewhere near the middle."""
        super().reset(seed=seed)
        for surface in self.surfaces.values():
            surface.reset()
        self.places = dict(zip(self.agents, CORNERS, strict=False))
        self.goal = tuple(self.np_random.integers(2, SIZE - 2, size=2).tolist())
        return self.observe(), {}

    def step(self, actions):
        """Let everybody walk one square; walls are in the way, others are not."""
        for agent, (x, y) in self.places.items():
            right, down = MOVES[actions[agent]]
            self.places[agent] = (within(x + right), within(y + down))
        met = all(place == self.goal for place in self.places.values())
        return self.observe(), dict.fromkeys(self.agents, float(met)), met, False, {}

    def observe(self):
        """What each agent sees."""
        return {agent: np.array([*place, *self.goal], np.int64) for agent, place in self.places.items()}

    def render(self, player_id=None):
        """Draw the grid; who looks has a ring around their own number."""
        surface = self.surfaces[player_id]
        draw_grid(surface)
        x, y = self.goal
        surface.rect(x * CELL, y * CELL, CELL, CELL, color=GOAL, id="goal", persistent=True)
        for number, (agent, place) in enumerate(self.places.items()):
            draw_agent(surface, number, place, agent == player_id)
        return surface.commit()


def within(place):
    """The nearest place on the grid."""
    return min(max(place, 0), SIZE - 1)


def draw_grid(surface):
    """Lines: persistent, so they are sent once."""
    for number in range(SIZE + 1):
        at, end = number * CELL, SIZE * CELL
        surface.line([(at, 0), (at, end)], color=LINE, persistent=True, id=f"column {number}")
        surface.line([(0, at), (end, at)], color=LINE, persistent=True, id=f"row {number}")


def draw_agent(surface, number, place, own):
    """An agent's circle and number. Each has its own quarter of a square, so that nobody hides anybody."""
    x = (place[0] + 0.27 + 0.46 * (number % 2)) * CELL
    y = (place[1] + 0.27 + 0.46 * (number // 2)) * CELL
    moving = {"tween_duration": MOVE_MS, "depth": 1}
    surface.circle(
        x,
        y,
        CELL * 0.21,
        color=COLORS[number],
        stroke_color=INK if own else None,
        stroke_width=3 if own else None,
        id=f"agent {number}",
        **moving,
    )
    surface.text(
        number + 1,
        x,
        y,
        size=15,
        color=INK,
        align="center",
        baseline="middle",
        id=f"number {number}",
        **moving,
    )
