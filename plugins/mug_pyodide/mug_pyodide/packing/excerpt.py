"""The text of some statements of a module, each on the lines on which it stands there, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from mug_pyodide.packing.sources import Source, name_of


class Excerpt:
    """Writes the kept statements of a module; everything else becomes blank.

    Args:
        source: the module.
        kept: the statements to keep; of an ``if`` that is kept, the kept ones in it.
        names: of an import statement, the names to keep.
    """

    def __init__(
        self, source: Source, kept: Collection[ast.stmt], names: Mapping[ast.stmt, Collection[str]]
    ) -> None:
        self._kept = kept
        self._names = names
        self._is_script = source.module == "__main__"
        self._original = source.lines
        self._lines = [bytearray() for _ in self._original]
        self._after = (0, 0)
        self._block(source.tree.body)

    def text(self) -> str:
        """Return the source."""
        return "\n".join(line.decode().rstrip() for line in self._lines).rstrip("\n") + "\n"

    def _block(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            if statement not in self._kept:
                continue
            if isinstance(statement, ast.If):
                self._if(statement)
            else:
                self._leaf(statement, indentation=start(statements[0])[1])

    def _inner(self, statements: list[ast.stmt]) -> None:
        """A block of a statement, which must not be empty."""
        if any(statement in self._kept for statement in statements):
            self._block(statements)
        else:
            self._put(start(statements[0]), "pass")

    def _leaf(self, statement: ast.stmt, indentation: int) -> None:
        line, column = here = start(statement)
        if line == self._after[0]:
            self._put(self._after, ";")
        # one whose neighbors to the left are gone has to begin where they did
        moved = 0 if self._lines[line - 1].strip() else column - indentation
        names = self._names.get(statement)
        if names is not None and isinstance(statement, ast.Import | ast.ImportFrom):
            self._put((line, column - moved), _import_of(statement, names))
        else:
            self._copy(here, end(statement), moved)
        last = end(statement)
        self._after = (last[0], last[1] - moved) if last[0] == line else last

    def _if(self, statement: ast.If) -> None:
        line, column = end(statement.test)
        colon = self._original[line - 1].find(b":", column)
        if self._is_script and _asks_for_script(statement.test) and colon >= 0:
            self._put(start(statement), "if True:")
            line, column = line, colon + 1
        else:
            self._copy(start(statement), (line, column))
        self._copy((line, column), start(statement.body[0]))
        self._inner(statement.body)
        if any(one in self._kept for one in statement.orelse):
            self._copy(end(statement.body[-1]), start(statement.orelse[0]))
            self._block(statement.orelse)

    def _copy(self, first: tuple[int, int], last: tuple[int, int], moved: int = 0) -> None:
        """Copy what stands there, its first line further to the left."""
        for line in range(first[0], last[0] + 1):
            text = self._original[line - 1]
            begin = first[1] if line == first[0] else 0
            column = begin - moved if line == first[0] else begin
            self._write(line, column, text[begin : last[1] if line == last[0] else len(text)])

    def _put(self, place: tuple[int, int], text: str) -> None:
        self._write(*place, text.encode())

    def _write(self, line: int, column: int, text: bytes) -> None:
        if not text.strip():
            return
        target = self._lines[line - 1]
        target.extend(b" " * (column - len(target)))
        target[column : column + len(text)] = text


def start(statement: ast.stmt) -> tuple[int, int]:
    """Return the line and column (in bytes) where a statement begins, its decorators included."""
    decorators = getattr(statement, "decorator_list", None)
    return (decorators[0].lineno if decorators else statement.lineno, statement.col_offset)


def end(node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Return the line and column (in bytes) where it ends."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.end_lineno, node.end_col_offset)


def _import_of(statement: ast.Import | ast.ImportFrom, names: Collection[str]) -> str:
    aliases = [alias for alias in statement.names if alias.name == "*" or name_of(alias) in names]
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import(aliases))
    return ast.unparse(ast.ImportFrom(statement.module, aliases, statement.level))


def _asks_for_script(test: ast.expr) -> bool:
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")
