"""What a snapshot takes along: whatever an environment may consist of, or the name of what it cannot."""

from __future__ import annotations

import collections
import enum
import functools
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

from mug.engine.engine import Engine
from mug.engine.errors import EnvironmentFault
from mug.engine.records import to_plain
from mug.rendering import Surface

LIMITS = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


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
