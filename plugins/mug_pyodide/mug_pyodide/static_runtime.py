"""The files that were built into this package: Python for the browser, and the page's half."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import orjson

STATIC = Path(__file__).parent / "static"
WORKER = "worker.js"


@attrs.frozen(eq=False)
class StaticRuntime:
    """Python for the browser.

    Attributes:
        folder: where its files are, each as ``<name>.br`` and ``<name>.gz``, or as it is.
        worker: the script that runs it in a page.
        digest: names all of it by its content.
        sizes: bytes by file name, before compression.
        hashes: SHA-256 in Base64 by file name, before compression.
        packages: compiled packages for it, by name: what Pyodide's own list says of them.
    """

    folder: Path
    worker: Path
    digest: str
    sizes: dict[str, int]
    hashes: dict[str, str]
    packages: dict[str, Any]

    @classmethod
    def find(cls) -> StaticRuntime | None:
        """Return what is built in; None when it was never built."""
        described, worker = STATIC / "runtime" / "runtime.json", STATIC / WORKER
        if not described.is_file() or not worker.is_file():
            return None
        return _read(described, worker, described.stat().st_mtime_ns, worker.stat().st_mtime_ns)


@cache
def _read(described: Path, worker: Path, *changed: int) -> StaticRuntime:
    description = orjson.loads(described.read_bytes())
    content = description["digest"].encode() + worker.read_bytes()
    return StaticRuntime(
        folder=described.parent,
        worker=worker,
        digest=hashlib.sha256(content).hexdigest()[:16],
        sizes={name: entry["bytes"] for name, entry in description["files"].items()},
        hashes={
            name: base64.b64encode(bytes.fromhex(entry["sha256"])).decode()
            for name, entry in description["files"].items()
        },
        packages=description["packages"],
    )
