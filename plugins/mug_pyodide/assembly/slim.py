"""Which files of the standard library and of NumPy go to browsers, and which of them without docstrings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .bytecode import Source
from .library import added_modules

_REPLACEMENTS = Path(__file__).parent / "replacements"
_NO_PYTHON = re.compile(r"\.(pyi|pxd|pyx|h|c|a|ini|pc|typed|build|bat)$")
# The last two lines are frozen into the interpreter, which never looks for them anywhere else.
_STANDARD_LIBRARY_WITHOUT = re.compile(
    r"""^(
        site-packages/ | ctypes/macholib/ | __phello__
        | _pyrepl/(?!(__init__|pager|trace|types|utils)\.py$)
        | asyncio/(windows_events|windows_utils|proactor_events|__main__)\.py$
        | multiprocessing/popen_spawn_win32\.py$
        | (this|antigravity|__hello__)\.py$
        | (_collections_abc|_sitebuiltins|abc|codecs|genericpath|io|ntpath|os|posixpath|runpy|site|stat)\.py$
        | (zipimport|importlib/(_bootstrap|_bootstrap_external|machinery|util))\.py$
    )""",
    re.VERBOSE,
)
_NUMPY_WITHOUT = re.compile(
    r"""^numpy/(
        f2py/ | _pyinstaller/ | doc/ | conftest\.py$ | _configtool\.py$ | typing/mypy_plugin\.py$
        | random/_examples/ | random/lib/ | _core/include/ | _core/lib/ | ma/(API_CHANGES|README)
        | linalg/lapack_lite\. | testing/print_coercion_tables\.py$ | .*/tests/
    )""",
    re.VERBOSE,
)
_ONLY_DOCSTRINGS = ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")
"""Modules that do nothing but describe what is written in C, which takes a while when NumPy is imported."""
_DOCSTRINGS_NEEDED = re.compile(r"^(_?pyodide/|numpy/_core/numeric\.py$)")
"""Pyodide puts docstrings on what it passes between the two languages; numpy.ma rewrites those of NumPy."""


def of_standard_library(files: Mapping[str, bytes]) -> tuple[dict[str, Source], dict[str, bytes]]:
    """Return the modules by their names in the archive, and the other files that are kept."""
    modules, others = _chosen(files, _STANDARD_LIBRARY_WITHOUT, "/lib/python314.zip/")
    return modules | added_modules(), others


def of_numpy(files: Mapping[str, bytes]) -> tuple[dict[str, Source], dict[str, bytes]]:
    """Return the modules by their names in the wheel, and the other files that are kept."""
    place = "/lib/python3.14/site-packages/"
    modules, others = _chosen(files, _NUMPY_WITHOUT, place)
    f2py = "numpy/f2py/__init__.py"
    modules[f2py] = Source(place + f2py, (_REPLACEMENTS / "f2py.py").read_bytes())
    modules |= {name: Source(place + name, b"") for name in _ONLY_DOCSTRINGS}
    return modules, others


def _chosen(
    files: Mapping[str, bytes], without: re.Pattern[str], place: str
) -> tuple[dict[str, Source], dict[str, bytes]]:
    modules: dict[str, Source] = {}
    others: dict[str, bytes] = {}
    for name, data in files.items():
        if without.search(name) or _NO_PYTHON.search(name):
            continue
        if name.endswith(".py"):
            modules[name] = Source(place + name, data, docstrings=bool(_DOCSTRINGS_NEEDED.search(name)))
        else:
            others[name] = data
    return modules, others
