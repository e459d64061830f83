"""The source of a module that functions of a scene come from, and what its statements define and use."""

from __future__ import annotations
import __future__

import ast
import dis
import importlib.util
import io
import sys
import tokenize
import types
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import attrs

FUTURES = sum(
    getattr(__future__, name).compiler_flag
    for name in __future__.all_feature_names
    if name != "barry_as_FLUFL"
)
_READS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_GLOBAL", "DELETE_GLOBAL")


@attrs.frozen(eq=False)
class Source:
    """A module's source.

    Attributes:
        module: its name.
        file: where it is.
        text: the source, with newlines as Python reads them.
        tree: the same, parsed.
        scope: its global names now.
    """

    module: str
    file: Path
    text: str = attrs.field(repr=False)
    tree: ast.Module = attrs.field(repr=False)
    scope: dict[str, Any] = attrs.field(repr=False)

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines in UTF-8, by whose columns the tree goes, without comments."""
        lines = self.text.split("\n")
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                lines[line - 1] = lines[line - 1][:column].rstrip()
        return [line.encode() for line in lines]

    @property
    def shown(self) -> str:
        """The file's name as the researcher knows it."""
        return self.file.name


def source_of(module: str) -> Source | None:
    """Return a loaded module's source; None when it has none that can be read, or that is Python."""
    loaded = sys.modules.get(module)
    name = getattr(loaded, "__file__", None)
    if loaded is None or not name or not str(name).endswith(".py"):
        return None
    try:
        return _read(module, Path(name).resolve(), loaded)
    except (OSError, SyntaxError, ValueError):
        return None


@cache
def _read(module: str, file: Path, loaded: types.ModuleType) -> Source:
    text = importlib.util.decode_source(file.read_bytes())
    return Source(module, file, text, ast.parse(text), vars(loaded))


def bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement of a module binds."""
    names: set[str] = set()
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                pending += node.decorator_list
            case ast.Lambda():
                pass
            case ast.Import() | ast.ImportFrom():
                names |= {name_of(alias) for alias in node.names}
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(node.id)
            case _:
                if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
                    names.add(node.name)
                pending += ast.iter_child_nodes(node)
    return names


def name_of(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def touched(statement: ast.stmt) -> set[str]:
    """Return the names whose values a statement changes: by an item, an attribute, or a call of a method."""
    names: set[str] = set()
    for node in _evaluated(statement):
        match node:
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                names.add(_root(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                names.add(_root(method))
    return names - {""}


def _evaluated(statement: ast.stmt) -> Iterator[ast.AST]:
    """Every node of a statement but those inside functions and classes."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield node
        pending += ast.iter_child_nodes(node)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def used(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the global names that statements, and the functions in them, read when they run.

    Annotations do not count: they are not read.
    """
    module = ast.Module([*statements], [])
    code = compile(module, "<part>", "exec", flags=FUTURES, dont_inherit=True)
    return globals_of(code)


def globals_of(code: types.CodeType) -> set[str]:
    """Return the global names that code, and the functions in it, use."""
    names: set[str] = set()
    pending = [code]
    while pending:
        one = pending.pop()
        names |= {step.argval for step in dis.get_instructions(one) if step.opname in _READS}
        pending += [constant for constant in one.co_consts if isinstance(constant, types.CodeType)]
    return {name for name in names if not (name.startswith("__") and name.endswith("__"))}
