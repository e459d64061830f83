"""What Python has in browsers: which modules of the standard library are missing, and Pyodide's packages."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import attrs
import orjson

from mug_pyodide.static_runtime import STATIC

MISSING: Final = frozenset(
    {
        *("_crypt", "_curses", "_curses_panel", "_dbm", "_gdbm", "_posixshmem"),
        *("_tkinter", "aifc", "antigravity", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk"),
        *("crypt", "curses", "dbm", "distutils", "ensurepip", "grp", "idlelib", "imghdr", "imp", "lib2to3"),
        *("mailcap", "msilib", "msvcrt", "nis", "nntplib", "nt", "ossaudiodev", "pipes", "pwd"),
        *("pydoc_data", "readline", "resource", "smtpd", "sndhdr", "spwd", "sunau", "syslog", "telnetlib"),
        *("this", "tkinter", "turtle", "turtledemo", "uu", "venv", "winreg", "winsound", "xdrlib"),
    }
)
"""Modules that some Python on a server has in its standard library, and the browser's has not."""


@attrs.frozen
class Package:
    """A package that was compiled for browsers."""

    name: str
    file: str
    version: str
    depends: tuple[str, ...]
    imports: tuple[str, ...]


@attrs.frozen
class BrowserPython:
    """The Python that browsers load.

    Attributes:
        python: its version, such as ``"3.14"``.
        digest: names it by its content.
        packages: those compiled for it, by name.
    """

    python: str
    digest: str
    packages: dict[str, Package]

    @classmethod
    def built(cls) -> BrowserPython:
        """Return what is built into this installation.

        Raises:
            FileNotFoundError: nothing is.
        """
        return _built()

    def by_import(self) -> dict[str, str]:
        """Return the names of packages by the modules that they bring."""
        return {module: package.name for package in self.packages.values() for module in package.imports}

    def with_needed(self, names: set[str]) -> tuple[str, ...]:
        """Return these packages and those that they depend on, sorted."""
        found: set[str] = set()
        pending = [*names]
        while pending:
            name = pending.pop()
            if name in self.packages and name not in found:
                found.add(name)
                pending += self.packages[name].depends
        return tuple(sorted(found))


@cache
def _built() -> BrowserPython:
    described: dict[str, Any] = orjson.loads((STATIC / "runtime" / "runtime.json").read_bytes())
    packages = {
        name: Package(name, one["file"], one["version"], tuple(one["depends"]), tuple(one["imports"]))
        for name, one in described["packages"].items()
    }
    return BrowserPython(described["python"], described["digest"], packages)
