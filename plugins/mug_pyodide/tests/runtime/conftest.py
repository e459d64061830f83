"""A server of nothing but the assembled runtime, as mug's routes serve it, and a worker that boots it."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import onnx
import pytest_asyncio
from aiohttp import web
from mug_pyodide.packing.bytecode import lookup
from onnx import TensorProto, helper
from playwright.async_api import async_playwright

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "mug_pyodide" / "static" / "runtime"
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
PAGE_POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
Ask = Callable[..., Awaitable[Any]]
PACKED = ("gymnasium", "cloudpickle", "farama_notifications", "typing_extensions")
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


@attrs.frozen
class Booted:
    """A worker in Chromium that has booted the runtime."""

    ask: Ask
    """Called with a task's name and its argument; returns what the worker answers."""
    stages: dict[str, int]
    """Milliseconds of each stage of its boot."""
    sent: Counter[str]
    """Bytes on the wire of each file."""
    elsewhere: list[str]
    """Requests to any other host."""
    complaints: list[str]
    """What the page and the worker wrote to the console, violations of their policies among it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def booted() -> AsyncIterator[Booted]:
    """Boot the runtime in a module worker, under the policy that mug serves it with."""
    site = RuntimeSite()
    elsewhere: list[str] = []
    complaints: list[str] = []
    async with site as address, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await chromium.new_page()
        page.on("request", lambda r: None if r.url.startswith(address) else elsewhere.append(r.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        await page.wait_for_function("() => window.ask !== undefined")

        async def ask(task: str, argument: object = None) -> Any:
            return await page.evaluate("(question) => window.ask(question)", [task, argument])

        stages = await ask("boot")
        yield Booted(ask, stages, site.sent, elsewhere, complaints)
        await chromium.close()


class RuntimeSite:
    """Serves on a free port of this machine; counts the bytes of each file on the wire."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._pack = gymnasium_pack()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> str:
        """Start; return the address."""
        site = web.Application()
        site.router.add_get("/runtime/{name}", self._runtime)
        site.router.add_get("/{name:.*}", self._other)
        self._runner = web.AppRunner(site)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *error: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _runtime(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "worker.js":
            headers = {"Content-Type": "text/javascript", "Content-Security-Policy": WORKER_POLICY}
            return self._answer(name, (HERE / name).read_bytes(), headers)
        headers = {"Content-Type": TYPES.get(Path(name).suffix, "application/octet-stream")}
        path = RUNTIME / name
        if not path.exists():
            path = RUNTIME / f"{name}.br"
            headers["Content-Encoding"] = "br"
        return self._answer(name, path.read_bytes(), headers)

    async def _other(self, request: web.Request) -> web.Response:
        match request.match_info["name"]:
            case "":
                page = b'<!doctype html><title>Runtime</title><script type="module" src="/page.js"></script>'
                headers = {"Content-Type": "text/html", "Content-Security-Policy": PAGE_POLICY}
                return self._answer("page", page, headers)
            case "pack.zip":
                return self._answer("pack.zip", self._pack, {"Content-Type": "application/zip"})
            case "model.onnx":
                return self._answer(
                    "model.onnx", doubling_model(), {"Content-Type": "application/octet-stream"}
                )
            case "page.js" as script:
                return self._answer(script, (HERE / script).read_bytes(), {"Content-Type": "text/javascript"})
            case _:
                raise web.HTTPNotFound

    def _answer(self, name: str, body: bytes, headers: dict[str, str]) -> web.Response:
        self.sent[name] += len(body)
        return web.Response(body=body, headers=headers)


def gymnasium_pack() -> bytes:
    """Return Gymnasium and what it imports, as sources with the bytecode that was compiled in advance."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in _sources():
            name = path.relative_to(_site_packages()).as_posix()
            source = path.read_bytes()
            compiled = lookup(source)
            assert compiled is not None, f"{name} has no bytecode"
            folder, _, module = name.rpartition("/")
            archive.writestr(name, source)
            archive.writestr(f"{folder}/__pycache__/{module[:-3]}.cpython-314.pyc".lstrip("/"), compiled)
    return buffer.getvalue()


def doubling_model() -> bytes:
    """Return a model with ``logits = 2 * obs + 1``."""
    two, one = (
        helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in (("w", 2), ("b", 1))
    )
    nodes = [helper.make_node("Mul", ["obs", "w"], ["y"]), helper.make_node("Add", ["y", "b"], ["logits"])]
    inputs = [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, 4])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4])]
    graph = helper.make_graph(nodes, "doubling", inputs, outputs, [two, one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _site_packages() -> Path:
    spec = importlib.util.find_spec("gymnasium")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parents[1]


def _sources() -> list[Path]:
    found: list[Path] = []
    for name in PACKED:
        package = _site_packages() / name
        found += sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    return found
