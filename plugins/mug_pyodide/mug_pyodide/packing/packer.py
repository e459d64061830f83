"""From a scene to everything that browsers load for it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

import mug
from mug.errors import ConfigurationError
from mug.game.spec import GameSpec
from mug_pyodide.packing import archives, compiling, requirements
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.collecting import Archive, Collector
from mug_pyodide.packing.packed import ModelFile, Packed, PackFile
from mug_pyodide.packing.peer_games import modules_of
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.shippable import is_installed
from mug_pyodide.packing.storage import Content, Storage, key_of
from mug_pyodide.packing.trying import Trier
from mug_pyodide.packing.writing import Written, write_scene

_HERE: Final = Path(__file__).resolve().parent


class Packer:
    """Packs scenes of one project.

    Args:
        cache: the folder in which packs are kept.
        project: where the researcher's files are.
        trier: tries scenes out.
        browser: the Python of browsers.
    """

    def __init__(self, cache: Path, project: Project, trier: Trier, browser: BrowserPython) -> None:
        self._storage = Storage(cache)
        self._project = project
        self._trier = trier
        self._browser = browser

    def pack(self, spec: GameSpec) -> Packed:
        """Return what browsers load for a scene; see `mug_pyodide.packing.pack`."""
        written = write_scene(spec, self._project)
        required = requirements.read(spec.packages_to_install, spec.scene_id, self._browser)
        if required.problems:
            raise ConfigurationError(required.problems)
        key = self._key(spec, written)
        known = self._storage.recall(key)
        if known is not None:
            return known
        tried = self._trier.try_out(spec.scene_id, written.blob, written.models)
        if tried.problem is not None:
            raise ConfigurationError(tried.problem)
        collector = Collector(spec.scene_id, self._project, self._browser, written.parts)
        modules = [*tried.modules, *modules_of(spec)]
        found = collector.collect(modules, tried.opened, written.files, required.installed)
        if found.problems:
            raise ConfigurationError(found.problems)
        packs, lazy = self._store(found.archives)
        (scene,) = self._storage.keep([Content("scene", ".bin", written.blob)])
        packed = Packed(
            packs=packs,
            lazy=lazy,
            scene=scene,
            models=self._models(written),
            packages=self._browser.with_needed(found.packages | required.compiled),
            imports=tuple(found.imports),
            assets=tried.assets,
        )
        self._storage.remember(key, packed, self._made_from(found.archives, written))
        return packed

    def _key(self, spec: GameSpec, written: Written) -> str:
        return key_of(
            written.blob,
            written.models,
            spec.packages_to_install,
            self._browser.digest,
            mug.__version__,
            platform.python_version(),
            str(self._project.root),
            sys.path,
        )

    def _made_from(self, found: Iterable[Archive], written: Written) -> list[Path]:
        """Return the files and folders of which any change can change what is packed."""
        shipped = [(path, archive.lazy) for archive in found for path in archive.files.values()]
        own = [path for path, _ in shipped if not is_installed(path)]
        files = [*own, *(path for path, lazy in shipped if not lazy)]
        # Code that goes through a folder finds another file there as soon as there is one.
        folders = [path.parent for path in own if path.suffix != ".py"]
        installed = [Path(entry) for entry in sys.path if is_installed(Path(entry or "."))]
        return [*files, *folders, *written.models.values(), *installed, *sorted(_HERE.glob("*.py"))]

    def _store(self, found: list[Archive]) -> tuple[tuple[PackFile, ...], tuple[PackFile, ...]]:
        contents = [{name: path.read_bytes() for name, path in archive.files.items()} for archive in found]
        sources = [
            data
            for archive, files in zip(found, contents, strict=True)
            for name, data in files.items()
            if name.endswith(".py") and not archive.lazy
        ]
        later = [data for files in contents for name, data in files.items() if name.endswith(".py")]
        known = compiling.known(later)
        bytecode = known | compiling.bytecode_of(sources, known, self._browser, self._storage)
        packs = []
        for archive, files in zip(found, contents, strict=True):
            modules = {name: data for name, data in files.items() if name.endswith(".py")}
            members = {name: data for name, data in files.items() if name not in modules} | archive.written
            members |= archives.with_bytecode(
                modules, bytecode, self._browser.python, keep_sources=archive.needs_sources
            )
            packs.append(Content(archive.name, ".zip", archives.archive(members), archive.lazy))
        kept = self._storage.keep(packs)
        return (
            tuple(file for file, content in zip(kept, packs, strict=True) if not content.lazy),
            tuple(file for file, content in zip(kept, packs, strict=True) if content.lazy),
        )

    def _models(self, written: Written) -> tuple[ModelFile, ...]:
        contents = [Content("model", ".onnx", path.read_bytes()) for path in written.models.values()]
        kept = self._storage.keep(contents)
        return tuple(
            ModelFile(**attrs.asdict(file), model=name)
            for name, file in zip(written.models, kept, strict=True)
        )
