"""Functions that no name leads to (lambdas, and functions made by functions), taken by their source."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from pathlib import Path

from mug_pyodide.in_browser.scene import Text
from mug_pyodide.packing.excerpt import end, start
from mug_pyodide.packing.slicing import Unshippable
from mug_pyodide.packing.sources import Source

_Function = ast.Lambda | ast.FunctionDef
_Place = tuple[int, int, int, int]


def text_of(function: types.FunctionType, source: Source | None) -> Text:
    """Return a function's source, as the browser makes it again.

    Raises:
        Unshippable: its source is not to be found, or of a kind that cannot be taken alone.
    """
    code = function.__code__
    shown = described(function)
    if "__class__" in code.co_freevars:
        what = f"{shown} is a method of a class that is made inside a function"
        raise Unshippable(what, "define the class at the top level of the file")
    if source is None:
        what = f"the source of {shown} is not to be found"
        raise Unshippable(what, "define it in a .py file")
    if not _compiles_to(source, code):
        what = f"{shown} is not what {source.shown} says now: the file was changed since it started"
        raise Unshippable(what, "start again")
    node = _node_of(source, code)
    if node is None:
        what = f"the source of {shown} cannot be told from what stands beside it"
        raise Unshippable(what, "write it as a function at the top level of the file")
    return _as_made_by(code, source, node)


def described(function: types.FunctionType) -> str:
    """Return what to call a function in a message."""
    code = function.__code__
    where = f"{Path(code.co_filename).name}, line {code.co_firstlineno}"
    return f"the lambda in {where}" if code.co_name == "<lambda>" else f"{code.co_name}() in {where}"


def _as_made_by(code: types.CodeType, source: Source, node: _Function) -> Text:
    first = start(node) if isinstance(node, ast.FunctionDef) else (node.lineno, node.col_offset)
    last = end(node)
    if isinstance(node, ast.FunctionDef):
        first = (node.lineno, node.col_offset)
    kept = source.lines[first[0] - 1 : last[0]]
    kept[-1] = kept[-1][: last[1]]
    kept[0] = b" " * first[1] + kept[0][first[1] :]
    body = b"\n".join(kept).decode()
    maker = f"def __make({', '.join(code.co_freevars)}):"
    file = str(source.file)
    if isinstance(node, ast.Lambda):
        return Text(f"{maker} return (\n{body}\n)", file, first[0] - 1, code.co_freevars)
    if not first[1]:
        body = "\n".join(f" {line}" for line in body.split("\n"))
    return Text(f"{maker}\n{body}\n", file, first[0] - 1, code.co_freevars)


def _compiles_to(source: Source, code: types.CodeType) -> bool:
    """Whether the file, as it is now, has this very code in it."""
    return any(
        one.co_firstlineno == code.co_firstlineno
        and one.co_name == code.co_name
        and one.co_code == code.co_code
        for one in _all_code(compile(source.text, str(source.file), "exec", dont_inherit=True))
    )


def _all_code(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _all_code(constant)


def _node_of(source: Source, code: types.CodeType) -> _Function | None:
    """Return the part of the tree that became this code: around all its instructions, and no larger."""
    places = _places(code)
    fitting = [
        node
        for node in ast.walk(source.tree)
        if _starts(node) == code.co_firstlineno
        and isinstance(node, ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef)
        and getattr(node, "name", "<lambda>") == code.co_name
        and all(_within(place, _place_of_body(node)) for place in places)
    ]
    if not fitting:
        return None
    return min(fitting, key=_size_of_body)


def _places(code: types.CodeType) -> list[_Place]:
    found: list[_Place] = []
    for line, last_line, column, last_column in code.co_positions():
        if line is None or last_line is None or column is None or last_column is None:
            continue
        # what merely begins or resumes a function has no place in its body
        if (last_line, last_column) > (line, column):
            found.append((line, column, last_line, last_column))
    return found


def _starts(node: ast.AST) -> int:
    if isinstance(node, ast.FunctionDef):
        return start(node)[0]
    return node.lineno if isinstance(node, ast.Lambda) else 0


def _place_of_body(node: ast.AST) -> _Place:
    assert isinstance(node, _Function)
    first, last = (
        (node.body[0], node.body[-1]) if isinstance(node, ast.FunctionDef) else (node.body, node.body)
    )
    begin = start(first) if isinstance(first, ast.stmt) else (first.lineno, first.col_offset)
    return (*begin, *end(last))


def _within(inner: _Place, outer: _Place) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _size_of_body(node: ast.AST) -> tuple[int, int]:
    place = _place_of_body(node)
    return (place[2] - place[0], place[3] - place[1])
