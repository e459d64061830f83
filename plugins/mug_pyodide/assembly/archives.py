"""Zip archives that are the same, byte for byte, whenever they are made of the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def read_archive(data: bytes) -> dict[str, bytes]:
    """Return the files in an archive by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist() if not member.is_dir()}


def write_archive(files: Mapping[str, bytes], *, compressed: bool) -> bytes:
    """Return an archive of these files; leave them as they are where the archive itself gets compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            archive.writestr(member, files[name], compress_type=kind, compresslevel=9)
    return buffer.getvalue()
