"""Where the packages of Pyodide's distribution come from, and that nothing else gets in."""

from __future__ import annotations

import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from assembly import origins, wheels
from assembly.origins import AssemblyError, LockedPackage
from assembly.progress import Progress, Stage
from assembly.storage import Cache, sha256

CONTENT = {"one": b"the first wheel", "two": b"the second wheel"}


def package(name: str) -> LockedPackage:
    return LockedPackage(name, "1.0", f"{name}-1.0.whl", sha256(CONTENT[name]), (), (name,), {})


PACKAGES = [package("one"), package("two")]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def stage() -> Stage:
    return Progress(1, io.StringIO()).stage("Packages")


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as Pyodide's own place."""
    folder = tmp_path / "distribution"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(wheels, "distribution_address", lambda: f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that carries both packages, as if pip had downloaded it."""
    path = tmp_path / "carrier.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in CONTENT.items():
            archive.writestr(f"deep/inside/{name}-1.0.whl", content)
    monkeypatch.setattr(wheels, "_download_carrier", lambda folder, stage: path)
    return path


@pytest.fixture
def no_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, stage: Stage) -> Path:
        raise AssemblyError("pip reached nothing")

    monkeypatch.setattr(wheels, "_download_carrier", refuse)


def test_pyodides_own_place_is_asked_first(distribution, no_carrier, cache, stage):
    """What it has is taken and kept; the next time nobody is asked."""
    for name, content in CONTENT.items():
        (distribution / f"{name}-1.0.whl").write_bytes(content)
    assert wheels.obtain(PACKAGES, cache, stage) == CONTENT
    for path in distribution.iterdir():
        path.unlink()
    assert wheels.obtain(PACKAGES, cache, stage) == CONTENT


def test_what_it_has_not_is_taken_from_the_carrier(distribution, carrier, cache, stage):
    """A file that is missing there, or is not what the lock says, comes out of the carrier."""
    (distribution / "one-1.0.whl").write_bytes(CONTENT["one"])
    (distribution / "two-1.0.whl").write_bytes(b"something else")
    assert wheels.obtain(PACKAGES, cache, stage) == CONTENT


def test_the_carrier_is_enough(carrier, cache, stage, monkeypatch):
    """Without a way to Pyodide's own place everything comes out of the carrier."""
    monkeypatch.setattr(wheels, "distribution_address", lambda: "http://127.0.0.1:9/")
    assert wheels.obtain(PACKAGES, cache, stage) == CONTENT


def test_a_false_file_is_refused(carrier, cache, stage, monkeypatch):
    """What is not the very file that the lock names gets nowhere."""
    monkeypatch.setattr(wheels, "distribution_address", lambda: None)
    false = LockedPackage("one", "1.0", "one-1.0.whl", sha256(b"another"), (), (), {})
    with pytest.raises(AssemblyError, match=r"one-1\.0\.whl is not the file"):
        wheels.obtain([false], cache, stage)


def test_a_damaged_cache_is_not_believed(carrier, cache, stage, monkeypatch):
    """A kept file that changed on the disk is fetched again."""
    monkeypatch.setattr(wheels, "distribution_address", lambda: None)
    cache.write("wheels", PACKAGES[0].sha256, b"damaged")
    assert wheels.obtain(PACKAGES, cache, stage) == CONTENT
    assert cache.read("wheels", PACKAGES[0].sha256) == CONTENT["one"]


def test_what_is_nowhere_is_named(carrier, cache, stage, monkeypatch):
    """A package that nobody has is named, with what to do."""
    monkeypatch.setattr(wheels, "distribution_address", lambda: None)
    absent = LockedPackage("three", "1.0", "three-1.0.whl", sha256(b""), (), (), {})
    with pytest.raises(AssemblyError, match=r"three.*repeat"):
        wheels.obtain([absent], cache, stage)


def test_the_loader_says_where_its_distribution_is():
    """The address comes out of the installed loader, with its version in it."""
    address = origins.distribution_address()
    assert address is not None
    assert address.startswith("https://")
    assert address.endswith("/v314.0.3/full/")


def test_what_packages_need_comes_with_them():
    """The lock's dependencies are followed, whatever way their names are written."""
    packages = origins.locked_packages(["pandas", "pydantic"])
    assert {"numpy", "six", "pydantic-core", "typing-extensions"} <= packages.keys()
    assert all(set(package.depends) <= packages.keys() for package in packages.values())


def test_another_version_of_an_npm_package_is_refused(tmp_path, monkeypatch):
    """What stands in ``node_modules`` must be what is pinned."""
    monkeypatch.setattr(origins.pins, "NODE_MODULES", tmp_path)
    with pytest.raises(AssemblyError, match="it is missing"):
        origins.npm_package("pyodide")
    (tmp_path / "pyodide").mkdir()
    (tmp_path / "pyodide" / "package.json").write_text('{"version": "0.1.0"}')
    with pytest.raises(AssemblyError, match=r"314\.0\.3 is needed, but it is 0\.1\.0"):
        origins.npm_package("pyodide")
