"""Files for browsers: from their folders and from nowhere else, in the smallest form that is there."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from quart import Response, request, send_from_directory

ENDINGS: Final = {"br": ".br", "gzip": ".gz"}
"""What the name of a compressed form ends with, by what HTTP calls the compression; the smallest first."""


async def send_from(folder: Path, file: str, cache_seconds: int) -> Response | None:
    """Send a file, or a compressed form of it that lies beside it, if the browser takes that.

    Returns:
        None when there is no such file in the folder.
    """
    if not _is_in(folder, file):
        return None
    forms = {way: file + ending for way, ending in ENDINGS.items() if _is_form(folder, file, file + ending)}
    way = next((way for way in forms if way in _accepted()), "")
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    response = await send_from_directory(
        folder, forms.get(way, file), mimetype=kind, cache_timeout=cache_seconds
    )
    if forms:
        response.headers["Vary"] = "Accept-Encoding"
    if way:
        response.headers["Content-Encoding"] = way
    return response


def _accepted() -> set[str]:
    """Return the compressions that the browser takes."""
    ways = (part.split(";") for part in request.headers.get("Accept-Encoding", "").split(","))
    return {way.strip() for way, *weight in ways if "".join(weight).replace(" ", "") not in ("q=0", "q=0.0")}


def _is_form(folder: Path, file: str, form: str) -> bool:
    """Return whether a file is another form of one as that is now: it is not older."""
    if not _is_in(folder, form):
        return False
    return (folder / form).stat().st_mtime >= (folder / file).stat().st_mtime


def _is_in(folder: Path, file: str) -> bool:
    """Return whether there is such a file, and not outside of its folder by way of a symbolic link."""
    try:
        path = (folder / file).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    except (ValueError, OSError):
        return False
