"""Save, go on, load, go on: the same trajectory, whatever the environment consists of."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mug.engine.engine import Engine, Rules
from mug.engine.errors import EnvironmentFault
from mug.engine.policies import HeuristicPolicy, RandomPolicy, resolve
from mug.engine.records import plain

pytest.importorskip("minigrid")


def pettingzoo_env(module: str, maker: str, **keywords: Any) -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(f"pettingzoo.{module}"), maker)(**keywords)


ENVIRONMENTS: dict[str, Callable[[], Any]] = {
    "CartPole-v1": lambda: gym.make("CartPole-v1"),
    "MountainCar-v0": lambda: gym.make("MountainCar-v0", max_episode_steps=9),
    "MiniGrid-Empty-5x5-v0": lambda: gym.make("MiniGrid-Empty-5x5-v0"),
    "MiniGrid-DoorKey-8x8-v0": lambda: gym.make("MiniGrid-DoorKey-8x8-v0"),
    "Blackjack-v1": lambda: gym.make("Blackjack-v1"),
    "rps": pettingzoo_env("classic.rps.rps", "parallel_env"),
    "tictactoe": pettingzoo_env("classic.tictactoe.tictactoe", "env"),
    "connect_four": pettingzoo_env("classic.connect_four.connect_four", "env"),
    "knights_archers_zombies": pettingzoo_env(
        "butterfly.knights_archers_zombies.knights_archers_zombies",
        "parallel_env",
    ),
    "cooperative_pong": pettingzoo_env(
        "butterfly.cooperative_pong.cooperative_pong", "parallel_env", render_mode="rgb_array"
    ),
}


def random_game(make_env: Callable[[], Any], seed: int) -> Engine:
    """A game in which random policies play every agent, for many episodes."""
    made = make_env()
    if hasattr(made, "possible_agents"):
        agents = tuple(made.possible_agents)
    else:
        agents = tuple(made.action_space) if isinstance(made.action_space, spaces.Dict) else ("player",)
    rules = Rules(agent_ids=agents, num_episodes=1000)
    engine = Engine(make_env, rules, {agent: RandomPolicy() for agent in agents}, seed)
    engine.begin_episode()
    return engine


def comparable(value: Any) -> Any:
    """A value to compare: arrays, which do not compare to one truth, by their bytes."""
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(item) for item in value]
    return value


def play(engine: Engine, steps: int) -> list[Any]:
    """Everything that happens in so many steps, across episodes."""
    happened: list[Any] = []
    for _ in range(steps):
        if engine.phase == "between":
            happened.append(comparable(plain(engine.begin_episode())))
        happened.append(comparable(plain(engine.advance({}))))
        happened.append((engine.frame, engine.step_number, engine.rewards))
    return happened


LIMITS = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", [*ENVIRONMENTS, "coordination_grid"])
@LIMITS
@given(seed=st.integers(0, 2**32), before=st.integers(0, 12), after=st.integers(1, 20))
def test_the_same_trajectory_follows(
    name: str, grid_class: type[Any], seed: int, before: int, after: int
) -> None:
    """From a loaded snapshot the game goes on as it did after it was saved: observations, rewards, infos,
    what random policies do, ends of episodes, the next episodes. As often as it is loaded, also after
    another snapshot was."""
    engine = random_game(ENVIRONMENTS.get(name, grid_class), seed)
    play(engine, before)
    snapshot = engine.save()
    first = play(engine, after)
    later = engine.save()
    beyond = play(engine, 3)
    for _ in range(2):
        engine.load(snapshot)
        assert play(engine, after) == first
    engine.load(later)
    assert play(engine, 3) == beyond
    engine.load(snapshot)
    assert play(engine, after) == first


@pytest.mark.parametrize("name", sorted({*ENVIRONMENTS, "coordination_grid"} - {"knights_archers_zombies"}))
def test_another_engine_goes_on_where_one_was_saved(name: str, grid_class: type[Any]) -> None:
    """A snapshot can be pickled and loaded by an engine of the same experiment that never played; taking it
    out of the first engine changes nothing there."""
    make_env = ENVIRONMENTS.get(name, grid_class)
    engine = random_game(make_env, 3)
    play(engine, 7)
    snapshot = engine.save()
    first = play(engine, 15)
    present = engine.save()
    blob = pickle.dumps(snapshot)
    following = play(engine, 5)
    other = random_game(make_env, 99)
    other.load(pickle.loads(blob))
    assert play(other, 15) == first
    other.load(snapshot)
    assert play(other, 15) == first
    engine.load(present)
    assert play(engine, 5) == following


def test_pictures_inside_what_comes_and_goes_cannot_move_to_another_engine() -> None:
    """Sprites with pictures that only the first engine has stay there, and that is said."""
    make_env = ENVIRONMENTS["knights_archers_zombies"]
    engine, other = random_game(make_env, 3), random_game(make_env, 3)
    play(engine, 30)
    before = comparable(other.observations)
    with pytest.raises(EnvironmentFault, match=r"does not fit this engine: there is no .*spritedict.* here"):
        other.load(pickle.loads(pickle.dumps(engine.save())))
    assert comparable(other.observations) == before


def test_time_limits_are_part_of_the_state() -> None:
    """A wrapper's counter goes back too: the episode is cut at the same step."""
    engine = random_game(ENVIRONMENTS["MountainCar-v0"], 0)
    play(engine, 4)
    snapshot = engine.save()
    lengths = []
    for _ in range(3):
        engine.load(snapshot)
        while engine.phase == "playing":
            engine.advance({})
        lengths.append(engine.step_number)
    assert lengths == [9, 9, 9]


class CountingHeuristic(HeuristicPolicy):
    """Acts by what it remembers."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def compute_action(self, env: Any, agent_id: Any) -> int:
        self.seen.append(len(self.seen))
        return sum(self.seen) % 2


def test_policies_remember_what_they_knew_then(game: Callable[..., Engine]) -> None:
    """A heuristic's attributes go back with the environment."""
    engine = game(ENVIRONMENTS["CartPole-v1"], policies={"player": resolve(CountingHeuristic, "player")})
    engine.begin_episode()
    play(engine, 3)
    snapshot = engine.save()
    first = play(engine, 5)
    engine.load(snapshot)
    assert play(engine, 5) == first


def test_callbacks_data_is_part_of_the_state(game: Callable[..., Engine]) -> None:
    """What callbacks keep in game.data goes back."""

    def count(engine: Engine, data: dict[str, Any]) -> dict[str, Any]:
        engine.data["steps"] = engine.data.get("steps", 0) + 1
        return {"counted": engine.data["steps"]}

    engine = game(ENVIRONMENTS["CartPole-v1"], callbacks=(count,))
    engine.begin_episode()
    engine.advance({})
    snapshot = engine.save()
    assert engine.advance({}).extra == {"counted": 2}
    engine.load(snapshot)
    assert engine.advance({}).extra == {"counted": 2}


def test_filled_in_and_repeated_actions_go_back(game: Callable[..., Engine]) -> None:
    """What a human submitted last, and what a policy decided last, are part of the state."""
    engine = game(
        ENVIRONMENTS["CartPole-v1"], action_population="previous_submitted_action", default_action=0
    )
    engine.begin_episode()
    engine.advance({"player": 1})
    snapshot = engine.save()
    engine.advance({"player": 0})
    engine.load(snapshot)
    step = engine.advance({})
    assert (step.actions, step.sources) == ({"player": 1}, {"player": "previous"})


def test_a_snapshot_of_another_experiment_does_not_fit(
    game: Callable[..., Engine], grid_class: type[Any]
) -> None:
    """Loading a snapshot with other policies in it says so."""
    agents = ("player_0", "player_1")
    one = game(grid_class, agents, {"player_0": RandomPolicy()})
    two = game(grid_class, agents)
    one.begin_episode()
    two.begin_episode()
    with pytest.raises(
        EnvironmentFault, match="does not fit this engine: there is no policy of player_0 here"
    ):
        two.load(one.save())


class Shuffled(gym.Env[Any, Any]):
    """Observes a set's order, which depends on what the set went through."""

    observation_space = spaces.Box(0, 10_000, (1000,))
    action_space = spaces.Discrete(1000)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.members: set[int] = set()
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        for number in self.np_random.integers(0, 300, 10).tolist():
            self.members ^= {number * 8}
        return tuple(self.members), 0.0, False, False, {}


@LIMITS
@given(seed=st.integers(0, 99), before=st.integers(0, 20), after=st.integers(1, 20))
def test_the_order_of_sets_does_not_tell_loaded_games_from_others(
    game: Callable[..., Engine], seed: int, before: int, after: int
) -> None:
    """A game that goes on after saving and one that goes back there see sets in the same order."""
    engine = game(Shuffled, policies={"player": RandomPolicy()}, seed=seed)
    engine.begin_episode()
    play(engine, before)
    snapshot = engine.save()
    first = play(engine, after)
    engine.load(snapshot)
    assert play(engine, after) == first
