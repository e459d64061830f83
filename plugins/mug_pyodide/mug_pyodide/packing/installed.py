"""The distributions that are installed here: which one a module is from, and what belongs to it."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

import attrs

_COMPILED = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_NO_DATA = (".pyc", ".pyo", ".pyi", ".so", ".pyd", ".dll", ".dylib", ".a", ".c", ".h", ".cpp", ".pyx", ".pxd")


@attrs.frozen(eq=False)
class Installed:
    """A distribution.

    Attributes:
        name: its name, normalized.
        version: its version.
    """

    name: str
    version: str
    _distribution: importlib.metadata.Distribution = attrs.field(repr=False)

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """Return its files in site-packages, by their names from there, its own description excepted."""
        return {
            file.as_posix(): Path(str(self._distribution.locate_file(file)))
            for file in self._distribution.files or ()
            if file.parts[0] != ".." and not file.parts[0].endswith((".dist-info", ".egg-info"))
            if not file.name.endswith(".pth") and "__pycache__" not in file.parts
        }

    @cached_property
    def names(self) -> Mapping[Path, str]:
        """The names of its files, by where they are."""
        return {path: name for name, path in self.files.items()}

    @cached_property
    def compiled(self) -> bool:
        """Whether parts of it were compiled for this machine."""
        return any(name.endswith(_COMPILED) for name in self.files)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The modules and packages that it brings."""
        tops = {name.partition("/")[0] for name in self.files if name.endswith((".py", *_COMPILED))}
        return tuple(sorted(top.partition(".")[0] for top in tops))

    def data(self) -> dict[str, Path]:
        """Return its files that are no code."""
        return {name: path for name, path in self.files.items() if is_data_file(name)}

    def description(self) -> dict[str, bytes]:
        """Return what other packages may ask about it: its metadata without the text, its entry points."""
        folder = f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        found: dict[str, bytes] = {}
        metadata = self._distribution.read_text("METADATA")
        if metadata:
            found[f"{folder}/METADATA"] = metadata.partition("\n\n")[0].encode() + b"\n"
        entry_points = self._distribution.read_text("entry_points.txt")
        if entry_points:
            found[f"{folder}/entry_points.txt"] = entry_points.encode()
        return found


def is_data_file(name: str) -> bool:
    """Whether a file of a package is neither code nor hidden."""
    parts = name.split("/")
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return not hidden and not name.endswith((".py", *_NO_DATA))


def distribution(name: str) -> Installed | None:
    """Return the distribution of this name; None when it is not installed."""
    try:
        found = importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None
    return _known(found)


def distribution_of(module: str, file: Path | None) -> Installed | None:
    """Return the distribution that a module is from; None when none says that it has it."""
    top = module.partition(".")[0]
    alike = distribution(top)
    if alike is not None and file is not None and file in alike.names:
        return alike
    names = _by_module().get(top, ())
    candidates = [one for name in dict.fromkeys(names) if (one := distribution(name)) is not None]
    if len(candidates) > 1 and file is not None:
        candidates = [one for one in candidates if file in one.names]
    return candidates[0] if candidates else None


def normalized(name: str) -> str:
    """Return a distribution's name as all ways to write it have in common."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _by_module() -> Mapping[str, Sequence[str]]:
    return importlib.metadata.packages_distributions()


_installed: dict[str, Installed] = {}


def _known(found: importlib.metadata.Distribution) -> Installed:
    name = normalized(found.metadata["Name"])
    if name not in _installed:
        _installed[name] = Installed(name, found.version, found)
    return _installed[name]
