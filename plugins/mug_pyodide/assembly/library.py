"""The two parts of the standard library: what nearly every environment imports, and what comes late."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from .archives import write_archive
from .bytecode import Source
from .storage import sha256

LATE = "python_stdlib_late.zip"
_ADDED = ("sitecustomize", "_multiprocessing")
"""What gets the late part, and what Gymnasium cannot be imported without."""
_AT_ONCE = frozenset((Path(__file__).parent / "at_once.txt").read_text().split())
"""Modules by their paths; a path that ends with a slash stands for a package with all that is in it."""


@attrs.frozen
class Library:
    """The standard library as archives."""

    at_once: bytes = attrs.field(repr=False)
    late: bytes = attrs.field(repr=False)
    late_modules: tuple[str, ...]
    """Names that can be imported only once the late part is there."""


def added_modules() -> dict[str, Source]:
    """Return the modules that the library of browsers has besides, by their names in the archive."""
    folder = Path(__file__).parent / "replacements"
    return {
        f"{name}.py": Source(
            f"/lib/python314.zip/{name}.py", (folder / f"{name}.py").read_bytes(), docstrings=False
        )
        for name in _ADDED
    }


def in_two_parts(files: Mapping[str, bytes]) -> Library:
    """Divide the library, ``files`` by their names, into what comes at once and what comes late."""
    late = {name: data for name, data in files.items() if not _at_once(name)}
    modules = tuple(sorted(_module(name) for name in late if name.endswith((".py", ".pyc"))))
    late_part = write_archive(late, compressed=False)
    at_once = {name: data for name, data in files.items() if name not in late}
    at_once["late_modules.txt"] = "\n".join([LATE, sha256(late_part), *modules]).encode()
    return Library(write_archive(at_once, compressed=False), late_part, modules)


def _at_once(name: str) -> bool:
    package, slash, _ = name.partition("/")
    return package + slash in _AT_ONCE or name.rpartition(".")[0] in _AT_ONCE


def _module(name: str) -> str:
    return name.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")
