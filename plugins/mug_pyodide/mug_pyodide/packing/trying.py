"""Has a packed scene tried out in a process of its own, and says what is wrong with it."""

from __future__ import annotations

import json
import linecache
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

import mug
from mug.errors import Problem
from mug.rendering import Asset
from mug_pyodide.packing.browser_python import MISSING, BrowserPython
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.requirements import ON_SERVER
from mug_pyodide.packing.shippable import SINGLE, WHOLE, is_installed

log = logging.getLogger("mug_pyodide")

_HERE: Final = Path(__file__).resolve().parent
_MUG: Final = Path(mug.__file__).resolve().parent
_SECONDS: Final = {"models": 60.0, "load": 60.0, "make": 60.0, "reset": 30.0, "step": 10.0}
"""How long each phase may take; what is not named, as long as a step."""
_GRACE: Final = 60.0
_PLAYING_SECONDS: Final = 1.0
_STEPS: Final = 200
_MEMORY: Final = 4 * 2**30
_PHASES: Final = {
    "start": "the trial did not start",
    "models": "a model cannot be loaded",
    "load": "the script's functions cannot be loaded",
    "make": "the environment cannot be made",
    "reset": "reset() does not work",
    "step": "step() does not work",
    "render": "render() does not work",
    "hud": "hud_text_fn does not work",
    "save": "the state of the game cannot be saved",
    "end": "the game cannot be ended",
}
_DOES: Final = {
    "models": "loading a model",
    "load": "loading the script's functions",
    "make": "making the environment",
    "reset": "reset()",
    "step": "step()",
    "render": "render()",
    "hud": "hud_text_fn",
    "save": "saving the game",
    "end": "ending the game",
}
_FRAME: Final = re.compile(r'^\s*File "(.+)", line (\d+) in (.+)$', re.MULTILINE)


@attrs.frozen
class Tried:
    """What a trial found.

    Attributes:
        modules: what was imported: ``name``, ``file`` and ``folders``.
        opened: files that were opened, each with the file and line of the code that did.
        assets: pictures that were registered.
        problem: what does not work; None if it was played.
    """

    modules: list[dict[str, Any]] = attrs.field(factory=list)
    opened: list[tuple[str, str, int]] = attrs.field(factory=list)
    assets: tuple[Asset, ...] = ()
    problem: Problem | None = None


class Trier:
    """Tries scenes out.

    Args:
        project: where the researcher's files are.
        browser: the Python of browsers.
        seconds: limits, by phase, that are others than usual.
    """

    def __init__(
        self, project: Project, browser: BrowserPython, seconds: Mapping[str, float] | None = None
    ) -> None:
        self._project = project
        self._browser = browser
        self._seconds = {**_SECONDS, **(seconds or {})}

    def try_out(self, scene_id: str, blob: bytes, models: Mapping[str, Path]) -> Tried:
        """Play some of a game; ``models`` are model files by the names that the scene has for them."""
        with tempfile.TemporaryDirectory(prefix="mug-trial-") as name:
            folder = Path(name)
            (folder / "scene").write_bytes(blob)
            (folder / "job.json").write_text(json.dumps(self._job(models)))
            status = self._run(folder)
            try:
                result = json.loads((folder / "result.json").read_text())
            except (OSError, ValueError):
                return Tried(problem=self._stuck(scene_id, folder, status))
        if "error" in result:
            return Tried(problem=self._failed(scene_id, result))
        return Tried(
            result["modules"],
            [(path, opener, line) for path, opener, line in result["files"]],
            tuple(Asset(*asset) for asset in result["assets"]),
        )

    def _job(self, models: Mapping[str, Path]) -> dict[str, Any]:
        return {
            "path": [str(Path(entry or ".").absolute()) for entry in sys.path],
            "bare": {"mug_pyodide": str(_HERE.parent), "mug_pyodide.packing": str(_HERE)},
            "home": str(self._project.root),
            "missing": sorted(MISSING),
            "packages": sorted(self._browser.by_import()),
            "whole": WHOLE,
            "single": [*SINGLE, "mug_pyodide.packing"],
            "models": {name: str(path) for name, path in models.items()},
            "seconds": self._seconds,
            "playing_seconds": _PLAYING_SECONDS,
            "steps": _STEPS,
            "memory": _MEMORY,
        }

    def _run(self, folder: Path) -> int | None:
        """Run the trial; None when it had to be stopped."""
        command = [sys.executable, "-X", "utf8", str(_HERE / "trial.py"), str(folder)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        environment.pop("PYTHONWARNINGS", None)
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=(folder / "errors").open("w"),
                timeout=sum(self._seconds.values()) + _GRACE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.returncode

    # ----------------------------------------------------------------------------------- problems

    def _failed(self, scene_id: str, result: dict[str, Any]) -> Problem:
        error, phase = result["error"], result["phase"]
        log.error("scene '%s' was tried out for browsers:\n%s", scene_id, error["traceback"].rstrip())
        where = self._where(scene_id, error["frames"])
        missing = error["missing"]
        if missing and error["type"] == "ModuleNotFoundError":
            return self._missing(where, missing, result["refused"])
        what, fix = error["fault"] or (error["message"], "")
        return Problem(where, f"{_PHASES[phase]} in the browser's Python: {what}", fix)

    def _missing(self, where: str, module: str, refused: Mapping[str, str]) -> Problem:
        if module in refused:
            what = f"browsers cannot import '{module}': {refused[module]}"
            fix = (
                "do without it in the browser"
                if module.startswith("mug")
                else f"do without it, or {ON_SERVER}"
            )
            return Problem(where, what, fix)
        return Problem(where, f"there is no module '{module}'", f"pip install {module.partition('.')[0]}")

    def _stuck(self, scene_id: str, folder: Path, status: int | None) -> Problem:
        """What to say of a trial that ended without a result: it hung, or broke down."""
        hang = _read(folder / "hang")
        phase, _, dump = hang.partition("\n")
        output = (_read(folder / "output") + _read(folder / "errors")).strip()
        frames = [(file, int(line), _line(file, int(line))) for file, line, _ in _FRAME.findall(dump)]
        log.error("scene '%s' was tried out for browsers:\n%s", scene_id, dump.strip() or output[-4000:])
        if frames or status is None:
            seconds = self._seconds.get(phase, self._seconds["step"])
            what = f"{_DOES.get(phase, 'the trial')} does not come back within {seconds:g} seconds"
            return Problem(self._where(scene_id, frames[::-1]), what, "look for a loop that never ends")
        last = output.splitlines()[-1] if output else f"status {status}"
        what = f"Python broke down in {_DOES.get(phase, 'the trial')}: {last}"
        return Problem(self._where(scene_id, []), what, "")

    def _where(self, scene_id: str, frames: Sequence[tuple[str, int, str]]) -> str:
        """The scene, and the last line of the researcher's own among these."""
        own = [frame for frame in frames if _is_own(frame[0])]
        if not own:
            return f"scene '{scene_id}', .runtime()"
        file, line, text = own[-1]
        return f"scene '{scene_id}', {Path(file).name}, line {line}" + (f": {text}" if text else "")


def _is_own(file: str) -> bool:
    if file.startswith("<"):
        return not file.startswith(("<frozen", "<string>"))
    path = Path(file)
    inside = any(path.is_relative_to(folder) for folder in (_MUG, _HERE.parent))
    return not inside and not is_installed(path)


def _line(file: str, number: int) -> str:
    linecache.checkcache(file)
    return linecache.getline(file, number).strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
