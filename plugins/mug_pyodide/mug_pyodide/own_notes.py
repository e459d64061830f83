"""What the server notices about a game besides its records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mug.components import GameLink, StoreError
from mug.records import encode
from mug_pyodide.following import stamp


class OwnNotes:
    """Stores notes of the server's, and holds them back while that cannot be done: no game waits for them."""

    def __init__(self, link: GameLink) -> None:
        self._link = link
        self._waiting: list[tuple[str, bytes]] = []

    def add(self, note: Mapping[str, Any]) -> None:
        """Take a note; it has a ``kind``."""
        self._waiting.append((str(note["kind"]), encode({**note, **stamp()})))

    def store(self) -> None:
        """Store what is held, if that can be done now."""
        if self._waiting:
            try:
                self._link.records(self._waiting)
            except StoreError:
                return
            self._waiting = []
