"""The assembly from beginning to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mug_pyodide.packing.storage import write_whole

from . import pins, slim
from .archives import read_archive, write_archive
from .bytecode import Compiler, Source
from .compression import Compressed, compress
from .library import LATE, Library, in_two_parts
from .origins import LockedPackage, lock_of, locked_packages, npm_package
from .progress import Progress, Stage
from .shipped import shipped_sources
from .storage import Cache, sha256
from .wheels import obtain

_STAGES = 4


def assemble(target: Path, cache: Cache, brotli_quality: int) -> None:
    """Write the whole runtime into ``target``; files that are not part of it are removed.

    Raises:
        AssemblyError: something that is needed is missing.

    """
    progress = Progress(_STAGES)
    packages = locked_packages(pins.PACKAGES)
    with progress.stage("Packages of Pyodide's distribution") as stage:
        wheels = obtain(packages.values(), cache, stage)
    with progress.stage("Bytecode of the standard library and NumPy") as stage:
        library, numpy, shipped = _as_bytecode(wheels["numpy"], Compiler(cache), stage)
    as_they_are = {packages[name].file: wheels[name] for name in packages if name != "numpy"}
    hashes = {name: sha256(numpy if name == "numpy" else wheels[name]) for name in packages}
    files = {
        **_of_npm("pyodide", pins.PYODIDE_FILES),
        **_of_npm("onnxruntime-web/dist", pins.ONNX_FILES),
        pins.STANDARD_LIBRARY: library.at_once,
        LATE: library.late,
        packages["numpy"].file: numpy,
        pins.LOCK: lock_of(packages.values(), hashes),
    }
    with progress.stage("Compression") as stage:
        compressed = compress(files, cache, brotli_quality, stage)
    with progress.stage("Files"):
        description = _description(files, compressed, as_they_are, packages, hashes)
        description["late"] = {"file": LATE, "modules": library.late_modules}
        written = {**as_they_are, "bytecode.zip": shipped}
        for name, forms in compressed.items():
            written[f"{name}.br"] = forms.br
            written[f"{name}.gz"] = forms.gz
        written["runtime.json"] = json.dumps(description, indent=1, sort_keys=True).encode() + b"\n"
        _write(target, written)


def _as_bytecode(numpy: bytes, compiler: Compiler, stage: Stage) -> tuple[Library, bytes, bytes]:
    """Return the standard library, NumPy's wheel, and the bytecode of what is shipped often."""
    library = (npm_package("pyodide") / pins.STANDARD_LIBRARY).read_bytes()
    library_modules, library_files = slim.of_standard_library(read_archive(library))
    numpy_modules, numpy_files = slim.of_numpy(read_archive(numpy))
    shipped = shipped_sources()
    sources = [*library_modules.values(), *numpy_modules.values(), *shipped]
    compiled = compiler.compile(sources, stage)
    members = {f"{sha256(source.text)}.pyc": compiled[source] for source in shipped if source in compiled}
    return (
        in_two_parts({**library_files, **_replaced(library_modules, compiled)}),
        write_archive({**numpy_files, **_replaced(numpy_modules, compiled)}, compressed=False),
        write_archive(members, compressed=True),
    )


def _replaced(modules: dict[str, Source], compiled: dict[Source, bytes]) -> dict[str, bytes]:
    """Return each module as bytecode alone; as it is where it is no Python of this version."""
    return {
        f"{name}c" if source in compiled else name: compiled.get(source, source.text)
        for name, source in modules.items()
    }


def _of_npm(folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
    package, _, inside = folder.partition("/")
    return {name: (npm_package(package) / inside / name).read_bytes() for name in names}


def _description(
    files: dict[str, bytes],
    compressed: dict[str, Compressed],
    as_they_are: dict[str, bytes],
    packages: dict[str, LockedPackage],
    hashes: dict[str, str],
) -> dict[str, Any]:
    """Return what ``runtime.json`` says."""
    described: dict[str, dict[str, Any]] = {
        name: {"bytes": len(data), "br": None, "gz": None, "sha256": sha256(data)}
        for name, data in {**files, **as_they_are}.items()
    }
    for name, forms in compressed.items():
        described[name].update(br=len(forms.br), gz=len(forms.gz))
    lock = json.loads(files[pins.LOCK])
    content = "".join(f"{name} {described[name]['sha256']}\n" for name in sorted(described))
    return {
        "pyodide": json.loads((npm_package("pyodide") / "package.json").read_text())["version"],
        "python": ".".join(lock["info"]["python"].split(".")[:2]),
        "digest": sha256(content.encode())[:20],
        "files": described,
        "packages": {
            name: {
                "file": package.file,
                "version": package.version,
                "depends": package.depends,
                "imports": package.imports,
                "sha256": hashes[name],
            }
            for name, package in packages.items()
        },
    }


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Make the folder hold these files; what is there already stays untouched."""
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in sorted(files.items(), key=lambda item: item[0] == "runtime.json"):
        path = target / name
        if not path.exists() or path.stat().st_size != len(data) or path.read_bytes() != data:
            write_whole(path, data)
