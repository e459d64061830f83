"""An experiment whose games `mug replay` plays again: one participant, and a partner that chance moves."""

import gymnasium
import numpy as np

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.rendering import Surface
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene

PLAYERS = ("player_0", "player_1")


class Circle(gymnasium.Env):
    """Two players on a circle; they score by how near they are.

    Nothing in it is a whole number, and nothing is computed that is rounded otherwise in browsers.
    """

    metadata = {"render_modes": ["mug"]}
    render_mode = "mug"

    def __init__(self, render_mode="mug"):
        self.action_space = gymnasium.spaces.Dict(dict.fromkeys(PLAYERS, gymnasium.spaces.Discrete(3)))
        self.surface = Surface(width=100, height=100)
        self.angles = np.zeros(2)
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.surface.reset()
        self.angles = self.np_random.uniform(0, 2 * np.pi, 2)
        self.steps = 0
        return self.observe(), {}

    def step(self, actions):
        self.steps += 1
        turns = np.array([(0.0, -0.1, 0.1)[actions[player]] for player in PLAYERS])
        self.angles = self.angles + turns + 0.01 * self.np_random.normal(size=2)
        apart = abs(float(self.angles[0] - self.angles[1]))
        return self.observe(), 1 / (1 + apart), self.steps == 10, False, {"apart": apart}

    def observe(self):
        return dict.fromkeys(PLAYERS, self.angles / 7)

    def render(self):
        for angle, color in zip(self.angles, ("blue", "red"), strict=True):
            x, y = 50 + 40 * np.cos(angle), 50 + 40 * np.sin(angle)
            self.surface.circle(x=float(x), y=float(y), radius=5, color=color)
        return self.surface.commit()


class Fickle(Circle):
    """What its players see comes from nowhere."""

    def observe(self):
        return dict.fromkeys(PLAYERS, np.random.default_rng().random(2))


game = (
    GymScene()
    .scene(scene_id="meeting")
    .environment(env_creator=Circle)
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
    .gameplay(default_action=0, action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, num_episodes=2)
)
fickle = (
    GymScene()
    .scene(scene_id="fickle")
    .environment(env_creator=Fickle)
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
    .gameplay(default_action=0, action_mapping={"ArrowLeft": 1, "ArrowRight": 2})
)
config = ExperimentConfig().experiment(
    stager=Stager(scenes=[game, fickle, EndScene().scene(scene_id="end")]), experiment_id="replayed"
)
