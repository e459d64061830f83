"""Models that run beside the interpreter: somebody else sees to their runs before each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from mug.engine.engine import Engine, Rules
from mug.engine.errors import PolicyFault
from mug.engine.models import Inference, register_model
from mug.engine.onnx import OnnxPolicy
from mug.engine.policies import Policy, RandomPolicy
from mug.engine.records import Step, to_plain

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
from tests.engine.test_onnx import Config, linear, recurrent  # noqa: E402 - after the check

AGENTS = ("a", "b")


class Drift(gym.Env[Any, Any]):
    """Two agents; what each sees depends on everything that was done."""

    action_space = spaces.Dict({agent: spaces.Discrete(3) for agent in AGENTS})
    observation_space = spaces.Dict({agent: spaces.Box(-9, 9, (3,)) for agent in AGENTS})

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.values = {agent: self.np_random.normal(size=3) for agent in AGENTS}
        return self.seen(), {}

    def step(self, actions: dict[str, int]) -> Any:
        for agent, action in actions.items():
            self.values[agent] = np.roll(self.values[agent], action) + self.np_random.normal(size=3)
        return self.seen(), dict.fromkeys(AGENTS, 1.0), False, False, {}

    def seen(self) -> dict[str, Any]:
        return {agent: values.copy() for agent, values in self.values.items()}


class Owner:
    """Answers what an engine asks for, with onnxruntime, as a browser's worker does: later."""

    def __init__(self, path: Path, name: str) -> None:
        self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.answered: list[Inference] = []
        inputs = {part.name: (part.type, len(part.shape)) for part in self._session.get_inputs()}
        register_model(name, inputs, [part.name for part in self._session.get_outputs()])

    def see_to(self, engine: Engine) -> None:
        """Answer until nothing is asked for."""
        while asked := engine.inferences():
            for inference in asked:
                assert all(array.flags.c_contiguous for array in inference.feed.values())
                inference.answer(self._session.run(list(inference.outputs), dict(inference.feed)))
                self.answered.append(inference)


def save_model(kind: str, path: Path) -> Path:
    if kind == "recurrent":
        return recurrent(path)
    return linear(path, np.random.default_rng(1).normal(size=(3, 3)))


def config(kind: str, path: Any, sampling: str) -> Config:
    if kind == "linear":
        return Config(path, sampling=sampling)
    fixed = {"step": np.array([0.25], np.float32)}
    return Config(path, "obs", "logits", ("state",), ("next",), (1, 3), fixed, sampling)


Playing = Callable[[Policy], Engine]


def game_of(other: Policy, frame_skip: int = 1) -> Engine:
    rules = Rules(agent_ids=AGENTS, humans=("a",), num_episodes=3, max_steps=20, frame_skip=frame_skip)
    return Engine(Drift, rules, {"b": other}, 11)


def play(engine: Engine, owner: Owner | None, steps: int) -> list[Step]:
    """Play some steps, over episodes; the human does something different in each."""
    played = []
    for _ in range(steps):
        if engine.phase != "playing":
            engine.begin_episode()
        if owner is not None:
            owner.see_to(engine)
        played.append(engine.advance({"a": (engine.frame // 2) % 3}))
    return played


@pytest.mark.parametrize("frame_skip", [1, 3])
@pytest.mark.parametrize("sampling", ["argmax", "sample"])
@pytest.mark.parametrize("kind", ["linear", "recurrent"])
def test_the_game_is_that_of_a_model_that_runs_here(
    tmp_path: Path, kind: str, sampling: str, frame_skip: int
) -> None:
    """Where a model runs makes no difference: memory, draws and skipped frames included."""
    path = save_model(kind, tmp_path / "m.onnx")
    owner = Owner(path, "partner")
    here = play(game_of(OnnxPolicy(config(kind, path, sampling)), frame_skip), None, 50)
    beside = play(game_of(OnnxPolicy(config(kind, "partner", sampling)), frame_skip), owner, 50)
    assert to_plain(beside) == to_plain(here)
    decisions = 50 if frame_skip == 1 else 7 + 7 + 4
    assert len(owner.answered) == decisions


def test_a_recorded_game_asks_too(tmp_path: Path) -> None:
    """When a game is played again policies decide again, so that their memory becomes what it was."""
    path = save_model("recurrent", tmp_path / "m.onnx")
    owner = Owner(path, "partner")
    first = game_of(OnnxPolicy(config("recurrent", "partner", "sample")))
    steps = play(first, owner, 12)
    again = game_of(OnnxPolicy(config("recurrent", "partner", "sample")))
    again.begin_episode()
    for step in steps:
        owner.see_to(again)
        again.advance(step.actions, forced=True, sources=step.sources)
    assert to_plain(play(again, owner, 10)) == to_plain(play(first, owner, 10))


@pytest.mark.parametrize("answered", [False, True])
def test_snapshots_know_what_was_answered(tmp_path: Path, answered: bool) -> None:
    """A game that is loaded asks for what had not been answered, and for nothing else."""
    path = save_model("recurrent", tmp_path / "m.onnx")
    owner = Owner(path, "partner")
    engine = game_of(OnnxPolicy(config("recurrent", "partner", "sample")))
    play(engine, owner, 5)
    if answered:
        owner.see_to(engine)
    saved = engine.save()
    expected = to_plain(play(engine, owner, 8))
    engine.load(saved)
    assert len(engine.inferences()) == (0 if answered else 1)
    assert to_plain(play(engine, owner, 8)) == expected


def test_what_is_not_answered_is_asked_again(tmp_path: Path) -> None:
    """Until there is an answer; a step without one is a fault that says so."""
    Owner(save_model("linear", tmp_path / "m.onnx"), "partner")
    engine = game_of(OnnxPolicy(Config("partner")))
    assert engine.inferences() == ()
    engine.begin_episode()
    for _ in range(2):
        (asked,) = engine.inferences()
        assert (asked.model, asked.outputs) == ("partner", ("logits",))
        assert asked.feed["obs"].shape == (1, 3)
        assert asked.feed["obs"].dtype == np.float32
    with pytest.raises(PolicyFault, match="not asked"):
        engine.advance({"a": 0})


def test_answers_of_another_number_are_refused(tmp_path: Path) -> None:
    """A model gives one array for each output that was asked for."""
    Owner(save_model("linear", tmp_path / "m.onnx"), "partner")
    engine = game_of(OnnxPolicy(Config("partner")))
    engine.begin_episode()
    with pytest.raises(PolicyFault, match="0 outputs; expected 1"):
        engine.inferences()[0].answer([])


def test_policies_without_such_models_ask_for_nothing(tmp_path: Path) -> None:
    """Neither a model that runs here nor any other policy."""
    path = save_model("linear", tmp_path / "m.onnx")
    for policy in (OnnxPolicy(Config(path)), RandomPolicy()):
        engine = game_of(policy)
        engine.begin_episode()
        assert engine.inferences() == ()


def test_a_human_who_takes_a_seat_back_ends_the_asking(tmp_path: Path) -> None:
    """Only those who play are asked for, and a policy that takes over is asked at once."""
    owner = Owner(save_model("linear", tmp_path / "m.onnx"), "partner")
    engine = game_of(RandomPolicy())
    play(engine, owner, 3)
    engine.replace_policy("a", OnnxPolicy(Config("partner")))
    assert len(engine.inferences()) == 1
    owner.see_to(engine)
    engine.replace_policy("a", None)
    assert engine.inferences() == ()
    assert engine.advance({"a": 2}).sources["a"] == "human"


@pytest.mark.parametrize(
    ("given", "own"),
    [("tensor(float)", np.float32), ("float32", np.float32), ("tensor(int64)", np.int64), ("int64", np.int64),
     ("bool", np.bool_), ("tensor(double)", np.float64), ("float64", np.float64), ("", np.float32)],
)  # fmt: skip
def test_types_have_onnxs_names_or_numpys(given: str, own: Any) -> None:
    """onnxruntime calls types differently where it runs."""
    register_model("typed", {"obs": (given, 2)}, ["logits"])
    engine = game_of(OnnxPolicy(Config("typed")))
    engine.begin_episode()
    assert engine.inferences()[0].feed["obs"].dtype == own
