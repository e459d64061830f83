"""Scripts on disk, run as `mug check` runs them, and what comes of packing their scenes."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from mug_pyodide.in_browser import scene
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.packed import Packed
from mug_pyodide.packing.packer import Packer
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.trying import Trier
from mug_pyodide.packing.writing import Written, write_scene

from mug.core.launch import capturing
from mug.game.spec import GameSpec

GRID = (Path(__file__).parents[4] / "examples/coordination_grid/coordination_grid_env.py").read_text()
HEAD = """
from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes import gym_scene, stager, static_scene
from mug.server import app
"""
TAIL = """
app.run(ExperimentConfig().experiment(experiment_id="test", stager=stager.Stager(scenes=[
    static_scene.StartScene().scene(scene_id="start").display(scene_header="Hello"),
    game,
    static_scene.EndScene().scene(scene_id="end").display(scene_header="Thanks"),
])))
"""
GAME = """
game = (
    gym_scene.GymScene()
    .scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human, "player_1": PolicyTypes.Random})
    .rendering(fps=30)
    .gameplay(action_mapping={"ArrowUp": 0}, default_action=4)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="the_env.py")
)
"""


@attrs.frozen
class Experiment:
    """A script in a folder of its own, and the spec of its one game."""

    folder: Path
    spec: GameSpec
    project: Project

    def write(self) -> Written:
        return write_scene(self.spec, self.project)

    def packer(self, cache: Path, **seconds: float) -> Packer:
        browser = BrowserPython.built()
        return Packer(cache, self.project, Trier(self.project, browser, seconds), browser)

    def pack(self, cache: Path, **seconds: float) -> Packed:
        return self.packer(cache, **seconds).pack(self.spec)


Open = Callable[..., Any]


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a script: ``experiment(lines, files)``; ``lines`` define ``game``, between imports and app.run."""
    with contextlib.ExitStack() as stack:

        def start(lines: str = GAME, files: Mapping[str, str] | None = None) -> Experiment:
            folder = tmp_path / "experiment"
            for name, text in {"the_env.py": GRID, **(files or {})}.items():
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            script = folder / "script.py"
            script.write_text(HEAD + textwrap.dedent(lines) + TAIL)
            monkeypatch.chdir(folder)
            known = set(sys.modules)
            stack.callback(_forget, known, folder)
            (config,) = stack.enter_context(capturing(Path("script.py")))
            spec = config.setting("stager").scenes()[1].game_spec()
            return Experiment(folder, spec, Project.of_script())

        yield start


def _forget(known: set[str], folder: Path) -> None:
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Written, Path], GameSpec]]:
    """Load what was written, in this process; ``home`` stands for the folder that packs put files into."""
    paths, where, modules = list(sys.path), Path.cwd(), set(sys.modules)

    def load(written: Written, home: Path) -> GameSpec:
        monkeypatch.setattr(scene, "home", home)
        return scene.load_scene(written.blob)

    yield load
    os.chdir(where)
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if name == scene.SCRIPT:
            del sys.modules[name]
