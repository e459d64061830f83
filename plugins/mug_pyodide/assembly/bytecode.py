"""Compiles Python sources to the bytecode of Pyodide's Python, with that Python, and only what is new."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import attrs

from .archives import read_archive, write_archive
from .origins import AssemblyError, npm_package
from .progress import Stage
from .storage import Cache, sha256

_HERE = Path(__file__).parent
_HASH_PYC = _HERE.parent / "mug_pyodide" / "packing" / "hash_pyc.py"


@attrs.frozen
class Source:
    """A module's source and how it is compiled."""

    name: str
    """The file's name in tracebacks."""
    text: bytes = attrs.field(repr=False)
    docstrings: bool = True


class Compiler:
    """Compiles with the installed Pyodide under Node; what it compiled once, it takes from the cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._pyodide = npm_package("pyodide")
        scripts = (_HERE / "compile.mjs", _HERE / "compile_sources.py", _HASH_PYC)
        parts = [path.read_bytes() for path in (*scripts, self._pyodide / "package.json")]
        self._version = sha256(b"".join(parts))

    def compile(self, sources: Iterable[Source], stage: Stage) -> dict[Source, bytes]:
        """Return the ``.pyc`` of each source that is Python of this version.

        Raises:
            AssemblyError: Node or Pyodide failed.

        """
        keys = {source: self._key(source) for source in sources}
        found: dict[str, bytes] = {}
        missing: dict[str, Source] = {}
        for source, key in keys.items():
            kept = self._cache.read("bytecode", key)
            if kept is None:
                missing[key] = source
            else:
                found[key] = kept
        if missing:
            compiled = self._run(missing, stage)
            for key, code in compiled.items():
                self._cache.write("bytecode", key, code)
            found.update(compiled)
        return {source: found[key] for source, key in keys.items() if found[key]}

    def _key(self, source: Source) -> str:
        how = f"{self._version}\0{source.name}\0{source.docstrings}\0".encode()
        return sha256(how + source.text)

    def _run(self, jobs: dict[str, Source], stage: Stage) -> dict[str, bytes]:
        manifest = [{"key": key, "name": job.name, "docstrings": job.docstrings} for key, job in jobs.items()]
        files = {key: job.text for key, job in jobs.items()}
        files["manifest.json"] = json.dumps(manifest).encode()
        files["hash_pyc.py"] = _HASH_PYC.read_bytes()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "sources.zip").write_bytes(write_archive(files, compressed=False))
            paths = (_HERE / "compile.mjs", self._pyodide, folder / "sources.zip", folder / "bytecode.zip")
            command = ["node", *map(str, paths)]
            with (
                (folder / "problem").open("w+") as problem,
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=problem, text=True) as node,
            ):
                assert node.stdout is not None
                for line in node.stdout:
                    if line.strip().isdigit():
                        stage.reached(int(line) / len(jobs))
                if node.wait() != 0:
                    problem.seek(0)
                    raise AssemblyError(f"Node could not compile with Pyodide: {problem.read().strip()}")
            return read_archive((folder / "bytecode.zip").read_bytes())
