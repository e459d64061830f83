"""What the assembly left in the package."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path

import brotli
import gymnasium
import pytest
from mug_pyodide.packing.bytecode import lookup
from mug_pyodide.static_runtime import StaticRuntime

RUNTIME = Path(__file__).parents[2] / "mug_pyodide" / "static" / "runtime"


@pytest.fixture(scope="module")
def described():
    return json.loads((RUNTIME / "runtime.json").read_text())


def raw(name: str) -> bytes:
    path = RUNTIME / name
    return path.read_bytes() if path.exists() else brotli.decompress((RUNTIME / f"{name}.br").read_bytes())


def test_the_server_knows_the_hash_of_every_file():
    """In the form in which a page gives it to fetch."""
    static = StaticRuntime.find()
    assert static is not None
    assert static.hashes.keys() == static.sizes.keys()
    for name, digest in static.hashes.items():
        assert base64.b64decode(digest) == hashlib.sha256(raw(name)).digest(), name


def test_every_file_is_what_the_description_says(described):
    """Sizes and SHA-256 hold for each file in each of its forms."""
    for name, entry in described["files"].items():
        data = raw(name)
        assert len(data) == entry["bytes"], name
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], name
        if entry["br"] is not None:
            assert (RUNTIME / f"{name}.br").stat().st_size == entry["br"]
            packed = (RUNTIME / f"{name}.gz").read_bytes()
            assert len(packed) == entry["gz"]
            assert gzip.decompress(packed) == data


def test_nothing_lies_around(described):
    """There is no file that the description does not name."""
    expected = {"runtime.json", "bytecode.zip"}
    for name, entry in described["files"].items():
        expected |= {name} if entry["br"] is None else {f"{name}.br", f"{name}.gz"}
    assert {path.name for path in RUNTIME.iterdir()} == expected


def test_the_lock_names_the_files(described):
    """Pyodide finds each package with what it depends on, and its own check of hashes will pass."""
    locked = json.loads(raw("pyodide-lock.json"))["packages"]
    assert locked.keys() == described["packages"].keys()
    for name, package in described["packages"].items():
        assert locked[name]["file_name"] == package["file"]
        assert locked[name]["sha256"] == package["sha256"] == described["files"][package["file"]]["sha256"]
        assert locked[name]["depends"] == package["depends"]
        assert set(package["depends"]) <= locked.keys()


def test_python_comes_as_bytecode(described):
    """Neither the standard library nor NumPy holds a source that the browser would have to compile."""
    for name in ("python_stdlib.zip", described["packages"]["numpy"]["file"]):
        with zipfile.ZipFile(io.BytesIO(raw(name))) as archive:
            names = archive.namelist()
            assert len([member for member in names if member.endswith(".pyc")]) > 100
            assert not [
                member for member in names if member.endswith((".py", ".pyi", ".h")) or "/tests/" in member
            ]
            assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}


def test_bytecode_is_found_by_its_source():
    """A source that is shipped often has bytecode for that very source; any other has none."""
    source = Path(gymnasium.__file__).read_bytes()
    compiled = lookup(source)
    assert compiled is not None
    unchecked = 1
    assert int.from_bytes(compiled[4:8], "little") == unchecked
    assert lookup(source + b"#") is None
