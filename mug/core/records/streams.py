"""The journal folder: which files it has, and which bytes of them are whole records.

``events.jsonl``, ``identities.jsonl`` and ``games/<game id>.jsonl`` hold one JSON object per line. The
records of one append belong together: every line but the last of them ends with a space before the line end
(which JSON allows), so that after a crash an append that was cut short is recognized, and taken back whole.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600

_STREAM = re.compile(r"events|identities|games/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_CHUNK: Final = 1 << 16
_OPENING, _CLOSING, _SPACE = b"{} "


def stream_path(folder: Path, stream: str) -> Path:
    """Return the file of a stream.

    Raises:
        ValueError: the name is none of ``events``, ``identities``, ``games/<id>`` (letters, digits, ``._-``).
    """
    if not _STREAM.fullmatch(stream):
        raise ValueError(
            f"'{stream}' is not the name of a stream: expected 'events', 'identities' or 'games/<id>'"
        )
    return folder / f"{stream}.jsonl"


def frame(lines: Sequence[bytes]) -> bytes:
    """Return the bytes that append these records.

    Raises:
        ValueError: one of them is not a JSON object on one line.
    """
    for line in lines:
        if not (line and line[0] == _OPENING and line[-1] == _CLOSING) or b"\n" in line:
            raise ValueError(f"a record must be a JSON object on one line, got {bytes(line[:80])!r}")
    return b" \n".join(lines) + b"\n"


def whole(data: bytes) -> int:
    """Return how many of these bytes, from their start, are whole appends."""
    end = len(data)
    while True:
        end = data.rfind(b"\n", 0, end)
        if end <= 0:
            return 0
        if data[end - 1] != _SPACE:
            return end + 1


def records(data: bytes) -> list[bytes]:
    """Return the records in bytes that are whole appends; what is no record is passed over."""
    found = []
    for line in data.split(b"\n"):
        record = line.rstrip(b" ")
        if record and record[0] == _OPENING and record[-1] == _CLOSING:
            found.append(record)
        elif record:
            log.warning("passed over %d bytes in the journal that are not a record", len(line))
    return found


def whole_length(descriptor: int) -> int:
    """Return how many bytes of an open stream, from its start, are whole appends."""
    size = os.fstat(descriptor).st_size
    start, tail = size, b""
    while start > 0:
        begin = max(0, start - _CHUNK)
        tail = os.pread(descriptor, start - begin, begin) + tail
        start = begin
        length = whole(tail)
        if length:
            return start + length
    return 0


def repair(descriptor: int, path: Path) -> int:
    """Take back an append that a crash cut short, keep a copy in ``<name>.torn``, return the length left."""
    length = whole_length(descriptor)
    torn = os.fstat(descriptor).st_size - length
    if torn:
        log.warning("%s: the last %d bytes are a record that was cut short; removed", path, torn)
        _keep_torn(descriptor, length, path.with_name(path.name + ".torn"))
        os.ftruncate(descriptor, length)
    return length


def _keep_torn(descriptor: int, start: int, copy: Path) -> None:
    # A courtesy: these bytes were never acknowledged, so failing to copy them must not stop anything.
    try:
        target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        try:
            while data := os.pread(descriptor, _CHUNK, start):
                os.write(target, data)
                start += len(data)
            os.write(target, b"\n")
        finally:
            os.close(target)
    except OSError as error:
        log.warning("%s: no copy of the removed bytes: %s", copy, error)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for nobody else to read."""
    missing = [folder, *folder.parents]
    for level in reversed([level for level in missing if not level.exists()]):
        level.mkdir(PRIVATE_FOLDER, exist_ok=True)
