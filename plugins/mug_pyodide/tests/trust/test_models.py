"""What models decided is believed as far as roundings can have led them, and no further."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from mug_pyodide.trust.examination import examine

from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.engine.seeds import derive_seed

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - after the check that it is there

SIZE = 16
EPS = float(np.finfo(np.float32).eps)


class Numbers(gym.Env[Any, Any]):
    """Both agents see other random numbers in each step; actions are rewarded and change nothing else."""

    choice: spaces.Space[Any] = spaces.Discrete(4)

    def __init__(self, render_mode: str = "mug") -> None:
        agents = {"player_0": spaces.Discrete(3), "model": self.choice}
        self.action_space = spaces.Dict(agents)
        self.observation_space = spaces.Dict(dict.fromkeys(agents, spaces.Box(-np.inf, np.inf, (SIZE,))))

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self.seen(), {}

    def step(self, action: dict[str, Any]) -> tuple[Any, dict[str, float], bool, bool, dict[str, Any]]:
        rewards = {agent: float(np.sum(one)) for agent, one in action.items()}
        return self.seen(), rewards, False, False, {}

    def seen(self) -> dict[str, Any]:
        numbers = self.np_random.normal(size=SIZE).astype(np.float32)
        return {"player_0": numbers, "model": numbers}


class Points(Numbers):
    """The same with a point for an action."""

    choice = spaces.Box(-100, 100, (4,), np.float32)


def save(path: Path, memory: float, *, off: int = 0) -> Path:
    """A recurrent network.

    Args:
        path: where to.
        memory: by how much a deviation of its state grows or shrinks in a step.
        off: by how many last places its weights are off, which is what other processors' roundings are like.
    """
    random = np.random.default_rng(7)
    turn, _ = np.linalg.qr(random.normal(size=(SIZE, SIZE)))
    weights = {"keep": memory * turn, "take": 0.3 * random.normal(size=(SIZE, SIZE))}
    weights["say"] = random.normal(size=(SIZE, 4))
    bits = np.random.default_rng(8)
    tensors = [
        numpy_helper.from_array(
            (values * (1 + off * EPS * bits.choice((-1, 1), values.shape))).astype(np.float32), name
        )
        for name, values in weights.items()
    ]
    nodes = [
        helper.make_node("MatMul", ["obs", "take"], ["taken"]),
        helper.make_node("MatMul", ["state", "keep"], ["kept"]),
        helper.make_node("Add", ["taken", "kept"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["next"]),
        helper.make_node("MatMul", ["next", "say"], ["logits"]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, SIZE]) for name in ("obs", "state")]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in (("logits", 4), ("next", SIZE))
    ]
    graph = helper.make_graph(nodes, "partner", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


@pytest.fixture
def scene(kit: Any, tmp_path: Path) -> Callable[..., Any]:
    """Makes a scene with such a network: on this machine, or on one whose last places are off."""

    def make(
        memory: float, sampling: str, *, off: int = 0, env: type[Numbers] = Numbers, seeded: bool = True
    ) -> Any:
        partner = ModelConfig(
            onnx_path=save(tmp_path / f"{memory} {off}.onnx", memory, off=off),
            obs_input="obs",
            logit_output="logits",
            state_inputs=["state"],
            state_outputs=["next"],
            state_shape=[1, SIZE],
            sampling=sampling,
            seeded=seeded,
        )
        policies = {"player_0": PolicyTypes.Human, "model": partner}
        return kit.make_spec(env, policies=policies, max_steps=500)

    return make


def other_decisions(kit: Any, spec: Any, other: Any) -> int:
    first, second = (kit.record(one).steps() for one in (spec, other))
    pairs = zip(first, second, strict=True)
    return sum(one["actions"]["model"] != two["actions"]["model"] for one, two in pairs)


FORGETFUL, RESTLESS = 0.8, 3.0
ways = pytest.mark.parametrize("sampling", ["argmax", "sample"])


@ways
def test_a_model_that_forgets_its_roundings_decides_alike(kit: Any, scene: Any, sampling: str) -> None:
    """Where roundings do not grow, every decision is the same on both machines."""
    spec, other = scene(FORGETFUL, sampling), scene(FORGETFUL, sampling, off=1)
    assert other_decisions(kit, spec, other) == 0
    (finding,) = examine(spec, kit.record(other).lines, kit.SEED)
    assert (finding.verdict, finding.steps) == ("verified", 500)


@ways
def test_a_model_that_lets_roundings_grow_is_not_called_different(
    kit: Any, scene: Any, sampling: str
) -> None:
    """A network in which the last place becomes the first one goes ways of its own; the rest is compared."""
    spec, other = scene(RESTLESS, sampling), scene(RESTLESS, sampling, off=1)
    assert other_decisions(kit, spec, other) > 50
    recording = kit.record(other)
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("rounding", None)
    assert "rounding made a model decide otherwise" in finding.detail
    recording.steps()[400]["rewards"]["player_0"] += 1e-6
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step, finding.field) == ("different", 401, "rewards.player_0")


@ways
@pytest.mark.parametrize(("memory", "steps"), [(FORGETFUL, (3, 200, 450)), (RESTLESS, (1, 3, 5))])
def test_a_changed_decision_is_found(
    kit: Any, scene: Any, sampling: str, memory: float, steps: tuple[int, ...]
) -> None:
    """Nobody can say that their partner did something else, as long as roundings are no excuse."""
    spec, other = scene(memory, sampling), scene(memory, sampling, off=1)
    for step in steps:
        recording = kit.record(other)
        record = recording.steps()[step - 1]
        action = (record["actions"]["model"] + 2) % 4
        record["rewards"]["model"] += float(action - record["actions"]["model"])
        record["actions"]["model"] = action
        for end in (recording.of_kind("episode_end")[0], recording.of_kind("game_end")[0]):
            end["rewards"]["model"] = sum(one["rewards"]["model"] for one in recording.steps())
        (finding,) = examine(spec, recording.lines, kit.SEED)
        assert (finding.verdict, finding.step, finding.field) == ("different", step, "actions.model")
        assert finding.recorded == action != finding.recomputed


def test_draws_without_a_seed_accuse_nobody(kit: Any, scene: Any) -> None:
    """What a model draws anew each time cannot be judged, and the finding says why."""
    spec = scene(FORGETFUL, "sample", seeded=False)
    (finding,) = examine(spec, kit.record(spec).lines, kit.SEED)
    assert finding.verdict == "unknown"
    assert "actions.model comes out otherwise each time" in finding.detail


class Close(Numbers):
    """Shows the model what is almost undecided between its first two actions, whichever way it decides."""

    drawn = False

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.draws = np.random.default_rng(derive_seed(seed or 0, "policy", "model"))
        return super().reset(seed=seed)

    def seen(self) -> dict[str, Any]:
        numbers = np.full(SIZE, -1e9, np.float32)
        share = self.draws.random() if self.drawn else 0.5
        numbers[:2] = 0.0, np.log(1 / share - 1) + 3e-5
        return {"player_0": numbers, "model": numbers}


class CloseDraw(Close):
    drawn = True


@pytest.mark.parametrize(("env", "sampling"), [(Close, "argmax"), (CloseDraw, "sample")])
def test_what_rounding_can_decide_is_within_rounding(
    kit: Any, tmp_path: Path, env: type[Close], sampling: str
) -> None:
    """A draw that falls on the border of two actions, or an almost equal logit, may go either way."""
    path = tmp_path / "plain.onnx"
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "first"], ["logits"])],
        "plain",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, SIZE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(np.eye(SIZE, 4, dtype=np.float32), "first")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    model = ModelConfig(onnx_path=path, obs_input="obs", logit_output="logits", sampling=sampling)
    policies = {"player_0": PolicyTypes.Human, "model": model}
    spec = kit.make_spec(env, policies=policies, max_steps=20)
    recording = kit.record(spec)
    change = {0: 1, 1: 0}
    for record in recording.steps()[5:8]:
        before, now = record["actions"]["model"], change[record["actions"]["model"]]
        record["actions"]["model"] = now
        record["rewards"]["model"] += now - before
    for end in (recording.of_kind("episode_end")[0], recording.of_kind("game_end")[0]):
        end["rewards"]["model"] = sum(one["rewards"]["model"] for one in recording.steps())
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("rounding", None)
    assert finding.detail == "rounding made a model decide otherwise 3 times"


@pytest.mark.parametrize(("memory", "most"), [(FORGETFUL, 1e-4), (RESTLESS, 100.0)])
def test_points_are_compared_as_numbers(kit: Any, scene: Any, memory: float, most: float) -> None:
    """A model that gives a point gives a slightly different one elsewhere, which is reported as its size."""
    spec = scene(memory, "argmax", env=Points)
    recording = kit.record(scene(memory, "argmax", off=1, env=Points))
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("rounding", None)
    assert 0 < finding.deviation < most
    recording.steps()[2]["actions"]["model"][0] += 0.1
    (finding,) = examine(spec, recording.lines, kit.SEED)
    assert (finding.verdict, finding.step) == ("different", 3)
