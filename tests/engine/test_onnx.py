"""Models exported to ONNX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from mug.engine.engine import Engine
from mug.engine.errors import PolicyFault
from mug.engine.onnx import OnnxPolicy, flattened
from mug.engine.policies import PolicyContext, resolve
from mug.engine.records import to_plain

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - after the check that it is there


@dataclass
class Config:
    onnx_path: Any
    obs_input: str = "obs"
    logit_output: str = "logits"
    state_inputs: Any = ()
    state_outputs: Any = ()
    state_shape: Any = ()
    fixed_inputs: dict[str, Any] = field(default_factory=dict)
    sampling: str = "argmax"
    temperature: float = 1.0


def save(
    path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], weights: dict[str, Any]
) -> Path:
    graph = helper.make_graph(
        nodes,
        "model",
        inputs,
        outputs,
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def tensor(name: str, *shape: Any, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def linear(path: Path, weights: np.ndarray[Any, Any], bias: Any = None) -> Path:
    """logits = obs @ weights + bias"""
    size, outputs = weights.shape
    bias = np.zeros(outputs) if bias is None else bias
    return save(
        path,
        [helper.make_node("Gemm", ["obs", "w", "b"], ["logits"])],
        [tensor("obs", "batch", size)],
        [tensor("logits", "batch", outputs)],
        {"w": weights.astype(np.float32), "b": np.asarray(bias, np.float32)},
    )


def recurrent(path: Path) -> Path:
    """The state adds up the observations and a fixed step; the logits are the state."""
    return save(
        path,
        [
            helper.make_node("Add", ["obs", "state"], ["sum"]),
            helper.make_node("Add", ["sum", "step"], ["next"]),
            helper.make_node("Identity", ["next"], ["logits"]),
        ],
        [tensor("obs", 1, 3), tensor("state", 1, 3), tensor("step", 1)],
        [tensor("logits", 1, 3), tensor("next", 1, 3)],
        {},
    )


def context(space: Any) -> PolicyContext:
    return PolicyContext("ai", space, None, 0)


def test_argmax_takes_the_largest_logit(tmp_path: Path) -> None:
    """Feed-forward, from a vector; the space's start is added."""
    policy = OnnxPolicy(Config(linear(tmp_path / "m.onnx", np.eye(4))))
    action = policy.act(np.array([0.0, 3.0, 1.0, 2.0]), context(spaces.Discrete(4, start=10)))
    assert action == 11
    assert type(action) is int


def test_the_output_is_what_onnxruntime_gives(tmp_path: Path) -> None:
    """For random weights and observations the choice is that of the plain matrix product."""
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(6, 5)), rng.normal(size=5)
    policy = OnnxPolicy(Config(linear(tmp_path / "m.onnx", weights, bias)))
    for _ in range(50):
        observation = rng.normal(size=6)
        expected = int(np.argmax(observation @ weights + bias))
        assert policy.act(observation, context(spaces.Discrete(5))) == expected


@pytest.mark.parametrize(
    "observation",
    [
        {"b": np.array([1.0]), "a": np.array([[0.0, 5.0], [2.0, 3.0]])},
        {"b": 1, "a": {"y": np.array([2.0, 3.0]), "x": (0, np.array(5.0))}},
        np.array([[0.0, 5.0, 2.0, 3.0, 1.0]]),
        np.array([0, 5, 2, 3, 1]),
        [0, 5, 2, 3, 1],
    ],
)
def test_observations_are_flattened_by_sorted_key(tmp_path: Path, observation: Any) -> None:
    """Dicts, in the order of their sorted keys, nested ones and arrays of any shape become one batch row."""
    assert np.ravel(flattened(observation)).tolist() == [0, 5, 2, 3, 1]
    policy = OnnxPolicy(Config(linear(tmp_path / "m.onnx", np.eye(5))))
    assert policy.act(observation, context(spaces.Discrete(5))) == 1


def test_sampling_follows_the_softmax_and_the_seed(tmp_path: Path) -> None:
    """Draws are as frequent as the softmax says, repeat with the seed, and are sharper when it is colder."""
    path = linear(tmp_path / "m.onnx", np.eye(3))
    logits = np.log([0.6, 0.3, 0.1])

    def drawn(seed: int, temperature: float = 1.0) -> list[int]:
        policy = OnnxPolicy(Config(path, sampling="sample", temperature=temperature))
        policy.reset(seed)
        return [policy.act(logits, context(spaces.Discrete(3))) for _ in range(3000)]

    counts = Counter(drawn(1))
    assert [round(counts[action] / 3000, 1) for action in range(3)] == [0.6, 0.3, 0.1]
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert Counter(drawn(1, 0.1))[0] > 2950


def recurrent_config(tmp_path: Path) -> Config:
    return Config(
        recurrent(tmp_path / "r.onnx"),
        state_inputs=["state"],
        state_outputs=["next"],
        state_shape=[1, 3],
        fixed_inputs={"step": [0.0]},
    )


def test_recurrent_state_moves_on_and_is_forgotten_with_the_episode(tmp_path: Path) -> None:
    """The state of one call is the next one's input; reset makes it zero again."""
    policy = OnnxPolicy(recurrent_config(tmp_path))
    space = spaces.Discrete(3)
    seen = [[0, 0, 3], [2, 0, 0], [0, 0, 0], [2, 0, 0]]
    assert [policy.act(np.array(obs), context(space)) for obs in seen] == [2, 2, 2, 0]
    policy.reset(1)
    assert [policy.act(np.array(obs), context(space)) for obs in seen] == [2, 2, 2, 0]


class Numbers(gym.Env[Any, Any]):
    observation_space = spaces.Box(0, 1, (3,))
    action_space = spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self.np_random.random(3), {}

    def step(self, action: Any) -> Any:
        return self.np_random.random(3), 0.0, False, False, {}


@pytest.mark.parametrize("sampling", ["argmax", "sample"])
def test_recurrent_state_and_draws_are_part_of_snapshots(
    game: Callable[..., Engine], tmp_path: Path, sampling: str
) -> None:
    """From a loaded snapshot the model acts as it did, and so it does in another engine."""
    import pickle

    config = recurrent_config(tmp_path)
    config.sampling = sampling

    def make() -> Engine:
        engine = game(Numbers, policies={"player": resolve(config, "player")})
        engine.begin_episode()
        return engine

    engine = make()
    for _ in range(3):
        engine.advance({})
    snapshot = engine.save()
    first = [to_plain(engine.advance({})) for _ in range(20)]
    engine.load(snapshot)
    assert [to_plain(engine.advance({})) for _ in range(20)] == first
    other = make()
    other.load(pickle.loads(pickle.dumps(snapshot)))
    assert [to_plain(other.advance({})) for _ in range(20)] == first


@pytest.mark.parametrize(
    ("space", "output", "expected"),
    [
        (spaces.MultiDiscrete([2, 3]), [0, 1, 5, 2, 3], [1, 0]),
        (spaces.MultiDiscrete([2, 2], start=[5, 0]), [0, 1, 1, 0], [6, 0]),
        (spaces.MultiBinary(3), [-1, 2, 0.5], [0, 1, 1]),
        (spaces.Box(-1, 1, (2,)), [0.25, 7], [0.25, 1]),
        (spaces.Box(-1, 1, (2,)), [0.25, -0.5, 0, 0], [0.25, -0.5]),
    ],
)
def test_the_action_space_says_what_the_output_means(
    tmp_path: Path, space: Any, output: list[float], expected: list[float]
) -> None:
    """Joined logits, odds, points, and means with log deviations."""
    path = linear(tmp_path / "m.onnx", np.zeros((1, len(output))), output)
    action = OnnxPolicy(Config(path)).act(np.zeros(1), context(space))
    assert action.tolist() == expected
    assert action in space


def test_drawn_points_spread_as_the_model_says(tmp_path: Path) -> None:
    """A Box with log deviations is drawn from that normal distribution."""
    path = linear(tmp_path / "m.onnx", np.zeros((1, 2)), [1.0, np.log(0.5)])
    policy = OnnxPolicy(Config(path, sampling="sample"))
    drawn = [policy.act(np.zeros(1), context(spaces.Box(-9, 9, (1,))))[0] for _ in range(2000)]
    assert np.mean(drawn) == pytest.approx(1, abs=0.05)
    assert np.std(drawn) == pytest.approx(0.5, abs=0.05)


def test_whole_number_inputs_get_whole_numbers(tmp_path: Path) -> None:
    """An input of another type gets the observation in that type."""
    path = save(
        tmp_path / "m.onnx",
        [helper.make_node("Cast", ["obs"], ["logits"], to=TensorProto.FLOAT)],
        [tensor("obs", 1, 3, kind=TensorProto.INT64)],
        [tensor("logits", 1, 3)],
        {},
    )
    assert OnnxPolicy(Config(path)).act(np.array([1.0, 5.0, 2.0]), context(spaces.Discrete(3))) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"onnx_path": "missing.onnx"}, "the model cannot be read"),
        ({"obs_input": "ob"}, r"no 'ob'; it has 'obs'(?s:.*)did you mean 'obs'"),
        ({"logit_output": "logit"}, r"no 'logit'; it has 'logits'(?s:.*)logit_output="),
        ({"state_inputs": ["h"], "state_outputs": ["h2"]}, "no 'h'"),
        ({"fixed_inputs": {"step": 1}}, r"no 'step'(?s:.*)fixed_inputs="),
    ],
)
def test_what_does_not_fit_the_model_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Wrong names are found when the policy is made, with what the model has."""
    config = Config(linear(tmp_path / "m.onnx", np.eye(3)))
    for name, value in changes.items():
        setattr(config, name, value)
    with pytest.raises(PolicyFault, match=message):
        OnnxPolicy(config)


def test_inputs_nobody_gives_are_named(tmp_path: Path) -> None:
    """A model with more inputs says what to put into fixed_inputs."""
    config = recurrent_config(tmp_path)
    config.fixed_inputs = {}
    with pytest.raises(PolicyFault, match=r"needs an input 'step'(?s:.*)fixed_inputs="):
        OnnxPolicy(config)
    config.state_outputs = []
    with pytest.raises(PolicyFault, match="1 state_inputs and 0 state_outputs"):
        OnnxPolicy(config)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    """Not every file with that name is a model."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"nonsense")
    with pytest.raises(PolicyFault, match="this is not an ONNX model"):
        OnnxPolicy(Config(path))


@pytest.mark.parametrize(
    ("observation", "space", "message"),
    [
        (np.zeros(4), spaces.Discrete(3), "the model raised"),
        (np.zeros(3), spaces.Discrete(4), r"'logits' has 3 numbers, and Discrete\(4\) needs 4"),
        (np.zeros(3), spaces.Box(0, 1, (2,)), "has 3 numbers"),
        (np.zeros(3), spaces.Text(4), "cannot choose from"),
    ],
)
def test_what_does_not_fit_the_environment_is_named(
    tmp_path: Path, observation: Any, space: Any, message: str
) -> None:
    """Observations and outputs of the wrong size, and spaces a model cannot choose from."""
    policy = OnnxPolicy(Config(linear(tmp_path / "m.onnx", np.eye(3))))
    with pytest.raises(PolicyFault, match=message):
        policy.act(observation, context(space))
