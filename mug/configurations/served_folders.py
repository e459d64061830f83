"""The folders whose files everybody can get: the data and the script must not be among these."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mug.configurations.settings import Builder
from mug.errors import Problem
from mug.scenes.scene import Scene

_FIX = "put what pages show into a folder of its own"


def exposing_folders(config: Builder, scenes: Sequence[Scene]) -> Iterator[Problem]:
    """Yield a problem for each folder of an experiment or its scenes that would let everybody read the data.

    Or the script, in which there may be passwords.
    """
    data = (Path(config.setting("data_dir")) / config.setting("experiment_id")).resolve()
    for folder in config.setting("directories"):
        for what in _exposed(folder, data):
            yield config.problem("static_files", "directories", what, _FIX)
    for scene in scenes:
        folder = scene.setting("assets_dir") if "assets_dir" in scene.known_settings else None
        for what in [] if folder is None else _exposed(folder, data):
            yield scene.problem("assets", "assets_dir", what, _FIX)


def _exposed(folder: Path, data: Path) -> Iterator[str]:
    """Say what of a folder nobody should be able to read."""
    if data.is_relative_to(folder) or folder.is_relative_to(data):
        yield f"everybody could read the data: {data} would be served with {folder}"
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if script is not None and Path(script).resolve().is_relative_to(folder):
        yield f"everybody could read the script: it is in {folder}, which would be served"
