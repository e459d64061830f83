"""What a game is when it is created, before anybody plays it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.core.play import Play
from mug.core.state import State
from mug.game.policies import display_name


def still(observation: object) -> int:
    return 0


@pytest.mark.parametrize(
    "policy",
    [
        PolicyTypes.Random,
        "my_partner",
        still,
        ModelConfig(onnx_path=Path("models/chef.onnx"), obs_input="obs", logit_output="logits"),
        ModelConfig(onnx_path="models/chef.onnx", obs_input="obs", logit_output="logits"),
    ],
)
def test_a_policy_is_called_the_same_in_all_of_the_data(policy: Any) -> None:
    """The table of games has the name for a policy that the records of its steps have."""
    spec = SimpleNamespace(
        seed=3, agent_ids=("ai",), humans=(), policies={"ai": policy}, takeover_policy=None
    )
    experiment: Any = SimpleNamespace(games={"game": spec})
    nothing: Any = None
    event = Play(experiment, State(), nothing, nothing).creation("group", "game", [])
    assert event["seats"] == {"ai": {"policy": display_name(policy)}}
