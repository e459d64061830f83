"""Keeps packs, compressed, in a folder of the user's cache, and remembers what they were made from."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import attrs
import brotli
import orjson

from mug_pyodide.packing.packed import Packed, PackFile, described

QUALITY: Final = 9
"""Of Brotli, for what has to be there before a game; three quarters of a second for what most games load."""
LAZY_QUALITY: Final = 4
"""Of Brotli, for what is hardly ever loaded."""


@attrs.frozen
class Content:
    """A file that is to be kept.

    Attributes:
        name: what its name begins with.
        ending: what its name ends with, with the dot.
        data: the content.
        lazy: whether it is hardly ever loaded.
    """

    name: str
    ending: str
    data: bytes = attrs.field(repr=False)
    lazy: bool = False


class Storage:
    """Packs in a folder. Files are named by their content; what is there is never changed.

    Args:
        folder: made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, contents: Sequence[Content]) -> list[PackFile]:
        """Write files with their compressed forms, on all processors."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            by_size = sorted(range(len(contents)), key=lambda number: -len(contents[number].data))
            waiting = {number: pool.submit(self._keep, contents[number]) for number in by_size}
            return [waiting[number].result() for number in range(len(contents))]

    def _keep(self, content: Content) -> PackFile:
        digest = hashlib.sha256(content.data).hexdigest()[:24]
        path = self._folder / f"{content.name}.{digest}{content.ending}"
        quality = LAZY_QUALITY if content.lazy else QUALITY
        for ending, compress in (
            (".br", lambda data: brotli.compress(data, quality=quality, lgwin=22)),
            (".gz", lambda data: gzip.compress(data, 6, mtime=0)),
            ("", lambda data: data),
        ):
            target = path.with_name(path.name + ending)
            if not target.is_file():
                write_whole(target, compress(content.data))
        return described(path, content.data)

    def recall(self, key: str) -> Packed | None:
        """Return what was packed under this key, unless a file that it was made from has changed."""
        try:
            values = orjson.loads(self._path(key).read_bytes())
            fresh = all(stamp(Path(path)) == tuple(was) for path, *was in values["made_from"])
            packed = Packed.from_json(values["packed"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        there = all(form.is_file() for file in packed.files() for form in _forms(file.path))
        return packed if fresh and there else None

    def remember(self, key: str, packed: Packed, made_from: Iterable[Path]) -> None:
        """Remember what was packed under a key, and the files and folders that it was made from."""
        stamps = [[str(path), *stamp(path)] for path in dict.fromkeys(made_from)]
        values = {"packed": packed.to_json(), "made_from": stamps}
        write_whole(self._path(key), orjson.dumps(values))

    def once(self, kind: str, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what was made under a key before, else make it."""
        path = self._folder / kind / key
        try:
            return path.read_bytes()
        except FileNotFoundError:
            made = make()
            write_whole(path, made)
            return made

    def _path(self, key: str) -> Path:
        return self._folder / "scenes" / f"{key}.json"


def stamp(path: Path) -> tuple[int, int]:
    """Return what shows that a file or folder was changed: its time and its size; zeros without it."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, 0 if path.is_dir() else found.st_size)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _forms(path: Path) -> tuple[Path, ...]:
    return (path, path.with_name(f"{path.name}.br"), path.with_name(f"{path.name}.gz"))


def key_of(*parts: Any) -> str:
    """Return a name for what is made from these values."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]
