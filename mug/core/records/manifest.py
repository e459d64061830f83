"""Remembers which records each file of steps was made from, so that only what has changed is made again."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from mug.core.records.names import part_path
from mug.core.records.streams import PRIVATE_FILE

FORMAT: Final = 2
"""Counts changes of what the files look like; files of another format are made again."""
MANIFEST: Final = ".exported.json"
_SECONDS_BETWEEN_SAVES: Final = 10.0


@attrs.define
class Made:
    """One file: from which games up to which positions, and how it looked on the disk then.

    ``columns``, ``sizes`` (of the file, where it had the last game's records up to a position) and ``cuts``
    (of each game) are only known by the process that made the file, and allow it to add rows at the end.
    """

    inputs: list[tuple[str, int]]
    size: int
    mtime_ns: int
    columns: list[str] | None = None
    sizes: dict[int, int] = attrs.field(factory=dict)
    cuts: list[tuple[tuple[int, int, int], ...]] = attrs.field(factory=list)

    @classmethod
    def of(cls, path: Path, inputs: list[tuple[str, int]], **known: Any) -> Made:
        """Return this of a file that was made just now."""
        status = path.stat()
        return cls(inputs, status.st_size, status.st_mtime_ns, **known)

    def grown(self, inputs: Sequence[tuple[str, int]]) -> int | None:
        """Return from which game on there may be more in these inputs; None if it is not at the end only."""
        last = len(self.inputs) - 1
        if not 0 <= last < len(inputs) or self.inputs[last][0] != inputs[last][0]:
            return None
        return last if self.inputs[:last] == list(inputs[:last]) else None

    def is_at(self, path: Path) -> bool:
        """Return whether the file still is as it was made."""
        try:
            status = path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


class Manifest:
    """What was made below a folder, kept in a file there. Losing it only costs time."""

    def __init__(self, folder: Path, *, anew: bool = False) -> None:
        self._path = folder / MANIFEST
        self._made: dict[str, Made] = {} if anew else _load(self._path)
        self._saved = time.monotonic()
        self._changed = False

    def present(self, file: Path) -> Made | None:
        """Return what is known about a file, by its path below the folder, if it still is as it was made."""
        made = self._made.get(str(file))
        return made if made is not None and made.is_at(self._path.parent / file) else None

    def is_spoiled(self, file: Path) -> bool:
        """Return whether a file that was made is not as it was any more."""
        return str(file) in self._made and self.present(file) is None

    def put(self, file: Path, inputs: list[tuple[str, int]], **known: Any) -> None:
        """Remember a file that was made just now."""
        self._made[str(file)] = Made.of(self._path.parent / file, inputs, **known)
        self._changed = True

    def save(self, *, now: bool = False) -> None:
        """Write the manifest, unless that was done moments ago."""
        if not self._changed or (not now and time.monotonic() - self._saved < _SECONDS_BETWEEN_SAVES):
            return
        files: dict[str, Any] = {
            file: {"inputs": made.inputs, "size": made.size, "mtime_ns": made.mtime_ns}
            for file, made in self._made.items()
        }
        part = part_path(self._path)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(orjson.dumps({"format": FORMAT, "files": files}))
            part.replace(self._path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self._saved = time.monotonic()
        self._changed = False


def _load(path: Path) -> dict[str, Made]:
    try:
        data = orjson.loads(path.read_bytes())
        if data["format"] != FORMAT:
            return {}
        return {
            str(file): Made(
                [(str(game), int(position)) for game, position in made["inputs"]],
                int(made["size"]),
                int(made["mtime_ns"]),
            )
            for file, made in data["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
