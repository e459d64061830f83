"""From what a script lists as images to files inside the scene's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from mug.configurations.settings import WrongValue, shown
from mug.game.spec import Asset


def assets_in(folder: Path, wanted: Sequence[object]) -> tuple[Asset, ...]:
    """Return the assets that a list names: file names, ``Surface.assets()``'s objects, or dicts like these.

    Raises:
        WrongValue: a file that is not there or outside the folder, a name twice, or something else in the
            list.
    """
    found: dict[str, Asset] = {}
    for item in wanted:
        asset = _asset(folder, item)
        if found.get(asset.name, asset) != asset:
            raise WrongValue(
                f"two files are called {asset.name!r}: {found[asset.name].path} and {asset.path}",
                fix='name them: {"kind": "image", "name": "…", "path": "…"}',
            )
        found[asset.name] = asset
    return tuple(found.values())


def _asset(folder: Path, item: object) -> Asset:
    if isinstance(item, str | PurePath):
        return Asset("image", PurePath(item).stem, _inside(folder, item))
    fields = ("kind", "name", "path", "data")
    if isinstance(item, Mapping):
        kind, name, path, data = (item.get(field) for field in fields)
    else:
        kind, name, path, data = (getattr(item, field, None) for field in fields)
    if kind not in ("image", "atlas") or not isinstance(name, str) or not name:
        raise WrongValue(
            f"{shown(item)} names no image",
            fix='write a file name, {"kind": "image", "name": …, "path": …}, or what Surface.assets() gives',
        )
    if kind == "image":
        return Asset("image", name, _inside(folder, path))
    return Asset("atlas", name, _inside(folder, path), _inside(folder, data))


def _inside(folder: Path, path: object) -> str:
    if not isinstance(path, str | PurePath) or not str(path) or "\0" in str(path):
        raise WrongValue(f"{shown(path)} is not the path of a file")
    places = (folder / path, Path.cwd() / path)
    for place in (candidate.resolve() for candidate in places):
        if place.is_relative_to(folder):
            if place.is_file():
                return place.relative_to(folder).as_posix()
        elif place.is_file():
            raise WrongValue(
                f"{str(path)!r} lies outside assets_dir, {str(folder)!r}", fix="copy it into that folder"
            )
    raise WrongValue(f"there is no file {str(path)!r} in {str(folder)!r}")
