"""What is packed for a scene, and the folder in which it is kept."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import attrs

from mug.rendering import Asset


@attrs.frozen
class PackFile:
    """A file for browsers; beside it are its compressed forms, with ``.br`` and ``.gz`` behind the name.

    Attributes:
        name: named by its content, so that it never changes.
        path: where it is.
        bytes: its size before compression.
        sha256: its hash in Base64, as ``fetch`` checks it.
    """

    name: str
    path: Path
    bytes: int
    sha256: str


@attrs.frozen
class ModelFile(PackFile):
    """A model for browsers; ``model`` is the name under which the scene refers to it."""

    model: str


@attrs.frozen
class Packed:
    """Everything that browsers load for a scene, beside Python itself.

    Attributes:
        packs: archives to unpack before the game.
        lazy: archives to unpack when a module of the package is imported whose name theirs begins with.
        scene: the game, for `mug_pyodide.in_browser.scene`.
        models: the models that policies use.
        packages: packages that were compiled for browsers, with those that they depend on.
        imports: modules to import before the game, which takes a while.
        assets: pictures that the environment registered when it was tried out.
    """

    packs: tuple[PackFile, ...]
    lazy: tuple[PackFile, ...]
    scene: PackFile
    models: tuple[ModelFile, ...]
    packages: tuple[str, ...]
    imports: tuple[str, ...]
    assets: tuple[Asset, ...]

    @property
    def scene_name(self) -> str:
        """The name under which the scene is loaded: another one as soon as any of its files is another."""
        names = "\n".join(file.name for file in self.files())
        return f"{hashlib.sha256(names.encode()).hexdigest()[:16]}-{self.scene.name}"

    def files(self) -> tuple[PackFile, ...]:
        """Return every file."""
        return (*self.packs, *self.lazy, self.scene, *self.models)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **{
                name: [_to_json(file) for file in getattr(self, name)] for name in ("packs", "lazy", "models")
            },
            "scene": _to_json(self.scene),
            "packages": self.packages,
            "imports": self.imports,
            "assets": [[asset.kind, asset.name, asset.path, asset.data] for asset in self.assets],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Packed:
        """Return what `to_json` was made from."""
        return cls(
            packs=tuple(_pack(one) for one in values["packs"]),
            lazy=tuple(_pack(one) for one in values["lazy"]),
            scene=_pack(values["scene"]),
            models=tuple(ModelFile(**{**one, "path": Path(one["path"])}) for one in values["models"]),
            packages=tuple(values["packages"]),
            imports=tuple(values["imports"]),
            assets=tuple(Asset(*one) for one in values["assets"]),
        )


def cache_folder() -> Path:
    """Return the folder in which packs are kept: ``$XDG_CACHE_HOME/mug/packs``, or below ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "mug" / "packs"


def described(path: Path, content: bytes) -> PackFile:
    """Return a file's description, whose content this is."""
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return PackFile(path.name, path, len(content), digest)


def _to_json(file: PackFile) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in attrs.asdict(file).items()
    }


def _pack(values: dict[str, Any]) -> PackFile:
    return PackFile(values["name"], Path(values["path"]), values["bytes"], values["sha256"])
