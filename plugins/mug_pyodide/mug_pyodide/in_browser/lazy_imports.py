"""Fetches what nobody expected to be imported: the rest of the packages that a game imports a part of."""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.machinery
import io
import json
import sys
import types
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mug_pyodide.in_browser.scene import SITE

Fetch = Callable[[str], bytes]


class LazyImports:
    """Finds modules in archives that are not there yet.

    It is asked last, when a module is nowhere else. An archive is fetched when something in its package is
    imported: the package's name is the archive's, up to the first dot.

    Args:
        fetch: returns the content of an address, and blocks until it is there.
        folder: where archives are unpacked.
    """

    def __init__(self, fetch: Fetch, folder: Path) -> None:
        self._fetch = fetch
        self._folder = folder
        self._offered: dict[str, list[tuple[str, str]]] = {}
        self._fetched: set[str] = set()

    def offer(self, url: str, integrity: str) -> None:
        """Say where an archive is, and its hash as ``fetch`` has it (``sha256-`` and Base64)."""
        package = url.rpartition("/")[2].partition(".")[0]
        archives = self._offered.setdefault(package, [])
        if url not in self._fetched and (url, integrity) not in archives:
            archives.append((url, integrity))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Fetch the archives of the module's package, and look there.

        Raises:
            ImportError: an archive could not be fetched, or is not what was packed.
        """
        archives = self._offered.pop(name.partition(".")[0], [])
        if not archives:
            return None
        for url, integrity in archives:
            self._unpack(url, integrity, name)
        importlib.invalidate_caches()
        return importlib.machinery.PathFinder.find_spec(name, path, target)

    def _unpack(self, url: str, integrity: str, name: str) -> None:
        try:
            content = self._fetch(url)
        except Exception as error:
            raise ImportError(f"{name} could not be loaded from the server: {error}", name=name) from error
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        if integrity and integrity != f"sha256-{digest}":
            raise ImportError(f"{name} came damaged from the server", name=name)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(self._folder)
        self._fetched.add(url)


_finder: LazyImports | None = None


def install(archives: str) -> None:
    """Let imports fetch these archives when they are needed.

    Args:
        archives: a JSON list of objects with ``url`` and ``integrity``.
    """
    global _finder
    if _finder is None:
        _finder = LazyImports(_fetch_in_worker, SITE)
        sys.meta_path.append(_finder)
    for archive in json.loads(archives):
        _finder.offer(archive["url"], archive["integrity"] or "")


def _fetch_in_worker(url: str) -> bytes:
    """Fetch with a request that blocks, which workers may make."""
    import js

    request: Any = js.XMLHttpRequest.new()
    request.open("GET", url, False)
    request.responseType = "arraybuffer"
    # nothing can be said while the request blocks, and silence looks like an endless loop
    js.mugFetching(True)
    try:
        request.send()
    finally:
        js.mugFetching(False)
    if request.status != 200:
        raise OSError(f"the server answered {request.status}")
    content: bytes = request.response.to_bytes()
    return content
