"""The pictures a surface draws with, named once and loaded by the browser."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mug.rendering.errors import SurfaceError, shown


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture file, or an atlas: one picture that holds many frames.

    ``kind`` is ``"image"`` or ``"atlas"``; ``path`` is the picture's file and ``data`` the atlas's
    JSON file (frame name to rectangle), empty for an image. Paths are as the researcher wrote them.
    """

    kind: str
    name: str
    path: str
    data: str = ""


class AssetRegistry:
    """The assets of one surface, in order of registration. Names are unique."""

    __slots__ = ("_assets", "listing")

    def __init__(self) -> None:
        self._assets: dict[str, Asset] = {}
        self.listing: tuple[Asset, ...] = ()

    def add(self, asset: Asset) -> None:
        """Add an asset; adding the same one twice changes nothing.

        Raises:
            SurfaceError: the name already means another file.
        """
        known = self._assets.get(asset.name)
        if known == asset:
            return
        if known is not None:
            raise SurfaceError(
                f"the name '{asset.name}' is already used for {known.path}",
                f"surface.register_{asset.kind}()",
                f"give {asset.path} another name",
            )
        self._assets[asset.name] = asset
        self.listing = tuple(self._assets.values())


def file_path(value: object, where: str) -> str:
    """A path as text.

    Raises:
        SurfaceError: it is neither text nor a path, or empty.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str) or not value:
        raise SurfaceError(f"must be the path of a file, got {shown(value)}", where)
    return value


def asset_name(value: object, where: str) -> str:
    """A name for an asset.

    Raises:
        SurfaceError: it is not text, or empty.
    """
    if not isinstance(value, str) or not value:
        raise SurfaceError(f"must be a name, got {shown(value)}", where)
    return value
