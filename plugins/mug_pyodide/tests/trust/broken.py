"""An experiment for `mug doctor`: one environment for everything that keeps games from being repeated."""

import os
import random
import signal
import time
from datetime import datetime

import gymnasium
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Stager
from mug.scenes.static_scene import EndScene

COLORS = ["red", "green", "blue", "amber", "violet", "teal", "olive", "pink"]


class Counting(gymnasium.Env):
    """What all of them have in common: an observation of one number that grows by what `more` returns."""

    metadata = {"render_modes": ["mug"]}
    render_mode = "mug"

    def __init__(self, render_mode="mug"):
        self.action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float64)
        self.total = 0.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.total = float(self.np_random.random())
        return np.array([self.total]), {}

    def step(self, action):
        self.total += self.more() * (1 + action)
        return np.array([self.total]), self.total, False, False, {}

    def more(self):
        return float(self.np_random.random())

    def render(self):
        return None


class GlobalRandom(Counting):
    def more(self):
        return random.random()


class GlobalNumpy(Counting):
    def more(self):
        return float(np.random.rand())


class OwnGenerator(Counting):
    def __init__(self, render_mode="mug"):
        super().__init__(render_mode)
        self.generator = np.random.default_rng()

    def more(self):
        return float(self.generator.random())


class OwnRandom(Counting):
    def __init__(self, render_mode="mug"):
        super().__init__(render_mode)
        self.generator = random.Random()

    def more(self):
        return self.generator.random()


class Unforwarded(Counting):
    """reset() keeps the seed to itself."""

    def reset(self, *, seed=None, options=None):
        self.total = 0.0
        return np.array([self.total]), {}


class ClassState(Counting):
    steps = 0

    def more(self):
        ClassState.steps += 1
        return ClassState.steps % 7


MEMORY = []


class ModuleState(Counting):
    def more(self):
        MEMORY.append(self.total)
        return len(MEMORY) % 5


class ModuleStateThatIsReset(Counting):
    """Each game repeats; but a second one, or going back, is not noticed by what the module holds."""

    def reset(self, *, seed=None, options=None):
        MEMORY.clear()
        return super().reset(seed=seed)

    def more(self):
        MEMORY.append(1)
        return len(MEMORY)


class DefaultArgument(Counting):
    def more(self, seen=[]):  # noqa: B006 - the mistake that is to be found
        seen.append(self.total)
        return len(seen) % 5


class SetOrder(Counting):
    def __init__(self, render_mode="mug"):
        super().__init__(render_mode)
        self.colors = set(COLORS)

    def more(self):
        # the whole order: a place alone would be the same by chance, now and then
        return sum(COLORS.index(color) * len(COLORS) ** place for place, color in enumerate(self.colors))


class SetLiteral(Counting):
    def more(self):
        for place, color in enumerate({"red", "green", "blue", "amber", "violet", "teal", "olive"}):
            if color == "teal":
                return place
        return -1


class WallClock(Counting):
    def more(self):
        return time.time() % 1


class Today(Counting):
    def more(self):
        return datetime.now().microsecond / 1e6


class Remembering(Counting):
    """Counts for somebody else; the game does not depend on it."""

    calls = 0

    def more(self):
        Remembering.calls += 1
        return super().more()


class Deadly(Counting):
    def more(self):
        os.kill(os.getpid(), signal.SIGKILL)


class CartPole(CartPoleEnv):
    def __init__(self, render_mode="mug"):
        super().__init__()

    def render(self):
        return None


class Drawing(Counting):
    """Its pictures take from the randomness of the game."""

    def render(self):
        self.np_random.random()


class Compiled(Counting):
    """Needs what browsers have not."""

    def __init__(self, render_mode="mug"):
        super().__init__(render_mode)
        import msgspec  # noqa: F401


class Slow(Counting):
    def more(self):
        time.sleep(0.03)
        return super().more()


class Raising(Counting):
    def more(self):
        raise KeyError("the third cup")


class Unsavable(Counting):
    """Its state is where nobody can reach it."""

    def reset(self, *, seed=None, options=None):
        found = super().reset(seed=seed)
        self.numbers = (number % 7 for number in range(10**9))
        return found

    def more(self):
        return next(self.numbers)


ALL = [
    Counting, GlobalRandom, GlobalNumpy, OwnGenerator, OwnRandom, Unforwarded, ClassState, ModuleState,
    ModuleStateThatIsReset, DefaultArgument, SetOrder, SetLiteral, WallClock, Today, Remembering, Deadly,
    CartPole, Drawing, Compiled, Slow, Raising, Unsavable,
]  # fmt: skip
scenes = [
    GymScene()
    .scene(scene_id=one.__name__)
    .environment(env_creator=one)
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .gameplay(default_action=0, action_mapping={"ArrowLeft": 1, "ArrowRight": 2})
    .rendering(fps=60)
    for one in ALL
]
config = ExperimentConfig().experiment(
    stager=Stager(scenes=[*scenes, EndScene().scene(scene_id="end")]), experiment_id="broken"
)
