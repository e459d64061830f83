"""The images that environments registered themselves, and the addresses at which pages find them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from mug.game.spec import GameSpec
from mug.rendering import Asset

log = logging.getLogger(__name__)


class RegisteredFiles:
    """Files by the address that pages were given; a browser's address is looked up, and never a path."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str, str], Path] = {}
        self._missed: set[tuple[str, str, Path]] = set()

    def on_page(self, spec: GameSpec, assets: Iterable[Asset]) -> list[dict[str, str]]:
        """Return how a page loads these assets, whose files are served from now on.

        What the scene's page loads under the same name from the same file is left out.
        """
        folder = spec.assets_dir or Path()
        own = {(asset.name, *_targets(folder, asset.path, asset.data)) for asset in spec.assets}
        return [
            self._entry(spec, asset)
            for asset in assets
            if (asset.name, *_targets(Path(), asset.path, asset.data)) not in own
        ]

    def find(self, scene_id: str, digest: str, name: str) -> Path | None:
        """Return the file that was given this address, None when there is none to be read."""
        path = self._files.get((scene_id, digest, name))
        return path if path is not None and _readable(path) else None

    def _entry(self, spec: GameSpec, asset: Asset) -> dict[str, str]:
        image = self._address(spec, asset, asset.path)
        if asset.kind == "image":
            return {"kind": "image", "name": asset.name, "url": image}
        data = self._address(spec, asset, asset.data)
        return {"kind": "atlas", "name": asset.name, "image": image, "data": data}

    def _address(self, spec: GameSpec, asset: Asset, written: str) -> str:
        path = Path(written).absolute()
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        self._files[spec.scene_id, digest, path.name] = path
        miss = (spec.scene_id, asset.name, path)
        if miss not in self._missed and not _readable(path):
            self._missed.add(miss)
            log.error(
                "scene '%s': the environment %s registered the %s '%s', but there is no file %s that can be "
                "read; a grey box is drawn in its place (relative paths begin at %s)",
                *(spec.scene_id, _environment_name(spec), asset.kind, asset.name, path, Path.cwd()),
            )
        return f"./-/assets/{spec.scene_id}/-/{digest}/{quote(path.name)}"


def _targets(folder: Path, *paths: str | None) -> tuple[Path, ...]:
    """The files of one asset; an image has no second one."""
    return tuple((folder / path).resolve() for path in paths if path)


def _readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)


def _environment_name(spec: GameSpec) -> str:
    creator = getattr(spec.make_env, "creator", spec.make_env)
    return creator if isinstance(creator, str) else str(getattr(creator, "__qualname__", creator))
