"""What plays in the pages of several people: the transport's own package, shipped as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mug.game.spec import GameSpec


def modules_of(spec: GameSpec) -> list[dict[str, Any]]:
    """Return every module beside the class that plays, as trials describe modules; none without such a class.

    A trial imports what the class needs at once. What it imports later lies in the same package: its own one,
    not the distribution's, in which there is the transport's half on the server.
    """
    if spec.peer_game is None:
        return []
    package = sys.modules[spec.peer_game.__module__].__package__ or ""
    if "." not in package:
        return []
    folder = Path(str(sys.modules[package].__file__)).parent
    return [_described(package, folder, file) for file in sorted(folder.rglob("*.py"))]


def _described(package: str, folder: Path, file: Path) -> dict[str, Any]:
    parts = file.relative_to(folder).with_suffix("").parts
    inner = parts[:-1] if parts[-1] == "__init__" else parts
    return {"name": ".".join((package, *inner)), "file": str(file), "folders": []}
