"""Compiling with Pyodide's own Python under Node."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from assembly.bytecode import Compiler, Source
from assembly.progress import Progress
from assembly.storage import Cache

DOCUMENTED = b'''
"""A module that explains itself at length."""
def f():
    """Explains itself, too."""
    assert f, "asserts stay"
'''


def test_only_what_is_new_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Bytecode is unchecked and without unwanted docstrings; the second time Node is not needed."""
    stage = Progress(1, io.StringIO()).stage("Bytecode")
    full, bare = Source("full.py", DOCUMENTED), Source("bare.py", DOCUMENTED, docstrings=False)
    broken = Source("broken.py", b"print 'Python 2'")
    compiled = Compiler(Cache(tmp_path)).compile([full, bare, broken], stage)
    assert compiled.keys() == {full, bare}
    magic, unchecked = b"\x2b\x0e\r\n", b"\x01\0\0\0"
    assert all(code.startswith(magic + unchecked) for code in compiled.values())
    assert b"Explains itself" in compiled[full]
    assert b"explains itself" in compiled[full]
    assert b"xplains itself" not in compiled[bare]
    assert b"asserts stay" in compiled[bare]
    monkeypatch.setenv("PATH", "/nowhere")
    assert Compiler(Cache(tmp_path)).compile([full, bare, broken], stage) == compiled
    with pytest.raises(FileNotFoundError):
        Compiler(Cache(tmp_path)).compile([Source("full.py", DOCUMENTED + b"#")], stage)
