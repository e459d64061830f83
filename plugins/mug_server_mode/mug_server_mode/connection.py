"""The web process's side of one worker: a socket, what waits to be sent, and what waits to be stored."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
from collections import deque
from collections.abc import Callable
from typing import Any

from mug.components import StoreError
from mug_server_mode.wire import Inbox, packed

log = logging.getLogger("mug_server_mode")

STORE_RETRY_SECONDS = 1.0
MOST_UNSENT = 1024 * 1024
"""Bytes that may wait for a worker before inputs to it are dropped; commands are always kept."""
_READ = 256 * 1024


class Worker:
    """One worker process, from the request to fork it until everything it left behind is delivered.

    Args:
        slot: its place on the board.
        deliver: called with each ``[game, records, output]`` in order. When it raises StoreError, it is
            called with the same again a second later, and until then nothing more is read from the worker,
            which makes its games wait.
        gone: called once, when the process has ended and everything was delivered.
    """

    def __init__(self, slot: int, deliver: Callable[[Any], None], gone: Callable[[Worker], None]) -> None:
        self.slot = slot
        self.pid: int | None = None
        self.ending = ""
        self.games: set[int] = set()
        self.held_up = False
        self._socket, self.theirs = socket.socketpair()
        self._socket.setblocking(False)
        self.crash_file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._deliver = deliver
        self._gone = gone
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inbox = Inbox()
        self._undelivered: deque[Any] = deque()
        self._unsent = bytearray()
        self._flushing = False
        self._ended = False
        self._finished = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start to read and write."""
        self._loop = loop
        loop.add_reader(self._socket, self._readable)
        self._flush()

    def send(self, message: list[Any], *, droppable: bool = False) -> None:
        """Send a command; many in a row travel together."""
        if self._ended or (droppable and len(self._unsent) > MOST_UNSENT):
            return
        self._unsent += packed(message)
        if self._loop is not None and not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def ended(self, how: str) -> None:
        """The process is gone: deliver what it left behind. ``how`` ends the sentence "the worker …"."""
        if self._ended:
            return
        self.ending = how
        self._ended = True
        while self._read():
            pass
        self._stop_reading()
        if not self.held_up:
            self._deliver_all()

    def crash_report(self) -> str:
        """Return where the worker's code stood when it was ended, if it had time to write that down."""
        try:
            self.crash_file.seek(0)
            return self.crash_file.read(20_000).decode(errors="replace")
        except (OSError, ValueError):
            return ""

    @property
    def undelivered(self) -> int:
        """How many of its messages are not delivered yet."""
        return len(self._undelivered)

    def close(self) -> None:
        """Release everything; a process that still runs ends by itself."""
        self._ended = self._finished = True
        self._stop_reading()
        if self._loop is not None:
            self._loop.remove_writer(self._socket)
        self._socket.close()
        self.theirs.close()
        self.crash_file.close()

    # ---------------------------------------------------------------------------------------- writing

    def _flush(self) -> None:
        assert self._loop is not None
        self._flushing = False
        if self._ended:
            return
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent)
                del self._unsent[:sent]
        except BlockingIOError:
            self._flushing = True
            self._loop.add_writer(self._socket, self._flush_rest)
        except OSError:
            # It is about to end; the zygote will say so.
            self._unsent.clear()

    def _flush_rest(self) -> None:
        assert self._loop is not None
        self._loop.remove_writer(self._socket)
        self._flush()

    # ---------------------------------------------------------------------------------------- reading

    def _readable(self) -> None:
        self._read()
        self._deliver_all()

    def _read(self) -> bool:
        """Read once; False when there is nothing (any more)."""
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._stop_reading()
            return False
        for batch in self._inbox.feed(data):
            self._undelivered.extend(batch)
        return True

    def _stop_reading(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._socket)

    def _deliver_all(self) -> None:
        waiting = self._undelivered
        while waiting:
            try:
                self._deliver(waiting[0])
            except StoreError as error:
                self._hold_up(error)
                return
            waiting.popleft()
        if self._ended and not self._finished:
            self._finished = True
            self._gone(self)

    def _hold_up(self, error: StoreError) -> None:
        assert self._loop is not None
        if not self.held_up:
            self.held_up = True
            log.error("records cannot be stored, so the games of worker %d wait: %s", self.slot, error)
            self._stop_reading()
        self._loop.call_later(STORE_RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        if self._finished:
            return
        self._deliver_all()
        if self.held_up and not self._undelivered:
            self.held_up = False
            log.warning("records can be stored again: the games of worker %d go on", self.slot)
            if not self._ended and self._loop is not None:
                self._loop.add_reader(self._socket, self._readable)
