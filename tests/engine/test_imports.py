"""What the engine and the drawing code may import: they run in browsers, where little else is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mug.engine
import mug.rendering

PACKAGES = {
    "mug.engine": Path(mug.engine.__file__).parent,
    "mug.rendering": Path(mug.rendering.__file__).parent,
}
ALWAYS = {"mug.engine": {"numpy", "mug.engine", "mug.rendering"}, "mug.rendering": {"numpy", "mug.rendering"}}
INSIDE_FUNCTIONS = {"gymnasium", "pettingzoo", "onnxruntime"}


def imports(node: ast.AST, inside: bool = False) -> Iterator[tuple[str, bool, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, inside, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0
            yield str(child.module), inside, child.lineno
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        else:
            yield from imports(child, inside or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))


def allowed(name: str, package: str, inside: bool) -> bool:
    root = name.partition(".")[0]
    if root in sys.stdlib_module_names:
        return True
    known = ALWAYS[package]
    return any(name == one or name.startswith(one + ".") for one in known) or (
        inside and package == "mug.engine" and root in INSIDE_FUNCTIONS
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_they_import_the_standard_library_and_numpy_only(package: str) -> None:
    """No module imports anything else, except the engine Gymnasium, PettingZoo and onnxruntime, and these
    only inside functions."""
    files = sorted(PACKAGES[package].rglob("*.py"))
    assert len(files) > 5
    wrong = [
        f"{path.name}:{line} imports {name}"
        for path in files
        for name, inside, line in imports(ast.parse(path.read_text()))
        if not allowed(name, package, inside)
    ]
    assert wrong == []


def test_the_rule_catches_what_it_should() -> None:
    """The checker sees imports in classes, functions and conditions."""
    source = "import attrs\nif x:\n    from mug.core import y\ndef f():\n    import gymnasium.spaces\n"
    found = [(name, inside) for name, inside, _ in imports(ast.parse(source))]
    assert found == [("attrs", False), ("mug.core", False), ("gymnasium.spaces", True)]
    assert not allowed("attrs", "mug.engine", True)
    assert not allowed("mug.core", "mug.engine", True)
    assert not allowed("gymnasium.spaces", "mug.engine", False)
    assert not allowed("gymnasium", "mug.rendering", True)
    assert not allowed("mug.engine.engine", "mug.rendering", True)
    assert allowed("gymnasium.spaces", "mug.engine", True)


def test_importing_the_engine_loads_no_environment_library() -> None:
    """Importing every module of both packages leaves Gymnasium, PettingZoo and onnxruntime unloaded."""
    modules = [
        ".".join((package, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
        for package, folder in PACKAGES.items()
        for path in folder.rglob("*.py")
    ]
    program = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'gymnasium', 'pettingzoo', 'onnxruntime', 'attr', 'attrs', 'msgspec'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
