"""Makes this process's Python as poor as a browser's, and notes what is imported and opened.

It runs in the process that tries an environment out, and imports nothing that browsers would not have.
"""

from __future__ import annotations

import _thread
import errno
import importlib.machinery
import os
import subprocess
import sys
import sysconfig
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_LIBRARY: Final = tuple(
    os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")
)


def is_of_library(file: str) -> bool:
    """Whether a file belongs to the standard library."""
    real = os.path.realpath(file)
    return real.startswith(_LIBRARY) and not {"site-packages", "dist-packages"} & {*Path(real).parts}


class BrowserImports:
    """Finds modules as a browser would: not what is missing there, and nothing that was compiled for here.

    Args:
        missing: modules of the standard library that browsers do not have.
        packages: modules of packages that were compiled for browsers.
        is_of_server: whether a module of mug's stays on the server.

    Attributes:
        refused: modules that were asked for and are not for browsers, with the reason.
    """

    def __init__(
        self, missing: Collection[str], packages: Collection[str], is_of_server: Callable[[str], bool]
    ) -> None:
        self._missing = missing
        self._packages = packages
        self._is_of_server = is_of_server
        self.refused: dict[str, str] = {}

    def install(self) -> None:
        """Become the first that is asked for a module, and forget what should not have been imported."""
        for name in self._missing:
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module.

        Raises:
            ModuleNotFoundError: browsers do not have it.
        """
        top = name.partition(".")[0]
        if top in self._missing:
            self._refuse(name, "Python in browsers does not have it")
        if self._is_of_server(name):
            self._refuse(name, "it is a part of mug that only the server has")
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(name, path, target)
            if spec is not None:
                self._judge(name, top, spec)
                return spec  # type: ignore[no-any-return]
        return None

    def _judge(self, name: str, top: str, spec: importlib.machinery.ModuleSpec) -> None:
        origin = spec.origin or ""
        compiled = origin.endswith(tuple(importlib.machinery.EXTENSION_SUFFIXES))
        if compiled and top not in self._packages and not is_of_library(origin):
            self._refuse(name, "it is compiled, and not among the packages that browsers have")

    def _refuse(self, name: str, reason: str) -> None:
        self.refused[name] = reason
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class OpenedFiles:
    """Notes which files are opened to be read, and by whose code.

    Attributes:
        found: by absolute path: the file and line of the code, and the path as it was given.
    """

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, int]] = {}
        self.active = False

    def install(self) -> None:
        """Begin."""
        sys.addaudithook(self._hear)
        self.active = True

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not self.active:
            return
        path, _, flags = arguments
        if not isinstance(path, str | bytes) or not isinstance(flags, int):
            return
        if flags & (os.O_WRONLY | os.O_RDWR):
            return
        opener = _opener()
        if opener is not None:
            full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links must stay as they were written
            self.found.setdefault(full, opener)


def _opener() -> tuple[str, int] | None:
    """Return where code that is not Python's own opens something; None for imports and tracebacks."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib") or file.endswith(("/linecache.py", "/tokenize.py")):
            return None
        if not file.startswith(("<frozen", __file__)) and not is_of_library(file):
            return (file, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def forbid_what_browsers_forbid() -> None:
    """Let threads, processes and connections fail as they do in browsers."""

    def refuse_thread(*arguments: object, **options: object) -> int:
        raise RuntimeError("can't start new thread")

    def refuse_process() -> int:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    def refuse_connection(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
            raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))

    sys.addaudithook(refuse_connection)
    _thread.start_new_thread = refuse_thread
    _thread.start_new = refuse_thread
    threading = sys.modules.get("threading")
    for name in ("_start_new_thread", "_start_joinable_thread"):
        if hasattr(threading, name):
            setattr(threading, name, refuse_thread)
    vars(subprocess)["_can_fork_exec"] = False
    vars(os)["fork"] = refuse_process


def modules_found(names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the modules that are loaded and have a file, in the order in which they were."""
    found = []
    for name, module in [*names.items()]:
        spec = getattr(module, "__spec__", None)
        origin = getattr(spec, "origin", None) or getattr(module, "__file__", None)
        locations = list(getattr(module, "__path__", ()))
        real = getattr(spec, "name", name)
        if real != name or (not locations and not (isinstance(origin, str) and Path(origin).is_absolute())):
            continue
        if isinstance(origin, str) and Path(origin).is_absolute() and is_of_library(origin):
            continue
        found.append({"name": name, "file": origin, "folders": locations})
    return found
