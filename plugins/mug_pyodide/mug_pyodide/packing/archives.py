"""Archives of Python files with their bytecode; the same files always make the same archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

_BEGINNING_OF_TIME: Final = (1980, 1, 1, 0, 0, 0)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by their names; nothing in it is compressed, since all of it will be at once."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _BEGINNING_OF_TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            target.writestr(entry, files[name])
    return buffer.getvalue()


def with_bytecode(
    sources: Mapping[str, bytes], bytecode: Mapping[bytes, bytes], python: str, *, keep_sources: bool
) -> dict[str, bytes]:
    """Return modules with their bytecode, where Python looks for it.

    Args:
        sources: modules by their names in the archive.
        bytecode: what is known of it, by source.
        python: the version of Python, such as ``"3.14"``.
        keep_sources: whether the sources go beside the bytecode; else it stands for them where it is known.
    """
    tag = f"cpython-{python.replace('.', '')}"
    files: dict[str, bytes] = {}
    for name, source in sources.items():
        code = bytecode.get(source)
        if code is None or keep_sources:
            files[name] = source
        if code is not None:
            path = PurePosixPath(name)
            beside = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
            files[str(beside) if keep_sources else f"{name}c"] = code
    return files
