"""What can be wrong between the settings of a `GymScene`.

Settings that are wrong by themselves are reported where they are given; a check that would build on one of
them keeps silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mug.configurations.configuration_constants import ModelConfig, PolicyTypes
from mug.configurations.kinds import FileText, takes
from mug.configurations.settings import WrongValue, shown
from mug.errors import Problem
from mug.scenes.controls import controls_of, is_by_agent, mapping_for
from mug.scenes.environment import making_trouble
from mug.scenes.gym_assets import assets_in
from mug.scenes.html import html_trouble

if TYPE_CHECKING:
    from mug.scenes.gym_scene import GymScene

_ONLY_PEER_TO_PEER = (
    *("ggpo_max_rollback_frames", "ggpo_input_delay_frames", "ggpo_prediction"),
    *("rollback_smoothing_duration", "max_p2p_rtt_ms"),
)
BROWSER_CODE = ("environment_initialization_code", "environment_initialization_code_filepath")
"""The settings that give the code which makes an environment in the browser."""
_ONLY_PYODIDE = ("fallback", "on_reload")
_ONLY_FOR_SEVERAL = ("matchmaker",)


def contradictions(scene: GymScene) -> list[Problem]:
    """Return everything that is wrong between a scene's settings."""
    return [problem for check in _CHECKS for problem in check(scene)]


def is_human(policy: object) -> bool:
    """Whether an entry of ``policy_mapping`` stands for a participant."""
    return policy is PolicyTypes.Human


# ---------------------------------------------------------------------------------------------- players


def _players(scene: GymScene) -> Iterator[Problem]:
    if scene.wrong("policy_mapping"):
        return
    mapping: Mapping[Any, object] = scene.setting("policy_mapping") or {}
    if not mapping:
        what = "nobody plays: the scene does not say who fills the environment's agents"
        fix = 'write .policies(policy_mapping={"player_0": PolicyTypes.Human})'
        yield scene.problem("policies", "policy_mapping", what, fix)
        return
    names = [str(agent_id) for agent_id in mapping]
    if len(set(names)) < len(names):
        what = f"two agents have one name in the data: {', '.join(map(repr, mapping))}"
        yield scene.problem("policies", "policy_mapping", what)
    if not scene.humans():
        what = "nobody plays: no agent is human"
        fix = f"write {next(iter(mapping))!r}: PolicyTypes.Human for the agent that participants play"
        yield scene.problem("policies", "policy_mapping", what, fix)
    for agent_id, policy in mapping.items():
        yield from _policy(scene, "policies", "policy_mapping", f"policy_mapping[{agent_id!r}]", policy)


def _policy(scene: GymScene, method: str, setting: str, place: str, policy: object) -> Iterator[Problem]:
    if isinstance(policy, ModelConfig):
        yield from policy.problems(f"{scene.label()}, .{method}({place})")
    elif isinstance(policy, str) and policy.endswith(".onnx"):
        fix = f'write ModelConfig(onnx_path={policy!r}, obs_input="…", logit_output="…")'
        yield scene.problem(method, setting, f"{place} is a model file without the names of its inputs", fix)
    elif isinstance(policy, str) and policy.lower() in ("human", "random"):
        fix = f"write PolicyTypes.{policy.capitalize()}"
        yield scene.problem(method, setting, f"{place} is the text {policy!r}", fix)
    elif not _plays(policy):
        what = f"{place} must be a PolicyTypes, a name, a ModelConfig or a policy, got {shown(policy)}"
        yield scene.problem(method, setting, what)


def _plays(policy: object) -> bool:
    if isinstance(policy, PolicyTypes):
        return True
    if isinstance(policy, str):
        return bool(policy)
    if callable(getattr(policy, "compute_action", None)) or callable(getattr(policy, "act", None)):
        return True
    return callable(policy) and not isinstance(policy, type) and takes(policy, 1)


def _policy_functions(scene: GymScene) -> Iterator[Problem]:
    if scene.setting("load_policy_fn") is not None and not scene.given("policy_inference_fn"):
        what = "load_policy_fn makes policies, and there is no function to ask them for actions"
        fix = "write policy_inference_fn=lambda policy, observation: …"
        yield scene.problem("policies", "policy_inference_fn", what, fix)


# ------------------------------------------------------------------------------------------ environment


def _environment(scene: GymScene) -> Iterator[Problem]:
    sources = [name for name in ("env_creator", "environment_class") if scene.given(name)]
    if len(sources) == 2 and not any(map(scene.wrong, sources)):
        what = (
            "the environment is given twice, by .environment(env_creator=) and .runtime(environment_class=)"
        )
        yield scene.problem("runtime", "environment_class", what, "keep one of the two")
    if scene.given("env_config") and not scene.given("env_creator"):
        what = "env_config are arguments of env_creator, and there is no env_creator"
        yield scene.problem(
            "environment", "env_config", what, "write env_creator=…, or give environment_kwargs"
        )
    if scene.given("environment_kwargs") and not scene.given("environment_class"):
        what = "environment_kwargs are arguments of environment_class, and there is no environment_class"
        yield scene.problem(
            "runtime", "environment_kwargs", what, "write environment_class=…, or give env_config"
        )
    coded = [name for name in BROWSER_CODE if scene.given(name)]
    if len(coded) == 2:
        what = "the browser's code is given twice, as a text and as a file"
        yield scene.problem("runtime", coded[1], what, "keep one of the two")
    if not sources and not coded:
        yield _no_environment(scene)
    yield from _making(scene)


def _no_environment(scene: GymScene) -> Problem:
    if scene.runtime_name() == "pyodide":
        what = "there is no environment to run in the browser"
        fix = 'write environment_initialization_code_filepath="my_env.py", a file that makes a variable env'
        return scene.problem("runtime", "environment_initialization_code_filepath", what, fix)
    what = "there is no environment to play"
    return scene.problem("environment", "env_creator", what, "write .environment(env_creator=…)")


def _making(scene: GymScene) -> Iterator[Problem]:
    for method, creator, config in (
        ("environment", "env_creator", "env_config"),
        ("runtime", "environment_class", "environment_kwargs"),
    ):
        made = scene.setting(creator)
        if made is None or scene.wrong(config):
            continue
        trouble = making_trouble(made, scene.setting(config) or {})
        if trouble is not None:
            what, fix = trouble
            setting = creator if isinstance(made, str) else config
            yield scene.problem(method, setting, what, fix)


# ---------------------------------------------------------------------------------------------- runtime


def _runtime(scene: GymScene) -> Iterator[Problem]:
    name = scene.runtime_name()
    through_pyodide = scene.setting("run_through_pyodide")
    if scene.given("runtime") and through_pyodide is not None and through_pyodide != (name == "pyodide"):
        what = f"runtime={name!r} contradicts run_through_pyodide={through_pyodide}"
        yield scene.problem("runtime", "run_through_pyodide", what, "keep one of the two")
    elif name == "server":
        for setting in filter(scene.given, _ONLY_PYODIDE):
            what = f"{setting} is for environments that run in the browser, and this one runs on the server"
            yield scene.problem("runtime", setting, what, "remove it, or write run_through_pyodide=True")
    if scene.setting("fallback") == name:
        what = f"the fallback of the runtime {name!r} is the same runtime"
        yield scene.problem("runtime", "fallback", what, "write fallback='server', or remove it")
    if name in ("server", "pyodide") and scene.transport_name() != "webrtc":
        for setting in filter(scene.given, _ONLY_PEER_TO_PEER):
            what = f"{setting} is for several people who play peer to peer, which this game does not"
            fix = (
                "remove it" if name == "pyodide" else "remove it, or write .runtime(run_through_pyodide=True)"
            )
            yield scene.problem("multiplayer", setting, what, fix)


# ------------------------------------------------------------------------------------ several participants


def _multiplayer(scene: GymScene) -> Iterator[Problem]:
    humans = scene.humans()
    if not humans:
        return
    count = len(humans)
    if (scene.setting("num_players") or count) != count:
        what = f"num_players is {scene.setting('num_players')}, but policy_mapping has {_people(count)}"
        yield scene.problem(
            "multiplayer", "num_players", what, f"write num_players={count}, or change policy_mapping"
        )
    ids = scene.setting("player_ids")
    if ids is not None and set(ids) not in (set(humans), set(scene.agent_ids())):
        what = f"player_ids are {list(ids)}, but the humans of policy_mapping are {list(humans)}"
        yield scene.problem("multiplayer", "player_ids", what, f"write player_ids={list(humans)}")
    elif ids is not None and len(set(ids)) < len(ids):
        yield scene.problem(
            "multiplayer", "player_ids", "player_ids has an agent twice", f"write player_ids={list(humans)}"
        )
    if count == 1:
        for setting in filter(scene.given, _ONLY_FOR_SEVERAL):
            what = f"{setting} has nothing to do: one person plays this game"
            yield scene.problem("multiplayer", setting, what, "remove it, or make another agent human")
    yield from _takeover(scene, count)


def _takeover(scene: GymScene, humans: int) -> Iterator[Problem]:
    least = scene.setting("min_players") or humans
    takes_over = scene.setting("on_leave") == "takeover"
    if least > humans:
        what = f"min_players is {least}, but the game has {_people(humans)}"
        yield scene.problem("waitroom", "min_players", what, f"write min_players={humans}")
    needed = takes_over or least < humans
    if needed and not scene.given("takeover_policy"):
        reason = 'on_leave="takeover"' if takes_over else f"min_players={least} of {humans}"
        what = f"{reason} needs a policy that plays for whoever is not there"
        yield scene.problem(
            "multiplayer", "takeover_policy", what, "write takeover_policy=PolicyTypes.Random, or another"
        )
    if scene.given("takeover_policy") and not needed and not scene.wrong("on_leave"):
        what = "takeover_policy never plays: the game ends when somebody leaves"
        yield scene.problem("multiplayer", "takeover_policy", what, 'write on_leave="takeover" too')
    if least < humans and scene.setting("max_wait_time") is None:
        what = "with max_wait_time=None the game never starts with fewer people"
        yield scene.problem("waitroom", "max_wait_time", what, "give the time after which it should")
    policy = scene.setting("takeover_policy")
    if is_human(policy):
        what = "takeover_policy cannot be a human"
        yield scene.problem("multiplayer", "takeover_policy", what, "name a policy")
    elif policy is not None:
        yield from _policy(scene, "multiplayer", "takeover_policy", "takeover_policy", policy)


def _waitroom(scene: GymScene) -> Iterator[Problem]:
    get = scene.setting
    if scene.given("timeout_scene_id") and scene.given("timeout_redirect_url"):
        what = "those who waited too long go to timeout_scene_id or to timeout_redirect_url, not both"
        yield scene.problem("waitroom", "timeout_redirect_url", what, "keep one of the two")
    longest = get("max_wait_time")
    for setting in ("extensions", "requeues"):
        if get(setting) and longest is None:
            what = "without max_wait_time no wait is ever over"
            yield scene.problem("waitroom", setting, what, "write max_wait_time=…, in seconds")
    humans = len(scene.humans())
    if get("filled_message") and (get("min_players") or humans) >= humans:
        what = "nobody starts without all the others, so nobody reads it"
        yield scene.problem("waitroom", "filled_message", what, "write min_players=1, or remove it")
    least = max(get("min_wait_time"), (get("simulated_wait") or (0, 0))[1])
    if longest is not None and least >= longest:
        what = f"everybody waits up to {least:g} s, but nobody longer than max_wait_time, {longest:g} s"
        yield scene.problem("waitroom", "max_wait_time", what, f"write max_wait_time={least + 60:g} or more")
    if get("simulated_wait") and len(scene.humans()) > 1:
        what = (
            f"simulated_wait is for one person and policies, and this game has {_people(len(scene.humans()))}"
        )
        yield scene.problem("waitroom", "simulated_wait", what, "remove it, or write min_wait_time=…")


# ------------------------------------------------------------------------------------ keys, files, texts


def _controls(scene: GymScene) -> Iterator[Problem]:
    mapping = scene.setting("action_mapping")
    agent_ids = scene.agent_ids()
    humans = scene.humans()
    if mapping is not None and is_by_agent(mapping, agent_ids):
        for agent_id in mapping:
            if agent_id not in humans:
                what = f"action_mapping has keys for {agent_id!r}, which no human plays"
                yield scene.problem("gameplay", "action_mapping", what, "remove them")
    bound: set[tuple[str, ...]] = set()
    for agent_id in humans or (None,):
        own = mapping_for(mapping or {}, agent_id, agent_ids) if agent_id is not None else mapping or {}
        try:
            bound |= {binding.codes for binding in controls_of(own, {}, None).bindings}
        except WrongValue as wrong:
            yield scene.problem("gameplay", "action_mapping", wrong.what, wrong.fix)
            return
    yield from _buttons(scene, bound)
    yield from _defaults(scene)


def _buttons(scene: GymScene, bound: set[tuple[str, ...]]) -> Iterator[Problem]:
    from mug.configurations.keys import chords_of

    for label, key in (scene.setting("on_screen_buttons") or {}).items():
        try:
            chord = chords_of(key)[0]
        except WrongValue as wrong:
            yield scene.problem("gameplay", "on_screen_buttons", f"{label!r}: {wrong.what}", wrong.fix)
            continue
        if chord not in bound and not scene.wrong("action_mapping"):
            what = f"the button {label!r} stands for {shown(key)}, which action_mapping does not have"
            yield scene.problem(
                "gameplay", "on_screen_buttons", what, f"write {shown(key)}: … into action_mapping"
            )
    if scene.given("on_screen_buttons") and scene.setting("touch_controls") is False:
        what = "on_screen_buttons are never shown with touch_controls=False"
        yield scene.problem("gameplay", "touch_controls", what, "remove one of the two")


def _defaults(scene: GymScene) -> Iterator[Problem]:
    default = scene.setting("default_action")
    humans = scene.humans()
    if isinstance(default, Mapping) and any(key in humans for key in default):
        for agent_id in humans:
            if agent_id not in default:
                what = f"default_action is by agent, and has none for {agent_id!r}"
                yield scene.problem("gameplay", "default_action", what, f"write {agent_id!r}: … into it")


def _files(scene: GymScene) -> Iterator[Problem]:
    for name in ("scene_body", "in_game_scene_body"):
        if scene.given(name) and scene.given(f"{name}_filepath"):
            what = f"the content is given twice, by {name} and by {name}_filepath"
            yield scene.problem("content", f"{name}_filepath", what, "keep one of the two")
        file = scene.setting(f"{name}_filepath")
        trouble = html_trouble(file.text) if isinstance(file, FileText) else None
        if isinstance(file, FileText) and trouble is not None:
            what, fix = trouble
            yield scene.problem("content", f"{name}_filepath", f"{file.path.name}: {what}", fix)
    if scene.setting("assets_to_preload") and not scene.given("assets_dir"):
        what = "assets_to_preload are files in assets_dir, and there is no assets_dir"
        yield scene.problem("assets", "assets_dir", what, 'write assets_dir="…"')
    elif scene.setting("assets_dir") is not None:
        try:
            assets_in(scene.setting("assets_dir"), scene.setting("assets_to_preload"))
        except WrongValue as wrong:
            yield scene.problem("assets", "assets_to_preload", wrong.what, wrong.fix)


_CHECKS: tuple[Callable[[GymScene], Iterator[Problem]], ...] = (
    _players,
    _policy_functions,
    _environment,
    _runtime,
    _multiplayer,
    _waitroom,
    _controls,
    _files,
)


def _people(count: int) -> str:
    return "1 human" if count == 1 else f"{count} humans"
