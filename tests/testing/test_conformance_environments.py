"""The checks for environments accept good ones and reject each kind of broken one."""

import itertools
import random

import gymnasium
import numpy as np
import pytest

from mug.testing import conformance
from mug.testing.conformance import ConformanceError, environments
from mug.testing.envs import Corridor, Meeting

TICKS = itertools.count()
WORLD = {"drift": 0}


class NoStep(Corridor):
    step = None


class RaisesInInit(Corridor):
    def __init__(self):
        raise OSError("no such level")


class ReturnsFour(Corridor):
    def step(self, action):
        return super().step(action)[:4]


class CannotRepeat(Corridor):
    used = False

    def reset(self, *, seed=None, options=None):
        if self.used:
            raise RuntimeError("already used")
        self.used = True
        return super().reset(seed=seed)


class OutOfBounds(Corridor):
    def _observation(self):
        return super()._observation() + 5


class WrongShape(Corridor):
    def _observation(self):
        return np.zeros(3, np.int64)


class FractionsForWholeNumbers(Corridor):
    def _observation(self):
        return super()._observation() + 0.5


class NotANumber(Corridor):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, float("nan"), *rest


class InfiniteSight(Meeting):
    def __init__(self):
        super().__init__()
        spread = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float64)
        self.observation_space = gymnasium.spaces.Dict(dict.fromkeys(self.players, spread))

    def _observations(self):
        return dict.fromkeys(self.players, np.array([np.inf, 0.0]))


class IgnoresTheSeed(Corridor):
    resets = itertools.count()

    def reset(self, *, seed=None, options=None):
        super().reset()
        self.goal = next(self.resets) % 10
        return self._observation(), {}


class KeepsThePosition(Corridor):
    def reset(self, *, seed=None, options=None):
        position = self.position
        super().reset(seed=seed)
        self.position = position or self.position
        return self._observation(), {}


class UsesRandom(Corridor):
    def step(self, action):
        return super().step(random.randrange(3))


class SeedsOnlyOnce(Corridor):
    """The start is determined, but what happens then is not."""

    def reset(self, *, seed=None, options=None):
        self.noise = random.Random()
        return super().reset(seed=seed)

    def step(self, action):
        return super().step(self.noise.randrange(3))


class OneForAll(Corridor):
    """Every instance moves the same player."""

    shared = {"position": 0}

    def reset(self, *, seed=None, options=None):
        self.shared["position"] = 5
        return super().reset(seed=seed)

    def step(self, action):
        self.shared["position"] = self.position = (self.shared["position"] + action) % 10
        return super().step(0)


class StateElsewhere(Corridor):
    """Part of the state is in the module, where no snapshot finds it."""

    def reset(self, *, seed=None, options=None):
        WORLD["drift"] = 0
        return super().reset(seed=seed)

    def step(self, action):
        WORLD["drift"] = (WORLD["drift"] + action) % 5
        observation, _, *rest = super().step(action)
        return observation, float(WORLD["drift"]), *rest


class PictureElsewhere(Corridor):
    """Only the picture depends on what is not in the environment."""

    def render(self):
        self.surface.text(f"picture {next(TICKS)}", x=0, y=0)
        return super().render()


class Invisible(Corridor):
    def render(self):
        return None


class DrawsWords(Corridor):
    def render(self):
        return "a corridor"


class DrawingMoves(Corridor):
    def render(self):
        self.position = (self.position + 1) % 10
        return super().render()


class DrawingDraws(Corridor):
    """Drawing uses up random numbers of the game."""

    def render(self):
        self.np_random.random()
        return super().render()

    def step(self, action):
        return super().step(int(self.np_random.integers(0, 3)))


class ClosesOnce(Corridor):
    def close(self):
        raise ValueError("the window is gone")


SPECIMENS = [
    ("check_can_be_played", NoStep, "it has no step()"),
    ("check_can_be_played", RaisesInInit, "making the environment raised OSError: no such level"),
    ("check_can_be_played", ReturnsFour, "step()"),
    ("check_episodes_follow_each_other", CannotRepeat, "reset() raised RuntimeError: already used"),
    ("check_spaces_hold", OutOfBounds, "at episode 1, step"),
    ("check_spaces_hold", WrongShape, "is not in Box"),
    ("check_spaces_hold", FractionsForWholeNumbers, "is not in Box"),
    ("check_numbers_are_finite", NotANumber, "rewards of episode 1, step 1 hold nan"),
    ("check_numbers_are_finite", InfiniteSight, "observations of episode 1, step 0 hold inf"),
    ("check_a_seed_determines_the_start", IgnoresTheSeed, "two instances"),
    ("check_a_seed_determines_the_start", KeepsThePosition, "after an episode"),
    ("check_the_same_actions_give_the_same_game", UsesRandom, "differ at episode 1"),
    ("check_the_same_actions_give_the_same_game", SeedsOnlyOnce, "differ at episode 1"),
    ("check_instances_share_nothing", OneForAll, "state is kept in the class or module"),
    ("check_instances_share_nothing", StateElsewhere, "state is kept in the class or module"),
    ("check_saving_and_loading", OneForAll, "goes on differently from a saved state"),
    ("check_saving_and_loading", StateElsewhere, "goes on differently from a saved state"),
    ("check_saving_and_loading", PictureElsewhere, "the picture at episode"),
    ("check_it_draws", Invisible, "render() returned nothing"),
    ("check_it_draws", DrawsWords, "render()"),
    ("check_drawing_changes_nothing", DrawingMoves, "render() changed the game"),
    ("check_drawing_changes_nothing", DrawingDraws, "render() changed the game"),
    ("check_it_can_be_closed", ClosesOnce, "close() raised ValueError: the window is gone"),
]

GOOD = {
    "Corridor": Corridor,
    "Meeting": Meeting,
    "CartPole": lambda: gymnasium.make("CartPole-v1", render_mode="rgb_array"),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("check", conformance.environment, ids=lambda check: check.__name__)
def test_good_environments_pass(check, name):
    """Correct environments pass every check: single-agent, Dict-space, and Gymnasium's own."""
    check(GOOD[name])


@pytest.mark.parametrize("check", conformance.environment, ids=lambda check: check.__name__)
def test_turn_based_environments_pass(check, monkeypatch):
    """A PettingZoo environment in which players take turns passes, playing legal actions only."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    tictactoe = pytest.importorskip("pettingzoo.classic.tictactoe_v3")
    if check is environments.check_saving_and_loading:
        monkeypatch.setattr(environments, "REWINDS", (3,))
    check(lambda: tictactoe.env(render_mode="rgb_array"))


@pytest.mark.parametrize(
    ("name", "factory", "sentence"), SPECIMENS, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_environments_are_rejected(name, factory, sentence):
    """Each broken environment is rejected by the check for its defect, in words that name it."""
    with pytest.raises(ConformanceError) as caught:
        getattr(environments, name)(factory)
    assert sentence in str(caught.value)


def test_every_check_rejects_something():
    """No check is there that accepts everything."""
    assert {name for name, _, _ in SPECIMENS} == {check.__name__ for check in conformance.environment}
