"""Every way to act: clicks on the picture, keys that count once, combinations of keys, buttons."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.configurations import configuration_constants, experiment_config
from mug.rendering import Surface
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

SIZE, CELL = 8, 50
NOTHING = SIZE * SIZE
STEPS = [(0, 0), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, -1), (-1, 1), (1, 1)]
STAY, UP, DOWN, LEFT, RIGHT, UP_LEFT, UP_RIGHT, DOWN_LEFT, DOWN_RIGHT = range(9)


class Board(gym.Env):
    """A board whose squares are switched on and off: the action is the square's number."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.surface = Surface(width=SIZE * CELL, height=SIZE * CELL)
        self.action_space = spaces.Discrete(NOTHING + 1)
        self.observation_space = spaces.MultiBinary(NOTHING)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.squares = np.zeros(NOTHING, np.int8)
        return self.squares.copy(), {}

    def step(self, action):
        if action < NOTHING:
            self.squares[action] ^= 1
        return self.squares.copy(), 0.0, False, False, {}

    def render(self):
        for number, lit in enumerate(self.squares):
            x, y = number % SIZE * CELL, number // SIZE * CELL
            color = "#edae49" if lit else "#f4f1ea"
            self.surface.rect(x=x + 1, y=y + 1, width=CELL - 2, height=CELL - 2, color=color)
        return self.surface.commit()


class Token(gym.Env):
    """A token on the board that moves one square in one of eight directions."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug"):
        self.render_mode = render_mode
        self.surface = Surface(width=SIZE * CELL, height=SIZE * CELL)
        self.action_space = spaces.Discrete(len(STEPS))
        self.observation_space = spaces.Box(0, SIZE - 1, (2,), np.int64)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.place = np.array([4, 4])
        return self.place.copy(), {}

    def step(self, action):
        self.place = np.clip(self.place + STEPS[action], 0, SIZE - 1)
        return self.place.copy(), 0.0, False, False, {}

    def render(self):
        self.surface.rect(x=0, y=0, width=SIZE * CELL, height=SIZE * CELL, color="#f4f1ea")
        x, y = self.place
        self.surface.rect(x=x * CELL, y=y * CELL, width=CELL, height=CELL, color="#00798c")
        return self.surface.commit()


ARROWS = {"ArrowUp": UP, "ArrowDown": DOWN, "ArrowLeft": LEFT, "ArrowRight": RIGHT}
DIAGONALS = {
    ("ArrowUp", "ArrowLeft"): UP_LEFT,
    ("ArrowUp", "ArrowRight"): UP_RIGHT,
    ("ArrowDown", "ArrowLeft"): DOWN_LEFT,
    ("ArrowDown", "ArrowRight"): DOWN_RIGHT,
}


def square_at(x, y):
    """Return the number of the square at a place of the picture."""
    return int(x // CELL) + SIZE * int(y // CELL)


def study(experiment_id, environment, **gameplay):
    game = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=environment)
        .policies(policy_mapping={"player": configuration_constants.PolicyTypes.Human})
        .rendering(fps=20, game_width=SIZE * CELL, game_height=SIZE * CELL)
        .gameplay(countdown_s=0.2, max_steps=None, **gameplay)
        .content(scene_header="Try the controls")
    )
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[game, thanks]), experiment_id=experiment_id, title="Controls"
    )


if __name__ == "__main__":
    app.run(
        study("click", Board, default_action=NOTHING, action_mapping={"c": 0}, pointer={"down": square_at}),
        study(
            "key_down",
            Token,
            default_action=STAY,
            action_mapping=ARROWS,
            input_mode=configuration_constants.InputModes.KeyDown,
            on_screen_buttons={"Left": "ArrowLeft", "Right": "ArrowRight"},
            touch_controls=True,
        ),
        study(
            "key_up",
            Token,
            default_action=STAY,
            action_mapping=ARROWS | DIAGONALS,
            input_mode=configuration_constants.InputModes.KeyUp,
        ),
        study("held", Token, default_action=STAY, action_mapping=ARROWS | DIAGONALS),
    )
