"""Packs what a game needs in browsers: what it imports, the part of the script it uses, and its models."""

from __future__ import annotations

from pathlib import Path

from mug.game.spec import GameSpec
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.packed import ModelFile, Packed, PackFile, cache_folder
from mug_pyodide.packing.packer import Packer
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.trying import Trier

__all__ = ["ModelFile", "PackFile", "Packed", "cache_folder", "pack"]


def pack(spec: GameSpec, cache: Path) -> Packed:
    """Return what browsers load for a scene; the scene is tried out first, as it would run there.

    What was packed once is found again until one of its files changes.

    Args:
        spec: the scene's game.
        cache: the folder in which packs are kept.

    Raises:
        ConfigurationError: it cannot run in browsers; says everything that was found.
    """
    project, browser = Project.of_script(), BrowserPython.built()
    return Packer(cache, project, Trier(project, browser), browser).pack(spec)
