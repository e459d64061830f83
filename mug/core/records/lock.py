"""Keeps two servers from writing the same journal."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path
from typing import Final

from mug.core.records.streams import PRIVATE_FILE
from mug.errors import MugError

_held: Final[weakref.WeakSet[FolderLock]] = weakref.WeakSet()


class FolderLock:
    """An exclusive lock on a journal folder; the system drops it when the process ends, however it ends.

    Raises:
        MugError: another process holds it (or another store in this one); names its process id.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except OSError as error:
            raise MugError(f"the journal cannot be opened: {error.strerror}", str(path)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 64).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise MugError(
                f"another server (process {holder or 'unknown'}) is writing this experiment's data",
                where=str(folder.parent),
                fix="stop that server, or give this one another experiment id or data folder",
            ) from None
        except OSError as error:
            os.close(self._descriptor)
            raise MugError(
                f"the journal cannot be locked: {error.strerror}",
                where=str(path),
                fix="keep the data folder on a file system that has file locks",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
        _held.add(self)

    def release(self) -> None:
        """Let others have the folder."""
        if self in _held:
            _held.discard(self)
            os.close(self._descriptor)

    def _forget(self) -> None:
        # A forked child shares the lock and would hold it beyond the death of this process.
        os.close(self._descriptor)


def _after_fork() -> None:
    for lock in list(_held):
        lock._forget()
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)
