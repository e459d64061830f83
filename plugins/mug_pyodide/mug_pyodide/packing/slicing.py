"""Which part of a script the functions of a scene need: never more of it than that."""

from __future__ import annotations

import ast
import io
import sys
import types
from collections.abc import Iterator
from typing import Any

import attrs

from mug_pyodide.packing.excerpt import Excerpt
from mug_pyodide.packing.shippable import home_of, is_data, is_of_server, origin_of, script_source
from mug_pyodide.packing.sources import Source, bound, name_of, touched, used


class Unshippable(Exception):  # noqa: N818 - what is said about it is about a script, not about this program
    """Something cannot be taken to a browser.

    Args:
        what: a sentence that says what and why.
        fix: what to do about it.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@attrs.define(eq=False)
class Slice:
    """The part of one module that is needed.

    Attributes:
        source: the module.
        values: the names that are only data, with what they stand for now.
        kept: the statements that are needed for the others.
        imported: what kept imports import; of a statement not in here, everything.
        after: the modules whose parts have to run first.
    """

    source: Source
    values: dict[str, Any] = attrs.field(factory=dict)
    kept: set[ast.stmt] = attrs.field(factory=set)
    imported: dict[ast.stmt, set[str]] = attrs.field(factory=dict)
    after: dict[str, None] = attrs.field(factory=dict)

    def text(self) -> str:
        """Return the source of the part; every line is where it is in the whole."""
        return Excerpt(self.source, self.kept, self.imported).text()


class Slicer:
    """Collects what is needed, name by name; `slices` are by module, in the order in which they must run."""

    def __init__(self) -> None:
        self._slices: dict[str, Slice] = {}
        self._known: set[tuple[str, str]] = set()

    def slices(self) -> list[Slice]:
        """Return the parts of all modules that something was needed from."""
        ordered: dict[str, Slice] = {}

        def add(module: str) -> None:
            if module in ordered or module in pending:
                return
            pending.add(module)
            for other in self._slices[module].after:
                add(other)
            ordered[module] = self._slices[module]

        pending: set[str] = set()
        for module in self._slices:
            add(module)
        return list(ordered.values())

    def size(self) -> int:
        """Return how many names are needed so far."""
        return len(self._known)

    def open(self, source: Source) -> Slice:
        """Return the part of a module, which something is going to be needed from."""
        if source.module not in self._slices:
            self._slices[source.module] = part = Slice(source)
            part.kept |= {
                node
                for node in source.tree.body
                if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            }
        return self._slices[source.module]

    def need(self, source: Source, name: str, reason: tuple[str, ...] = ()) -> None:
        """Take what defines a global name, and everything that it needs in turn.

        Args:
            source: the module.
            name: the name.
            reason: the names that led to this one, for the message.

        Raises:
            Unshippable: it is something of the server's, or alive.
        """
        if (source.module, name) in self._known or name not in source.scope:
            return
        self._known.add((source.module, name))
        part = self.open(source)
        value = source.scope[name]
        chain = (*reason, name)
        if is_data(value):
            part.values[name] = value
            return
        self._refuse_live(source, value, chain)
        found = False
        for path in _simple_statements(source.tree.body):
            statement = path[-1]
            if name in bound(statement) or _is_star_for(source, statement, name, value):
                found = True
                self._keep_binding(part, path, name, chain)
            elif name in touched(statement):
                self._keep(part, path, chain)
        if not found:
            what = f"{_way(chain)} is set while {source.shown} runs, but no statement of it says how"
            raise Unshippable(what, "define it at the top level of the file")

    def _keep_binding(self, part: Slice, path: list[ast.stmt], name: str, chain: tuple[str, ...]) -> None:
        statement = path[-1]
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            self._keep(part, path, chain)
            return
        part.imported.setdefault(statement, set()).add(name)
        part.kept.update(path)
        self._use(part, _headers(path), chain)
        if isinstance(statement, ast.ImportFrom):
            origin = script_source(origin_of(part.source, statement))
            if origin is not None:
                part.after[origin.module] = None
                for alias in statement.names:
                    if name_of(alias) == name or alias.name == "*":
                        self.need(origin, name if alias.name == "*" else alias.name, chain)

    def _keep(self, part: Slice, path: list[ast.stmt], chain: tuple[str, ...]) -> None:
        if path[-1] in part.kept:
            return
        part.kept.update(path)
        self._use(part, [*_headers(path), path[-1]], chain)

    def _use(self, part: Slice, statements: list[ast.stmt], chain: tuple[str, ...]) -> None:
        for name in sorted(used(statements)):
            self.need(part.source, name, chain)

    def _refuse_live(self, source: Source, value: object, chain: tuple[str, ...]) -> None:
        home = home_of(value)
        if is_of_server(home):
            what = f"{_way(chain)} belongs to the server ({home}), which browsers do not have"
            raise Unshippable(what, f"do not use {chain[-1]} in what runs in the browser")
        if is_alive(value):
            what = f"{_way(chain)} is alive ({type(value).__name__}) and cannot be taken to a browser"
            raise Unshippable(what, f"open or make {chain[-1]} inside the function or class that uses it")


def is_alive(value: object) -> bool:
    """Whether a value is something that only exists in this process: a file, a thread, a connection."""
    kind = type(value)
    return isinstance(value, io.IOBase | types.GeneratorType | types.CoroutineType) or (
        not isinstance(value, type)
        and kind.__module__ in ("_thread", "threading", "socket", "ssl", "_socket", "sqlite3", "subprocess")
    )


def _simple_statements(
    statements: list[ast.stmt], path: tuple[ast.stmt, ...] = ()
) -> Iterator[list[ast.stmt]]:
    """Every statement that is kept or left as a whole, behind the ``if`` statements that it is in."""
    for statement in statements:
        here = (*path, statement)
        if isinstance(statement, ast.If):
            yield from _simple_statements(statement.body, here)
            yield from _simple_statements(statement.orelse, here)
        else:
            yield list(here)


def _headers(path: list[ast.stmt]) -> list[ast.stmt]:
    """What is asked before a statement is run."""
    tests = [block.test for block in path[:-1] if isinstance(block, ast.If)]
    return [ast.copy_location(ast.Expr(test), test) for test in tests]


def _is_star_for(source: Source, statement: ast.stmt, name: str, value: object) -> bool:
    if not isinstance(statement, ast.ImportFrom) or statement.names[0].name != "*":
        return False
    module = sys.modules.get(origin_of(source, statement))
    return module is not None and vars(module).get(name) is value


def _way(chain: tuple[str, ...]) -> str:
    if len(chain) == 1:
        return f"'{chain[0]}'"
    return f"'{chain[-1]}' (which {' → '.join(chain[:-1])} uses)"
