"""The numbers that stand for states: the same for the same state, others for others."""

from __future__ import annotations

import datetime
import enum
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.engine.engine import Engine, Rules
from mug.testing.envs import Meeting


class Place(NamedTuple):
    x: int
    y: int


class Mood(enum.Enum):
    CALM = "calm"
    ANGRY = "angry"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Doors(enum.Flag):
    LEFT = enum.auto()
    RIGHT = enum.auto()


class Score(int):
    pass


class Name(str):
    pass


@pytest.fixture
def engines() -> tuple[Engine, Engine]:
    return _engine(), _engine()


def _engine(**attributes: Any) -> Engine:
    rules = Rules(agent_ids=("player_0", "player_1"), humans=("player_0", "player_1"), num_episodes=2)
    engine = Engine(Meeting, rules, {}, seed=5)
    vars(engine.env).update(attributes)
    engine.begin_episode()
    return engine


def test_the_same_moves_lead_to_the_same_number(engines: tuple[Engine, Engine]) -> None:
    for engine in engines:
        for action in (0, 1, 2, 2):
            engine.advance({"player_0": action})
    one, other = engines
    assert one.save().digest() == other.save().digest()


def test_another_move_leads_to_another_number(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    one.advance({"player_0": 1})
    other.advance({"player_0": 2})
    assert one.save().digest() != other.save().digest()


def test_it_is_the_same_after_going_back(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    snapshot = engine.save()
    engine.advance({"player_0": 1})
    engine.load(snapshot)
    assert engine.save().digest() == snapshot.digest()


def test_pictures_do_not_matter(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    one.render()
    assert one.save().digest() == other.save().digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        ((1, 2), (2, 1)),
        ({"a": 1}, {"a": 2}),
        ([1, (2, 3)], [1, (2, 4)]),
        ({1, 2}, {1, 3}),
        (np.array([1.0, 2.0]), np.array([1.0, 2.5])),
        (np.float32(1.5), np.float32(2.5)),
        (np.random.default_rng(1), np.random.default_rng(2)),
        (Place(1, 2), Place(1, 3)),
        ([Place(1, 2)], [Place(2, 2)]),
        ((1, Place(1, 2)), (1, Place(2, 2))),
        (Mood.CALM, Mood.ANGRY),
        (Doors.LEFT | Doors.RIGHT, Doors.LEFT),
        (Level.LOW, Level.HIGH),
        (Score(1), Score(2)),
        (Name("one"), Name("two")),
        (Fraction(1, 2), Fraction(1, 3)),
        (Decimal("0.1"), Decimal("0.2")),
        (datetime.timedelta(1), datetime.timedelta(2)),
        (min, max),
        (Meeting, Place),
        (Score(1).bit_length, Score(1).conjugate),
    ],
)
def test_any_attribute_counts(one: Any, other: Any) -> None:
    assert _engine(extra=one).save().digest() != _engine(extra=other).save().digest()


def test_a_generator_that_has_drawn_is_another() -> None:
    engine = _engine(extra=np.random.default_rng(1))
    before = engine.save().digest()
    engine.env.extra.random()
    assert engine.save().digest() != before


def test_the_order_of_attributes_does_not_matter() -> None:
    one, other = _engine(first=[1], second=[2]), _engine(second=[2], first=[1])
    assert one.save().digest() == other.save().digest()


def test_what_differs_is_named() -> None:
    one, other = _engine(extra=[1]).save().parts(), _engine(extra=[2]).save().parts()
    assert {name for name in one if one[name] != other[name]} == {"env.extra"}


def test_generators_are_named() -> None:
    one, other = (_engine(extra=np.random.default_rng(seed)).save().parts() for seed in (1, 2))
    assert {name for name in one if one[name] != other[name]} == {"env.extra.bit_generator"}


@given(st.lists(st.floats(allow_nan=True), min_size=1))
def test_numbers_that_are_none_are_all_alike(values: list[float]) -> None:
    array = np.array(values)
    other = np.where(np.isnan(array), -array, array)
    assert _engine(extra=array).save().digest() == _engine(extra=other).save().digest()
