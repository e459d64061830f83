"""Runs inside Pyodide, started by ``compile.mjs``: /sources.zip to /bytecode.zip."""

import ast
import json
import sys
import warnings
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mug_pyodide.packing.hash_pyc import hash_pyc

    def report(done: int) -> None:
        """Tell JavaScript, which put this function here, how many sources are done."""
else:
    # It stands among the sources.
    sys.path.append("/sources.zip")
    from hash_pyc import hash_pyc


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Take every docstring out of the tree; asserts stay."""
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED):
            while node.body and _is_text(node.body[0]):
                text = node.body.pop(0)
                if not node.body and not isinstance(node, ast.Module):
                    node.body.append(ast.copy_location(ast.Pass(), text))
    return tree


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def bytecode(source: bytes, name: str, docstrings: bool) -> bytes:
    """Return a .pyc that is used without a look at the source, or nothing where this is no Python."""
    try:
        tree = ast.parse(source, name)
        code = compile(tree if docstrings else without_docstrings(tree), name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return b""
    return hash_pyc(code, source)


warnings.simplefilter("ignore")
with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile("/bytecode.zip", "w") as target:
    for number, job in enumerate(json.loads(sources.read("manifest.json")), 1):
        source = sources.read(job["key"])
        target.writestr(job["key"], bytecode(source, job["name"], job["docstrings"]))
        if number % 20 == 0:
            report(number)
