"""Save, go on, load, go on: the same trajectory, whatever the environment consists of."""

from __future__ import annotations

import collections
import enum
import functools
import importlib
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mug.engine.engine import Engine, Rules
from mug.engine.errors import EnvironmentFault
from mug.engine.policies import HeuristicPolicy, RandomPolicy, resolve
from mug.engine.records import plain, to_plain
from mug.rendering import Surface

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


class Suit(enum.Enum):
    RED = 1
    BLACK = 2


@dataclass
class Card:
    suit: Suit
    marks: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Fixed:
    inside: dict[str, int]


class Slotted:
    __slots__ = ("__private", "late", "value")
    late: float

    def __init__(self) -> None:
        self.value = 0
        self.__private = [0]

    def change(self, rng: random.Random) -> None:
        self.value = rng.randrange(100)
        self.__private.append(rng.randrange(100))
        if hasattr(self, "late"):
            del self.late
        else:
            self.late = rng.random()

    def look(self) -> Any:
        return self.value, list(self.__private), getattr(self, "late", None)


class Scores(dict[str, int]):
    """A dict with attributes, and a setter that must not be in the way."""

    bonus = 0

    def __setitem__(self, key: str, value: int) -> None:
        raise AssertionError("loading must not go through a researcher's code")


class Sack:
    """Every kind of thing that an environment may consist of."""

    shared: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.inner = [3]
        self.numbers: list[Any] = [1, 2, self.inner]
        self.table: dict[Any, Any] = {"a": {"b": 1}, (1, 2): [5]}
        self.counts: collections.defaultdict[str, list[int]] = collections.defaultdict(list)
        self.order = collections.OrderedDict(a=1, b=2, c=3)
        self.queue = collections.deque([1, 2, 3], maxlen=5)
        self.tags = {"x", "y"}
        self.raw = bytearray(b"abc")
        self.board = np.arange(12.0).reshape(3, 4)
        self.row = self.board[1]
        self.objects = np.array([Card(Suit.RED), None], dtype=object)
        self.cards = (Card(Suit.RED), Card(Suit.BLACK))
        self.hand = [self.cards[0]]
        self.fixed = Fixed({"x": 1})
        self.slotted = Slotted()
        self.scores = Scores(a=1)
        self.python_random = random.Random(1)
        self.numpy_random = np.random.default_rng(1)
        self.old_random = np.random.RandomState(1)
        self.mersenne = np.random.Generator(np.random.MT19937(1))
        self.walk = iter([1, 2, 3, 4, 5, 6, 7, 8, 9])
        self.method = Slotted().look
        self.partial = functools.partial(max, [0], key=len)
        self.space = spaces.Dict({"a": spaces.Discrete(9), "b": spaces.Box(0, 1, (2,))})
        self.surface = Surface(10, 10)
        self.logger = __import__("logging").getLogger("sack")
        self.module = random
        self.itself = self
        self.nothing: Any = None

    def change(self, seed: int) -> None:
        rng = random.Random(seed)
        number = rng.randrange(100)
        self.numbers.append(number)
        self.inner.append(number)
        self.table["a"]["b"] = number
        self.table[(1, 2)].append(number)
        self.table.pop(number % 3, None)
        self.table[number % 5] = number
        self.counts[str(number % 4)].append(number)
        self.order.move_to_end(rng.choice(list(self.order)))
        self.queue.append(number)
        self.tags ^= {f"t{number % 7}"}
        self.raw.extend(b"!")
        self.board[number % 3] += number
        self.objects[0].marks.append(number)
        self.objects[1] = number
        self.cards[number % 2].marks.append(number)
        self.hand = [*self.hand, self.cards[number % 2]]
        self.fixed.inside["x"] = number
        self.slotted.change(rng)
        self.method.__self__.change(rng)  # type: ignore[attr-defined]
        self.partial.args[0].append(number)
        dict.__setitem__(self.scores, f"s{number % 3}", number)
        self.scores.bonus += 1
        for source in (self.python_random, self.numpy_random, self.old_random, self.mersenne):
            source.random()
        next(self.walk, None)
        self.space.sample()
        if number % 3 == 0:
            self.space["a"].seed(number)
        self.surface.circle(number, number, 1, id=f"c{number % 3}", persistent=True)
        if number % 2:
            self.surface.remove("c0")
        self.nothing = number if self.nothing is None else None
        self.__dict__.setdefault(f"new{number % 2}", number)

    def look(self) -> Any:
        """Everything there is to see, without changing it."""
        attributes = {
            name: to_plain(value)
            for name, value in vars(self).items()
            if isinstance(value, (int, list, dict, np.ndarray, type(None)))
            and name not in ("hand", "objects")
        }
        return (
            attributes,
            list(self.table),
            list(self.order.items()),
            list(self.queue),
            sorted(self.tags),
            bytes(self.raw),
            [card.marks for card in self.cards],
            [self.cards.index(card) for card in self.hand],
            to_plain(self.objects[0].marks),
            self.method(),
            list(self.partial.args[0]),
            self.slotted.look(),
            self.scores.bonus,
            self.walk.__reduce__()[2:],
            self.python_random.getstate(),
            to_plain(self.numpy_random.bit_generator.state),
            to_plain(self.mersenne.bit_generator.state),
            to_plain(self.old_random.get_state(legacy=False)),
            to_plain([part.np_random.bit_generator.state for part in self.space.spaces.values()]),
            list(self.surface.commit()),
        )


class SackEnv(gym.Env[Any, Any]):
    """An environment whose state is a sack of everything."""

    observation_space = spaces.Box(-1, 1, ())
    action_space = spaces.Discrete(1000)

    def __init__(self) -> None:
        self.sack = Sack()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return 0.0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.sack.change(action)
        return 0.0, 0.0, False, False, {}


@LIMITS
@given(st.lists(st.integers(0, 999), max_size=8), st.lists(st.integers(0, 999), min_size=1, max_size=8))
def test_everything_an_environment_may_consist_of_goes_back(
    game: Callable[..., Engine], before: list[int], after: list[int]
) -> None:
    """Containers, arrays and their views, slots, generators of every kind, spaces, surfaces: each is as it
    was, and what was the same object still is."""
    engine = game(SackEnv)
    engine.begin_episode()
    for number in before:
        engine.advance({"player": number})
    sack = engine.env.sack
    seen, snapshot = sack.look(), engine.save()
    for _ in range(2):
        for number in after:
            engine.advance({"player": number})
        then = sack.look()
        engine.load(snapshot)
        assert sack.look() == seen
        assert sack.itself is sack
        assert sack.hand[0] is sack.cards[0]
        sack.board[1, 0] = -1
        assert sack.row[0] == -1
        engine.load(snapshot)
        for number in after:
            engine.advance({"player": number})
        assert sack.look() == then
        engine.load(snapshot)


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


class SavesItself(gym.Env[Any, Any]):
    """Has get_state and set_state, and an attribute that cannot be saved otherwise."""

    observation_space = spaces.Discrete(1000)
    action_space = spaces.Discrete(2)

    def __init__(self) -> None:
        self.place: dict[str, list[int]] = {"x": [0]}
        self.path = (number for number in range(10))
        self.surface = Surface(10, 10)
        self.asked = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.place["x"][0] = 0
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.place["x"][0] += action + int(self.np_random.integers(10))
        (position,) = self.place["x"]
        self.surface.circle(position, 0, 1, id="me", persistent=True)
        return position, 0.0, False, False, {}

    def render(self) -> Any:
        return self.surface.commit()

    def get_state(self) -> dict[str, Any]:
        self.asked += 1
        return self.place

    def set_state(self, state: dict[str, Any]) -> None:
        self.place["x"] = [state["x"].pop()]
        self.np_random.integers(10)


@pytest.mark.parametrize("wrap", [lambda env: env, lambda env: gym.wrappers.TimeLimit(env, 6)])
def test_an_environment_may_save_itself(game: Callable[..., Engine], wrap: Callable[[Any], Any]) -> None:
    """get_state and set_state are used when there are both, with its generator, its surface and the wrappers'
    counters saved besides; a state that is the environment's own, or taken apart, can be loaded again."""
    engine = game(lambda: wrap(SavesItself()), default_action=1)
    engine.begin_episode()
    engine.advance({})
    snapshot = engine.save()
    assert engine.env.asked == 1

    def go_on() -> Any:
        steps: list[Any] = []
        while engine.phase == "playing" and len(steps) < 8:
            packet = engine.render()
            assert packet is not None
            steps.append((to_plain(engine.advance({})), list(packet)))
        return steps

    first = go_on()
    for _ in range(2):
        engine.load(snapshot)
        assert go_on() == first
    other = game(lambda: wrap(SavesItself()), default_action=1)
    other.begin_episode()
    other.load(pickle.loads(pickle.dumps(snapshot)))
    engine = other
    assert go_on() == first


def test_half_a_state_interface_is_not_used(game: Callable[..., Engine]) -> None:
    """set_state with other arguments (as MuJoCo's) is not taken for the interface."""

    class Odd(SavesItself):
        def set_state(self, qpos: Any, qvel: Any) -> None:  # type: ignore[override]
            raise AssertionError

    engine = game(Odd)
    engine.begin_episode()
    with pytest.raises(EnvironmentFault, match="generator"):
        engine.save()


class Hides(gym.Env[Any, Any]):
    """Keeps something that cannot be saved, deep inside."""

    observation_space = spaces.Discrete(2)
    action_space = spaces.Discrete(2)

    def __init__(self, hidden: Any) -> None:
        card = Card(Suit.RED)
        card.marks = hidden
        self.parts = {"inner": [0, card]}

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        return 0, 0.0, False, False, {}


def test_what_cannot_be_saved_is_named(game: Callable[..., Engine]) -> None:
    """The fault says which attribute it is, in the researcher's words, and what to do."""
    engine = game(lambda: Hides(number for number in range(3)))
    engine.begin_episode()
    with pytest.raises(EnvironmentFault, match=r"env\.parts\['inner'\]\[1\]\.marks is a generator") as caught:
        engine.save()
    assert "get_state() and set_state(state)" in caught.value.fix


def test_foreign_objects_that_copy_badly_are_named(game: Callable[..., Engine]) -> None:
    """An object of a C type that refuses to be copied is a fault, not a silent gap."""
    engine = game(lambda: Hides(memoryview(b"abc")))
    engine.begin_episode()
    with pytest.raises(EnvironmentFault, match=r"marks is a memoryview, which cannot be saved"):
        engine.save()


def test_machinery_is_left_alone(game: Callable[..., Engine]) -> None:
    """Locks, files, windows, loggers, functions and classes are shared, and do not fail."""
    import logging
    import threading

    pygame = pytest.importorskip("pygame")
    hidden = [
        threading.Lock(),
        threading.Event(),
        logging.getLogger("x"),
        pygame.Surface((2, 2)),
        pygame.time.Clock(),
        lambda: 0,
        Card,
        Suit.RED,
        np,
    ]
    with open(__file__) as file:  # noqa: PTH123 - an open file is what is needed
        hidden.append(file)
        engine = game(lambda: Hides(hidden))
        engine.begin_episode()
        snapshot = engine.save()
        hidden_before = list(hidden)
        hidden.clear()
        engine.load(snapshot)
        assert all(a is b for a, b in zip(hidden, hidden_before, strict=True))


def test_values_of_c_types_are_copied(game: Callable[..., Engine]) -> None:
    """A pygame rectangle, which is state, goes back to where it was, each time."""
    pygame = pytest.importorskip("pygame")
    hidden = [pygame.Rect(1, 2, 3, 4), pygame.Vector2(1, 2)]
    engine = game(lambda: Hides(hidden))
    engine.begin_episode()
    snapshot = engine.save()
    for _ in range(2):
        hidden[0].move_ip(5, 5)
        hidden[1].x = 9
        engine.load(snapshot)
        assert hidden == [pygame.Rect(1, 2, 3, 4), pygame.Vector2(1, 2)]


def test_a_state_interface_that_raises_is_a_fault(game: Callable[..., Engine]) -> None:
    """Errors in get_state and set_state are the environment's."""

    class Bad(SavesItself):
        def get_state(self) -> dict[str, Any]:
            if self.place["x"][0]:
                raise KeyError("no state")
            return super().get_state()

        def set_state(self, state: dict[str, Any]) -> None:
            raise ValueError("cannot go back")

    engine = game(Bad, default_action=1)
    engine.begin_episode()
    snapshot = engine.save()
    engine.advance({})
    with pytest.raises(EnvironmentFault, match=r"get_state\(\) raised KeyError"):
        engine.save()
    with pytest.raises(EnvironmentFault, match=r"set_state\(\) raised ValueError: cannot go back"):
        engine.load(snapshot)


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
