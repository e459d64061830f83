"""A headless Chromium in which the worker that otherwise plays games examines them; nobody sees a page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Self

import attrs
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response

from mug.errors import MugError
from mug.game.spec import GameSpec
from mug_pyodide.packing import Packed, cache_folder, pack
from mug_pyodide.routes import Files
from mug_pyodide.static_runtime import StaticRuntime

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ARGUMENTS: Final = ("--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_PAGE: Final = "<!doctype html><meta charset=utf-8><title>mug</title>"
_EXAMINE: Final = """async ([index, task, records]) => {
  const absolute = (file) => ({ ...file, url: new URL(file.url, document.baseURI).href });
  const manifest = await (await fetch("./-/pyodide/manifest.json")).json();
  const wire = manifest.scenes[index];
  const scene = { sceneId: wire.scene_id, packages: wire.packages, imports: wire.imports };
  for (const name of ["packs", "lazy", "models"]) scene[name] = wire[name].map(absolute);
  scene.scene = absolute(wire.scene);
  const base = new URL(manifest.runtime.base, document.baseURI).href;
  const blob = new Uint8Array(await (await fetch(scene.scene.url)).arrayBuffer());
  window.workers ??= {};
  const known = window.workers[index];
  const worker = known ?? new Worker(new URL(manifest.worker, document.baseURI), { type: "module" });
  window.workers[index] = worker;
  return await new Promise((resolve, reject) => {
    const ask = () => worker.postMessage(
      { type: "examine", scene: blob, task, records: new TextEncoder().encode(records) });
    worker.onerror = (event) => reject(new Error(event.message || "the worker could not be loaded"));
    worker.onmessage = ({ data }) => {
      if (data.type === "booted") ask();
      else if (data.type === "examined") resolve(data.text);
      else if (data.type === "boot_failed" || data.type === "crashed")
        reject(new Error(`${data.reason}\\n${data.detail}`));
    };
    if (known) ask();
    else worker.postMessage(
      { type: "boot", runtime: { ...manifest.runtime, base }, scene, fresh: false });
  });
}"""
_FORGET: Final = """(index) => {
  window.workers?.[index]?.terminate();
  if (window.workers) delete window.workers[index];
}"""


class Examination(Exception):  # noqa: N818 - says why there is none
    """The browser could not examine a scene; the text says why."""


@attrs.define(eq=False)
class Examining:
    """A page in Chromium that examines the scenes of some specs.

    Use it as ``async with Examining.of(specs) as examining``.
    """

    _page: Any
    _order: list[str]
    _seconds: float

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, specs: Mapping[str, GameSpec], seconds: float) -> AsyncIterator[Self]:
        """Start Chromium, and serve it what browsers load for these scenes.

        Args:
            specs: what is to be examined, by scene id.
            seconds: how long each examination may take.

        Raises:
            MugError: Chromium or Playwright is not installed, mug-pyodide was never built, or a scene cannot
                be packed.
        """
        playwright = _playwright()
        chromium = find_chromium()
        static = StaticRuntime.find()
        if static is None:
            raise MugError(
                "Python for the browser is not there: this installation of mug-pyodide was never built",
                fix="run make setup, or install the wheel of mug-pyodide",
            )
        packed = {scene_id: pack(spec, cache_folder()) for scene_id, spec in specs.items()}
        async with _server(static, packed) as address, playwright() as driver:
            with tempfile.TemporaryDirectory() as home:
                browser = await driver.chromium.launch(
                    executable_path=chromium,
                    args=[*_ARGUMENTS, *(["--no-sandbox"] if _is_root() else [])],
                    env={**os.environ, "HOME": home},
                )
                try:
                    page = await browser.new_page()
                    await page.goto(address)
                    yield cls(page, list(packed), seconds)
                finally:
                    await browser.close()

    async def checks(self, scene_id: str, steps: int) -> dict[str, Any]:
        """Check a scene's environment; see `mug_pyodide.in_browser.examining`.

        Raises:
            Examination: that did not work.
        """
        result: dict[str, Any] = await self._examine(scene_id, {"kind": "checks", "steps": steps})
        return result

    async def replay(self, scene_id: str, records: list[bytes], seed: int | None) -> list[dict[str, Any]]:
        """Play a game again; return its findings as they are recorded.

        Raises:
            Examination: that did not work.
        """
        text = b"\n".join(records).decode(errors="replace")
        result: list[dict[str, Any]] = await self._examine(scene_id, {"kind": "replay", "seed": seed}, text)
        return result

    async def forget(self, scene_id: str) -> None:
        """End the scene's interpreter; the next examination begins with a new one."""
        await self._page.evaluate(_FORGET, self._order.index(scene_id))

    async def _examine(self, scene_id: str, task: dict[str, Any], records: str = "") -> Any:
        arguments = [self._order.index(scene_id), json.dumps(task), records]
        try:
            async with asyncio.timeout(self._seconds):
                return json.loads(await self._page.evaluate(_EXAMINE, arguments))
        except TimeoutError:
            await self.forget(scene_id)
            raise Examination(f"nothing came of it for {self._seconds:.0f} seconds") from None
        except Exception as error:
            await self.forget(scene_id)
            lines = [line for line in str(error).splitlines() if line.strip()]
            raise Examination(lines[-1].strip() if lines else type(error).__name__) from error


def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome.

    Raises:
        MugError: there is none.
    """
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise MugError(
        "this needs Chromium or Chrome, and none is on the PATH",
        fix="install it, for example with apt install chromium",
    )


def _playwright() -> Any:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise MugError(
            "this drives Chromium with Playwright, which is not installed", fix="pip install playwright"
        ) from None
    return async_playwright


def _is_root() -> bool:
    """Whether Chromium would refuse to start with its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.asynccontextmanager
async def _server(static: StaticRuntime, packed: Mapping[str, Packed]) -> AsyncIterator[str]:
    """Serve the same files at the same places as an experiment does, to this machine only."""
    files = Files()
    files.publish(static, packed)
    app = Quart(__name__)
    for route in files.routes():
        app.add_url_rule(f"/-/pyodide/{route.path}", route.path, route.handler)

    @app.get("/")
    async def page() -> Response:
        return Response(_PAGE, content_type="text/html")

    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.accesslog = config.errorlog = None
    over = asyncio.Event()
    serving = asyncio.create_task(serve(app, config, shutdown_trigger=over.wait))
    try:
        yield address
    finally:
        over.set()
        await serving
