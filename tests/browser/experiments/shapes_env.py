"""Draws one of everything, and changes some of it at each press."""

from __future__ import annotations

import math
from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

IMAGES = Path(__file__).parent / "images"


class ShapesEnv(gym.Env):
    """Action 1 moves the circle in half a second, removes the flag and redraws the rope."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.surface = Surface(width=400, height=300)
        self.surface.register_image("checks", IMAGES / "checks.png")
        self.surface.register_atlas("signs", IMAGES / "signs.png", IMAGES / "signs.json")
        self.action_space = spaces.Discrete(2)
        self.observation_space = spaces.Box(0, 1000, (1,), np.int64)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.surface.reset()
        self.presses = 0
        self.surface.rect(x=340, y=10, width=40, height=40, color="purple", persistent=True, id="flag")
        return np.array([0]), {}

    def step(self, action):
        self.presses += int(action)
        if action == 1 and self.presses == 1:
            self.surface.remove("flag")
        return np.array([self.presses]), 0.0, False, False, {}

    def render(self):
        surface = self.surface
        moved = self.presses % 2
        surface.rect(x=0, y=0, width=400, height=300, color=(250, 248, 240), depth=-1)
        surface.rect(
            x=10, y=10, w=40, h=40, color="red", border_radius=6, stroke_color="black", stroke_width=2
        )
        surface.rect(x=0.175, y=10 / 300, width=0.1, height=40 / 300, color="#00ff00", relative=True)
        surface.rect(x=130, y=10, width=40, height=40, color="blue", alpha=0.5)
        surface.rect(x=190, y=20, width=60, height=20, color="teal", angle=90)
        surface.rect(x=270, y=10, width=40, height=40, color="black", depth=1)
        surface.circle(x=290, y=30, radius=10, color="white", depth=2)
        surface.circle(
            x=30 + 300 * moved,
            y=90,
            radius=15,
            color="orange",
            persistent=True,
            id="ball",
            tween_duration=500,
        )
        surface.ellipse(x=60, y=150, rx=40, ry=15, color="magenta")
        surface.polygon(points=[(120, 170), (160, 130), (200, 170)], color="brown")
        surface.line(
            points=[(220, 130), (300, 130 + 40 * moved)], color="navy", width=8, persistent=True, id="rope"
        )
        surface.arc(x=350, y=150, radius=25, start_angle=0, end_angle=math.pi / 2, color="green", filled=True)
        surface.arc(
            x=350, y=150, radius=25, start_angle=math.pi, end_angle=1.5 * math.pi, color="gray", width=6
        )
        surface.image("checks", x=10, y=200, width=80, height=80)
        surface.image("signs", x=110, y=200, width=80, height=80, frame="stop")
        surface.image("signs", x=210, y=200, width=40, height=80, frame="go", angle=180)
        surface.text(text="Text", x=330, y=240, size=40, color="black", align="center", baseline="middle")
        return surface.commit()
