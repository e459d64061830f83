"""The rules that keep the parts apart: who may import whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUG = ROOT / "mug"
PLUGINS = sorted(path for path in (ROOT / "plugins").glob("mug_*") if path.is_dir())
SHIPPED = {
    "rendering": ("mug.rendering",),
    "engine": ("mug.engine", "mug.rendering"),
    "game": ("mug.game", "mug.engine", "mug.rendering", "mug.__version__"),
}
"""Packages that run in the browser as they are, and what of mug each may use."""
LAZILY = {"gymnasium", "pettingzoo", "onnxruntime"}
"""What they may import inside functions."""
IN_PYODIDE = {"js", "pyodide", "pyodide_js"}
"""What Python in a browser has besides; imported inside functions too."""

# Each import happens in a process of its own, in which other people's libraries are already there.
ALONE = """
import importlib, os, sys
import aiohttp, attrs, click, gymnasium, hypercorn, msgspec, numpy, orjson, pluggy, pytest, quart, socketio
for name in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        try:
            importlib.import_module(name)
            os._exit(0)
        except BaseException as error:
            print(f"{name}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
    os.waitpid(pid, 0)
"""


def modules(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every module in a package folder, with its dotted name."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(path: Path, *, top_level_only: bool = False) -> set[str]:
    """The absolute names that a file imports; those for type checkers only are left out."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            assert node.module is not None
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text()))
    return found


def test_the_plugins_are_found() -> None:
    """There is something to check."""
    assert PLUGINS
    assert len(list(modules(MUG))) > 50


def test_mug_imports_no_plugin() -> None:
    """mug knows plugins only through hooks."""
    packages = {path.name for path in PLUGINS}
    for name, path in modules(MUG):
        roots = {target.partition(".")[0] for target in imported(path)}
        assert not roots & packages, f"{name} imports {roots & packages}"
        assert not {root for root in roots if root.startswith("mug_")}, name


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugins_do_not_import_each_other(plugin: Path) -> None:
    """No plugin imports another one."""
    others = {path.name for path in PLUGINS} - {plugin.name}
    for name, path in modules(plugin / plugin.name):
        roots = {target.partition(".")[0] for target in imported(path)}
        assert not roots & others, f"{name} imports {roots & others}"


@pytest.mark.parametrize("package", SHIPPED)
def test_what_runs_in_the_browser_needs_little(package: str) -> None:
    """What is shipped imports the standard library and NumPy; other libraries in functions only."""
    allowed = sys.stdlib_module_names | {"numpy"}
    for name, path in modules(MUG / package):
        for target in imported(path, top_level_only=True):
            own = target.startswith(SHIPPED[package])
            assert own or target.partition(".")[0] in allowed, f"{name} imports {target}"
        for target in imported(path):
            own = target.startswith(SHIPPED[package])
            assert own or target.partition(".")[0] in allowed | LAZILY, f"{name} imports {target}"


def test_a_browser_games_python_half_needs_little() -> None:
    """The same for the part of mug_pyodide that runs in the browser."""
    shipped = (*SHIPPED["game"], "mug_pyodide.in_browser")
    allowed = sys.stdlib_module_names | {"numpy"}
    for name, path in modules(ROOT / "plugins" / "mug_pyodide" / "mug_pyodide" / "in_browser"):
        for target in imported(path, top_level_only=True):
            assert target.startswith(shipped) or target.partition(".")[0] in allowed, f"{name}: {target}"
        for target in imported(path):
            root = target.partition(".")[0]
            assert target.startswith(shipped) or root in allowed | LAZILY | IN_PYODIDE, f"{name}: {target}"


@pytest.mark.parametrize("package", ["scenes", "configurations", "engine", "rendering", "game"])
def test_what_scripts_write_with_does_not_know_the_server(package: str) -> None:
    """What scripts write with, and what is shipped, imports nothing of core, server or command line."""
    for name, path in modules(MUG / package):
        inside = {
            target for target in imported(path) if target.startswith(("mug.core", "mug.server", "mug.cli"))
        }
        assert not inside, f"{name} imports {inside}"


def test_the_core_does_not_know_the_command_line() -> None:
    """The core can be used without click's commands and without the testing kit."""
    for name, path in modules(MUG / "core"):
        inside = {target for target in imported(path) if target.startswith(("mug.cli", "mug.testing"))}
        assert not inside, f"{name} imports {inside}"


@pytest.mark.slow
def test_each_module_can_be_imported_alone() -> None:
    """No module relies on another one having been imported before it, or warns."""
    names = [name for name, _ in modules(MUG) if not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, *names],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == ""
