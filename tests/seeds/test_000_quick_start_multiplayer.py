"""The quick start for multiplayer: every snippet, as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mug.scenes.gym_scene import GymScene
from mug.scenes.stager import Counts
from mug.scenes.static_scene import EndScene, StartScene, WaitScene
from tests.seeds import documents

KEYS = [
    key
    for key in (*documents.SCRIPTS, *documents.SCENES, *documents.METHODS, *documents.CONFIGS)
    if key.startswith("000")
]


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_wrong_with_a_snippet(key: str, tmp_path: Path) -> None:
    """Each snippet makes, or is part of, an experiment without problems."""
    assert documents.config_of(key, tmp_path).problems() == []


def test_the_environment_is_stepped_and_drawn(tmp_path: Path) -> None:
    """The environment of step 1 runs, and its file leaves an instance in ``env``."""
    names = documents.run("000_environment", tmp_path)
    env = names["env"]
    env.reset(seed=1)
    _, rewards, terminated, _, _ = env.step({"player_0": 1, "player_1": 2})
    assert rewards == {"player_0": 0.0, "player_1": 0.0}
    assert not terminated
    assert env.positions["player_0"].tolist() == [0, 1]
    assert env.render() is not None


def test_the_script_is_the_experiment_of_the_document(tmp_path: Path) -> None:
    """Four scenes in order; two people play in browsers, peer to peer, with the rules of the script."""
    config = documents.config_of("000_experiment", tmp_path)
    assert config.setting("experiment_id") == "coordination_grid"
    assert (config.setting("host"), config.setting("port")) == ("0.0.0.0", 8000)
    start, wait, game, end = config.setting("stager").scenes()
    assert [type(scene) for scene in (start, wait, game, end)] == [StartScene, WaitScene, GymScene, EndScene]
    plan = config.setting("stager").plan(1, Counts())
    assert [stop.scene_id for stop in plan.items] == ["welcome", "waitroom", "coordination_game", "thanks"]
    spec = game.game_spec()
    assert (spec.runtime, spec.transport) == ("pyodide", "webrtc")
    assert "class CoordinationGridEnv" in spec.env_code
    assert spec.humans == ("player_0", "player_1")
    assert spec.default_action == {"player_0": 4, "player_1": 4}
    assert (spec.num_episodes, spec.max_steps, spec.fps, spec.input_mode) == (3, 200, 15, "pressed_keys")
    assert (spec.min_players, spec.max_wait_time, spec.timeout_scene_id) == (2, 120.0, "thanks")
    assert (spec.ggpo_max_rollback_frames, spec.ggpo_input_delay_frames) == (8, 2)


def test_a_browser_game_asks_for_the_browser_runtime(tmp_path: Path) -> None:
    """What the script needs of plugins is the pyodide runtime and the webrtc transport."""
    config = documents.config_of("000_experiment", tmp_path)
    needs = {(need.hook, need.name) for scene in config.setting("stager").scenes() for need in scene.needs()}
    assert {("mug_runtimes", "pyodide"), ("mug_transports", "webrtc")} <= needs


def test_server_mode_makes_the_environment_here(tmp_path: Path) -> None:
    """The server variant is played by the server, with an environment of the given class and arguments."""
    spec = documents.scene_of("000_server_mode", tmp_path).game_spec()
    assert spec.runtime == "server"
    assert spec.make_env is not None
    first, second = spec.make_env(), spec.make_env()
    assert first is not second
    assert type(first).__name__ == "CoordinationGridEnv"
    assert (first.render_mode, first.grid_size) == ("mug", 10)


def test_methods_take_effect(tmp_path: Path) -> None:
    """Each method call by itself sets what it says."""
    ggpo = documents.scene_of("000_ggpo", tmp_path).game_spec()
    assert (ggpo.ggpo_max_rollback_frames, ggpo.ggpo_input_delay_frames) == (8, 2)
    assert documents.scene_of("000_waitroom", tmp_path).game_spec().max_wait_time == 120
    assert documents.scene_of("000_rendering", tmp_path).game_spec().fps == 15
    assert documents.scene_of("000_gameplay", tmp_path).game_spec().max_steps == 200
    assert documents.scene_of("000_multiplayer", tmp_path).setting("num_players") == 2


def test_webrtc_takes_its_credentials_from_the_environment(tmp_path: Path) -> None:
    """``.webrtc()`` picks up both variables; an explicit list of servers is taken as it is."""
    config = documents.config_of("000_webrtc", tmp_path)
    assert config.setting("turn_username") == "your-openrelay-username"
    assert config.setting("turn_credential") == "your-openrelay-api-key"
    assert documents.config_of("000_force_relay", tmp_path).setting("force_relay") is True
    servers = documents.config_of("000_ice_servers", tmp_path).setting("ice_servers")
    assert [server["urls"] for server in servers] == [
        ["stun:stun.l.google.com:19302"],
        ["turn:your-turn-server.example.com:3478"],
    ]
