"""What browsers load: Python itself, and the packs of each scene. Everything is named by its content."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import brotli
import orjson
from quart import Response, request

from mug.components import Route
from mug_pyodide.packing import Packed, PackFile
from mug_pyodide.static_runtime import WORKER, StaticRuntime

FOR_EVER: Final = "public, max-age=31536000, immutable"
WORKER_POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""What the worker may do, whatever code it runs: load from this server, and nothing else."""
ENDINGS: Final = {"br": ".br", "gzip": ".gz", "": ""}
TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
    ".whl": "application/zip",
}


class Files:
    """Serves what was published; before that there is nothing."""

    def __init__(self) -> None:
        self._static: StaticRuntime | None = None
        self._worker: dict[str, bytes] = {}
        self._packs: dict[str, Path] = {}
        self._kept: dict[Path, bytes] = {}
        self._manifest = b""

    def publish(self, static: StaticRuntime, scenes: Mapping[str, Packed]) -> None:
        """Serve Python for the browser, and what these scenes need, in the order in which they are given."""
        script = static.worker.read_bytes()
        self._static = static
        self._worker = {"br": brotli.compress(script), "gzip": gzip.compress(script), "": script}
        for packed in scenes.values():
            self._packs |= {file.name: file.path for file in packed.files()}
            self._packs[packed.scene_name] = packed.scene.path
        base = f"./-/pyodide/runtime/{static.digest}/"
        manifest = {
            "runtime": {"base": base, "files": static.sizes, "lock": "pyodide-lock.json"},
            "worker": f"{base}{WORKER}",
            "scenes": [_scene(scene_id, packed) for scene_id, packed in scenes.items()],
        }
        self._manifest = orjson.dumps(manifest)

    def routes(self) -> Iterable[Route]:
        """Return the routes."""
        return (
            Route("manifest.json", self._get_manifest),
            Route("runtime/<digest>/<file>", self._get_runtime),
            Route("packs/<file>", self._get_pack),
        )

    async def _get_manifest(self) -> Response:
        return Response(self._manifest, content_type="application/json")

    async def _get_runtime(self, digest: str, file: str) -> Response:
        static = self._static
        if static is None or digest != static.digest:
            return _nothing()
        if file == WORKER:
            response = _content(self._worker[_way(self._worker)], WORKER, _way(self._worker))
            response.headers["Content-Security-Policy"] = WORKER_POLICY
            return response
        known = file in static.sizes or any(file == one["file"] for one in static.packages.values())
        return await self._send(static.folder / file) if known else _nothing()

    async def _get_pack(self, file: str) -> Response:
        path = self._packs.get(file)
        return await self._send(path) if path is not None else _nothing()

    async def _send(self, path: Path) -> Response:
        """Send a file in the smallest form that the browser takes; it stays in memory for the next one."""
        forms = {way: path.with_name(path.name + ending) for way, ending in ENDINGS.items()}
        there = {way: form for way, form in forms.items() if form in self._kept or form.is_file()}
        way = _way(there)
        form = there.get(way, forms["gzip"])
        if form not in self._kept:
            self._kept[form] = await asyncio.to_thread(form.read_bytes)
        content = self._kept[form]
        if way not in there:
            content = self._kept[path] = await asyncio.to_thread(gzip.decompress, content)
        return _content(content, path.name, way)


def _way(there: Collection[str]) -> str:
    """Return the encoding to send in: "" is none."""
    accepted = {
        part.partition(";")[0].strip() for part in request.headers.get("Accept-Encoding", "").split(",")
    }
    return next((way for way in ("br", "gzip") if way in accepted and way in there), "")


def _content(content: bytes, name: str, way: str) -> Response:
    kind = TYPES.get(Path(name).suffix, "application/octet-stream")
    response = Response(content, content_type=kind)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    if way:
        response.headers["Content-Encoding"] = way
    return response


def _nothing() -> Response:
    return Response("There is no such file.", 404, content_type="text/plain; charset=utf-8")


def _scene(scene_id: str, packed: Packed) -> dict[str, Any]:
    return {
        "scene_id": scene_id,
        "packs": [_entry(file) for file in packed.packs],
        "lazy": [_entry(file) for file in packed.lazy],
        "scene": _entry(attrs.evolve(packed.scene, name=packed.scene_name)),
        "models": [{"name": model.model, **_entry(model)} for model in packed.models],
        "packages": list(packed.packages),
        "imports": list(packed.imports),
    }


def _entry(file: PackFile) -> dict[str, Any]:
    return {
        "url": f"./-/pyodide/packs/{file.name}",
        "bytes": file.bytes,
        "integrity": f"sha256-{file.sha256}",
    }
