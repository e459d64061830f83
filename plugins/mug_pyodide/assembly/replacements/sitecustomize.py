"""Gets the less used part of the standard library when something of it is imported for the first time.

This stands in the standard library of browsers, where Python imports it before anything else.
"""

import hashlib
import sys
import zipimport
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_LIBRARY = "/lib/python314.zip"
_LATE_PART = "/lib/python314_late.zip"
_LIST = "late_modules.txt"


class LateLibrary:
    """Finds the modules of the late part, and fetches it at first."""

    def __init__(self) -> None:
        listed = zipimport.zipimporter(_LIBRARY).get_data(f"{_LIBRARY}/{_LIST}").decode()
        self._file, self._sha256, *names = listed.split()
        self._names = frozenset(names)
        self._fetched = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, if it is one of the late part.

        Raises:
            ImportError: the late part cannot be fetched.

        """
        if name not in self._names:
            return None
        if not self._fetched:
            self._fetch(name)
            self._fetched = True
        package = name.rpartition(".")[0].replace(".", "/")
        return zipimport.zipimporter(f"{_LATE_PART}/{package}".rstrip("/")).find_spec(name, target)

    def _fetch(self, name: str) -> None:
        """Get the archive while Python waits; it lies beside the worker's script."""
        from js import URL, XMLHttpRequest, location
        from pyodide.ffi import JsException

        request = XMLHttpRequest.new()
        request.open("GET", URL.new(self._file, location.href).href, False)
        request.responseType = "arraybuffer"
        try:
            request.send()
        except JsException as problem:
            raise ImportError(f"{name} could not be fetched: {problem}", name=name) from problem
        data: bytes = request.response.to_bytes() if request.status == 200 else b""
        if hashlib.sha256(data).hexdigest() != self._sha256:
            raise ImportError(f"{name} could not be fetched (status {request.status})", name=name)
        with open(_LATE_PART, "wb") as file:  # noqa: PTH123 - pathlib is not loaded yet, and takes a while
            file.write(data)


sys.meta_path.append(LateLibrary())
