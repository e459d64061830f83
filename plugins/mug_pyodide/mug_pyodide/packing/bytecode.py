"""Bytecode compiled in advance for the Python of browsers, found by the source it was compiled from."""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache
from pathlib import Path

_ARCHIVE = Path(__file__).resolve().parents[1] / "static" / "runtime" / "bytecode.zip"


def lookup(source: bytes) -> bytes | None:
    """Return the ``.pyc`` of a module's source; the browser's Python takes it unchecked.

    ``None`` where this source was not compiled in advance; the browser then does it, which takes longer.

    Raises:
        FileNotFoundError: the runtime for browsers is not there.

    """
    try:
        return _archive().read(f"{hashlib.sha256(source).hexdigest()}.pyc")
    except KeyError:
        return None


@cache
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(_ARCHIVE)
