"""The default store: files of JSON lines in the experiment's data folder."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mug.components import Store, StoreError
from mug.core.records.lock import FolderLock
from mug.core.records.names import JOURNAL
from mug.core.records.reader import JournalReader
from mug.core.records.streams import PRIVATE_FILE, frame, make_private_folder, repair, stream_path
from mug.core.records.syncing import Syncer
from mug.errors import MugError

_WHOLE_STUDY: Final = ("events", "identities")
"""The streams of which nothing may be missing from the disk after a power cut."""
MOST_OPEN: Final = 10_000
"""Streams that are kept open at most."""


class FileStore(Store):
    """Appends records to files below ``<folder>/journal``, each append with one system call.

    Once ``append`` returns, the records are the operating system's: nothing that happens to this process
    loses them, and a process that dies in the middle of an append leaves none of its records. Only a
    crash of the machine can cost the last seconds. How many is up to ``sync_interval``:

    - seconds (default 1): a background thread brings ``events`` to the disk within this time. Games
      follow when their stream is closed: they are many and each writes many times a second, each sync
      occupies the disk for milliseconds, and meanwhile the operating system writes them out by itself
      within about half a minute.
    - 0: every append is synced before it returns, which blocks the caller for milliseconds.
    - None: syncing is left to the operating system.

    Args:
        folder: the data folder of one experiment; made when it is missing, readable for its owner only.
        sync_interval: see above.
        max_open: how many streams are kept open; those unused longest are closed and opened again on demand.
            By default it is a third of the files that the process may have open.

    Raises:
        MugError: the folder cannot be made, or another server is writing it.
    """

    def __init__(
        self, folder: Path | str, *, sync_interval: float | None = 1.0, max_open: int | None = None
    ) -> None:
        self.folder = Path(folder)
        self.journal = self.folder / JOURNAL
        self._sync_interval = sync_interval
        self._max_open = max(1, _part_of_all_files() if max_open is None else max_open)
        self._guard = threading.Lock()
        self._open: OrderedDict[str, _Stream] = OrderedDict()
        self._closed = False
        try:
            make_private_folder(self.journal / "games")
        except OSError as error:
            raise MugError(
                f"the data folder cannot be made: {error.strerror}",
                where=str(self.journal),
                fix="let the data folder be in a place that this user may write to",
            ) from error
        self._lock = FolderLock(self.journal)
        self._reader = JournalReader(self.journal)
        self._syncer = Syncer(sync_interval)

    def append(self, stream: str, lines: Sequence[bytes]) -> None:
        """Append records to a stream, all or none; they survive the end of this process.

        Raises:
            StoreError: nothing was appended (the disk is full, the store is closed).
            ValueError: the stream's name or a record is malformed; nothing was appended.
        """
        data = frame(lines)
        if not lines:
            return
        with self._guard:
            opened = self._open.get(stream)
            if opened is None:
                opened = self._reopen(stream)
            else:
                self._open.move_to_end(stream)
            opened.append(data, sync=self._sync_interval == 0)
            if stream in _WHOLE_STUDY and self._sync_interval:
                self._syncer.due(opened.descriptor, opened.path)

    def read(self, stream: str) -> list[bytes]:
        """Return every whole record of a stream in order; an unknown stream is empty.

        Raises:
            StoreError: the file cannot be read.
        """
        try:
            return self._reader.read(stream)
        except OSError as error:
            raise StoreError(f"{stream}: {error.strerror}") from error

    def close_stream(self, stream: str) -> None:
        """Bring a stream to the disk and close its file."""
        path = stream_path(self.journal, stream)
        with self._guard:
            opened = self._open.pop(stream, None)
            try:
                descriptor = opened.descriptor if opened else os.open(path, os.O_RDONLY)
            except OSError:
                return
            self._syncer.finish(descriptor, path)

    def close(self) -> None:
        """Bring everything to the disk, close every file and let another server have the folder."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            for opened in self._open.values():
                self._syncer.finish(opened.descriptor, opened.path)
            self._open.clear()
        self._syncer.stop()
        self._lock.release()

    def _reopen(self, stream: str) -> _Stream:
        if self._closed:
            raise StoreError("the store is closed")
        path = stream_path(self.journal, stream)
        while len(self._open) >= self._max_open:
            self._close_oldest()
        try:
            opened = _Stream(path)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or not self._open:
                raise StoreError(f"{path}: {error.strerror}") from error
            # Others in this process have used up the file descriptors: do with fewer from now on.
            self._max_open = max(1, len(self._open) // 2)
            return self._reopen(stream)
        self._open[stream] = opened
        return opened

    def _close_oldest(self) -> None:
        stream, opened = self._open.popitem(last=False)
        if stream in _WHOLE_STUDY:
            self._syncer.finish(opened.descriptor, opened.path)
        else:
            # Closing the stream will sync what was written so far; syncing at every change of files
            # would keep the disk busy with nothing else.
            os.close(opened.descriptor)


def _part_of_all_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if soft == resource.RLIM_INFINITY else min(soft // 3, MOST_OPEN)


class _Stream:
    """One open file and the length up to which its content is good."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self.descriptor = os.open(path, flags, PRIVATE_FILE)
        try:
            self._length = repair(self.descriptor, path)
        except OSError:
            os.close(self.descriptor)
            raise
        self._spoiled = False

    def append(self, data: bytes, *, sync: bool) -> None:
        """Write these bytes whole, or leave the file as it was and raise StoreError."""
        if self._spoiled:
            self._take_back()
        try:
            written = os.write(self.descriptor, data)
            if sync:
                os.fsync(self.descriptor)
        except OSError as error:
            self._take_back()
            raise StoreError(f"{self.path}: {error.strerror}") from error
        if written != len(data):
            self._take_back()
            raise StoreError(f"{self.path}: {os.strerror(errno.ENOSPC)}")
        self._length += written

    def _take_back(self) -> None:
        try:
            os.ftruncate(self.descriptor, self._length)
        except OSError as error:
            self._spoiled = True
            raise StoreError(f"{self.path}: {error.strerror}") from error
        self._spoiled = False
