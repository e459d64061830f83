"""Writes CSV files that are always whole: readers see the old file or the new one, never a part."""

from __future__ import annotations

import csv
import errno
import io
import os
import shutil
from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO, Final, Self

from mug.core.records.cells import Cell, Row, harmless
from mug.core.records.names import part_path
from mug.core.records.streams import PRIVATE_FILE, make_private_folder

_BUFFER: Final = 1 << 18
_ROWS_PER_WRITE: Final = 256


class CsvFile:
    """A file in the making; takes its place when the ``with`` block ends well, and vanishes otherwise.

    UTF-8, a header line, ``\\n`` at line ends. A file whose content would not change is not touched;
    ``changed`` says afterwards whether it was, ``rows`` how many rows were added.

    Args:
        path: where it goes; missing folders are made, readable for their owner only.
        columns: the header, and the order of each row's cells.
        keep: how many bytes of the present file, header included, to begin with; 0 writes a new one.
        reserve: bytes that have to stay free on the disk: the journal comes first.

    Raises:
        OSError: it cannot be written; the present file is as it was.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, keep: int = 0, reserve: int = 0) -> None:
        self.path = path
        self.rows = 0
        self.changed = False
        self._columns = columns
        self._keep = keep
        self._reserve = reserve
        self._part = part_path(path)
        self._file: IO[str]
        self._raw: IO[bytes]

    def __enter__(self) -> Self:
        make_private_folder(self.path.parent)
        self._check_room()
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            if self._keep:
                _copy(self.path, descriptor, self._keep)
            self._raw = os.fdopen(descriptor, "wb", buffering=_BUFFER)
        except BaseException:
            os.close(descriptor)
            self._part.unlink()
            raise
        self._file = io.TextIOWrapper(self._raw, encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(_Lines(self._file), lineterminator="\r\n")
        if not self._keep:
            self._writer.writerow([harmless(column) for column in self._columns])
        return self

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows; cells of columns that a row lacks are empty, and what it has besides is left out."""
        columns = self._columns
        known = frozenset(columns)
        # With one column an itemgetter gives no tuple, and such rows are rare.
        all_cells = itemgetter(*columns) if len(columns) > 1 else None
        pending: list[Sequence[Cell]] = []
        for row in rows:
            if all_cells is not None and row.keys() == known:
                pending.append(all_cells(row))
            else:
                pending.append([row.get(column, "") for column in columns])
            if len(pending) == _ROWS_PER_WRITE:
                self._write(pending)
                pending.clear()
        self._write(pending)

    def size(self) -> int:
        """Return how many bytes there are by now."""
        self._file.flush()
        return self._raw.tell()

    def _write(self, pending: list[Sequence[Cell]]) -> None:
        self._writer.writerows(pending)
        before, self.rows = self.rows, self.rows + len(pending)
        if self.rows // 50_000 != before // 50_000:
            self._check_room()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self._file.close()
            if kind is None:
                if _same(self._part, self.path):
                    self._part.unlink()
                else:
                    self._part.replace(self.path)
                    self.changed = True
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise
        if kind is not None:
            self._part.unlink(missing_ok=True)

    def _check_room(self) -> None:
        if self._reserve and shutil.disk_usage(self.path.parent).free < self._reserve:
            raise OSError(
                errno.ENOSPC,
                f"less than {self._reserve >> 20} MiB are free, kept for the journal",
                str(self.path),
            )


class _Lines:
    """Ends lines with ``\\n``, although the writer was told otherwise: only then it quotes a lone ``\\r``."""

    def __init__(self, file: IO[str]) -> None:
        self._write = file.write

    def write(self, line: str) -> int:
        return self._write(line[:-2] + "\n")


def _copy(source: Path, target: int, length: int) -> None:
    with source.open("rb") as file:
        while length > 0:
            data = file.read(min(_BUFFER, length))
            if not data:
                raise OSError(errno.EIO, "the file became shorter while it was copied", str(source))
            length -= len(data)
            view = memoryview(data)
            while view:
                view = view[os.write(target, view) :]


def _same(part: Path, path: Path) -> bool:
    try:
        with part.open("rb") as new, path.open("rb") as old:
            if os.fstat(new.fileno()).st_size != os.fstat(old.fileno()).st_size:
                return False
            while data := new.read(_BUFFER):
                if old.read(_BUFFER) != data:
                    return False
            return True
    except FileNotFoundError:
        return False
