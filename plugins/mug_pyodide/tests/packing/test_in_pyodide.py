"""Packed scenes are played by the browser's own Python, here under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import brotli
import pytest
from mug_pyodide.packing import compiling
from mug_pyodide.packing.browser_python import MISSING, BrowserPython
from mug_pyodide.packing.packed import Packed
from mug_pyodide.static_runtime import STATIC

from mug.core.launch import capturing
from mug.engine.models import load_model
from mug.game.spec import GameSpec

ROOT = Path(__file__).parents[4]
CAR = """
import math, os
import numpy as np
from gymnasium.envs.classic_control.mountain_car import MountainCarEnv
from mug.engine.callbacks import GameCallbacks
from mug.configurations.configuration_constants import HeuristicPolicy
from mug.rendering import Surface
from track import hills
KEY = os.environ.get("KEY", "hunter2")
WIDTH, HEIGHT = 600, 400
class Car(MountainCarEnv):
    metadata = {"render_modes": ["mug"]}
    def __init__(self, render_mode=None, goal_velocity=0, start=None):
        super().__init__(goal_velocity=goal_velocity)
        self.surface = Surface(width=WIDTH, height=HEIGHT)
        self.track = hills()
    def render(self):
        x = (self.state[0] + 1.2) / 1.8 * WIDTH
        self.surface.circle(x=x, y=HEIGHT * math.sin(3 * self.state[0]) + self.track, radius=10, color="red")
        return self.surface.commit()
class Count(GameCallbacks):
    def __init__(self, word): self.word = word
    def after_step(self, game, step): return {"word": self.word}
def hud_with(word):
    return lambda game: f"{word} {game.step_number} {WIDTH}"
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .rendering(hud_text_fn=hud_with("step"), fps=30)
    .gameplay(action_mapping={"ArrowLeft": 0, "ArrowRight": 2}, default_action=1, countdown_s=0,
        num_episodes=2, max_steps=20, pointer={"down": lambda x, y: 0 if x < WIDTH / 2 else 2},
        callback=[Count("soup"), lambda game, data: data.update(place=float(game.env.state[0]))])
    .runtime(run_through_pyodide=True, environment_class=Car, environment_kwargs={"start": np.arange(3)}))
"""
TRACK = "from pathlib import Path\ndef hills(): return len((Path(__file__).parent / 'hills.txt').read_text())"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The browser's Python, as browsers get it once it is decompressed."""
    if shutil.which("node") is None:
        pytest.skip("there is no Node")
    folder = tmp_path_factory.mktemp("runtime")
    for file in (STATIC / "runtime").glob("*.br"):
        if not file.name.startswith("ort"):
            (folder / file.stem).write_bytes(brotli.decompress(file.read_bytes()))
    return folder


def play(runtime: Path, packed: Packed, spec: GameSpec, turns: int = 200) -> dict[str, Any]:
    browser = BrowserPython.built()
    models = [(file.model, load_model(file.path)) for file in packed.models]
    job = {
        "runtime": str(runtime),
        "wheels": [str(runtime / browser.packages[name].file) for name in packed.packages],
        "packs": [str(file.path) for file in packed.packs],
        "scene": str(packed.scene.path),
        "imports": packed.imports,
        "models": [[name, json.dumps(one.inputs), json.dumps(one.outputs)] for name, one in models],
        "turns": turns,
        "result": str(runtime / "result.json"),
        "setup": {
            "game_id": "game",
            "scene_id": spec.scene_id,
            "seed": 5,
            "participants": [[agent_id, "me"] for agent_id in spec.humans],
            "policies": [],
            "clock_offset_ms": 0,
        },
    }
    file = runtime / "job.json"
    file.write_text(json.dumps(job))
    script = Path(__file__).with_name("play_in_node.mjs")
    done = subprocess.run(
        ["node", str(script), str(file)], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads((runtime / "result.json").read_text())
    assert not [event for event in result["events"] if event[0] == "failed"]
    return result


def test_a_script_s_own_classes_and_functions_are_played(
    runtime: Path, experiment: Any, tmp_path: Path
) -> None:
    """Classes, callbacks, lambdas and a data file of the script's work in the browser's Python."""
    opened = experiment(CAR, {"track.py": TRACK, "hills.txt": "up and down"})
    packed = opened.pack(tmp_path / "cache")
    assert b"hunter2" not in packed.scene.path.read_bytes()
    result = play(runtime, packed, opened.spec)
    steps = [json.loads(line) for line in result["records"] if '"kind":"step"' in line]
    assert result["python"] == [3, 14]
    assert [step["extra"]["word"] for step in steps] == ["soup"] * 40
    assert steps[3]["extra"]["place"] == pytest.approx(steps[4]["observations"]["player_0"][0])
    assert "step 7 600" in result["huds"]
    assert result["events"][-1] == ["over", "completed"]


def test_code_for_the_browser_is_played(runtime: Path, experiment: Any, tmp_path: Path) -> None:
    """The coordination grid, from its file, with a random partner."""
    opened = experiment()
    result = play(runtime, opened.pack(tmp_path / "cache"), opened.spec, turns=60)
    steps = [json.loads(line) for line in result["records"] if '"kind":"step"' in line]
    assert len(steps) > 20
    assert {step["actions"]["player_1"] for step in steps} > {0, 1}


def test_cogrid_with_a_model_is_played(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overcooked from an installed package, beside a model that is asked outside of Python."""
    from mug_pyodide.packing import pack

    monkeypatch.chdir(ROOT / "examples/overcooked_hai")
    with capturing(Path("overcooked_hai.py")) as (config,):
        scenes = config.setting("stager").scenes()
        (spec,) = [scene.game_spec() for scene in scenes if scene.kind == "gym"]
        packed = pack(spec, tmp_path / "cache")
    assert {"cogrid", "pettingzoo"} <= set(packed.imports)
    (model,) = packed.models
    assert model.path.read_bytes() == Path("cramped_room_policy.onnx").read_bytes()
    result = play(runtime, packed, spec, turns=40)
    steps = [json.loads(line) for line in result["records"] if '"kind":"step"' in line]
    assert {step["sources"]["1"] for step in steps} == {"policy"}
    assert {step["actions"]["1"] for step in steps} == {6}


def test_much_source_is_compiled_by_node(
    runtime: Path, experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules that nobody compiled in advance come with bytecode of the browser's Python, made once."""
    monkeypatch.setattr(compiling, "WORTH_BYTES", 1)
    opened = experiment("import track\n" + CAR, {"track.py": TRACK, "hills.txt": "up"})
    packed = opened.pack(tmp_path / "cache")
    with zipfile.ZipFile(packed.packs[-1].path) as archive:
        code = archive.read("_experiment/__pycache__/track.cpython-314.pyc")
    (kept,) = (tmp_path / "cache/bytecode").iterdir()
    with zipfile.ZipFile(kept) as archive:
        assert code in [archive.read(name) for name in archive.namelist()]
    assert code[4:8] == bytes([1, 0, 0, 0]), "the source must not be looked at"


def test_the_modules_that_are_missing_are_known(runtime: Path) -> None:
    """What this Python's standard library has, the browser's has too, or it is among those named missing."""
    script = """
import { pathToFileURL } from "node:url";
const { loadPyodide } = await import(pathToFileURL(`${process.argv[2]}/pyodide.mjs`));
const python = await loadPyodide();
console.log(python.runPython(`
import _imp, json, sys, zipfile
library = zipfile.ZipFile("/lib/python314.zip")
files = {name.partition("/")[0].partition(".")[0] for name in library.namelist()}
late = library.read("late_modules.txt").decode().split()
frozen = [name for name in sys.stdlib_module_names if _imp.is_frozen(name)]
json.dumps([*sys.builtin_module_names, *files, *late, *frozen])
`));
process.exit(0);
"""
    file = runtime / "modules.mjs"
    file.write_text(script)
    done = subprocess.run(
        ["node", str(file), str(runtime)], capture_output=True, text=True, timeout=110, check=True
    )
    there = set(json.loads(done.stdout.splitlines()[-1]))
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert public - there - MISSING == set()
    assert MISSING & there == set()
