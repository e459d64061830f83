"""Constants and model configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mug.configurations.configuration_constants import (
    ActionSettings,
    HeuristicPolicy,
    InputModes,
    ModelConfig,
    PolicyTypes,
)


def test_names_of_the_documents_exist() -> None:
    """Every constant the documents use is there, and one press has two names."""
    assert PolicyTypes.Human is not PolicyTypes.Random  # type: ignore[comparison-overlap]
    assert [InputModes.PressedKeys, InputModes.KeyDown, InputModes.KeyUp] == [
        "pressed_keys",
        "key_down",
        "key_up",
    ]
    assert InputModes.SingleKeystroke is InputModes.KeyDown  # type: ignore[comparison-overlap]
    assert ActionSettings.DefaultAction != ActionSettings.PreviousSubmittedAction  # type: ignore[comparison-overlap]
    assert callable(HeuristicPolicy.compute_action)


def model(folder: Path, **changes: Any) -> ModelConfig:
    (folder / "model.onnx").touch()
    given: dict[str, Any] = {"onnx_path": folder / "model.onnx", "obs_input": "obs", "logit_output": "logits"}
    return ModelConfig(**(given | changes))


def test_a_complete_model_has_no_problems(tmp_path: Path) -> None:
    """The three names are enough; a recurrent model has states and their shape."""
    assert model(tmp_path).problems("here") == []
    recurrent = model(tmp_path, state_inputs=["h"], state_outputs=["h_next"], state_shape=[1, 8])
    assert recurrent.problems("here") == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"onnx_path": "nowhere.onnx"}, "onnx_path"),
        ({"onnx_path": 3}, "onnx_path"),
        ({"obs_input": None}, "obs_input"),
        ({"state_inputs": "h"}, "state_inputs"),
        ({"state_inputs": ["h"], "state_shape": [1]}, "state_inputs"),
        ({"state_inputs": ["h"], "state_outputs": ["h"]}, "state_shape"),
        ({"state_shape": [0]}, "state_shape"),
        ({"fixed_inputs": [1]}, "fixed_inputs"),
        ({"sampling": "greedy"}, "sampling"),
        ({"temperature": 0}, "temperature"),
        ({"seeded": "yes"}, "seeded"),
    ],
)
def test_wrong_values_are_problems_that_name_the_argument(
    changes: dict[str, Any], setting: str, tmp_path: Path
) -> None:
    """Every wrong value is found when the scene is checked, not when the model first plays."""
    problems = model(tmp_path, **changes).problems("scene 'game'")
    assert [problem.where for problem in problems] == [f"scene 'game', ModelConfig({setting}=)"]
