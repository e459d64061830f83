"""Making environments from what scripts give."""

from __future__ import annotations

import inspect
import pickle
import traceback
from typing import Any

import pytest

from mug.engine.errors import EnvironmentFault
from mug.game.making import CodeEnvironment
from mug.scenes.environment import making, making_trouble


class Listed:
    """An environment class that lists its render modes, as Gymnasium's do."""

    metadata = {"render_modes": ["human", "rgb_array", "mug"]}

    def __init__(self, size: int = 3, render_mode: str | None = None) -> None:
        self.size = size
        self.render_mode = render_mode


class Pictures(Listed):
    metadata = {"render_modes": ["human", "rgb_array"]}


class Anyhow(Listed):
    metadata = {"render_modes": ["mug"]}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class Plain:
    def __init__(self, size: int) -> None:
        self.size = size


def with_mode(render_mode: str) -> str:
    return render_mode


def with_default(render_mode: str = "human") -> str:
    return render_mode


def without(difficulty: str) -> str:
    return difficulty


@pytest.mark.parametrize(
    ("creator", "config", "mode"),
    [
        (Listed, {}, "mug"),
        (Pictures, {}, "rgb_array"),
        (Anyhow, {}, "mug"),
        (Listed, {"render_mode": "rgb_array"}, "rgb_array"),
        (Listed, {"render_mode": None}, None),
    ],
)
def test_classes_are_made_with_the_best_mode_they_list(
    creator: Any, config: dict[str, Any], mode: str
) -> None:
    """``"mug"`` before ``"rgb_array"``; what the script says stays."""
    assert making(creator, config)().render_mode == mode  # type: ignore[attr-defined]


def test_functions_get_the_mode_only_when_they_ask_for_it() -> None:
    """A function with a mode of its own keeps it, and one without the parameter is not given it."""
    assert making(with_mode, {})() == "mug"
    assert making(with_default, {})() == "human"
    assert making(without, {"difficulty": "hard"})() == "hard"
    assert making(Plain, {"size": 3})().size == 3  # type: ignore[attr-defined]


def test_every_call_makes_a_new_one() -> None:
    """Games do not share an environment, nor the arguments' dict."""
    config = {"size": 5}
    make = making(Listed, config)
    config["size"] = 6
    first, second = make(), make()
    assert first is not second
    assert first.size == 5  # type: ignore[attr-defined]


def test_what_makes_environments_can_be_sent_to_another_process() -> None:
    """As long as the class or function itself can be."""
    assert pickle.loads(pickle.dumps(making(Listed, {"size": 7})))().size == 7


def test_registered_environments_are_made_by_id() -> None:
    """A Gymnasium id makes the registered environment, time limit included, with pictures."""
    env: Any = making("CartPole-v1", {})()
    try:
        assert env.render_mode == "rgb_array"
        assert env.spec.max_episode_steps == 500
    finally:
        env.close()


@pytest.mark.parametrize(
    ("creator", "config", "said", "fix"),
    [
        (Listed, {"sise": 3}, "takes no argument 'sise'", "did you mean 'size'?"),
        (Plain, {}, "needs the argument 'size'", "give it: {'size': …}"),
        (without, {}, "needs the argument 'difficulty'", "give it: {'difficulty': …}"),
        ("CartPol-v1", {}, "Gymnasium has no environment 'CartPol-v1'", "did you mean 'CartPole-v1'?"),
        ("nowhere:Thing-v0", {}, "Gymnasium has no environment", ""),
    ],
)
def test_calls_that_cannot_work_are_found_before(creator: Any, config: Any, said: str, fix: str) -> None:
    """Unknown and missing arguments, and unknown ids, are found without making anything."""
    trouble = making_trouble(creator, config)
    assert trouble is not None
    assert said in trouble[0]
    assert fix in trouble[1]


@pytest.mark.parametrize(
    ("creator", "config"),
    [(Listed, {"size": 3}), (Anyhow, {"what": 3}), (with_mode, {}), (dict, {"a": 1}), ("CartPole-v1", {})],
)
def test_calls_that_can_work_are_no_trouble(creator: Any, config: Any) -> None:
    """Anything that might work is left to the environment."""
    assert making_trouble(creator, config) is None


ENV_CODE = """
from __future__ import annotations
import gymnasium, inspect, pickle

class Lever(gymnasium.Env):
    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Discrete(2)

    def __init__(self):
        self.pulls = 0

env = Lever()
"""


def test_code_that_leaves_an_environment_makes_one_each_time() -> None:
    """Each run has variables of its own, and its classes can be pickled and read like a module's."""
    make = CodeEnvironment(ENV_CODE, "lever.py")
    first, second = make(), make()
    assert type(first) is not type(second)
    second.pulls = 3  # type: ignore[attr-defined]
    assert first.pulls == 0  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(second)).pulls == 3
    assert "self.pulls = 0" in inspect.getsource(type(second))


@pytest.mark.parametrize("code", ["x = 1", "env = None"])
def test_code_without_an_environment_says_so(code: str) -> None:
    """The reason is plain, and names the file."""
    with pytest.raises(EnvironmentFault, match="variable env") as caught:
        CodeEnvironment(code, "lever.py")()
    assert caught.value.where == "lever.py"


def test_errors_in_code_show_its_lines() -> None:
    """A traceback through the code quotes it."""
    with pytest.raises(ZeroDivisionError) as caught:
        CodeEnvironment("def broken():\n    return 1 / 0\n\nenv = broken()\n", "broken_env.py")()
    text = "".join(traceback.format_exception(caught.value))
    assert 'File "broken_env.py", line 2' in text
    assert "return 1 / 0" in text
