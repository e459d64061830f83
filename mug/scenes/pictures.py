"""The pictures that pages show from folders of the experiment, and whether they are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import attrs

from mug.errors import Problem, did_you_mean

_SOURCE = re.compile(r"""<img\b[^<>]*?\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_NOT_A_FILE = re.compile(r"[a-z][a-z0-9+.-]*:|/|-/|#|$", re.IGNORECASE)
"""Other schemes, and addresses that are mug's own."""


@attrs.frozen
class Picture:
    """A picture that a scene shows.

    Attributes:
        address: how the page names it: ``"pictures/map.png"``.
        where: where the script says so, for an error.
    """

    address: str
    where: str


def pictures_in(html: str) -> list[str]:
    """Return the addresses of the pictures in a piece of HTML."""
    return ["".join(found) for found in _SOURCE.findall(html)]


def missing_pictures(pictures: Iterable[Picture], folders: Mapping[str, Path]) -> Iterator[Problem]:
    """Yield those that are not there, given the folders whose files pages may show, by their names."""
    for picture in dict.fromkeys(pictures):
        if not _NOT_A_FILE.match(picture.address):
            path = unquote(re.split("[?#]", picture.address)[0]).removeprefix("./")
            yield from _missing(picture, path, folders)


def _missing(picture: Picture, path: str, folders: Mapping[str, Path]) -> Iterator[Problem]:
    name, _, file = path.partition("/")
    folder = folders.get(name)
    if folder is None:
        what = f"the picture {picture.address!r} is in no folder of the experiment"
        listed = name if file else "pictures"
        fix = f"put it into a folder, and list that: .static_files(directories=[{listed!r}])"
        yield Problem(picture.where, what, did_you_mean(name, folders) or fix)
    elif not _is_file(folder, file):
        there = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
        what = f"there is no picture {file!r} in the folder {str(folder)!r}"
        yield Problem(picture.where, what, did_you_mean(file, there))


def _is_file(folder: Path, file: str) -> bool:
    try:
        path = (folder / file).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    except (ValueError, OSError):
        return False
