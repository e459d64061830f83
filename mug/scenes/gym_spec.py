"""From the settings of a `GymScene` without problems to its `GameSpec`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mug.configurations.kinds import FileText
from mug.game.making import CodeEnvironment
from mug.game.spec import AgentId, GameSpec
from mug.scenes.controls import controls_of, mapping_for
from mug.scenes.environment import making
from mug.scenes.gym_assets import assets_in

if TYPE_CHECKING:
    from mug.scenes.gym_scene import GymScene


def spec_of(scene: GymScene) -> GameSpec:
    """Return the scene's game, given that nothing is wrong with its settings."""
    get = scene.setting
    humans = scene.humans()
    agent_ids = scene.agent_ids()
    return GameSpec(
        scene_id=scene.scene_id,
        agent_ids=agent_ids,
        humans=humans,
        runtime=scene.runtime_name(),
        transport=scene.transport_name(),
        fallback=get("fallback"),
        on_reload=get("on_reload"),
        make_env=make_env_of(scene),
        seed=get("seed"),
        env_code=scene.environment_code()[0],
        on_game_step_code=get("on_game_step_code"),
        packages_to_install=get("packages_to_install"),
        ggpo_max_rollback_frames=get("ggpo_max_rollback_frames"),
        ggpo_input_delay_frames=get("ggpo_input_delay_frames"),
        ggpo_prediction=get("ggpo_prediction"),
        rollback_smoothing_duration=get("rollback_smoothing_duration"),
        max_p2p_rtt_ms=get("max_p2p_rtt_ms"),
        policies=get("policy_mapping"),
        load_policy_fn=get("load_policy_fn"),
        policy_inference_fn=get("policy_inference_fn"),
        frame_skip=get("frame_skip"),
        fps=get("fps"),
        game_width=get("game_width"),
        game_height=get("game_height"),
        background=get("background"),
        hud_text_fn=get("hud_text_fn"),
        assets_dir=get("assets_dir"),
        assets=assets_in(get("assets_dir"), get("assets_to_preload")) if get("assets_dir") else (),
        controls={
            agent_id: controls_of(
                mapping_for(get("action_mapping") or {}, agent_id, agent_ids),
                get("pointer"),
                get("on_screen_buttons"),
            )
            for agent_id in humans
        },
        input_mode=get("input_mode"),
        touch_controls=get("touch_controls"),
        default_action=default_actions(get("default_action"), humans),
        action_population_method=get("action_population_method"),
        num_episodes=get("num_episodes"),
        max_steps=get("max_steps"),
        reset_freeze_s=get("reset_freeze_s"),
        countdown_s=get("countdown_s"),
        callbacks=get("callback"),
        on_hidden=get("on_hidden"),
        header=get("scene_header") or "",
        body=_text(get("scene_body"), get("scene_body_filepath")),
        in_game_body=_text(get("in_game_scene_body"), get("in_game_scene_body_filepath")),
        matchmaker=get("matchmaker"),
        min_players=get("min_players") or len(humans),
        max_wait_time=get("max_wait_time"),
        min_wait_time=get("min_wait_time"),
        simulated_wait=get("simulated_wait"),
        timeout_scene_id=get("timeout_scene_id"),
        timeout_redirect_url=get("timeout_redirect_url"),
        timeout_message=get("timeout_message"),
        extensions=get("extensions"),
        requeues=get("requeues"),
        filled_message=get("filled_message"),
        ready_check=get("ready_check"),
        ready_timeout=get("ready_timeout"),
        hide_lobby_count=get("hide_lobby_count"),
        can_leave=get("can_leave"),
        reconnect_window_s=_reconnect_window(get("reconnect_window_s"), len(humans)),
        on_disconnect=get("on_disconnect"),
        on_leave=get("on_leave"),
        takeover_policy=get("takeover_policy"),
    )


def make_env_of(scene: GymScene) -> Callable[[], object]:
    """Return what makes the scene's environment; where there is code for the browser, the browser runs it."""
    code, filename = scene.environment_code()
    has_creator = scene.given("environment_class") or scene.given("env_creator")
    if code is not None and (scene.runtime_name() != "server" or not has_creator):
        return CodeEnvironment(code, filename)
    if scene.setting("environment_class") is not None:
        return making(scene.setting("environment_class"), scene.setting("environment_kwargs") or {})
    return making(scene.setting("env_creator"), scene.setting("env_config") or {})


def default_actions(given: object, humans: tuple[AgentId, ...]) -> Mapping[AgentId, Any] | None:
    """Return the default action of each human: a dict by their ids, or one action for everybody."""
    if given is None:
        return None
    if isinstance(given, Mapping) and given and all(key in humans for key in given):
        return dict(given)
    return dict.fromkeys(humans, given)


def _reconnect_window(given: float | None, humans: int) -> float:
    """Return how long a game waits for somebody: not long while others wait too."""
    if given is not None:
        return given
    return 30.0 if humans > 1 else 300.0


def _text(text: str | None, file: FileText | None) -> str:
    return file.text if file is not None else text or ""
