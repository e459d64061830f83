"""Bytecode for the browser's Python of modules that were not compiled in advance."""

from __future__ import annotations

import io
import logging
import platform
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import brotli

from mug_pyodide.packing import bytecode
from mug_pyodide.packing import hash_pyc as hash_pyc_module
from mug_pyodide.packing.archives import archive
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.hash_pyc import hash_pyc
from mug_pyodide.packing.storage import Storage, key_of
from mug_pyodide.static_runtime import STATIC

log = logging.getLogger("mug_pyodide")

WORTH_BYTES: Final = 300_000
"""From so much source on, starting Node costs less patience than compiling in every page."""
_PYODIDE: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
_SECONDS: Final = 120
_SCRIPT: Final = """
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
const [folder, sources, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.FS.writeFile("/sources.zip", await readFile(sources));
await python.runPythonAsync(`
import sys, warnings, zipfile
sys.path.append("/sources.zip")
from hash_pyc import hash_pyc
warnings.simplefilter("ignore")
with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile("/bytecode.zip", "w") as target:
    for name in filter(str.isdigit, sources.namelist()):
        source = sources.read(name)
        try:
            code = compile(source, "<shipped>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        target.writestr(name, hash_pyc(code, source))
`);
await writeFile(target, python.FS.readFile("/bytecode.zip"));
process.exit(0);
"""


def known(sources: Collection[bytes]) -> dict[bytes, bytes]:
    """Return what was compiled in advance, by source."""
    found = {source: bytecode.lookup(source) for source in sources}
    return {source: code for source, code in found.items() if code is not None}


def bytecode_of(
    sources: Collection[bytes], known: Mapping[bytes, bytes], browser: BrowserPython, storage: Storage
) -> dict[bytes, bytes]:
    """Return bytecode by source, of those sources that are not known and can be compiled here.

    That is so if this Python is the browser's version, or if Node is installed and there is much to compile;
    otherwise browsers do it.
    """
    unknown = [source for source in dict.fromkeys(sources) if source not in known]
    if platform.python_version().rpartition(".")[0] == browser.python:
        return {source: code for source in unknown if (code := _compiled_here(source))}
    if sum(map(len, unknown)) >= WORTH_BYTES and shutil.which("node"):
        return _compiled_by_node(sorted(unknown), browser, storage)
    return {}


def _compiled_here(source: bytes) -> bytes:
    try:
        code = compile(source, "<shipped>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return b""
    return hash_pyc(code, source)


def _compiled_by_node(sources: list[bytes], browser: BrowserPython, storage: Storage) -> dict[bytes, bytes]:
    key = key_of(browser.digest, *sources)
    try:
        made = storage.once("bytecode", key, lambda: _run_node(sources))
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("Node could not compile what browsers load, so every page does it: %s", error)
        return {}
    with zipfile.ZipFile(io.BytesIO(made)) as compiled:
        return {sources[int(name)]: compiled.read(name) for name in compiled.namelist()}


def _run_node(sources: list[bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in _PYODIDE:
            packed = (STATIC / "runtime" / f"{file}.br").read_bytes()
            (folder / file).write_bytes(brotli.decompress(packed))
        numbered = {str(number): source for number, source in enumerate(sources)}
        shared = {"hash_pyc.py": Path(hash_pyc_module.__file__).read_bytes()}
        (folder / "sources.zip").write_bytes(archive(numbered | shared))
        (folder / "compile.mjs").write_text(_SCRIPT)
        command = ["node", "compile.mjs", str(folder), "sources.zip", "bytecode.zip"]
        subprocess.run(
            command, cwd=folder, check=True, timeout=_SECONDS, stdin=subprocess.DEVNULL, capture_output=True
        )
        return (folder / "bytecode.zip").read_bytes()
