"""Pyodide as it comes: its own core, NumPy's wheel and source files, served beside mug for comparison."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import brotli
from aiohttp import web
from mug_pyodide.packing import PackFile, cache_folder, pack
from mug_pyodide.static_runtime import StaticRuntime

from bench.processes import ROOT
from mug.game.spec import GameSpec

sys.path.append(str(ROOT / "plugins" / "mug_pyodide"))

from assembly.origins import locked_packages, npm_package
from assembly.progress import Progress
from assembly.storage import Cache
from assembly.wheels import obtain

SITE = Path(__file__).with_name("stock_site")
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
TYPES = {
    ".html": "text/html",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
STANDS_IN = {"mug/hookspecs.py": "mug_pyodide/in_browser/hookspecs.py"}
"""What has another source in browsers than on the server."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@attrs.frozen
class StockFile:
    """A file, as it is sent."""

    content: bytes
    encoding: str | None = None


def stock_files(spec: GameSpec, measure: str = "") -> dict[str, StockFile]:
    """Return what the site serves: everything as it comes, compressed as a content delivery network would.

    Args:
        spec: the game that is played there.
        measure: Python code whose ``measure_json(spec)`` is called in place of playing.
    """
    packed = pack(spec, cache_folder())
    npm = npm_package("pyodide")
    files = {name: _compressed(name, (npm / name).read_bytes()) for name in CORE}
    packages = locked_packages(packed.packages)
    with Progress(1).stage("Wheels of Pyodide's distribution") as stage:
        wheels = obtain(packages.values(), Cache.of_user(), stage)
    files |= {package.file: StockFile(wheels[name]) for name, package in packages.items()}
    archives = {f"{number}.zip": _sources(one) for number, one in enumerate(packed.packs)}
    files |= {name: StockFile(content) for name, content in archives.items()}
    files["scene.bin"] = StockFile(packed.scene.path.read_bytes())
    human = str(spec.humans[0])
    setup = {"game_id": "stock", "seed": 1, "participants": [[human, "subject"]], "clock_offset_ms": 0}
    description = {
        "archives": list(archives),
        "scene": "scene.bin",
        "packages": list(packed.packages),
        "imports": list(packed.imports),
        "setup": setup,
        "measure": measure,
    }
    files["game.json"] = StockFile(json.dumps(description).encode())
    return files | {name: StockFile((SITE / name).read_bytes()) for name in ("index.html", "worker.mjs")}


def _compressed(name: str, content: bytes) -> StockFile:
    if Path(name).suffix == ".zip":
        return StockFile(content)
    static = StaticRuntime.find()
    ready = static.folder / f"{name}.br" if static is not None else None
    if ready is not None and ready.is_file() and brotli.decompress(ready.read_bytes()) == content:
        return StockFile(ready.read_bytes(), "br")
    return StockFile(brotli.compress(content, quality=9), "br")


def _sources(packed: PackFile) -> bytes:
    """Return an archive with the sources in place of bytecode, as people zip it."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(packed.path) as archive,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as sources,
    ):
        for name in archive.namelist():
            if name.endswith(".pyc"):
                sources.writestr(name.removesuffix("c"), _installed(name.removesuffix("c")))
            else:
                sources.writestr(name, archive.read(name))
    return target.getvalue()


def _installed(name: str) -> bytes:
    """Return a module's source, from wherever Python finds it.

    Raises:
        FileNotFoundError: it has none.
    """
    for folder in sys.path:
        file = Path(folder) / STANDS_IN.get(name, name)
        if file.is_file():
            return file.read_bytes()
    raise FileNotFoundError(name)


@contextlib.asynccontextmanager
async def stock_site(files: dict[str, StockFile]) -> AsyncIterator[int]:
    """Serve the files; yield the port."""

    async def get(request: web.Request) -> web.Response:
        name = request.match_info["name"] or "index.html"
        if name not in files:
            return web.Response(status=404)
        file = files[name]
        kind = TYPES.get(Path(name).suffix, "application/zip")
        headers = dict(FOR_EVER) if name != "index.html" else {}
        if file.encoding is not None:
            headers["Content-Encoding"] = file.encoding
        return web.Response(body=file.content, content_type=kind, headers=headers)

    application = web.Application()
    application.router.add_get("/{name:.*}", get)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
