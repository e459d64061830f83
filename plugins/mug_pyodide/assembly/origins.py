"""What npm has installed: Pyodide, its lock of packages, and onnxruntime-web."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from . import pins

_DISTRIBUTION = re.compile(r"https://[^\s`\"']+/v\$\{\w+\}/full/")


class AssemblyError(Exception):
    """The runtime cannot be assembled; the message says why and what to do."""


@attrs.frozen
class LockedPackage:
    """One package of Pyodide's distribution, as its lock describes it."""

    name: str
    version: str
    file: str
    sha256: str
    depends: tuple[str, ...]
    imports: tuple[str, ...]
    entry: dict[str, Any] = attrs.field(eq=False, repr=False)
    """The lock's own words."""


def npm_package(name: str) -> Path:
    """Return the folder of an npm package; it must be the version that the client's ``package.json`` pins.

    Raises:
        AssemblyError: it is not installed, or another version is.

    """
    wanted = json.loads((pins.PLUGIN / "client" / "package.json").read_text())["devDependencies"][name]
    folder = pins.NODE_MODULES / name
    try:
        found = json.loads((folder / "package.json").read_text())["version"]
    except FileNotFoundError:
        found = "missing"
    if found != wanted:
        raise AssemblyError(f"npm package {name} {wanted} is needed, but it is {found}. Run `npm ci`.")
    return folder


def locked_packages(names: Iterable[str]) -> dict[str, LockedPackage]:
    """Return those packages of Pyodide's lock and all that they depend on, by name, sorted."""
    packages = json.loads((npm_package("pyodide") / pins.LOCK).read_text())["packages"]
    entries = {_normal(name): entry for name, entry in packages.items()}
    found: dict[str, LockedPackage] = {}
    wanted = [_normal(name) for name in names]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        entry = entries[name]
        found[name] = LockedPackage(
            name=name,
            version=entry["version"],
            file=entry["file_name"],
            sha256=entry["sha256"],
            depends=tuple(sorted(_normal(needed) for needed in entry["depends"])),
            imports=tuple(entry["imports"]),
            entry=entry,
        )
        wanted.extend(found[name].depends)
    return dict(sorted(found.items()))


def lock_of(packages: Iterable[LockedPackage], sha256: dict[str, str]) -> bytes:
    """Return a lock with these packages only, whose files have the hashes ``sha256`` (by package name)."""
    lock = json.loads((npm_package("pyodide") / pins.LOCK).read_text())
    lock["packages"] = {
        package.name: {
            **package.entry,
            "depends": list(package.depends),
            "sha256": sha256[package.name],
            "unvendored_tests": False,
        }
        for package in packages
    }
    return json.dumps(lock, sort_keys=True, separators=(",", ":")).encode()


def distribution_address() -> str | None:
    """Return where this Pyodide would load its packages from, as it is written in its loader."""
    folder = npm_package("pyodide")
    version = json.loads((folder / "package.json").read_text())["version"]
    found = _DISTRIBUTION.search((folder / "pyodide.mjs").read_text())
    return re.sub(r"\$\{\w+\}", version, found.group()) if found else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
