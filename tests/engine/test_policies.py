"""What fills a seat that no participant fills."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from mug.engine.engine import Engine
from mug.engine.errors import PolicyFault
from mug.engine.policies import (
    HeuristicPolicy,
    Policy,
    PolicyContext,
    RandomPolicy,
    as_action,
    resolve,
    zero_action,
)
from mug.engine.records import to_plain


def context(space: Any, agent: Any = "ai", env: Any = None) -> PolicyContext:
    return PolicyContext(agent, space, env, 0)


SPACES = [
    spaces.Discrete(5, start=2),
    spaces.MultiDiscrete([2, 3]),
    spaces.Box(-1, 1, (3,)),
    spaces.MultiBinary(4),
    spaces.Dict({"a": spaces.Discrete(3), "b": spaces.Box(0, 1, (2,))}),
    spaces.Tuple((spaces.Discrete(3), spaces.Discrete(4))),
]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_random_policies_draw_from_the_space_by_their_seed(space: Any) -> None:
    """Every draw is in the space, the same seed gives the same draws, and another one others."""

    def drawn(seed: int) -> list[Any]:
        policy = RandomPolicy()
        policy.reset(seed)
        actions = [policy.act(0, context(space)) for _ in range(20)]
        assert all(action in space for action in actions)
        return [to_plain(action) for action in actions]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_random_policies_leave_the_environments_generator_alone() -> None:
    """Drawing for a seat does not move what the environment draws from the same space."""
    space = spaces.Discrete(100)
    space.seed(1)
    policy = RandomPolicy()
    policy.reset(3)
    policy.act(0, context(space))
    other = spaces.Discrete(100)
    other.seed(1)
    assert space.sample() == other.sample()


def test_random_policies_keep_to_the_action_mask() -> None:
    """Where the observation says what is allowed, only that is drawn."""
    policy = RandomPolicy()
    policy.reset(0)
    observation = {"observation": 0, "action_mask": np.array([0, 1, 0, 1], dtype=np.int8)}
    assert {policy.act(observation, context(spaces.Discrete(4))) for _ in range(30)} == {1, 3}


@pytest.mark.parametrize(
    "load",
    [
        lambda name: f"loaded {name}",
        lambda agent_id, name: f"loaded {name}",
        lambda name, device="cpu": f"loaded {name}",
        lambda *args: f"loaded {args[-1]}",
    ],
)
@pytest.mark.parametrize(
    "infer",
    [
        lambda policy, observation: (policy, observation),
        lambda agent_id, policy, observation: (policy, observation),
        lambda policy, observation, greedy=True: (policy, observation),
    ],
)
def test_both_signatures_of_loading_and_inference_work(load: Any, infer: Any) -> None:
    """With or without the agent's id first, told apart by the number of required parameters."""
    policy = resolve("expert", "ai", load, infer)
    assert policy.act(7, context(spaces.Discrete(3))) == ("loaded expert", 7)


def test_the_agents_id_is_passed_first() -> None:
    """A function that takes the agent gets its id."""
    policy = resolve(
        "expert", 3, lambda agent, name: (agent, name), lambda agent, policy, obs: (agent, policy)
    )
    assert policy.act(0, context(spaces.Discrete(3), 3)) == (3, (3, "expert"))


def test_without_a_loader_the_policy_is_its_name() -> None:
    """policy_inference_fn alone is enough."""
    assert resolve("expert", "ai", None, lambda policy, obs: policy).act(0, context(None)) == "expert"


def test_a_loaded_policy_is_reset_with_each_episode(game: Callable[..., Engine]) -> None:
    """If it has a reset(seed) or reset(), that is called when an episode begins; other resets are not."""
    calls: list[Any] = []

    class Seeded:
        def reset(self, seed: int) -> None:
            calls.append(("seeded", isinstance(seed, int)))

    class Bare:
        def reset(self) -> None:
            calls.append("bare")

    class Other:
        def reset(self, observation: Any) -> None:
            raise AssertionError

    for kind in (Seeded, Bare, Other):
        policy = resolve("x", "player", lambda name, kind=kind: kind(), lambda policy, obs: 0)
        game(lambda: gym.make("CartPole-v1"), policies={"player": policy}).begin_episode()
    assert calls == [("seeded", True), "bare"]


class Leaning(HeuristicPolicy):
    """Leans with the pole."""

    def compute_action(self, env: Any, agent_id: Any) -> int:
        return int(env.unwrapped.state[2] > 0)


@pytest.mark.parametrize("value", [Leaning, Leaning()])
def test_heuristics_see_the_environment(game: Callable[..., Engine], value: Any) -> None:
    """A class or an object; compute_action gets the environment and its agent."""
    engine = game(lambda: gym.make("CartPole-v1"), policies={"player": resolve(value, "player")})
    engine.begin_episode()
    leans = engine.observations["player"][2] > 0
    assert engine.advance({}).actions == {"player": int(leans)}


def test_a_heuristic_object_is_each_games_own() -> None:
    """One object in a script plays many games at once: each has its own memory."""
    heuristic = Leaning()
    heuristic.seen = []  # type: ignore[attr-defined]
    first, second = (resolve(heuristic, "ai") for _ in range(2))
    assert first.heuristic.seen is not second.heuristic.seen  # type: ignore[attr-defined]


def test_an_object_that_cannot_be_copied_is_refused() -> None:
    """Sharing it would mix the games' memories."""
    heuristic = Leaning()
    heuristic.generator = (number for number in range(3))  # type: ignore[attr-defined]
    with pytest.raises(PolicyFault, match=r"cannot be copied for each game(?s:.*)give its class instead"):
        resolve(heuristic, "ai")


class Always(Policy):
    def act(self, observation: Any, context: PolicyContext) -> Any:
        return 1


class Kinds(enum.Enum):
    Random = "random"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Always(), "Always"),
        (Always, "Always"),
        ("random", "RandomPolicy"),
        (Kinds.Random, "RandomPolicy"),
        (lambda observation: 1, "FunctionPolicy"),
    ],
)
def test_a_mappings_value_says_which_policy_it_is(value: Any, kind: str) -> None:
    """Policies and their classes, "random" as text or in an enum, functions of the observation."""
    policy = resolve(value, "ai")
    assert type(policy).__name__ == kind


@pytest.mark.parametrize(
    ("value", "load", "infer", "message"),
    [
        (3.5, None, None, "3.5 is not a policy"),
        ("expert", None, None, "no function to ask it"),
        ("expert", "file.pt", lambda p, o: 0, "must be a function"),
        ("expert", lambda: 0, lambda p, o: 0, "takes 0 arguments; expected 1 or 2"),
        ("expert", None, lambda o: 0, "takes 1 arguments; expected 2 or 3"),
        ("expert", None, lambda a, b, c, d: 0, "takes 4 arguments; expected 2 or 3"),
        ("expert", lambda name: 1 / 0, lambda p, o: 0, "raised ZeroDivisionError"),
    ],
)
def test_what_is_no_policy_is_named(value: Any, load: Any, infer: Any, message: str) -> None:
    """Faults say which setting is wrong, and how."""
    with pytest.raises(PolicyFault, match=message):
        resolve(value, "ai", load, infer)


@pytest.mark.parametrize(
    "value",
    [lambda observation: 1 / 0, type("Bad", (HeuristicPolicy,), {"compute_action": lambda *_: 1 / 0})],
)
def test_what_a_policy_raises_is_its_fault(game: Callable[..., Engine], value: Any) -> None:
    """The error is the fault's cause."""
    engine = game(lambda: gym.make("CartPole-v1"), policies={"player": resolve(value, "player")})
    engine.begin_episode()
    with pytest.raises(PolicyFault, match="raised ZeroDivisionError") as caught:
        engine.advance({})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_every_common_space_has_a_zero(space: Any) -> None:
    """The zero is in the space."""
    assert zero_action(space) in space


def test_a_space_without_zero_says_so() -> None:
    """A text space has no action that is nothing."""
    with pytest.raises(PolicyFault, match="has no zero"):
        zero_action(spaces.Text(5))


def test_zero_is_inside_the_bounds() -> None:
    """Where a box does not contain zero, its zero is the nearest point."""
    assert zero_action(spaces.Box(2, 5, (2,))).tolist() == [2, 2]


def test_actions_take_the_form_of_their_space() -> None:
    """One number from NumPy becomes a plain one for a space of single numbers; others stay as they are."""
    assert type(as_action(np.int64(2), spaces.Discrete(3))) is int
    assert type(as_action(np.array([2]), spaces.Discrete(3))) is int
    box = np.array([2.0])
    assert as_action(box, spaces.Box(0, 9, (1,))) is box
