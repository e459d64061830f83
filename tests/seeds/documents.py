"""Runs the snippets of the documents, and completes those that are parts of something.

What a snippet prints is run as it is. What it uses and does not define comes from here: environments, the
names that an earlier snippet of its document defined, and stand-ins for packages that mug has nothing to do
with. A scene by itself stands between a start and an end scene; a single method call continues a scene that
is complete without it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from mug.configurations import RemoteConfig, configuration_constants, experiment_config
from mug.configurations.experiment_config import ExperimentConfig
from mug.rendering import Surface
from mug.scenes import gym_scene, stager, static_scene
from mug.scenes.gym_scene import GymScene
from mug.server import app
from tests.seeds import rooms
from tests.seeds.extraction import SNIPPETS

TURN = {"TURN_USERNAME": "your-openrelay-username", "TURN_CREDENTIAL": "your-openrelay-api-key"}
"""What the documents put into the environment before the snippets with ``.webrtc()``."""

SCRIPTS = ("000_experiment", "001_experiment")
"""Whole scripts, which end with ``app.run``."""
SCENES = (
    "000_server_mode",
    "002_automatic",
    "002_explicit",
    "002_human_vs_ai",
    "002_two_player",
    "002_many_player",
    "002_mixed",
)
"""Snippets that make a ``game_scene``."""
METHODS = (
    "000_multiplayer",
    "000_waitroom",
    "000_rendering",
    "000_gameplay",
    "000_ggpo",
    "002_waitroom",
    "002_action_mapping",
    "002_pressed_keys",
    "002_key_down",
    "002_key_up",
    "002_action_population",
    "002_fps_60",
    "002_fps_30",
    "002_fps_10",
    "002_callback_use",
)
"""Method calls of a `GymScene` by themselves."""
CONFIGS = (
    "000_webrtc",
    "000_force_relay",
    "000_ice_servers",
    "002_webrtc",
    "002_dotenv",
    "002_force_relay",
    "003_webrtc",
    "003_dotenv",
    "003_force_relay",
)
"""Snippets about an ``ExperimentConfig``."""
SUPPORT = (
    "000_environment",
    "001_cogrid",
    "001_training",
    "001_environment",
    "002_validated_env",
    "002_callback",
    "002_logging",
)
"""Snippets that others build on, or that only use what is not mug's: they run, and make no experiment."""
SKETCHES = ("002_loop",)
"""Sketches of what happens inside, not code for a script: this loop has no environment to step."""

IN_BROWSERS = ("000_experiment", "000_ggpo", "001_experiment")
"""Snippets whose games run in the participants' browsers."""


def config_of(key: str, folder: Path) -> ExperimentConfig:
    """Return the whole experiment that a snippet makes, or is made part of.

    Args:
        key: the snippet's name in `SNIPPETS`.
        folder: an empty folder in which files are put that the snippet reads.
    """
    if key in SCRIPTS:
        return _config_of_script(key, folder)
    if key in CONFIGS:
        return _config_of_config(key, folder)
    scene = scene_of(key, folder)
    ending = "thanks" if scene.scene_id != "thanks" else "end"
    return experiment_config.ExperimentConfig().experiment(
        stager=stager.Stager(
            scenes=[
                static_scene.StartScene().scene(scene_id="welcome"),
                scene,
                static_scene.EndScene().scene(scene_id=ending),
            ]
        ),
        experiment_id=key,
    )


def scene_of(key: str, folder: Path) -> GymScene:
    """Return the game scene that a snippet makes, or that a method call in a snippet continues."""
    with _workshop(folder):
        if key in METHODS:
            names = _names()
            exec(SNIPPETS["002_callback"].code(), names)
            names["scene"] = _scene_to_continue(key in IN_BROWSERS)
            exec(f"game_scene = (scene\n{SNIPPETS[key].code()})", names)
        else:
            names = run(key, folder)
        scene = names["game_scene"]
        assert isinstance(scene, GymScene)
        if key == "002_automatic":
            scene.environment(env_creator=rooms.make_two_player_env)
        return scene


def run(key: str, folder: Path, **names: Any) -> dict[str, Any]:
    """Run a snippet and return all names there are afterwards."""
    with _workshop(folder):
        known = _names() | names
        exec(compile(SNIPPETS[key].code(), str(SNIPPETS[key].copy), "exec"), known)
        return known


def _config_of_script(key: str, folder: Path) -> ExperimentConfig:
    with mock.patch.object(app, "run") as served:
        run(key, folder, __name__="__main__")
    (config,) = served.call_args.args
    assert isinstance(config, ExperimentConfig)
    return config


def _config_of_config(key: str, folder: Path) -> ExperimentConfig:
    base = _config_of_script("000_experiment", folder)
    names = {"experiment_stager": base.setting("stager"), "config": experiment_config.ExperimentConfig()}
    with _workshop(folder):
        if SNIPPETS[key].code().startswith("."):
            known = _names() | names
            exec(f"config = config{SNIPPETS[key].code()}", known)
        else:
            known = run(key, folder, **names)
        config = known["config"]
        assert isinstance(config, ExperimentConfig)
        return config.experiment(stager=base.setting("stager"), experiment_id="coordination_grid")


def _scene_to_continue(in_browsers: bool) -> GymScene:
    human = configuration_constants.PolicyTypes.Human
    scene = (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .policies(policy_mapping={"player_0": human, "player_1": human})
        .gameplay(action_mapping={"ArrowUp": 0}, default_action=4)
    )
    if in_browsers:
        code = "coordination_grid_env.py"
        return scene.runtime(run_through_pyodide=True, environment_initialization_code_filepath=code)
    return scene.environment(env_creator=rooms.make_two_player_env)


def _names() -> dict[str, Any]:
    """What the documents' scripts have imported and defined before the snippets that are parts of them."""
    names: dict[str, Any] = {name: getattr(rooms, name) for name in dir(rooms) if name.startswith("make_")}
    names |= {
        "NOOP": 4,
        "action_mapping": {"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3},
        "RemoteConfig": RemoteConfig,
        "Surface": Surface,
        "compute_metric": lambda env: len(env.agents),
        "configuration_constants": configuration_constants,
        "env": None,
        "experiment_config": experiment_config,
        "gym": __import__("gymnasium"),
        "gym_scene": gym_scene,
        "load_policy": lambda name: name,
        "ppo": types.SimpleNamespace(train=_train),
        "run_inference": lambda policy, observation: 4,
        "stager": stager,
        "static_scene": static_scene,
        "torch": _torch(),
    }
    return names


def _train(env: object) -> types.SimpleNamespace:
    """Stands in for somebody's own training: the trained policy can be exported."""
    return types.SimpleNamespace(export_onnx=lambda path: Path(path).touch())


def _torch() -> types.SimpleNamespace:
    """Stands in for PyTorch: loads a policy that always stays where it is."""
    stay = types.SimpleNamespace(item=lambda: 4)
    return types.SimpleNamespace(load=lambda path: lambda observation: stay, no_grad=contextlib.nullcontext)


def _packages() -> dict[str, types.ModuleType]:
    """Stand-ins for the packages that snippets import and mug has nothing to do with."""
    cogrid, cogrid_env, dotenv = map(types.ModuleType, ("cogrid", "cogrid.cogrid_env", "dotenv"))
    vars(cogrid_env)["CoGridEnv"] = rooms.Alone
    vars(cogrid)["make"] = lambda name: rooms.Alone()
    vars(dotenv)["load_dotenv"] = lambda: os.environ.update(TURN)
    return {module.__name__: module for module in (cogrid, cogrid_env, dotenv)}


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[None]:
    """A current directory, an importable folder, packages and variables, as the snippets expect them."""
    files = {
        "coordination_grid_env.py": SNIPPETS["000_environment"].code(),
        "overcooked_mug_env.py": SNIPPETS["001_environment"].code() + "\nenv = OvercookedMUG()\n",
        "cramped_room_policy.onnx": "",
    }
    for name, text in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    path = [str(folder), *sys.path]
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "path", path),
        mock.patch.dict(sys.modules, _packages()),
        mock.patch.dict(os.environ, TURN),
    ):
        yield
