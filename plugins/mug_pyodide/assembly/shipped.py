"""Which modules get bytecode in advance: those that nearly every environment in a browser needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from . import pins
from .bytecode import Source

_DISTRIBUTED = (
    "gymnasium",
    "pettingzoo",
    "cogrid",
    "cloudpickle",
    "farama_notifications",
    "typing_extensions",
)
_OWN = (
    "mug/__init__.py",
    "mug/configurations/*.py",
    "mug/errors.py",
    "mug/engine/**/*.py",
    "mug/game/**/*.py",
    "mug/rendering/**/*.py",
    "plugins/mug_pyodide/mug_pyodide/__init__.py",
    "plugins/mug_pyodide/mug_pyodide/in_browser/**/*.py",
    "plugins/mug_ggpo/mug_ggpo/__init__.py",
    "plugins/mug_ggpo/mug_ggpo/in_browser/**/*.py",
    "plugins/mug_ggpo/mug_ggpo/session/**/*.py",
)


def shipped_sources() -> list[Source]:
    """Return what is compiled in advance.

    The name does not matter: an import from a file puts the file's own name in.
    """
    return [Source("<shipped>", text) for text in sorted({path.read_bytes() for path in _files()})]


def _files() -> Iterator[Path]:
    for name in _DISTRIBUTED:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            continue
        if found.submodule_search_locations is None:
            yield Path(found.origin)
        for folder in found.submodule_search_locations or ():
            yield from Path(folder).rglob("*.py")
    for pattern in _OWN:
        yield from pins.ROOT.glob(pattern)
