"""What of mug goes to browsers, which modules belong to the researcher, and which values are only data."""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import functools
import pathlib
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any, Final

import numpy as np

from mug_pyodide.packing.sources import Source, source_of

WHOLE: Final = ("mug.engine", "mug.game", "mug.rendering", "mug_pyodide.in_browser")
"""The packages of mug that every game needs."""
SINGLE: Final = (
    "mug",
    "mug.errors",
    "mug.configurations",
    "mug.configurations.configuration_constants",
    "mug.configurations.keys",
    "mug.configurations.kinds",
    "mug.configurations.settings",
    "mug_pyodide",
)
"""Further modules of mug that work in browsers, for scripts that name policies and input modes."""
_DATA: Final = (
    *(type(None), bool, int, float, complex, str, bytes, bytearray, range, slice),
    *(datetime.date, datetime.time, datetime.timedelta, datetime.timezone),
    *(decimal.Decimal, fractions.Fraction, np.generic, pathlib.PurePath, type(Ellipsis)),
)
_LIBRARIES: Final = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def is_of_server(module: str) -> bool:
    """Whether a module is a part of mug that browsers do not get."""
    if module.partition(".")[0] not in ("mug", "mug_pyodide", "mug_server_mode"):
        return False
    return module not in SINGLE and not any(
        module == whole or module.startswith(f"{whole}.") for whole in WHOLE
    )


def is_installed(file: Path) -> bool:
    """Whether a file belongs to Python or to an installed package, and not to the researcher."""
    resolved = file.resolve()
    return any(resolved.is_relative_to(folder) for folder in _LIBRARIES) or bool(
        {"site-packages", "dist-packages"} & {*resolved.parts}
    )


def script_source(module: str) -> Source | None:
    """Return the source of a module out of which only a part is shipped; None when it is shipped as it is.

    Those are the script, and modules of the researcher's that need the server: that make scenes, for example.
    """
    if module != "__main__" and not _needs_server(module):
        return None
    return source_of(module)


def _needs_server(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file or module.partition(".")[0] in ("mug", "mug_pyodide"):
        return False
    return _file_needs_server(module, str(file))


@functools.cache
def _file_needs_server(module: str, file: str) -> bool:
    if is_installed(Path(file)):
        return False
    source = source_of(module)
    if source is None:
        return False
    _in_question.add(module)
    try:
        return any(
            is_of_server(name) or (name not in _in_question and _needs_server(name))
            for name in _imported(source)
        )
    finally:
        _in_question.discard(module)


_in_question: set[str] = set()


def _imported(source: Source) -> set[str]:
    """Return the modules that are imported when a module is, as far as they are loaded."""
    found: set[str] = set()
    pending: list[ast.stmt] = [*source.tree.body]
    while pending:
        statement = pending.pop()
        match statement:
            case ast.Import():
                found |= {alias.name for alias in statement.names}
            case ast.ImportFrom():
                origin = origin_of(source, statement)
                found |= {origin, *(f"{origin}.{alias.name}" for alias in statement.names)}
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                pending += statement.orelse
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case _:
                pending += [
                    node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    return {name for name in found if name in sys.modules}


def origin_of(source: Source, statement: ast.ImportFrom) -> str:
    """Return the full name of the module that names are imported from."""
    if not statement.level:
        return statement.module or ""
    package = str(source.scope.get("__package__") or "")
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - statement.level + 1])
    return f"{base}.{statement.module}" if statement.module else base


def is_data(value: Any) -> bool:
    """Whether a value is only data, which can be taken to a browser as it is now."""
    return _is_data(value, set())


def _is_data(value: Any, seen: set[int]) -> bool:
    kind = type(value)
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject
    if kind in (list, tuple, set, frozenset, dict):
        if id(value) in seen:
            return True
        seen.add(id(value))
        items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        return all(_is_data(item, seen) for item in items)
    return kind in _DATA or isinstance(value, np.generic | pathlib.PurePath | datetime.tzinfo)


def home_of(value: Any) -> str:
    """Return the module that a function, class or module is from, or that of an object's class."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, type) or callable(value):
        return str(getattr(value, "__module__", None) or "")
    return type(value).__module__
