"""Games that work, raise and hang, one after the other: people must always get on."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mug.configurations import configuration_constants, experiment_config
from mug.rendering import Surface
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

LEFT, STAY, RIGHT = range(3)
GOAL = 9


class Line(gym.Env):
    """A square on a line of ten; it breaks where it is told to, with a secret in the message."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, breaks="nowhere", render_mode="mug"):
        self.breaks = breaks
        self.render_mode = render_mode
        self.surface = Surface(width=500, height=50)
        self.action_space = spaces.Discrete(3)
        self.observation_space = spaces.Box(0, GOAL, (1,), np.int64)
        self.steps = 0

    def fail(self):
        raise ZeroDivisionError("the secret parameter was 42")

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 0
        if self.breaks == "in reset":
            self.fail()
        return np.array([self.place]), {}

    def step(self, action):
        self.steps += 1
        if self.steps > 2 and self.breaks == "in step":
            self.fail()
        while self.steps > 2 and self.breaks == "by hanging":
            pass
        self.place = int(np.clip(self.place + action - 1, 0, GOAL))
        return np.array([self.place]), 0.0, self.place == GOAL, False, {}

    def render(self):
        if self.steps > 2 and self.breaks == "in render":
            self.fail()
        self.surface.rect(x=0, y=0, width=500, height=50, color="#f4f1ea")
        self.surface.rect(x=self.place * 50, y=0, width=50, height=50, color="#d1495b")
        return self.surface.commit()


def make_line(breaks):
    if breaks == "when made":
        raise ZeroDivisionError("the secret parameter was 42")
    return Line(breaks)


def game(scene_id, breaks):
    return (
        gym_scene.GymScene()
        .scene(scene_id=scene_id)
        .environment(env_creator=make_line, env_config={"breaks": breaks})
        .policies(policy_mapping={"player": configuration_constants.PolicyTypes.Human})
        .rendering(fps=20, game_width=500, game_height=50)
        .gameplay(
            action_mapping={"ArrowLeft": LEFT, "ArrowRight": RIGHT},
            default_action=STAY,
            countdown_s=0.1,
            max_steps=None,
        )
        .content(scene_header="To the right")
    )


def study(experiment_id, *scenes):
    thanks = static_scene.EndScene().scene(scene_id="thanks").display(scene_header="Thank you!")
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(scenes=[*scenes, thanks]), experiment_id=experiment_id, title="Broken games"
    )


if __name__ == "__main__":
    app.run(
        study(
            "raises",
            game("works", "nowhere"),
            game("made", "when made"),
            game("reset", "in reset"),
            game("render", "in render"),
            game("step", "in step"),
        ),
        study("hangs", game("works", "nowhere"), game("hangs", "by hanging")),
    )
