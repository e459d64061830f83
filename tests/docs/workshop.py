"""Runs the blocks of a page in order, in a folder of their own: files, Python, commands."""

from __future__ import annotations

import contextlib
import importlib
import json
import linecache
import os
import sys
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from mug.configurations import configuration_constants
from mug.configurations.experiment_config import ExperimentConfig
from mug.core import launch
from mug.scenes import gym_scene, static_scene
from mug.scenes.gym_scene import GymScene
from mug.scenes.scene import Scene
from mug.scenes.stager import Stager
from mug.server import app
from tests.docs.blocks import ROOT, Block
from tests.docs.commands import Shell
from tests.docs.playing import copy_of, play

GRID = ROOT / "examples" / "coordination_grid"
MODULE = "documented_page"
"""The name under which a page's Python blocks are one module."""

PRELUDE = """\
import mug
from coordination_grid_env import CoordinationGridEnv
from mug.configurations import configuration_constants, experiment_config
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app

UP, DOWN, LEFT, RIGHT, NOOP = range(5)
welcome = static_scene.StartScene().scene(scene_id="welcome")
thanks = static_scene.EndScene().scene(scene_id="thanks")
"""
"""What every page takes for granted; `docs/README.md` shows it."""


class Workshop:
    """One page's folder, and the names that its blocks have defined so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shell = Shell(folder)
        self.module = types.ModuleType(MODULE)
        self.module.__file__ = str(folder / "page.py")
        self.played = 0
        self._of_example: dict[str, types.ModuleType] = {}
        with self._inside():
            exec(PRELUDE, self.module.__dict__)

    def run(self, block: Block) -> None:
        """Run a block as its comment says.

        Raises:
            Exception: whatever is wrong with it.
        """
        if block.skipped:
            return
        played = self.played
        match block.language:
            case "python" | "setup":
                with self._inside():
                    self._python(block)
            case "console":
                self.shell.run(block.code)
            case "json":
                json.loads(block.code)
            case "toml":
                tomllib.loads(block.code)
        if block.file and block.language != "python":
            self._write(block)
        if "play" in block.marks:
            assert self.played > played, "there is no game to play in this block"

    def _python(self, block: Block) -> None:
        if block.file:
            self._file(block)
        elif block.code.startswith("."):
            self._judge(self._continued(block), block)
        else:
            before = dict(vars(self.module))
            self._exec(block, block.code)
            for name, value in list(vars(self.module).items()):
                if value is not before.get(name):
                    self._judge(value, block)

    def _file(self, block: Block) -> None:
        """A file that serves an experiment is checked as ``mug check`` does; others are run."""
        path = self._write(block)
        if "app.run(" not in block.code:
            exec(compile(block.code, str(path), "exec"), {"__name__": path.stem, "__file__": str(path)})
            return
        with launch.capturing(path) as configs:
            for config in configs:
                self._judge(config, block)

    def _write(self, block: Block) -> Path:
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf-8")
        return path

    def _continued(self, block: Block) -> object:
        """Return the scene, or else the configuration, that method calls by themselves continue."""
        method = block.code[1:].partition("(")[0]
        start: Any = ExperimentConfig() if method in _methods(ExperimentConfig) else _two_player_game()
        self.module.__dict__["continued"] = start
        self._exec(block, f"continued = (continued\n{block.code})", 1)
        return self.module.__dict__["continued"]

    def _exec(self, block: Block, code: str, extra_lines: int = 0) -> None:
        """Run code so that tracebacks name the page and its line."""
        name = f"{block.page}"
        padding = "\n" * (block.line - 1 - extra_lines)
        linecache.cache[name] = (len(code), None, (padding + code).splitlines(keepends=True), name)
        exec(compile(padding + code, name, "exec"), self.module.__dict__)

    def _judge(self, value: object, block: Block) -> None:
        """Check what a block has made, and play it if the comment says so."""
        config = experiment_around(value)
        if config is None:
            return
        app.build([copy_of(config)])
        if "play" in block.marks and any(isinstance(s, GymScene) for s in config.setting("stager").scenes()):
            play(config, self.folder / f"played-{self.played}")
            self.played += 1

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """The page's folder is the current one and, with the example's, where modules are found."""
        places = [str(self.folder), str(self.shell.site), str(GRID)]
        with (
            contextlib.chdir(self.folder),
            mock.patch.object(sys, "path", [*places, *sys.path]),
            mock.patch.dict(os.environ),
        ):
            sys.modules[MODULE] = self.module
            for name, module in self._of_example.items():
                # a second copy of it would have other classes than those that the page has already
                if not (self.folder / f"{name}.py").exists():
                    sys.modules[name] = module
            importlib.invalidate_caches()
            try:
                yield
            finally:
                self._forget_modules(places)

    def _forget_modules(self, places: list[str]) -> None:
        """Other pages have files of the same names."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file and file.startswith(f"{GRID}{os.sep}"):
                self._of_example[name] = module
            if name == MODULE or (file and file.startswith(tuple(f"{place}{os.sep}" for place in places))):
                del sys.modules[name]


def experiment_around(value: object) -> ExperimentConfig | None:
    """Return the experiment that a value is, or is a part of; None for what is no part of one."""
    if isinstance(value, ExperimentConfig):
        if value.given("stager"):
            return value
        order = Stager(scenes=[_start(), _end()])
        return value.experiment(stager=order)
    if isinstance(value, Scene) and (value.ends or not value.scene_id):
        return None
    if isinstance(value, Scene):
        return experiment_around(Stager(scenes=_around(value)))
    if isinstance(value, Stager):
        ends = value.scenes() and value.scenes()[-1].ends
        order = value if ends else Stager(scenes=[value, _end()])
        named = {Path(one.address).parts[0] for scene in order.scenes() for one in scene.pictures()}
        folders = [name for name in sorted(named) if Path(name).is_dir()]
        config = ExperimentConfig().experiment(stager=order, experiment_id="documented")
        return config.static_files(directories=folders) if folders else config
    return None


def _around(scene: Scene) -> list[Any]:
    """Return what a scene by itself needs before and after it."""
    scenes = [_start(), scene, *([_two_player_game()] if scene.kind == "wait" else []), _end()]
    elsewhere = scene.setting("timeout_scene_id") if isinstance(scene, GymScene) else None
    if elsewhere not in (None, "thanks"):
        scenes.append(static_scene.EndScene().scene(scene_id=elsewhere))
    return scenes


def _methods(builder: type) -> set[str]:
    return {name for name in vars(builder) if not name.startswith("_")}


def _start() -> Scene:
    return static_scene.StartScene().scene(scene_id="welcome_here")


def _end() -> Scene:
    return static_scene.EndScene().scene(scene_id="thanks")


def _two_player_game() -> GymScene:
    from coordination_grid_env import CoordinationGridEnv

    human = configuration_constants.PolicyTypes.Human
    return (
        gym_scene.GymScene()
        .scene(scene_id="game")
        .environment(env_creator=CoordinationGridEnv)
        .policies(policy_mapping={"player_0": human, "player_1": human})
        .gameplay(
            action_mapping={"ArrowUp": 0, "ArrowDown": 1, "ArrowLeft": 2, "ArrowRight": 3}, default_action=4
        )
    )
