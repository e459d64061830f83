"""What is reported as wrong with a game scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.scenes.gym_scene import GymScene

HUMAN = PolicyTypes.Human
RANDOM = PolicyTypes.Random


def make_world(size: int = 3) -> object:
    return object()


class World:
    def __init__(self, size: int = 3) -> None:
        self.size = size


class Callback:
    def after_step(self, game: Any, step: Any) -> None:
        """Do nothing."""


def game(*humans: str, **others: Any) -> GymScene:
    mapping = dict.fromkeys(humans or ("player_0",), HUMAN) | others
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=make_world)
        .policies(policy_mapping=mapping)
        .gameplay(action_mapping={"w": 1}, default_action=0)
    )


def problems(scene: GymScene, calls: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    for method, given in calls.items():
        getattr(scene, method)(**given)
    return [(problem.where, problem.what, problem.fix) for problem in scene.problems()]


ONE: list[tuple[dict[str, dict[str, Any]], str, str]] = [
    # method and setting of a scene with one human, and what is said
    ({"environment": {"env_creator": World(3)}}, ".environment(env_creator=)", "must be a function or class"),
    (
        {"environment": {"env_creator": "Nowhere-v0"}},
        ".environment(env_creator=)",
        "no environment 'Nowhere-v0'",
    ),
    ({"environment": {"env_config": {"sise": 3}}}, ".environment(env_config=)", "takes no argument 'sise'"),
    ({"environment": {"env_config": [3]}}, ".environment(env_config=)", "must be a dict"),
    ({"environment": {"seed": -1}}, ".environment(seed=)", "a whole number from 0"),
    (
        {"runtime": {"environment_class": World}},
        ".runtime(environment_class=)",
        "the environment is given twice",
    ),
    ({"runtime": {"environment_class": World()}}, ".runtime(environment_class=)", "must be a class"),
    (
        {"runtime": {"environment_kwargs": {}}},
        ".runtime(environment_kwargs=)",
        "there is no environment_class",
    ),
    ({"policies": {"policy_mapping": {}}}, ".policies(policy_mapping=)", "nobody plays"),
    ({"policies": {"policy_mapping": [HUMAN]}}, ".policies(policy_mapping=)", "must be a dict"),
    ({"policies": {"policy_mapping": {"a": RANDOM}}}, ".policies(policy_mapping=)", "no agent is human"),
    (
        {"policies": {"policy_mapping": {"a": HUMAN, "b": 3}}},
        ".policies(policy_mapping=)",
        "policy_mapping['b'] must be",
    ),
    (
        {"policies": {"policy_mapping": {"a": HUMAN, "b": "human"}}},
        ".policies(policy_mapping=)",
        "the text 'human'",
    ),
    (
        {"policies": {"policy_mapping": {"a": HUMAN, "b": "x.onnx"}}},
        ".policies(policy_mapping=)",
        "a model file",
    ),
    (
        {"policies": {"policy_mapping": {0: HUMAN, "0": RANDOM}}},
        ".policies(policy_mapping=)",
        "one name in the data",
    ),
    (
        {"policies": {"load_policy_fn": lambda: 0}},
        ".policies(load_policy_fn=)",
        "cannot be called with (policy_name)",
    ),
    ({"policies": {"load_policy_fn": str}}, ".policies(policy_inference_fn=)", "no function to ask them"),
    ({"policies": {"policy_inference_fn": 3}}, ".policies(policy_inference_fn=)", "must be a function"),
    ({"policies": {"frame_skip": 0}}, ".policies(frame_skip=)", "a whole number from 1"),
    ({"rendering": {"fps": 0}}, ".rendering(fps=)", "fps must be a whole number from 1 to 120, got 0"),
    ({"rendering": {"game_width": "600"}}, ".rendering(game_width=)", "got '600'"),
    ({"rendering": {"game_height": -1}}, ".rendering(game_height=)", "got -1"),
    ({"rendering": {"background": "reddish"}}, ".rendering(background=)", "must be a color"),
    ({"rendering": {"hud_text_fn": lambda: ""}}, ".rendering(hud_text_fn=)", "cannot be called with (game)"),
    ({"assets": {"assets_dir": "nowhere"}}, ".assets(assets_dir=)", "there is no folder"),
    ({"assets": {"assets_to_preload": ["a.png"]}}, ".assets(assets_dir=)", "there is no assets_dir"),
    ({"gameplay": {"action_mapping": {"up": 1}}}, ".gameplay(action_mapping=)", "no key is called 'up'"),
    ({"gameplay": {"action_mapping": {"w": 1, "W": 2}}}, ".gameplay(action_mapping=)", "are one key"),
    ({"gameplay": {"action_mapping": ["w"]}}, ".gameplay(action_mapping=)", "must be a dict"),
    ({"gameplay": {"num_episodes": 0}}, ".gameplay(num_episodes=)", "a whole number from 1"),
    ({"gameplay": {"max_steps": 1e4}}, ".gameplay(max_steps=)", "got 10000.0"),
    (
        {"gameplay": {"input_mode": "held"}},
        ".gameplay(input_mode=)",
        "'pressed_keys' or 'key_down' or 'key_up'",
    ),
    (
        {"gameplay": {"action_population_method": 1}},
        ".gameplay(action_population_method=)",
        "'default_action' or",
    ),
    (
        {"gameplay": {"callback": Callback}},
        ".gameplay(callback=)",
        "must be a function (game_instance, data)",
    ),
    (
        {"gameplay": {"callback": lambda game: 0}},
        ".gameplay(callback=)",
        "cannot be called with (game_instance, data)",
    ),
    (
        {"gameplay": {"callback": object()}},
        ".gameplay(callback=)",
        "must be a function (game_instance, data)",
    ),
    ({"gameplay": {"reset_freeze_s": -1}}, ".gameplay(reset_freeze_s=)", "a number of seconds from 0 to 600"),
    ({"gameplay": {"pointer": {"up": 1}}}, ".gameplay(pointer=)", "has no event 'up'"),
    ({"gameplay": {"pointer": {"down": lambda x: 1}}}, ".gameplay(pointer=)", "cannot be called with (x, y)"),
    (
        {"gameplay": {"on_screen_buttons": {"Go": "q"}}},
        ".gameplay(on_screen_buttons=)",
        "action_mapping does not have",
    ),
    (
        {"gameplay": {"on_screen_buttons": {"Go": "goo"}}},
        ".gameplay(on_screen_buttons=)",
        "no key is called 'goo'",
    ),
    (
        {"gameplay": {"on_screen_buttons": {"Go": "w"}, "touch_controls": False}},
        ".gameplay(touch_controls=)",
        "never shown",
    ),
    ({"gameplay": {"touch_controls": "on"}}, ".gameplay(touch_controls=)", "True or False, or 'auto'"),
    ({"content": {"scene_body": "<script>"}}, ".content(scene_body=)", "has a <script>"),
    ({"content": {"scene_body_filepath": "no.html"}}, ".content(scene_body_filepath=)", "there is no file"),
    ({"multiplayer": {"num_players": 2}}, ".multiplayer(num_players=)", "policy_mapping has 1 human"),
    ({"multiplayer": {"player_ids": ["b"]}}, ".multiplayer(player_ids=)", "are ['player_0']"),
    ({"multiplayer": {"player_ids": ["player_0"] * 2}}, ".multiplayer(player_ids=)", "an agent twice"),
    ({"multiplayer": {"matchmaker": "fifo"}}, ".multiplayer(matchmaker=)", "one person plays"),
    (
        {"multiplayer": {"ggpo_input_delay_frames": 2}},
        ".multiplayer(ggpo_input_delay_frames=)",
        "peer to peer",
    ),
    ({"multiplayer": {"on_leave": "takeover"}}, ".multiplayer(takeover_policy=)", "needs a policy"),
    ({"multiplayer": {"takeover_policy": RANDOM}}, ".multiplayer(takeover_policy=)", "never plays"),
    (
        {"multiplayer": {"on_leave": "takeover", "takeover_policy": HUMAN}},
        ".multiplayer(takeover_policy=)",
        "cannot be a human",
    ),
    ({"multiplayer": {"on_disconnect": "stop"}}, ".multiplayer(on_disconnect=)", "'pause' or 'play_on'"),
    (
        {"waitroom": {"min_players": 2}},
        ".waitroom(min_players=)",
        "min_players is 2, but the game has 1 human",
    ),
    ({"waitroom": {"max_wait_time": 0}}, ".waitroom(max_wait_time=)", "a number of seconds from 1"),
    (
        {"waitroom": {"max_wait_time": 5, "min_wait_time": 5}},
        ".waitroom(max_wait_time=)",
        "everybody waits up to 5 s",
    ),
    ({"waitroom": {"simulated_wait": (9, 5)}}, ".waitroom(simulated_wait=)", "must be a pair"),
    ({"waitroom": {"simulated_wait": 5}}, ".waitroom(simulated_wait=)", "must be a pair"),
    (
        {"waitroom": {"timeout_redirect_url": "sorry"}},
        ".waitroom(timeout_redirect_url=)",
        "must be a full address",
    ),
    (
        {"waitroom": {"timeout_redirect_url": "https://a.org", "timeout_scene_id": "end"}},
        ".waitroom(timeout_redirect_url=)",
        "not both",
    ),
    (
        {"waitroom": {"extensions": 2, "max_wait_time": None}},
        ".waitroom(extensions=)",
        "no wait is ever over",
    ),
    (
        {"waitroom": {"requeues": 2, "max_wait_time": None}},
        ".waitroom(requeues=)",
        "no wait is ever over",
    ),
    ({"waitroom": {"filled_message": "A computer."}}, ".waitroom(filled_message=)", "nobody reads it"),
    ({"waitroom": {"ready_check": "ask"}}, ".waitroom(ready_check=)", "'automatic' or 'click'"),
    ({"waitroom": {"timeout": 3000}}, ".waitroom(timeout=)", "has no setting 'timeout'"),
    ({"runtime": {"run_through_pyodide": "yes"}}, ".runtime(run_through_pyodide=)", "True or False"),
    (
        {"runtime": {"runtime": "server", "run_through_pyodide": True}},
        ".runtime(run_through_pyodide=)",
        "contradicts",
    ),
    ({"runtime": {"on_reload": "resume"}}, ".runtime(on_reload=)", "runs on the server"),
    (
        {"runtime": {"environment_initialization_code_filepath": "no.py"}},
        ".runtime(environment_initialization_code_filepath=)",
        "there is no file 'no.py'",
    ),
]


@pytest.mark.parametrize(
    ("calls", "where", "said"), ONE, ids=[f"{where}-{said}"[1:50] for _, where, said in ONE]
)
def test_one_mistake_is_one_problem(calls: dict[str, dict[str, Any]], where: str, said: str) -> None:
    """Each mistake is reported once, at the setting to change, and drags no other problem along."""
    found = problems(game(), calls)
    assert len(found) == 1, found
    assert found[0][0] == f"scene 'game', {where}"
    assert said in found[0][1]


TWO: list[tuple[dict[str, dict[str, Any]], str, str]] = [
    ({"multiplayer": {"num_players": 3}}, ".multiplayer(num_players=)", "policy_mapping has 2 humans"),
    (
        {"multiplayer": {"player_ids": ["a"]}},
        ".multiplayer(player_ids=)",
        "the humans of policy_mapping are ['a', 'b']",
    ),
    ({"waitroom": {"simulated_wait": (1, 2)}}, ".waitroom(simulated_wait=)", "this game has 2 humans"),
    ({"waitroom": {"min_players": 1}}, ".multiplayer(takeover_policy=)", "min_players=1 of 2 needs a policy"),
    (
        {
            "waitroom": {"min_players": 1, "max_wait_time": None},
            "multiplayer": {"takeover_policy": RANDOM},
        },
        ".waitroom(max_wait_time=)",
        "never starts",
    ),
    ({"gameplay": {"default_action": {"a": 1}}}, ".gameplay(default_action=)", "none for 'b'"),
    (
        {"gameplay": {"action_mapping": {"a": {"w": 1}, "b": {"s": 2}, "bot": {"q": 3}}}},
        ".gameplay(action_mapping=)",
        "'bot', which no human plays",
    ),
    ({"gameplay": {"action_mapping": {"a": {"w": 1}, "c": {"s": 2}}}}, ".gameplay(action_mapping=)", "'c'"),
    (
        {"multiplayer": {"ggpo_max_rollback_frames": 4}},
        ".multiplayer(ggpo_max_rollback_frames=)",
        "peer to peer",
    ),
]


@pytest.mark.parametrize(
    ("calls", "where", "said"), TWO, ids=[f"{where}-{said}"[1:50] for _, where, said in TWO]
)
def test_one_mistake_among_several_players_is_one_problem(
    calls: dict[str, dict[str, Any]], where: str, said: str
) -> None:
    """The same for a game of two people and a policy."""
    found = problems(game("a", "b", bot=RANDOM), calls)
    assert len(found) == 1, found
    assert found[0][0] == f"scene 'game', {where}"
    assert said in found[0][1]


def test_a_scene_must_say_who_plays_what() -> None:
    """A scene with nothing but a name lacks players and an environment."""
    where = [problem.where for problem in GymScene().scene(scene_id="game").problems()]
    assert where == ["scene 'game', .policies(policy_mapping=)", "scene 'game', .environment(env_creator=)"]
    browser = GymScene().scene(scene_id="game").runtime(run_through_pyodide=True)
    assert "scene 'game', .runtime(environment_initialization_code_filepath=)" in [
        p.where for p in browser.problems()
    ]


def test_settings_for_the_seeds_are_allowed_where_they_apply() -> None:
    """Rollback settings belong to a browser game of several people, and are fine there."""
    scene = game("a", "b").runtime(environment_initialization_code="env = 1")
    assert problems(scene, {"multiplayer": {"ggpo_max_rollback_frames": 4}}) == []


def test_models_are_checked_with_the_scene(tmp_path: Path) -> None:
    """A missing model file is found before anybody takes part, and says which agent it was for."""
    model = ModelConfig(onnx_path=tmp_path / "none.onnx", obs_input="x", logit_output="y")
    ((where, what, _),) = problems(game("a", b=model), {})
    assert where == "scene 'game', .policies(policy_mapping['b']), ModelConfig(onnx_path=)"
    assert "there is no file" in what


def test_many_mistakes_are_all_reported() -> None:
    """A scene with a mistake in every method gets a problem for each."""
    found = problems(
        GymScene(),
        {
            "scene": {"scene_id": "my game"},
            "environment": {"env_creator": 3},
            "policies": {"policy_mapping": 3},
            "rendering": {"fps": "fast"},
            "assets": {"assets_dir": 3},
            "gameplay": {"num_episodes": "one"},
            "content": {"scene_header": 3},
            "multiplayer": {"num_players": "two"},
            "waitroom": {"min_players": "two"},
            "runtime": {"run_through_pyodide": "no"},
        },
    )
    assert [where.split(", ")[1].split("(")[0] for where, _, _ in found] == [
        *(".scene", ".environment", ".policies", ".rendering", ".assets"),
        *(".gameplay", ".content", ".multiplayer", ".waitroom", ".runtime"),
    ]


OLD = {
    "scene": """scene_id experiment_config should_export_metadata""",
    "environment": """env_creator env_config seed""",
    "rendering": """
        fps env_to_state_fn hud_text_fn hud_score_carry_over location_representation game_width game_height
        background rollback_smoothing_duration
    """,
    "assets": """assets_dir assets_to_preload animation_configs state_init""",
    "policies": """policy_mapping load_policy_fn policy_inference_fn frame_skip""",
    "gameplay": """
        action_mapping human_id num_episodes max_steps default_action action_population_method input_mode
        callback reset_freeze_s
    """,
    "content": """
        scene_header scene_body scene_body_filepath in_game_scene_body in_game_scene_body_filepath
        game_page_html_fn
    """,
    "waitroom": """timeout timeout_redirect_url timeout_scene_id timeout_message""",
    "runtime": """
        run_through_pyodide environment_initialization_code environment_initialization_code_filepath
        on_game_step_code packages_to_install restart_pyodide
    """,
    "multiplayer": """
        mode multiplayer input_delay snapshot_interval input_confirmation_timeout_ms hide_lobby_count max_rtt
        matchmaker wait_for_known_group group_wait_timeout continuous_monitoring_enabled continuous_max_ping
        continuous_ping_violation_window continuous_ping_required_violations continuous_tab_warning_ms
        continuous_tab_exclude_ms continuous_exclusion_messages continuous_callback
        continuous_callback_interval_frames reconnection_timeout_ms partner_disconnect_message
        partner_disconnect_show_completion_code focus_loss_timeout_ms focus_loss_message
        pause_on_partner_background
    """,
}
"""The parameters that scripts for the existing tool may have."""


@pytest.mark.parametrize(("method", "names"), OLD.items())
def test_no_parameter_of_the_existing_tool_is_ignored(method: str, names: str) -> None:
    """Each is a setting here too, or is reported with what to do instead."""
    for name in names.split():
        if name in GymScene.known_settings and GymScene.known_settings[name][0].method == method:
            continue
        scene = GymScene()
        getattr(scene, method)(**{name: 1})
        (problem,) = [problem for problem in scene.problems() if f"({name}=)" in problem.where]
        assert problem.fix, name
