"""Plugins as packages on disk, and sets of plugins that do not depend on what this machine has installed."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from mug.core.plugins import Available, Installed, PluginSet


@pytest.fixture
def plugins():
    """A plugin set in an environment with nothing installed."""
    return PluginSet(Available())


@pytest.fixture
def module():
    """Make a module from source, as a plugin's file would be."""

    def make(source: str, name: str = "mug_sample") -> ModuleType:
        made = ModuleType(name)
        made.__file__ = f"{name}.py"
        exec(compile(source, f"{name}.py", "exec"), made.__dict__)
        return made

    return make


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a plugin package with its metadata where Python finds it, without pip."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    installed: list[str] = []

    def install(name: str, source: str, entry: str | None = None, version: str = "0.1") -> Path:
        package = f"mug_{name}"
        installed.append(package)
        (site / f"{package}.py").write_text(source)
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mug-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[mug]\n{name} = {entry or package}\n")
        return site

    yield install
    for package in installed:
        sys.modules.pop(package, None)


@pytest.fixture
def available():
    """The packages put on disk by ``install``, without whatever else this machine has."""

    def discover(*names: str) -> Available:
        found: list[Installed] = [one for one in Available.discover().installed if one.name in names]
        assert {one.name for one in found} == set(names)
        return Available(found)

    return discover
