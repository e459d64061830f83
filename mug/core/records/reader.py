"""Reads records in pieces, from a journal folder that a server may be writing or from any store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from mug.components import Store
from mug.core.records.streams import records, stream_path, whole, whole_length

_CHUNK: Final = 1 << 20


class RecordSource(Protocol):
    """Where records come from. Positions are numbers that grow with a stream; 0 is its start."""

    def position(self, stream: str) -> int:
        """Return the position behind the last whole record of a stream, 0 when there is none."""

    def chunks(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[list[bytes]]:
        """Yield the records between two positions in order, some at a time."""


class JournalReader:
    """Reads the files of a ``FileStore``, also while another process writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def position(self, stream: str) -> int:
        """Return how many bytes of a stream are whole."""
        try:
            descriptor = os.open(stream_path(self.folder, stream), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            return whole_length(descriptor)
        finally:
            os.close(descriptor)

    def chunks(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[list[bytes]]:
        """Yield the records between two positions in order, about a megabyte at a time."""
        end = self.position(stream) if until is None else until
        if after >= end:
            return
        with stream_path(self.folder, stream).open("rb") as file:
            file.seek(after)
            kept = b""
            while after < end:
                data = file.read(min(_CHUNK, end - after))
                if not data:
                    return
                after += len(data)
                kept += data
                length = whole(kept)
                if length:
                    yield records(kept[:length])
                    kept = kept[length:]

    def read(self, stream: str) -> list[bytes]:
        """Return every whole record of a stream in order; an unknown stream is empty."""
        return [record for chunk in self.chunks(stream) for record in chunk]


class StoreReader:
    """Reads any store; positions count records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def position(self, stream: str) -> int:
        """Return how many records a stream has."""
        return len(self._store.read(stream))

    def chunks(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[list[bytes]]:
        """Yield the records between two positions at once."""
        yield self._store.read(stream)[after:until]
