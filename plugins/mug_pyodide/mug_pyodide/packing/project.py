"""Where the researcher's own files are: what may be shipped, and under which name."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath
from typing import Final

import attrs

from mug_pyodide.packing.shippable import is_installed

_SECRET_ENDINGS: Final = (".pem", ".key", ".env", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
_SECRET_BEGINNINGS: Final = ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")


@attrs.frozen
class Project:
    """The experiment's own files.

    Attributes:
        folder: the folder in which the script is; nothing outside it is shipped as a file.
        root: what stands for the packed project: the folder, or the one around it in which the server runs.
        working: the folder that relative paths begin at.
    """

    folder: Path
    root: Path
    working: Path

    @classmethod
    def around(cls, folder: Path, working: Path) -> Project:
        """Return the project of a script in ``folder``, run in the folder ``working``."""
        folder, working = folder.resolve(), working.resolve()
        if folder.is_relative_to(working):
            return cls(folder, working, working)
        return cls(folder, folder, working if working.is_relative_to(folder) else folder)

    @classmethod
    def of_script(cls) -> Project:
        """Return the project of the script that runs; without one, that of the working folder."""
        file = getattr(sys.modules.get("__main__"), "__file__", None)
        path = Path(file).resolve() if file else None
        if path is None or is_installed(path) or (path.parent / "activate").exists():
            return cls.around(Path.cwd(), Path.cwd())
        return cls.around(path.parent, Path.cwd())

    def relative(self, value: str | PurePath) -> str | None:
        """Return a path from the root on, with ``/``; None when it is not one of the project.

        Relative paths and texts that are no paths are None as well: they mean the same in a browser.
        """
        text = str(value)
        folder = str(self.folder)
        if len(folder) < 2 or not (text == folder or text.startswith(folder + os.sep)):
            return None
        if "\n" in text:
            return None
        return Path(os.path.normpath(text)).relative_to(self.root).as_posix()

    def holds(self, file: Path) -> bool:
        """Whether a file is one of the project that may be shipped: in its folder, and not hidden."""
        resolved = file.resolve()
        if not resolved.is_relative_to(self.folder):
            return False
        return not any(part.startswith(".") for part in resolved.relative_to(self.folder).parts)

    def import_paths(self) -> list[str]:
        """Return the folders in the project that modules are imported from, from the root on."""
        found = []
        for entry in sys.path:
            path = Path(entry or ".").resolve()
            if path.is_relative_to(self.folder) and not is_installed(path):
                found.append(path.relative_to(self.root).as_posix())
        return list(dict.fromkeys([*found, self.folder.relative_to(self.root).as_posix()]))


def is_secret(file: PurePath) -> bool:
    """Whether a file's name is one that keys and passwords have."""
    name = file.name.lower()
    return name.endswith(_SECRET_ENDINGS) or name.startswith(_SECRET_BEGINNINGS)
