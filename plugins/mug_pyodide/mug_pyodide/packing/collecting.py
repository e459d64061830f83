"""From what a trial imported and opened to the files that browsers need, by the archive they go into."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Final

import attrs

import mug
from mug.errors import Problem
from mug.game.making import MODULE
from mug_pyodide.in_browser import hookspecs
from mug_pyodide.in_browser.scene import PROJECT, SCRIPT
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.installed import Installed, distribution_of, is_data_file
from mug_pyodide.packing.project import Project, is_secret
from mug_pyodide.packing.shippable import SINGLE, WHOLE, is_installed

SMALL_DATA: Final = 200_000
"""Data files of imported packages of a distribution are shipped unopened if together they are no larger."""
_WITHOUT_SOURCE: Final = frozenset(
    ("mug", "mug-ggpo", "gymnasium", "typing-extensions", "farama-notifications", "cloudpickle")
)
"""Nothing in them looks for its own source; where it is known, their bytecode is shipped alone."""
MOST_BYTES: Final = 100_000_000
_PLUGIN: Final = Path(__file__).resolve().parents[1]
_MUG: Final = Path(mug.__file__).resolve().parent
_ALWAYS: Final = ("mug", "mug_pyodide")


@attrs.define(eq=False)
class Archive:
    """What goes into one archive.

    Attributes:
        name: what its name begins with.
        lazy: whether it is only loaded when something in it is imported.
        files: files by their names in it.
        written: content that comes from no file.
    """

    name: str
    lazy: bool = False
    files: dict[str, Path] = attrs.field(factory=dict)
    written: dict[str, bytes] = attrs.field(factory=dict)

    @property
    def needs_sources(self) -> bool:
        """Whether modules go in as source even if they go in as bytecode."""
        return self.lazy or self.name not in _WITHOUT_SOURCE


@attrs.define(eq=False)
class Collection:
    """What a scene needs in browsers.

    Attributes:
        archives: its files.
        packages: packages that were compiled for browsers.
        imports: what to import before the game.
        problems: files that cannot be shipped.
    """

    archives: list[Archive] = attrs.field(factory=list)
    packages: set[str] = attrs.field(factory=lambda: {"numpy"})
    imports: list[str] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)


class Collector:
    """Collects the files of one scene.

    Args:
        scene_id: for messages.
        project: where the researcher's files are.
        browser: the Python of browsers.
        parts: the modules of which only a part is shipped.
    """

    def __init__(self, scene_id: str, project: Project, browser: BrowserPython, parts: Iterable[str]) -> None:
        self._where = f"scene '{scene_id}'"
        self._project = project
        self._browser = browser
        self._not_files = {*parts, MODULE, SCRIPT, "__main__", "__mp_main__"}
        self._found = Collection()
        self._own = Archive("experiment")
        self._of_mug: set[str] = set()
        self._distributions: dict[str, tuple[Installed, dict[str, Path]]] = {}
        self._folders: dict[str, tuple[str, Path]] = {}

    def collect(
        self,
        modules: list[dict[str, Any]],
        opened: list[tuple[str, str, int]],
        named: Iterable[Path],
        required: Iterable[Installed],
    ) -> Collection:
        """Return what is needed.

        Args:
            modules: what was imported: ``name``, ``file`` (None for a namespace) and ``folders``.
            opened: files that were opened, each with the file and line of the code that did.
            named: the researcher's files that settings name.
            required: distributions that must be there, imported or not.
        """
        settings: dict[str, Path] = {}
        for module in modules:
            self._module(module["name"], module["file"], module["folders"], settings)
        for installed in required:
            self._distributions.setdefault(installed.name, (installed, {}))
        for path, opener, line in opened:
            self._opened(Path(path), Path(opener), line)
        for file in named:
            if not self._is_refused(file, "named in a setting", self._where):
                self._project_file(file)
        self._finish(settings)
        return self._found

    # ------------------------------------------------------------------------------------ modules

    def _module(self, name: str, origin: str | None, folders: list[str], settings: dict[str, Path]) -> None:
        if name in self._not_files or name.startswith("mug_pyodide.packing"):
            return
        top = name.partition(".")[0]
        if top in _ALWAYS:
            self._of_mug.add(name)
            if name in SINGLE and name not in _ALWAYS and origin is not None:
                settings[_place(name, Path(origin))] = Path(origin)
            return
        if origin is None:
            return
        file = Path(origin)
        installed = distribution_of(name, file) if is_installed(file) else None
        if installed is not None:
            self._of_distribution(installed, name, file)
        elif self._project.holds(file):
            self._project_file(file)
            self._remember_folder(name, folders)
        elif file.suffix == ".py":
            self._own.files[_place(name, file)] = file
            self._remember_folder(name, folders)

    def _of_distribution(self, installed: Installed, name: str, file: Path) -> None:
        if installed.compiled and installed.name in self._browser.packages:
            self._found.packages.add(installed.name)
            return
        if file.suffix == ".py":
            _, files = self._distributions.setdefault(installed.name, (installed, {}))
            files[_place(name, file)] = file
        if "." not in name and name not in self._found.imports:
            self._found.imports.append(name)

    def _remember_folder(self, name: str, folders: list[str]) -> None:
        """Remember a researcher's package: files in it that are opened have their place in it."""
        if folders and "." not in name:
            self._folders[name] = (name, Path(folders[0]))

    # --------------------------------------------------------------------------------------- files

    def _project_file(self, file: Path) -> None:
        resolved = file if file.is_relative_to(self._project.root) else file.resolve()
        relative = resolved.relative_to(self._project.root).as_posix()
        self._own.files[f"{PROJECT}/{relative}"] = file

    def _opened(self, file: Path, opener: Path, line: int) -> None:
        if not file.is_file() or file.suffix == ".pyc":
            return
        for installed, files in self._distributions.values():
            if file in installed.names:
                files[installed.names[file]] = file
                return
        if (
            file.suffix == ".py"
            or is_installed(opener)
            or opener.is_relative_to(_MUG)
            or opener.is_relative_to(_PLUGIN)
        ):
            return
        if self._is_refused(file, "opened", f"{self._where}, {opener.name}, line {line}"):
            return
        if self._project.holds(file):
            self._project_file(file)
        elif (place := self._place_in_package(file)) is not None:
            self._own.files[place] = file
        else:
            what = f"the file {file} is opened, which is not in the folder of the experiment"
            where = f"{self._where}, {opener.name}, line {line}"
            fix = f"put it into {self._project.folder}, or run the environment on the server"
            self._found.problems.append(Problem(where, what, fix))

    def _is_refused(self, file: Path, how: str, where: str) -> bool:
        """Whether a file is one that must not be public; then it is a problem that it would be."""
        if not is_secret(file):
            return False
        what = f"the file {file} is {how}, whose name is that of a key, and would be public"
        fix = "leave it out of the environment, or run the environment on the server"
        self._found.problems.append(Problem(where, what, fix))
        return True

    def _place_in_package(self, file: Path) -> str | None:
        """Return where a file of a researcher's package outside of the project goes; None if it is none."""
        for name, folder in self._folders.values():
            if file.is_relative_to(folder):
                relative = file.relative_to(folder).as_posix()
                return f"{name}/{relative}" if is_data_file(relative) else None
        return None

    # ------------------------------------------------------------------------------------- archives

    def _finish(self, settings: dict[str, Path]) -> None:
        found = self._found
        found.archives += _core(self._of_mug)
        if settings:
            found.archives.append(Archive("settings", files=settings))
        needed = self._browser.with_needed(found.packages)
        for installed, files in self._distributions.values():
            if installed.name not in needed:
                found.archives += _of_distribution(installed, files)
        found.imports = [
            name
            for name in found.imports
            if not any(name in self._browser.packages[package].imports for package in needed)
        ]
        if self._own.files:
            found.archives.append(self._own)
        self._check_size()

    def _check_size(self) -> None:
        sizes = {
            path: path.stat().st_size
            for archive in self._found.archives
            if not archive.lazy
            for path in archive.files.values()
        }
        total = sum(sizes.values())
        if total > MOST_BYTES:
            largest = sorted(sizes, key=lambda path: -sizes[path])[:3]
            shown = ", ".join(f"{path} ({sizes[path] / 1e6:.0f} MB)" for path in largest)
            what = f"every participant would load {total / 1e6:.0f} MB, the largest of it {shown}"
            fix = "move what the environment does not need out of its packages and folders"
            self._found.problems.append(Problem(self._where, what, fix))


def _core(imported: Container[str]) -> list[Archive]:
    """Return what every game needs of mug, and what only `mug doctor` and the like do."""
    core, rest = Archive("mug"), Archive("mug_pyodide", lazy=True)
    for name in WHOLE:
        top, _, inner = name.partition(".")
        folder = (_MUG if top == "mug" else _PLUGIN) / inner
        for file in folder.rglob("*.py"):
            module = f"{name}.{file.relative_to(folder).with_suffix('').as_posix().replace('/', '.')}"
            archive = (
                rest if top == "mug_pyodide" and module.removesuffix(".__init__") not in imported else core
            )
            archive.files[f"{top}/{inner}/{file.relative_to(folder).as_posix()}"] = file
    core.files["mug/__init__.py"] = _MUG / "__init__.py"
    core.files["mug_pyodide/__init__.py"] = _PLUGIN / "__init__.py"
    core.files["mug/hookspecs.py"] = Path(hookspecs.__file__)
    return [core, rest]


def _of_distribution(installed: Installed, imported: dict[str, Path]) -> list[Archive]:
    """Return what a distribution needs at once, and the rest of it, by package."""
    files = dict(imported)
    data = installed.data()
    beside = {name: path for name, path in data.items() if _package_of(name, installed) in imported}
    if sum(path.stat().st_size for path in beside.values() if path.is_file()) <= SMALL_DATA:
        files |= beside
    rest: dict[str, Archive] = {}
    for name, path in installed.files.items():
        if name not in files and path.is_file() and (name.endswith(".py") or name in data):
            top = name.partition("/")[0].partition(".")[0]
            archive = rest.setdefault(top, Archive(top, lazy=True))
            archive.files[name] = path
            if not imported:
                archive.written |= installed.description()
    eager = [Archive(installed.name, files=files, written=installed.description())] if imported else []
    return [*eager, *rest.values()]


def _package_of(name: str, installed: Installed) -> str | None:
    """Return the ``__init__.py`` of the innermost package that a file is in."""
    for folder in PurePosixPath(name).parents:
        if f"{folder}/__init__.py" in installed.files:
            return f"{folder}/__init__.py"
    return None


def _place(module: str, file: Path) -> str:
    """Return where a module is looked for, from the folder of packages on."""
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if file.name == "__init__.py" else f"{path}.py"
