"""Actions of any space, written as peers exchange them, and read by whoever trusts nobody."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from mug_ggpo.in_browser.actions import RETURNED, ActionCodec, unmarked
from onnx import TensorProto, helper, numpy_helper
from peer_pages import LEFT, NOOP, RIGHT, Hunt, Network, Pages, make_spec, native, steps

from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.engine.errors import EnvironmentFault
from mug.game.spec import Controls, PointedAction

SPACES = [
    spaces.Discrete(5),
    spaces.Discrete(5, start=-2),
    spaces.MultiDiscrete([3, 4]),
    spaces.MultiBinary(4),
    spaces.Box(-1, 1, (3,), np.float32),
    spaces.Tuple((spaces.Discrete(3), spaces.Box(0, 1, (2,), np.float64))),
    spaces.Dict({"move": spaces.Discrete(4), "push": spaces.Box(-1, 1, (1,), np.float32)}),
]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(np.array_equal(one, other))


@pytest.mark.parametrize("space", SPACES, ids=str)
@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_an_action_is_the_same_after_its_way(space: Any, seed: int) -> None:
    """To the last bit, and of the kind that the environment expects."""
    space.seed(seed)
    action = space.sample()
    codec = ActionCodec({"a": space}, {})
    written = codec.write(action)
    assert unmarked(written) == (False, written)
    assert unmarked(RETURNED + written) == (True, written)
    allowed, read = codec.read("a", written)
    assert allowed
    assert same(action, read)
    assert space.contains(read)


@settings(deadline=None)
@given(st.binary(max_size=254))
def test_what_is_no_action_is_none(written: bytes) -> None:
    """Whatever a page sends, nothing but what the seat may do comes out of it."""
    space = spaces.Discrete(3)
    controls = {"a": Controls(actions=(0, 2))}
    for codec in (ActionCodec({"a": space}, {}), ActionCodec({"a": space}, controls)):
        allowed, action = codec.read("a", written)
        assert not allowed or space.contains(action)


def test_people_may_do_what_their_keys_stand_for_only() -> None:
    codec = ActionCodec({"a": spaces.Discrete(9)}, {"a": Controls(actions=(1, 2))})
    assert codec.read("a", codec.write(2)) == (True, 2)
    assert not codec.read("a", codec.write(7))[0]


def test_who_points_may_do_what_the_space_has() -> None:
    pointed = PointedAction(lambda x, y: None)
    codec = ActionCodec({"a": spaces.Box(0, 1, (2,))}, {"a": Controls(actions=(pointed,))})
    assert codec.read("a", b"[0.5,0.25]")[0]
    assert not codec.read("a", b"[0.5,2.0]")[0]


def test_an_action_that_is_too_large_says_so() -> None:
    with pytest.raises(EnvironmentFault, match="peers exchange up to 254"):
        ActionCodec({"a": spaces.Box(0, 1, (200,))}, {}).write(np.random.default_rng(1).random(200))


class Pushing(Hunt):
    """Players are pushed by so much, and end up at the nearest place."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = spaces.Dict({name: spaces.Box(-1, 1, (1,), np.float32) for name in self.names})

    def step(self, actions: dict[str, Any]) -> Any:
        moves = {-1: LEFT, 0: NOOP, 1: RIGHT}
        return super().step({name: moves[round(float(push[0]))] for name, push in actions.items()})


def test_pages_play_with_actions_that_are_arrays() -> None:
    left, none, right = (np.array([push], np.float32) for push in (-0.9, 0.0, 0.7))
    spec = make_spec(Pushing, num_episodes=1, default_action={"player_0": none, "player_1": none})
    controls = {seat: dataclasses.replace(one, actions=(left, right)) for seat, one in spec.controls.items()}
    world = Pages(dataclasses.replace(spec, controls=controls), Network(0.08, 0.02, 0.05))
    world.play()
    one, other = world.pages
    assert one.canonical == other.canonical
    pushes = {tuple(step["actions"]["player_0"]) for step in steps(one.records)}
    assert pushes == {(np.float32(-0.9),), (0.0,), (np.float32(0.7),)} or len(pushes) == 3


@pytest.fixture
def model(tmp_path: Path) -> ModelConfig:
    """A network that goes left or right, whichever some fixed numbers say."""
    weights = np.random.default_rng(3).normal(size=(4, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["input", "weights"], ["logits"])],
        "partner",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(weights, "weights")],
    )
    file = tmp_path / "partner.onnx"
    file.write_bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
        ).SerializeToString()
    )
    return ModelConfig(onnx_path=file, obs_input="input", logit_output="logits")


def test_one_page_asks_the_model_and_all_play_what_it_decided(model: ModelConfig) -> None:
    """What it decided from the picture that this page had is an input like a person's, a little later."""
    human = PolicyTypes.Human
    policies = {"player_0": human, "player_1": human, "player_2": model}
    spec = make_spec(lambda: Hunt(3), policies=policies, num_episodes=1)
    world = Pages(spec, Network(0.1, 0.02, 0.05))
    world.play()
    one, other = world.pages
    assert one.canonical == other.canonical
    records = [json.loads(line) for line in one.records]
    played = [record for record in records if record["kind"] == "step"]
    assert {record["sources"]["player_2"] for record in played[spec.ggpo_input_delay_frames :]} == {"model"}
    assert len({record["actions"]["player_2"] for record in played}) > 1
    assert records[0]["policies"]["player_2"].endswith("partner.onnx")


def test_native_replays_need_not_ask() -> None:
    """What the steps of a game with arrays come to natively is what pages recorded."""
    world = Pages(make_spec(num_episodes=1), Network(0.05))
    world.play()
    assert steps(world.pages[0].records) == steps(native(world.spec, world.seed, world.pages[0].records))
