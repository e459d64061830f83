"""Small environments for the snippets that use one without defining it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.rendering import Surface

STEPS = np.array([[0, -1], [-1, 0], [0, 1], [1, 0], [0, 0]])
SIZE = 8


class Room(gym.Env[Any, Any]):
    """Agents walk about a room of 8 by 8 fields: 0 up, 1 left, 2 down, 3 right, 4 stay."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, agents: tuple[str, ...], render_mode: str | None = None) -> None:
        self.agents = agents
        self.render_mode = render_mode
        self.surface = Surface(width=320, height=320)
        self.action_space = spaces.Dict({agent: spaces.Discrete(5) for agent in agents})
        self.observation_space = spaces.Dict(
            {agent: spaces.Box(0, SIZE - 1, (2,), np.int32) for agent in agents}
        )
        self.places: dict[str, Any] = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        self.surface.reset()
        self.places = {agent: self.np_random.integers(0, SIZE, 2).astype(np.int32) for agent in self.agents}
        return {agent: place.copy() for agent, place in self.places.items()}, {}

    def step(self, actions: Any) -> Any:
        for agent, action in actions.items():
            self.places[agent] = np.clip(self.places[agent] + STEPS[action], 0, SIZE - 1).astype(np.int32)
        observations = {agent: place.copy() for agent, place in self.places.items()}
        return observations, dict.fromkeys(self.agents, 0.0), False, False, {}

    def render(self) -> Any:
        for agent, (x, y) in self.places.items():
            self.surface.circle(
                x=x * 40 + 20, y=y * 40 + 20, radius=15, color="tomato", id=agent, persistent=True
            )
        return self.surface.commit()


class Alone(gym.Env[Any, Any]):
    """The same room for one agent, with a plain action and a plain observation."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, difficulty: str = "easy", render_mode: str | None = None) -> None:
        self._room = Room(("walker",), render_mode)
        self.difficulty = difficulty
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(5)
        self.observation_space = spaces.Box(0, SIZE - 1, (2,), np.int32)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        observations, infos = self._room.reset(seed=seed)
        return observations["walker"], infos

    def step(self, action: Any) -> Any:
        observations, rewards, terminated, truncated, infos = self._room.step({"walker": action})
        return observations["walker"], rewards["walker"], terminated, truncated, infos

    def render(self) -> Any:
        return self._room.render()


def make_my_env(difficulty: str) -> Alone:
    return Alone(difficulty)


def make_env() -> Room:
    return Room(("player_0", "player_1"))


def make_two_player_env() -> Room:
    return Room(("player_0", "player_1"))


def make_multiplayer_env() -> Room:
    return Room(("player_0", "player_1", "player_2", "player_3"))


def make_coop_env() -> Room:
    return Room(("player_0", "player_1", "npc_1", "npc_2"))
