"""Modules that nobody expected to be imported are fetched when they are."""

from __future__ import annotations

import base64
import hashlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mug_pyodide.in_browser.lazy_imports import LazyImports
from mug_pyodide.packing.archives import archive

CONTENT = archive({"lazy_kitchen/pot.py": b"SOUP = 3\n", "lazy_kitchen/data.txt": b"onion"})


def hash_of(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


class Server:
    """Answers with an archive, and counts how often."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if not self.content:
            raise OSError("no connection")
        return self.content


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from, with the part of a package that was expected."""
    (tmp_path / "lazy_kitchen").mkdir()
    (tmp_path / "lazy_kitchen/__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("lazy_kitchen")]:
        del sys.modules[name]


def offer(server: Server, folder: Path, integrity: str = hash_of(CONTENT)) -> None:
    finder = LazyImports(server.fetch, folder)
    finder.offer("https://host/-/packs/lazy_kitchen.0a1b.zip", integrity)
    sys.meta_path.append(finder)


def test_a_missing_module_is_fetched_once(folder: Path) -> None:
    """Importing it fetches its package's archive; importing more of it does not fetch again."""
    server = Server(CONTENT)
    offer(server, folder)
    assert importlib.import_module("lazy_kitchen.pot").SOUP == 3
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("lazy_kitchen.knife")
    assert server.asked == ["https://host/-/packs/lazy_kitchen.0a1b.zip"]
    assert (folder / "lazy_kitchen/data.txt").read_bytes() == b"onion"


def test_modules_of_other_packages_are_not_fetched(folder: Path) -> None:
    """An import that fails for another reason fetches nothing."""
    server = Server(CONTENT)
    offer(server, folder)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("lazy_other")
    assert server.asked == []


@pytest.mark.parametrize(("content", "message"), [(b"", "no connection"), (CONTENT[:-1], "damaged")])
def test_what_is_not_what_was_packed_is_refused(content: bytes, message: str, folder: Path) -> None:
    """A failed or damaged download is an import that failed, and says so."""
    offer(Server(content), folder)
    with pytest.raises(ImportError, match=message):
        importlib.import_module("lazy_kitchen.pot")
    assert not (folder / "lazy_kitchen/pot.py").exists()
