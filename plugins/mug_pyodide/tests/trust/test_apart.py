"""What a process that is set apart has of the server's."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from mug_pyodide.trust import apart


@pytest.mark.parametrize("missing", [[], ["/proc/self/fd"]], ids=["as it is", "without /proc"])
def test_connections_are_found_on_any_system(missing: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no /proc, /dev/fd tells which descriptors are open."""
    is_folder = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda path: str(path) not in missing and is_folder(path))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        found = {int(path.name) for path in apart._descriptors()}
        assert {ours.fileno(), theirs.fileno()} <= found
