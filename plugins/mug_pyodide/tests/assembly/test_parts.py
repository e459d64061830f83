"""Archives, the cache, and the two parts of the standard library."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from assembly.archives import read_archive, write_archive
from assembly.library import in_two_parts
from assembly.progress import Progress
from assembly.storage import Cache, sha256
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sampled_from(
    [
        "LICENSE.txt",
        "concurrent/futures/process.pyc",
        "encodings/cp1252.pyc",
        "encodings/utf_8.pyc",
        "imaplib.pyc",
        "json/__init__.pyc",
        "json/decoder.pyc",
        "random.pyc",
        "xml/__init__.pyc",
        "xml/dom/minidom.pyc",
    ]
)
FILES = st.dictionaries(NAMES, st.binary(max_size=20))


@given(FILES, st.booleans())
def test_archives_hold_what_was_put_in(files, compressed):
    """An archive gives back its files, and is the same whatever order they came in."""
    archive = write_archive(files, compressed=compressed)
    assert read_archive(archive) == files
    assert write_archive(dict(reversed(files.items())), compressed=compressed) == archive


@given(FILES)
def test_the_library_is_divided(files):
    """Each file is in exactly one part, and what can only be imported late is listed in the other part."""
    library = in_two_parts(files)
    at_once, late = read_archive(library.at_once), read_archive(library.late)
    name, digest, *modules = at_once.pop("late_modules.txt").decode().split()
    assert at_once | late == files
    assert not at_once.keys() & late.keys()
    assert (name, digest) == ("python_stdlib_late.zip", sha256(library.late))
    assert tuple(modules) == library.late_modules
    assert len(modules) == len([name for name in late if name.endswith(".pyc")])


def test_what_every_environment_needs_comes_at_once():
    """A package may come whole, in part, or not at all before it is imported."""
    names = [
        "json/decoder.pyc",
        "encodings/utf_8.pyc",
        "encodings/cp1252.pyc",
        "xml/__init__.pyc",
        "random.pyc",
    ]
    library = in_two_parts(dict.fromkeys(names, b""))
    assert library.late_modules == ("encodings.cp1252", "xml")


def test_the_cache_stands_where_the_user_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``XDG_CACHE_HOME`` is respected; what is remembered once is not made again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = [b"first", b"second"]
    for _ in range(2):
        assert Cache.of_user().remember("kind", "key", lambda: made.pop(0)) == b"first"
    assert [path.read_bytes() for path in tmp_path.rglob("key")] == [b"first"]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Cache.of_user().write("kind", "key", b"third")
    assert (tmp_path / "home" / ".cache" / "mug").is_dir()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal():
    """A bar moves on a terminal; elsewhere there is a line for each stage, and none of them moves."""
    shown: list[str] = []
    for stream in (Terminal(), io.StringIO()):
        progress = Progress(2, stream)
        with progress.stage("One") as stage:
            stage.reached(0.5)
        with pytest.raises(OSError, match="full"), progress.stage("Two"):
            raise OSError("full")
        shown.append(stream.getvalue())
    terminal, log = shown
    assert "━━━━━━━━━━━━ " in terminal
    assert " 50 %" in terminal
    first, second = log.splitlines()
    assert first.startswith("[1/2] One")
    assert first.endswith(" s")
    assert second.startswith("[2/2] Two")
    assert second.endswith(" failed")
