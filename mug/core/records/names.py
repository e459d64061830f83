"""Where in the data folder a participant's files are; ids of any kind become names of files safely."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

JOURNAL: Final = "journal"
"""The folder of the journal inside an experiment's data folder."""
NOTES: Final = "game_notes"
"""The folder of notes on games."""
RESERVED: Final = frozenset(
    (
        JOURNAL,
        NOTES,
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
    )
)
"""Names that a folder or file may not have: our own, and those of Windows' devices."""

_UNSAFE = re.compile(rb"[^A-Za-z0-9_.-]")
_LONGEST: Final = 180
_OUR_ENDINGS: Final = (".csv", ".episodes", ".visits")


def file_name(name: str) -> str:
    """Return a name for a file or folder: the given one as far as it is safe, different for different ids.

    Unsafe bytes are written ``%XX``; an id too long for a file name ends in a hash of it.
    """
    raw = name.encode("utf-8", "surrogatepass")
    safe = _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], raw).decode()
    if not safe:
        return "%"
    if (
        safe[0] in ".-"
        or safe[-1] == "."
        or safe.partition(".")[0].lower() in RESERVED
        or safe.lower().endswith(_OUR_ENDINGS)
    ):
        first = safe[0] if safe[0] == "%" else f"%{ord(safe[0]):02X}"
        safe = first + safe[1:].replace(".", "%2E")
    if len(safe) > _LONGEST:
        digest = hashlib.sha256(raw).hexdigest()[:24]
        safe = f"{safe[: _LONGEST - 25]}~{digest}"
    return safe


def steps_path(scene_id: str, subject_id: str) -> Path:
    """Return the file of a participant's steps in a game scene, below the data folder."""
    return Path(file_name(scene_id)) / f"{file_name(subject_id)}.csv"


def episodes_path(scene_id: str, subject_id: str) -> Path:
    """Return the file of a participant's episodes in a game scene, below the data folder."""
    return Path(file_name(scene_id)) / f"{file_name(subject_id)}.episodes.csv"


def notes_path(game_id: str) -> Path:
    """Return the file of notes on a game, below the data folder."""
    return Path(NOTES) / f"{file_name(game_id)}.csv"


def visits_path(scene_id: str, subject_id: str, *, game: bool) -> Path:
    """Return the file of a participant's answers; in a game scene, steps have the plain name."""
    ending = ".visits.csv" if game else ".csv"
    return Path(file_name(scene_id)) / f"{file_name(subject_id)}{ending}"


def is_leftover(path: Path) -> bool:
    """Whether a file is the unfinished work of an exporter that is no more."""
    found = re.fullmatch(r"\..*\.(\d+)\.part", path.name)
    if not found:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def part_path(path: Path) -> Path:
    """Return where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")
