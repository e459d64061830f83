"""What does not work in a browser is found before any participant comes, and said plainly."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from mug.errors import ConfigurationError, Problem

ENV = """
import gymnasium
import numpy as np
{top}
class Env(gymnasium.Env):
    action_space = gymnasium.spaces.Discrete(5)
    observation_space = gymnasium.spaces.Box(0, 1, (1,))
    def __init__(self):
        {make}
    def reset(self, seed=None, options=None):
        {reset}
        return np.zeros(1), {{}}
    def step(self, action):
        {step}
        return np.zeros(1), 0.0, False, False, {{}}
    def render(self):
        {render}
        return np.zeros((4, 4, 3), np.uint8)
{end}
"""
GAME = """
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .gameplay(action_mapping={"ArrowUp": 1}, default_action=0)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="the_env.py"))
"""


def env(**parts: str) -> dict[str, str]:
    lines = dict.fromkeys(("top", "make", "reset", "step", "render"), "pass")
    return {"the_env.py": ENV.format(**{**lines, "end": "env = Env()", **parts})}


def problem_of(experiment: Any, tmp_path: Path, files: dict[str, str], **seconds: float) -> Problem:
    opened = experiment(GAME, files)
    with pytest.raises(ConfigurationError) as raised:
        opened.pack(tmp_path / "cache", **seconds)
    (problem,) = raised.value.problems
    assert problem.where.startswith("scene 'game', ")
    return problem


@pytest.mark.parametrize(
    ("files", "what", "where"),
    [
        (env(end="env = Env("), "the environment cannot be made.*SyntaxError", "the_env.py, line 19"),
        (env(end="Env()"), "no environment in a variable env", ""),
        (env(top="import nowhere"), "no module 'nowhere'", "the_env.py, line 4: import nowhere"),
        (env(top="import curses"), "cannot import 'curses'.*does not have it", "the_env.py, line 4"),
        (env(top="import orjson"), r"cannot import 'orjson.*compiled", "the_env.py, line 4: import orjson"),
        (
            env(top="import mug.server.app"),
            "cannot import 'mug.server'.*only the server",
            "the_env.py, line 4",
        ),
        (env(make="1 / 0"), "cannot be made.*ZeroDivisionError", "the_env.py, line 9: 1 / 0"),
        (env(reset="{}['a']"), r"reset\(\) does not work.*KeyError: 'a'", "the_env.py, line 11: {}['a']"),
        (env(step="self.x"), r"step\(\) does not work.*AttributeError", "the_env.py, line 14: self.x"),
        (env(render="raise OSError('no')"), r"render\(\) does not work.*no", "the_env.py, line 17"),
        (
            env(top="import threading", make="threading.Thread(target=print).start()"),
            "can't start new thread",
            "the_env.py, line 9",
        ),
        (env(step="import os; os._exit(3)"), r"Python broke down in step\(\)", ""),
        (env(make="open('/etc/hostname').read()"), "/etc/hostname is opened", "the_env.py, line 9"),
        (env(make="open('.env').read()") | {".env": "KEY=1"}, "[.]env is opened", "the_env.py, line 9"),
    ],
)
def test_an_environment_that_does_not_work_is_refused(
    files: dict[str, str], what: str, where: str, experiment: Any, tmp_path: Path
) -> None:
    """The problem says what happened, and in which line of the researcher's."""
    import re

    problem = problem_of(experiment, tmp_path, files)
    assert re.search(what, problem.what), problem.what
    assert where in problem.where
    assert "\n" not in problem.what


@pytest.mark.parametrize(
    ("files", "what", "line"),
    [
        (env(make="while True: pass"), "making the environment does not come back", 9),
        (env(step="[0 for _ in iter(int, 1)]"), r"step() does not come back", 14),
    ],
)
def test_an_endless_loop_is_stopped(
    files: dict[str, str], what: str, line: int, experiment: Any, tmp_path: Path
) -> None:
    """It is stopped after a while, and the problem says where it was."""
    problem = problem_of(experiment, tmp_path, files, make=4.0, step=2.0)
    assert what in problem.what
    assert f"the_env.py, line {line}" in problem.where


def test_the_traceback_is_in_the_log(
    experiment: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The researcher sees Python's own traceback."""
    with caplog.at_level(logging.ERROR, "mug_pyodide"):
        problem_of(experiment, tmp_path, env(step="1 / 0"))
    assert "Traceback (most recent call last)" in caplog.text
    assert "1 / 0" in caplog.text


def test_functions_of_the_script_are_tried_too(experiment: Any, tmp_path: Path) -> None:
    """A HUD function that fails is found with its line in the script."""
    game = GAME.replace(".runtime(", ".rendering(hud_text_fn=lambda game: game.nothing)\n    .runtime(")
    opened = experiment(game, env())
    with pytest.raises(ConfigurationError) as raised:
        opened.pack(tmp_path / "cache")
    (problem,) = raised.value.problems
    assert "hud_text_fn does not work" in problem.what
    assert "script.py, line" in problem.where


def test_imports_that_are_guarded_go_the_same_way(experiment: Any, tmp_path: Path) -> None:
    """What is missing in browsers is missing when an environment is tried out, so the same branch runs."""
    top = "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n"
    assert experiment(GAME, env(top=top, make="assert orjson is None")).pack(tmp_path / "cache").packs


def test_numpy_and_the_random_generators_are_there(experiment: Any, tmp_path: Path) -> None:
    """What Pyodide has compiled is allowed; what uses processes fails only when it starts one."""
    top = "import multiprocessing, subprocess, numpy.random, sqlite3, ssl"
    packed = experiment(GAME, env(top=top, reset="self.x = np.random.random() + sum(np.ones(2))")).pack(
        tmp_path / "cache"
    )
    assert "numpy" in packed.packages


def test_environments_are_made_by_their_id(experiment: Any, tmp_path: Path) -> None:
    """An id that the script registered is known in the browser too; a renderer that is compiled is named."""
    lines = """
import gymnasium
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
class Quiet(CartPoleEnv):
    metadata = {"render_modes": []}
    def render(self): return __import__("numpy").zeros((2, 2, 3), "uint8")
gymnasium.register("Quiet-v3", entry_point=Quiet, max_episode_steps=30)
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .gameplay(action_mapping={"ArrowUp": 1}, default_action=0)
    .environment(env_creator="Quiet-v3")
    .runtime(run_through_pyodide=True))
"""
    assert experiment(lines).pack(tmp_path / "cache").scene
    opened = experiment(
        lines.replace('gymnasium.register("Quiet-v3", ', "dict(").replace("Quiet-v3", "CartPole-v1")
    )
    with pytest.raises(ConfigurationError, match="browsers cannot import 'pygame"):
        opened.pack(tmp_path / "cache")


def test_connections_fail_as_in_browsers(experiment: Any, tmp_path: Path) -> None:
    """An environment that fetches something from the network is found, though the server could."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"__import__('socket').create_connection(('127.0.0.1', {port}), 5)"
        problem = problem_of(experiment, tmp_path, env(make=connect))
    assert "OSError" in problem.what


def test_endless_output_does_not_fill_the_disk(experiment: Any, tmp_path: Path) -> None:
    """An environment that prints without end is stopped when it has printed too much."""
    problem = problem_of(experiment, tmp_path, env(make="while True: print('x' * 10**6)"), make=30.0)
    assert "File too large" in problem.what


def test_endless_memory_is_refused(experiment: Any, tmp_path: Path) -> None:
    """An environment that takes more memory than a browser has fails, and the server goes on."""
    problem = problem_of(experiment, tmp_path, env(make="self.x = bytearray(5 * 2**30)"))
    assert "MemoryError" in problem.what


def test_plugins_can_be_imported_for_their_policies(experiment: Any, tmp_path: Path) -> None:
    """A module that is a plugin too works in a browser: nobody calls its hooks there."""
    bots = """
import mug
class Bot(mug.Policy):
    def __init__(self, action): self.action = action
    def act(self, observation, context): return self.action
@mug.hookimpl
def mug_policies(): return {"bot": Bot(2)}
"""
    lines = """
from bots import Bot
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": Bot(3)})
    .gameplay(action_mapping={"ArrowUp": 1}, default_action=0)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="the_env.py"))
"""
    packed = experiment(lines, {"bots.py": bots}).pack(tmp_path / "cache")
    assert "experiment" in [file.name.partition(".")[0] for file in packed.packs]
