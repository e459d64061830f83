"""What is kept between builds and shared by clones: files under ``~/.cache/mug``, named by their origin."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from mug_pyodide.packing.storage import write_whole


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


class Cache:
    """Files by kind and key. What a key stands for never changes, so nothing is ever replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of_user(cls) -> Cache:
        """Return the cache under ``$XDG_CACHE_HOME``, or ``~/.cache`` where that is not set."""
        home = os.environ.get("XDG_CACHE_HOME")
        return cls((Path(home) if home else Path.home() / ".cache") / "mug" / "assembly")

    def read(self, kind: str, key: str) -> bytes | None:
        """Return what is there, or ``None``."""
        try:
            return self._path(kind, key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, kind: str, key: str, data: bytes) -> None:
        """Keep ``data``; another build that does the same at the same time does no harm."""
        write_whole(self._path(kind, key), data)

    def remember(self, kind: str, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what is there, else make it and keep it."""
        data = self.read(kind, key)
        if data is None:
            data = make()
            self.write(kind, key, data)
        return data

    def _path(self, kind: str, key: str) -> Path:
        return self._folder / kind / key[:2] / key
