"""Tries a packed scene out: ``python trial.py JOB``, in a process that is as poor as a browser.

JOB is a folder with ``job.json`` and the scene; ``result.json`` gets what was found. Whatever the
researcher's code does, this process can be stopped, and its watchdog leaves the traceback of what hangs.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import sys
import time
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKER_IMPORTS = ("mug_pyodide.in_browser.player", "mug_pyodide.in_browser.lazy_imports")
"""What every browser imports before a scene is loaded."""
LARGEST_FILE = 64 * 2**20
"""Of what is written to a disk, output included: browsers have none."""
STEPS_OF_EPISODE = 20
PATIENCE = 10
"""By how much longer than wanted a slow environment may take for its first episode."""
PLACES = ((0.0, 0.0), (0.5, 0.5), (0.9, 0.1))
"""Where the pointer is tried, as fractions of the picture."""


class Trial:
    """One trial.

    Args:
        folder: the job's.
        job: what ``job.json`` says.
    """

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self._job = job
        self._result: dict[str, Any] = {"phase": "start", "assets": []}
        self._file = folder / "result.json"
        self._hang = (folder / "hang").open("w")
        self._scene = (folder / "scene").read_bytes()

    def run(self) -> None:
        """Try it, and write down what was found."""
        from mug_pyodide.packing import watching

        job = self._job
        models = self._models()
        before = set(sys.modules)
        opened = watching.OpenedFiles()
        imports = watching.BrowserImports(job["missing"], job["packages"], _belongs_to_server(job))
        watching.forbid_what_browsers_forbid()
        opened.install()
        imports.install()
        try:
            self._play(models)
        except BaseException as error:
            opened.active = False
            self._result["error"] = self._described(error)
        opened.active = False
        faulthandler.cancel_dump_traceback_later()
        loaded = {name: module for name, module in sys.modules.items() if name not in before or _is_mug(name)}
        self._result |= {
            "modules": watching.modules_found(loaded),
            "files": [[path, *where] for path, where in opened.found.items()],
            "refused": imports.refused,
        }
        self._file.write_text(json.dumps(self._result))

    def _models(self) -> dict[str, Any]:
        """Load models before anything is forbidden, and forget what that imported."""
        if not self._job["models"]:
            return {}
        before = set(sys.modules)
        with self._phase("models"):
            from mug.engine.models import load_model

            models = {name: load_model(path) for name, path in self._job["models"].items()}
        for name in set(sys.modules) - before:
            if name.partition(".")[0] not in ("numpy", "mug") and not _is_library(name):
                del sys.modules[name]
        return models

    # ------------------------------------------------------------------------------------------- play

    def _play(self, models: dict[str, Any]) -> None:
        for name in WORKER_IMPORTS:
            importlib.import_module(name)
        from mug_pyodide.in_browser import scene

        scene.home = Path(self._job["home"])
        with self._phase("load"):
            spec = scene.load_scene(self._scene)
        for name, model in models.items():
            from mug.engine.models import register_model

            register_model(name, model.inputs, model.outputs)
        self._play_game(spec, models)

    def _play_game(self, spec: Any, models: dict[str, Any]) -> None:
        from dataclasses import replace

        from mug.game.building import build_engine, hud_text
        from mug.game.seats import Seats

        most = self._job["steps"]
        limit = min(spec.max_steps or most, STEPS_OF_EPISODE)
        spec = replace(spec, max_steps=limit, num_episodes=max(2, most // limit))
        seats = Seats(spec, dict.fromkeys(spec.humans, "trial"), {})
        with self._phase("make"):
            engine = build_engine(spec, seats, 1, global_generators=True)
        for agent_id in spec.humans:
            engine.player_joined(agent_id)
        choices = {agent_id: _actions(spec, agent_id) for agent_id in spec.humans}
        began, seconds = time.monotonic(), self._job["playing_seconds"]
        episodes = played = 0
        while engine.phase != "over" and played < most:
            spent = time.monotonic() - began
            if spent > seconds and (episodes > 1 or spent > PATIENCE * seconds):
                break
            if engine.phase != "playing":
                with self._phase("reset"):
                    engine.begin_episode()
                episodes += 1
            else:
                actions = {agent: chosen[played % len(chosen)] for agent, chosen in choices.items() if chosen}
                with self._phase("step"):
                    self._infer(engine, models)
                    engine.advance(_pointed(actions, spec))
                played += 1
            self._show(engine, spec, hud_text)
        with self._phase("save"):
            engine.load(engine.save())
        with self._phase("end"):
            engine.end("stopped")
            engine.close()

    def _infer(self, engine: Any, models: dict[str, Any]) -> None:
        for inference in engine.inferences():
            inference.answer(models[inference.model].run(inference.outputs, inference.feed))

    def _show(self, engine: Any, spec: Any, hud_text: Any) -> None:
        with self._phase("render"):
            packets = [
                engine.render(viewer) for viewer in (spec.humans if engine.per_player_views else (None,))
            ]
        for packet in packets:
            for asset in packet.assets if packet is not None else ():
                files = [os.path.abspath(path) if path else "" for path in (asset.path, asset.data)]  # noqa: PTH100
                entry = [asset.kind, asset.name, *files]
                if entry not in self._result["assets"]:
                    self._result["assets"].append(entry)
        with self._phase("hud"):
            hud_text(spec, engine)

    # ------------------------------------------------------------------------------------- what went wrong

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        """Whatever happens inside happened in this phase; it must not take too long."""
        self._result["phase"] = name
        self._hang.seek(0)
        self._hang.truncate()
        self._hang.write(f"{name}\n")
        self._hang.flush()
        seconds = self._job["seconds"].get(name, self._job["seconds"]["step"])
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._hang)
        yield

    def _described(self, error: BaseException) -> dict[str, Any]:
        """What happened, with the lines of the researcher's own code."""
        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        frames = [
            [frame.filename, frame.lineno or 0, frame.line or ""]
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        if isinstance(cause, SyntaxError):
            frames.append([cause.filename or "", cause.lineno or 0, (cause.text or "").strip()])
        return {
            "type": type(cause).__name__,
            "message": _sentence(cause),
            "missing": cause.name if isinstance(cause, ImportError) else None,
            "fault": [cause.what, cause.fix] if hasattr(cause, "what") and hasattr(cause, "fix") else None,
            "frames": frames,
            "traceback": "".join(traceback.format_exception(cause)),
        }


def _sentence(error: BaseException) -> str:
    """The exception in one line."""
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    first = next((line for line in told.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first.strip()}" if first else type(error).__name__


def _actions(spec: Any, agent_id: Any) -> list[Any]:
    controls = spec.controls.get(agent_id)
    return [] if controls is None else [*controls.actions]


def _pointed(actions: dict[Any, Any], spec: Any) -> dict[Any, Any]:
    from mug.game.spec import PointedAction

    for agent_id, action in actions.items():
        if isinstance(action, PointedAction):
            for across, down in PLACES:
                pointed = action.function(across * spec.game_width, down * spec.game_height)
            actions[agent_id] = pointed
    return actions


def _belongs_to_server(job: dict[str, Any]) -> Any:
    whole, single = tuple(job["whole"]), frozenset(job["single"])

    def is_of_server(name: str) -> bool:
        if name.partition(".")[0] not in ("mug", "mug_pyodide", "mug_server_mode"):
            return False
        return (
            name not in single
            and not name.startswith(tuple(f"{one}." for one in whole))
            and name not in whole
        )

    return is_of_server


def _is_mug(name: str) -> bool:
    return name.partition(".")[0] in ("mug", "mug_pyodide")


def _is_library(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def _bare_package(name: str, folder: str) -> None:
    """Let modules of a package be imported without what the server needs of it."""
    package = types.ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def main(folder: Path) -> None:
    """Run the job in a folder."""
    job = json.loads((folder / "job.json").read_text())
    sys.path[:] = job["path"]
    sys.argv[:] = ["trial"]
    sys.dont_write_bytecode = True
    for name, where in job["bare"].items():
        _bare_package(name, where)
    from mug_pyodide.in_browser import hookspecs

    sys.modules["mug.hookspecs"] = hookspecs
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (job["memory"], job["memory"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    with (folder / "output").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        Trial(folder, job).run()
    # threads of libraries, and what hangs when it is closed, are nobody's concern any more
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
