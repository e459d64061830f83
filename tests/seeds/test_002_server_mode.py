"""The page about server mode: every snippet, as printed."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.seeds import documents
from tests.seeds.extraction import SNIPPETS

KEYS = [key for key in (*documents.SCENES, *documents.METHODS, *documents.CONFIGS) if key.startswith("002")]


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_wrong_with_a_snippet(key: str, tmp_path: Path) -> None:
    """Each snippet makes, or is part of, an experiment without problems."""
    assert documents.config_of(key, tmp_path).problems() == []


@pytest.mark.parametrize(
    ("key", "humans", "agents"),
    [
        ("002_automatic", 2, 2),
        ("002_explicit", 1, 1),
        ("002_human_vs_ai", 1, 2),
        ("002_two_player", 2, 2),
        ("002_many_player", 4, 4),
        ("002_mixed", 2, 4),
    ],
)
def test_the_scenes_are_played_on_the_server(key: str, humans: int, agents: int, tmp_path: Path) -> None:
    """Without ``.runtime()`` the server plays, with the people and policies of the mapping."""
    spec = documents.scene_of(key, tmp_path).game_spec()
    assert spec.runtime == "server"
    assert (len(spec.humans), len(spec.agent_ids)) == (humans, agents)
    assert spec.make_env is not None
    env = spec.make_env()
    observations, _ = env.reset(seed=1)
    assert observations is not None


def test_the_configuration_reaches_the_environment(tmp_path: Path) -> None:
    """``env_config`` becomes keyword arguments of ``env_creator``."""
    make_env = documents.scene_of("002_explicit", tmp_path).game_spec().make_env
    assert make_env is not None
    assert make_env().difficulty == "hard"


def test_policies_are_loaded_by_name_and_asked_by_observation(tmp_path: Path) -> None:
    """Both functions are taken with the signatures of the page."""
    spec = documents.scene_of("002_human_vs_ai", tmp_path).game_spec()
    assert spec.policies["player_1"] == "trained_agent"
    assert spec.load_policy_fn is not None
    assert spec.policy_inference_fn is not None
    policy = spec.load_policy_fn("trained_agent")
    assert spec.policy_inference_fn(policy, [0, 0]) == 4


def test_both_hands_of_the_keyboard_are_bound(tmp_path: Path) -> None:
    """WASD and the arrows stand for the same four actions, for each player."""
    spec = documents.scene_of("002_two_player", tmp_path).game_spec()
    for agent_id in ("player_0", "player_1"):
        bound = {binding.codes: binding.action for binding in spec.controls[agent_id].bindings}
        assert bound[("KeyW",)] == bound[("ArrowUp",)]
        assert bound[("KeyD",)] == bound[("ArrowRight",)]
        assert len(bound) == 8
        assert spec.controls[agent_id].actions == (0, 1, 2, 3)


def test_methods_take_effect(tmp_path: Path) -> None:
    """Each method call by itself sets what it says."""

    def setting(key: str, name: str) -> object:
        return documents.scene_of(key, tmp_path).setting(name)

    assert [setting(f"002_fps_{fps}", "fps") for fps in (60, 30, 10)] == [60, 30, 10]
    assert setting("002_pressed_keys", "input_mode") == "pressed_keys"
    assert setting("002_key_down", "input_mode") == "key_down"
    assert setting("002_key_up", "input_mode") == "key_up"
    assert setting("002_action_population", "action_population_method") == "default_action"
    assert setting("002_waitroom", "timeout_redirect_url") == "https://example.com/sorry"
    assert setting("002_action_mapping", "default_action") == 0
    controls = documents.scene_of("002_action_mapping", tmp_path).game_spec().controls["player_0"]
    assert (("Space",), 4) in [(binding.codes, binding.action) for binding in controls.bindings]


def test_the_callback_adds_a_column(tmp_path: Path) -> None:
    """The function is kept for the game, and does what the page says."""
    (callback,) = documents.scene_of("002_callback_use", tmp_path).game_spec().callbacks
    game = SimpleNamespace(env=SimpleNamespace(agents=("a", "b")))
    assert callback(game, {}) == {"custom_metric": 2}


@pytest.mark.parametrize("key", ["002_webrtc", "002_dotenv", "002_force_relay"])
def test_turn_credentials_come_from_the_environment(key: str, tmp_path: Path) -> None:
    """Every way of the page to say so ends with both credentials."""
    config = documents.config_of(key, tmp_path)
    assert (config.setting("turn_username"), config.setting("turn_credential")) == tuple(
        documents.TURN.values()
    )
    assert config.setting("force_relay") is (key == "002_force_relay")


@pytest.mark.parametrize("key", ["002_validated_env", "002_logging"])
def test_the_other_snippets_run(key: str, tmp_path: Path) -> None:
    """An environment class and the set-up of logging need nothing else."""
    names = documents.run(key, tmp_path)
    assert "ValidatedEnv" in names or "logging" in names


def test_the_sketch_of_the_loop_is_python() -> None:
    """The simplified loop is not for running, but it is well formed."""
    ast.parse(SNIPPETS["002_loop"].code())
