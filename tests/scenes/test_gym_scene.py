"""Game scenes: what they come to, and where they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from mug.configurations.configuration_constants import (
    ActionSettings,
    HeuristicPolicy,
    InputModes,
    ModelConfig,
    PolicyTypes,
)
from mug.engine.callbacks import EVENTS, GameCallbacks
from mug.errors import ConfigurationError
from mug.game.spec import Asset, client_game
from mug.scenes.gym_scene import GymScene
from mug.scenes.gym_values import CALLBACK_METHODS
from mug.scenes.scene import Need

HUMAN = PolicyTypes.Human
RANDOM = PolicyTypes.Random


class World:
    """Stands in for an environment."""

    def __init__(self, size: int = 3) -> None:
        self.size = size


def make_world(size: int = 3) -> World:
    return World(size)


def game(*humans: str, **others: Any) -> GymScene:
    """Return a complete scene, in which these agents are human."""
    mapping = dict.fromkeys(humans or ("player_0",), HUMAN) | others
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=make_world)
        .policies(policy_mapping=mapping)
        .gameplay(action_mapping={"w": 1}, default_action=0)
    )


def test_the_smallest_scene_gets_sensible_defaults() -> None:
    """A scene with an environment, a player, keys and a default action needs nothing else."""
    scene = game()
    assert scene.problems() == []
    assert scene.advice() == []
    spec = scene.game_spec()
    assert (spec.runtime, spec.transport) == ("server", "websocket")
    assert (spec.fps, spec.num_episodes, spec.max_steps, spec.frame_skip) == (30, 1, 10_000, 1)
    assert (spec.input_mode, spec.action_population_method) == ("pressed_keys", "default_action")
    assert spec.default_action == {"player_0": 0}
    assert spec.make_env is not None
    assert spec.make_env().size == 3


def test_the_spec_has_what_was_given(tmp_path: Path) -> None:
    """Every setting arrives in the spec, in the form in which it is used."""
    (tmp_path / "in_game.html").write_text("<p>below</p>")
    callback = GameCallbacks()
    scene = (
        game("a", "b", c=RANDOM)
        .environment(env_config={"size": 9}, seed=5)
        .policies(frame_skip=4)
        .rendering(fps=12, game_width=320, game_height=200, background="tomato", hud_text_fn=str)
        .gameplay(
            num_episodes=2,
            max_steps=None,
            action_population_method=ActionSettings.PreviousSubmittedAction,
            input_mode=InputModes.KeyUp,
            callback=callback,
            reset_freeze_s=2,
            countdown_s=0,
            default_action={"a": 1, "b": 2},
            pointer={"down": 7},
            touch_controls=True,
        )
        .content(
            scene_header="Head", scene_body="<p>x</p>", in_game_scene_body_filepath=tmp_path / "in_game.html"
        )
        .multiplayer(
            num_players=2,
            player_ids=["a", "b"],
            reconnect_window_s=5,
            on_disconnect="play_on",
            on_leave="takeover",
            takeover_policy=RANDOM,
        )
        .waitroom(
            min_players=1,
            max_wait_time=60,
            min_wait_time=2,
            timeout_scene_id="late",
            timeout_message="Sorry.",
            ready_check="click",
            ready_timeout=9,
            hide_lobby_count=True,
            can_leave=False,
        )
    )
    assert scene.problems() == []
    spec = scene.game_spec()
    assert spec.agent_ids == ("a", "b", "c")
    assert spec.humans == ("a", "b")
    assert spec.policies["c"] is RANDOM
    assert spec.make_env is not None
    assert spec.make_env().size == 9
    assert (spec.seed, spec.frame_skip, spec.fps, spec.game_width, spec.game_height) == (5, 4, 12, 320, 200)
    assert (spec.background, spec.hud_text_fn) == ("#ff6347", str)
    assert (spec.num_episodes, spec.max_steps, spec.input_mode) == (2, None, "key_up")
    assert spec.action_population_method == "previous_submitted_action"
    assert spec.default_action == {"a": 1, "b": 2}
    assert spec.callbacks == (callback,)
    assert (spec.reset_freeze_s, spec.countdown_s, spec.touch_controls) == (2.0, 0.0, True)
    assert (spec.header, spec.body, spec.in_game_body) == ("Head", "<p>x</p>", "<p>below</p>")
    assert (spec.reconnect_window_s, spec.on_disconnect, spec.on_leave) == (5.0, "play_on", "takeover")
    assert (spec.takeover_policy, spec.min_players, spec.max_wait_time) == (RANDOM, 1, 60.0)
    assert (spec.min_wait_time, spec.timeout_scene_id, spec.timeout_message) == (2.0, "late", "Sorry.")
    assert (spec.ready_check, spec.ready_timeout) == ("click", 9.0)
    assert (spec.hide_lobby_count, spec.can_leave) == (True, False)


def test_a_scene_with_problems_has_no_spec() -> None:
    """Asking for the game of a wrong scene raises everything that is wrong."""
    with pytest.raises(ConfigurationError) as raised:
        game().rendering(fps="30").waitroom(timeout=3).game_spec()  # type: ignore[arg-type]
    assert len(raised.value.problems) == 2


def test_a_frozen_scene_has_one_spec() -> None:
    """Before freezing the spec follows the settings; afterwards it is one object."""
    scene = game()
    assert scene.rendering(fps=10).game_spec().fps == 10
    assert scene.rendering(fps=20).game_spec().fps == 20
    scene.freeze()
    assert scene.game_spec() is scene.game_spec()


@pytest.mark.parametrize(
    ("humans", "runtime", "name", "transport"),
    [
        (1, {}, "server", "websocket"),
        (2, {}, "server", "websocket"),
        (2, {"run_through_pyodide": False}, "server", "websocket"),
        (1, {"run_through_pyodide": True}, "pyodide", "websocket"),
        (2, {"run_through_pyodide": True}, "pyodide", "webrtc"),
        (1, {"environment_initialization_code": "env = 1"}, "pyodide", "websocket"),
        (2, {"environment_initialization_code": "env = 1"}, "pyodide", "webrtc"),
        (2, {"runtime": "remote"}, "remote", "websocket"),
        (2, {"runtime": "pyodide", "transport": "socketio"}, "pyodide", "socketio"),
        (2, {"transport": "socketio"}, "server", "socketio"),
    ],
)
def test_where_a_game_runs(humans: int, runtime: dict[str, Any], name: str, transport: str) -> None:
    """An explicit choice wins; code for the browser means the browser; otherwise the server plays."""
    scene = game(*(f"player_{n}" for n in range(humans))).runtime(**runtime)
    assert scene.problems() == []
    assert (scene.runtime_name(), scene.transport_name()) == (name, transport)
    spec = scene.game_spec()
    assert (spec.runtime, spec.transport) == (name, transport)


def test_what_the_browser_needs_is_kept(tmp_path: Path) -> None:
    """Code, packages, per-step code and rollback settings are in the spec of a browser game."""
    (tmp_path / "my_env.py").write_text("env = 3\n")
    scene = (
        game("a", "b")
        .runtime(
            environment_initialization_code_filepath=tmp_path / "my_env.py",
            on_game_step_code="x = 1",
            packages_to_install=["minigrid"],
        )
        .multiplayer(ggpo_max_rollback_frames=12, ggpo_input_delay_frames=0)
    )
    assert scene.problems() == []
    spec = scene.game_spec()
    assert (spec.env_code, spec.on_game_step_code, spec.packages_to_install) == (
        "env = 3\n",
        "x = 1",
        ("minigrid",),
    )
    assert (spec.ggpo_max_rollback_frames, spec.ggpo_input_delay_frames) == (12, 0)


def test_the_page_learns_only_what_its_seat_needs() -> None:
    """The payload is JSON, has the seat's own keys, and nothing about who else plays, or how well."""
    scene = (
        game("alice", "bob", opponent="clever_policy")
        .policies(policy_inference_fn=lambda policy, observation: 0)
        .gameplay(
            action_mapping={"alice": {"w": 1}, "bob": {("Shift", "s"): 2}}, pointer={"move": lambda x, y: 3}
        )
    )
    assert scene.problems() == []
    spec = scene.game_spec()
    alice, bob = (client_game(spec, agent_id) for agent_id in ("alice", "bob"))
    assert alice["bindings"] == [{"codes": ["KeyW"], "action": 0}]
    assert bob["bindings"][0] == {"codes": ["KeyS", "ShiftLeft"], "action": 0}
    assert alice["pointer"] == [{"event": "move", "action": 1}]
    assert alice["buttons"] == [{"label": "W", "codes": ["KeyW"]}]
    text = orjson.dumps(alice).decode()
    for secret in ("bob", "opponent", "clever_policy", "human"):
        assert secret not in text
    assert set(alice) == {
        *("seat", "runtime", "width", "height", "background", "fps", "inputMode", "bindings", "pointer"),
        *("buttons", "touchControls", "assets", "header", "body", "inGameBody"),
    }


def test_seats_can_be_numbers() -> None:
    """An environment that counts its agents works like one that names them."""
    scene = game().policies(policy_mapping={0: HUMAN, 1: RANDOM}).multiplayer(player_ids=[0])
    assert scene.problems() == []
    assert scene.game_spec().humans == (0,)
    assert client_game(scene.game_spec(), 0)["seat"] == "0"


def test_images_are_files_of_the_scenes_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File names, dicts and registered assets become assets, written from the folder."""
    folder = tmp_path / "art"
    (folder / "chefs").mkdir(parents=True)
    for name in ("onion.png", "chefs/all.png", "chefs/all.json"):
        (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    atlas = {"kind": "atlas", "name": "chefs", "path": "art/chefs/all.png", "data": "chefs/all.json"}
    scene = game().assets(assets_dir="art", assets_to_preload=["onion.png", atlas])
    assert scene.problems() == []
    spec = scene.game_spec()
    assert spec.assets_dir == folder
    assert spec.assets == (
        Asset("image", "onion", "onion.png"),
        Asset("atlas", "chefs", "chefs/all.png", "chefs/all.json"),
    )
    assert client_game(spec, "player_0")["assets"] == [
        {"kind": "image", "name": "onion", "url": "onion.png"},
        {"kind": "atlas", "name": "chefs", "image": "chefs/all.png", "data": "chefs/all.json"},
    ]


def test_what_registers_itself_on_a_surface_can_be_preloaded(tmp_path: Path) -> None:
    """``Surface.assets()`` is taken as it is."""
    from mug.rendering import Surface

    (tmp_path / "onion.png").touch()
    surface = Surface(width=10, height=10)
    surface.register_image("vegetable", tmp_path / "onion.png")
    scene = game().assets(assets_dir=tmp_path, assets_to_preload=surface.assets())
    assert scene.problems() == []
    assert scene.game_spec().assets == (Asset("image", "vegetable", "onion.png"),)


def test_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    """No way of writing a path, and no link, leads out of the folder."""
    (tmp_path / "secret.png").touch()
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "link.png").symlink_to(tmp_path / "secret.png")
    for path in ("../secret.png", tmp_path / "secret.png", "link.png"):
        (problem,) = game().assets(assets_dir=tmp_path / "art", assets_to_preload=[path]).problems()
        assert "lies outside assets_dir" in problem.what
    (problem,) = game().assets(assets_dir=tmp_path / "art", assets_to_preload=["none.png"]).problems()
    assert "there is no file 'none.png'" in problem.what


def test_policies_of_every_kind_are_taken(tmp_path: Path) -> None:
    """Constants, names, models, heuristics' classes and objects, and functions of the observation."""

    class Greedy(HeuristicPolicy):
        def compute_action(self, env: Any, agent_id: Any) -> int:
            return 0

    (tmp_path / "a.onnx").touch()
    model = ModelConfig(onnx_path=tmp_path / "a.onnx", obs_input="x", logit_output="y")
    scene = game("a", b=RANDOM, c="named", d=model, e=Greedy, f=Greedy(), g=lambda observation: 0)
    assert scene.problems() == []


def test_model_files_are_found_beside_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is found where its scene is written, wherever Python is when it is loaded."""
    (tmp_path / "a.onnx").touch()
    monkeypatch.chdir(tmp_path)
    model = ModelConfig(onnx_path="a.onnx", obs_input="x", logit_output="y")
    scene = game("a", b=model)
    monkeypatch.chdir("/")
    assert scene.problems() == []
    assert scene.game_spec().policies["b"].onnx_path == tmp_path / "a.onnx"  # type: ignore[attr-defined]


def test_needs_name_what_plugins_have_to_offer() -> None:
    """Runtime, transport, matchmaker and policies that go by name."""
    scene = game("a", "b", c="expert").multiplayer(
        matchmaker="skill", on_leave="takeover", takeover_policy="substitute"
    )
    needs = scene.needs()
    assert [(need.hook, need.name) for need in needs] == [
        ("mug_scenes", "gym"),
        ("mug_runtimes", "server"),
        ("mug_transports", "websocket"),
        ("mug_matchmakers", "skill"),
        ("mug_policies", "expert"),
        ("mug_policies", "substitute"),
    ]
    assert needs[4] == Need(
        "mug_policies",
        "expert",
        "scene 'game', .policies(policy_mapping['c'])",
        "or give .policies(load_policy_fn=…, policy_inference_fn=…)",
    )


def test_a_script_that_loads_policies_itself_needs_none() -> None:
    """Names for the script's own functions are not looked up among plugins."""
    scene = game("a", c="expert").policies(
        load_policy_fn=str, policy_inference_fn=lambda policy, observation: 0
    )
    assert scene.problems() == []
    assert "mug_policies" not in [need.hook for need in scene.needs()]


def test_matchmakers_can_be_objects() -> None:
    """An object with the method is taken as it is, and looked up nowhere."""

    class Pairs:
        def propose(self, waiting: Any, size: int, now: float) -> list[Any]:
            return []

    matchmaker = Pairs()
    scene = game("a", "b").multiplayer(matchmaker=matchmaker)
    assert scene.problems() == []
    assert scene.game_spec().matchmaker is matchmaker
    assert "mug_matchmakers" not in [need.hook for need in scene.needs()]
    (problem,) = game("a", "b").multiplayer(matchmaker=Pairs).problems()
    assert problem.fix == "write matchmaker=Pairs()"


@pytest.mark.parametrize(
    ("humans", "waitroom", "lobby"),
    [(1, {}, False), (2, {}, True), (1, {"simulated_wait": (1, 2)}, True), (1, {"min_wait_time": 3}, True)],
)
def test_which_games_have_a_lobby(humans: int, waitroom: dict[str, Any], lobby: bool) -> None:
    """People wait for others, as if for others, or for the shortest wait to be over."""
    assert game(*(f"p{n}" for n in range(humans))).waitroom(**waitroom).has_lobby() is lobby


def test_callbacks_are_recognized_by_the_engines_names() -> None:
    """The methods by which a callback object is known are exactly the engine's events."""
    assert set(CALLBACK_METHODS) == set(EVENTS)


def test_advice_says_what_was_probably_not_meant() -> None:
    """What the documents leave out runs, and is mentioned."""
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=make_world)
        .policies(policy_mapping={"a": HUMAN}, load_policy_fn=str, policy_inference_fn=lambda policy, seen: 0)
    )
    assert scene.problems() == []
    assert [problem.where for problem in scene.advice()] == [
        "scene 'game', .gameplay(default_action=)",
        "scene 'game', .gameplay(action_mapping=)",
        "scene 'game', .policies(load_policy_fn=)",
        "scene 'game', .policies(policy_inference_fn=)",
    ]
    assert scene.game_spec().default_action is None
    assert game().gameplay(pointer={"down": 1}).advice() == []


@pytest.mark.parametrize("through_pyodide", [True, False])
def test_where_code_is_run_is_one_word(through_pyodide: bool) -> None:
    """The same code makes the environment in the browser and on the server."""
    scene = (
        GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping={"player": PolicyTypes.Human})
        .runtime(
            run_through_pyodide=through_pyodide,
            environment_initialization_code="env = [7]",
            on_game_step_code="x = 1",
        )
    )
    assert scene.problems() == []
    spec = scene.game_spec()
    assert spec.runtime == ("pyodide" if through_pyodide else "server")
    assert spec.make_env() == [7]
