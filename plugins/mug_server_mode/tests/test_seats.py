"""Who acts in a seat: its player's inputs, what fills in for them, and policies of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mug.components import EpisodeStarted, PlayerInput
from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.engine.policies import HeuristicPolicy


async def test_inputs_reach_the_seat_they_were_made_in(serve: Any, kit: Any, grid_spec: Any) -> None:
    """An input moves its own player, is recorded as human with its waiting time, and is acknowledged."""
    async with serve(grid_spec(fps=100, max_steps=None)) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_1", kit.press(41, 1))
        await link.until(lambda: any(frame.ack == 41 for frame in link.frames("player_1")))
        link.handle.input("player_1", kit.press(42, None))
        await link.until(lambda: any(frame.ack == 42 for frame in link.frames("player_1")))
        link.handle.input("nobody", kit.press(1, 1))
        await link.until_steps(len(link.steps) + 5)
    moved = [step for step in link.steps if step["sources"]["player_1"] == "human"]
    assert moved
    assert all(step["actions"] == {"player_0": 4, "player_1": 1} for step in moved)
    assert list(moved[0]["waited_ms"]) == ["player_1"]
    assert all("waited_ms" not in step for step in moved[1:])
    assert all(step["sources"]["player_0"] == "default" for step in link.steps)
    assert all(frame.ack == 0 for frame in link.frames("player_0"))


async def test_the_pointer_is_an_action(serve: Any, kit: Any) -> None:
    """A press on the picture becomes what the scene's function makes of the place."""
    spec = kit.make_spec(fps=100, max_steps=None, pointer={"down": lambda x, y: 2 if x > 50 else 0})
    (binding,) = spec.controls["player_0"].pointer
    async with serve(spec) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_0", PlayerInput("pointer", 1, binding.action, 80.0, 5.0))
        link.handle.input("player_0", PlayerInput("pointer", 2, binding.action, 10.0, 5.0))
        await link.until(lambda: len([s for s in link.steps if s["sources"]["player_0"] == "human"]) == 2)
    assert [s["actions"]["player_0"] for s in link.steps if s["sources"]["player_0"] == "human"] == [2, 0]


async def test_previous_actions_fill_in_where_the_scene_says_so(serve: Any, kit: Any) -> None:
    """With previous_submitted_action, a player who stops repeats their last action."""
    method = "previous_submitted_action"
    spec = kit.make_spec(fps=100, max_steps=None, input_mode="key_down", action_population_method=method)
    async with serve(spec) as table:
        link = table.open()
        await link.until_steps(2)
        link.handle.input("player_0", PlayerInput("event", 1, 1))
        await link.until(lambda: link.steps[-1]["sources"]["player_0"] == "previous")
    assert [step["sources"]["player_0"] for step in link.steps[:2]] == ["default"] * 2
    assert link.steps[-1]["actions"]["player_0"] == 2


class Countdown(HeuristicPolicy):
    """Remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def compute_action(self, env: Any, agent_id: Any) -> int:
        self.asked += 1
        return self.asked % 3


def load(name: str) -> dict[str, int]:
    return {"always": int(name)}


def infer(policy: dict[str, int], observation: Any) -> int:
    return policy["always"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("3", [3, 3, 3, 3, 3]),
        (Countdown, [1, 2, 0, 1, 2]),
        (Countdown(), [1, 2, 0, 1, 2]),
        (lambda observation: 3 if observation[0] > 7 else 0, [3, 3, 3, 3, 3]),
    ],
    ids=["named", "class", "object", "function"],
)
async def test_policies_of_every_kind_play_along(
    serve: Any, kit: Any, policy: Any, expected: list[int]
) -> None:
    """A person and a policy play together; two games at once do not share a policy's memory."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": policy},
        policy_functions={"load_policy_fn": load, "policy_inference_fn": infer},
        default_action=4,
        action_mapping=kit.ARROWS,
        max_steps=5,
    )
    async with serve(spec) as table:
        links = [table.open(seed=seed) for seed in (1, 2)]
        for link in links:
            await link.until_over()
            actions = [step["actions"]["player_1"] for step in link.steps]
            assert actions == expected
            assert {step["sources"]["player_1"] for step in link.steps} == {"policy"}


async def test_a_random_policy_repeats_with_the_seed(serve: Any, kit: Any) -> None:
    """Same seed, same actions; another seed, others. Workers and order of opening do not matter."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random},
        default_action=4,
        action_mapping=kit.ARROWS,
        max_steps=40,
    )
    async with serve(spec, workers=2) as table:
        links = [table.open(seed=seed) for seed in (7, 8, 7)]
        for link in links:
            await link.until_over()
    first, other, again = ([step["actions"] for step in link.steps] for link in links)
    assert first == again
    assert first != other


async def test_an_onnx_model_plays_along(serve: Any, kit: Any, tmp_path: Any) -> None:
    """A model file is run in the worker: this one's largest logit is the one of the larger coordinate."""
    from onnx import TensorProto, helper, numpy_helper, save

    weights = numpy_helper.from_array(np.array([[0, 0, 0, 1, 0], [0, 1, 0, 0, 0]], np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "weights"], ["logits"])],
        "larger",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 5])],
        [weights],
    )
    path = tmp_path / "larger.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    spec = kit.make_spec(
        kit.load_grid(),
        policies={
            "player_0": PolicyTypes.Human,
            "player_1": ModelConfig(onnx_path=path, obs_input="obs", logit_output="logits"),
        },
        default_action=4,
        action_mapping=kit.ARROWS,
        max_steps=5,
    )
    async with serve(spec) as table:
        link = table.open()
        await link.until_over()
    assert [step["actions"]["player_1"] for step in link.steps] == [3] * 5
    assert link.of_kind("game_start")[0]["policies"] == {"player_1": str(path)}


async def test_a_policy_takes_over_and_makes_room_again(serve: Any, kit: Any) -> None:
    """Whoever left is played for by the scene's policy, until they are back; all of it is recorded."""
    spec = kit.make_spec(
        kit.load_grid(),
        policies=kit.TWO,
        default_action=4,
        action_mapping=kit.ARROWS,
        fps=100,
        max_steps=None,
        takeover_policy=Countdown,
        on_leave="takeover",
    )
    async with serve(spec) as table:
        link = table.open()
        await link.until(lambda: EpisodeStarted(1) in link.events)
        link.handle.input("player_1", kit.press(1, 0))
        await link.until(lambda: link.steps and link.steps[-1]["sources"]["player_1"] == "human")
        link.handle.player_left("player_1")
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "default")
        link.handle.take_over("player_1", spec.takeover_policy)
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "policy")
        link.handle.player_returned("player_1")
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "default")
        link.handle.input("player_1", kit.press(2, 0))
        await link.until(lambda: link.steps[-1]["sources"]["player_1"] == "human")
    happened = [(r["kind"], r["agent"]) for r in link.stored if "agent" in r]
    assert happened == [
        ("player_left", "player_1"),
        ("takeover", "player_1"),
        ("player_returned", "player_1"),
    ]
    (takeover,) = link.of_kind("takeover")
    assert takeover["policy"] == "Countdown"
    assert {step["sources"]["player_0"] for step in link.steps} == {"default"}


async def test_a_seat_nobody_came_for_is_played_from_the_start(serve: Any, kit: Any, grid_spec: Any) -> None:
    """With fewer people than seats, the scene's policy plays the rest, and gets no frames."""
    spec = grid_spec(max_steps=5, takeover_policy=Countdown)
    async with serve(spec) as table:
        link = table.open(participants={"player_0": "somebody"}, policies={"player_1": spec.takeover_policy})
        await link.until_over()
    assert {step["sources"]["player_1"] for step in link.steps} == {"policy"}
    assert not link.frames("player_1")
    assert link.of_kind("episode_start")[0]["policies"] == {"player_1": "Countdown"}
