"""The landing page: every snippet, as printed, with a stand-in for the environment library it advertises."""

from __future__ import annotations

from pathlib import Path

import pytest

from mug.configurations.configuration_constants import ModelConfig
from tests.seeds import documents


@pytest.mark.parametrize("key", ["001_cogrid", "001_training", "001_environment"])
def test_the_snippets_before_the_experiment_run(key: str, tmp_path: Path) -> None:
    """Making, training and drawing an environment need nothing of mug but the surface."""
    names = documents.run(key, tmp_path)
    if key == "001_environment":
        env = names["OvercookedMUG"]()
        env.reset(seed=1)
        assert env.render() is not None


def test_nothing_is_wrong_with_the_script(tmp_path: Path) -> None:
    """The script makes an experiment without problems, though it names neither keys nor a default action."""
    config = documents.config_of("001_experiment", tmp_path)
    assert config.problems() == []
    advised = {problem.where for problem in config.advice()}
    assert "scene 'overcooked_game', .gameplay(default_action=)" in advised


def test_the_human_plays_with_the_model_in_the_browser(tmp_path: Path) -> None:
    """A file that initializes the environment puts the game into the browser, for one person and a model."""
    config = documents.config_of("001_experiment", tmp_path)
    assert (config.setting("host"), config.setting("port")) == ("127.0.0.1", 8000)
    _, game, _ = config.setting("stager").scenes()
    spec = game.game_spec()
    assert spec.runtime == "pyodide"
    assert (spec.agent_ids, spec.humans) == ((0, 1), (0,))
    model = spec.policies[1]
    assert isinstance(model, ModelConfig)
    assert model.onnx_path == tmp_path / "cramped_room_policy.onnx"
    assert (spec.fps, spec.game_width, spec.game_height) == (30, 540, 720)
