"""Brings what was written to the disk itself, away from the event loop."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

log = logging.getLogger(__name__)


class Syncer:
    """A thread that syncs files within ``interval`` seconds, and closes the finished ones.

    ``interval=None`` leaves syncing to the operating system; files are then only closed. With 0 they are
    expected to be in sync already, and are closed.
    """

    def __init__(self, interval: float | None) -> None:
        self._interval = interval
        self._news = threading.Condition()
        self._due: dict[int, Path] = {}
        self._finished: list[tuple[int, Path]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mug-sync", daemon=True)
        if interval:
            self._thread.start()

    def due(self, descriptor: int, path: Path) -> None:
        """Sync this file before the interval has passed."""
        if descriptor in self._due:
            return
        with self._news:
            self._due[descriptor] = path
            self._news.notify()

    def finish(self, descriptor: int, path: Path) -> None:
        """Sync this file, then close it; the descriptor is the syncer's from now on."""
        if not self._interval:
            os.close(descriptor)
            return
        with self._news:
            self._due.pop(descriptor, None)
            self._finished.append((descriptor, path))
            self._news.notify()

    def stop(self) -> None:
        """Do everything that is due, then end."""
        with self._news:
            self._stopping = True
            self._news.notify()
        if self._interval:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping or self._due or self._finished:
            with self._news:
                self._news.wait_for(lambda: self._due or self._finished or self._stopping)
                due, self._due = self._due, {}
                finished, self._finished = self._finished, []
            for descriptor, path in [*due.items(), *finished]:
                _sync(descriptor, path)
            for descriptor, _ in finished:
                os.close(descriptor)
            with self._news:
                self._news.wait_for(lambda: self._finished or self._stopping, self._interval)


def _sync(descriptor: int, path: Path) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        log.error("%s: could not be brought to the disk: %s", path, error)
