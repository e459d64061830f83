"""Each of two players sees a card of their own, and not the other's."""

from __future__ import annotations

import gymnasium as gym
from gymnasium import spaces

from mug.rendering import Surface

COLORS = ["#d1495b", "#00798c", "#edae49"]
WAIT = len(COLORS)


class CardsEnv(gym.Env):
    """Two different cards are dealt. The players win when each names the other's card."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.agents = ("player_0", "player_1")
        self.surface = Surface(width=300, height=200)
        self.action_space = spaces.Dict({agent: spaces.Discrete(WAIT + 1) for agent in self.agents})
        self.observation_space = spaces.Dict({agent: spaces.Discrete(len(COLORS)) for agent in self.agents})

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        dealt = self.np_random.permutation(len(COLORS))[:2]
        self.cards = {agent: int(card) for agent, card in zip(self.agents, dealt, strict=True)}
        self.named = dict.fromkeys(self.agents, WAIT)
        return dict(self.cards), {}

    def step(self, actions):
        for agent, action in actions.items():
            if action != WAIT:
                self.named[agent] = int(action)
        first, second = self.agents
        won = (self.named[first], self.named[second]) == (self.cards[second], self.cards[first])
        return dict(self.cards), dict.fromkeys(self.agents, float(won)), won, False, {}

    def render(self, player_id=None):
        self.surface.rect(x=0, y=0, width=300, height=200, color="#f4f1ea")
        self.surface.rect(
            x=30, y=30, width=100, height=140, color=COLORS[self.cards[player_id]], border_radius=8
        )
        self.surface.rect(x=170, y=30, width=100, height=140, color="#9aa0a6", border_radius=8)
        self.surface.text(text="yours", x=80, y=185, size=14, align="center", baseline="middle")
        return self.surface.commit()
