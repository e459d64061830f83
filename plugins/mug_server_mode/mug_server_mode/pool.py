"""The worker processes of one runtime, seen from the web process: forked on demand, watched, replaced."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

import attrs

from mug_server_mode import zygote
from mug_server_mode.board import Board
from mug_server_mode.connection import Worker
from mug_server_mode.zygote import MESSAGE

log = logging.getLogger("mug_server_mode")

WATCH_SECONDS = 0.5
SILENCE_SECONDS = 20.0
"""After so long, a worker whose loop does not come round counts as hanging even if no game occupies it."""
LAST_WORDS_SECONDS = 1.0
"""Between the signal that makes a hanging worker say where it hangs, and SIGKILL."""
STOP_SECONDS = 10.0

WorkerMain = Callable[[int, socket.socket, int, Board], None]


@attrs.frozen
class Death:
    """How a worker ended.

    ``culprit`` is the number of the game whose code it was running, None when it was between games. ``how``
    ends the sentence "the worker …"; ``report`` says where its code stood, when that is known.
    """

    how: str
    culprit: int | None
    report: str


class Pool:
    """Runs up to ``size`` workers.

    Args:
        size: how many.
        main: what a worker runs; called in the worker.
        deliver: see `Worker`.
        died: called once for each worker that ended without having been told to.
    """

    def __init__(
        self,
        size: int,
        main: WorkerMain,
        deliver: Callable[[Any], None],
        died: Callable[[Worker, Death], None],
    ) -> None:
        self.size = size
        self._board = Board(size)
        self._deliver = deliver
        self._died = died
        self._workers: dict[int, Worker] = {}
        self._given_up: set[int] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watcher: asyncio.TimerHandle | None = None
        self._stopping = False
        self._emptied: asyncio.Event | None = None
        self.lost = False
        board = self._board
        self._zygote_pid, self._control = zygote.fork(
            lambda slot, connection, crash_file: main(slot, connection, crash_file, board)
        )
        self._received = bytearray()
        self._spawn(0)

    @property
    def workers(self) -> list[Worker]:
        """The workers there are now."""
        return list(self._workers.values())

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to talk to the workers and to watch over them."""
        self._loop = loop
        self._control.setblocking(False)
        loop.add_reader(self._control, self._listen)
        for worker in self._workers.values():
            worker.attach(loop)
        self._watch()

    def least_loaded(self) -> Worker | None:
        """Return the worker for the next game, forked if need be; None when no worker can be had."""
        if self.lost or self._stopping:
            return None
        free = next((slot for slot in range(self.size) if slot not in self._workers), None)
        workers = sorted(self._workers.values(), key=lambda worker: (len(worker.games), worker.slot))
        if free is None or (workers and not workers[0].games):
            return workers[0]
        return self._spawn(free)

    async def stop(self) -> None:
        """Let workers finish what they are doing, take what they have to say, and end them."""
        self._stopping = True
        if self._loop is not None:
            await self._drain()
            self._loop.remove_reader(self._control)
        if self._watcher is not None:
            self._watcher.cancel()
        self._control.close()
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        await asyncio.to_thread(_await_child, self._zygote_pid)

    async def _drain(self) -> None:
        self._emptied = asyncio.Event()
        for worker in self._workers.values():
            worker.send(["drain", 0])
        if self._workers:
            try:
                await asyncio.wait_for(self._emptied.wait(), STOP_SECONDS)
            except TimeoutError:
                self._report_unfinished()

    def _report_unfinished(self) -> None:
        for worker in self._workers.values():
            if worker.undelivered:
                log.error("%d messages of worker %d could not be stored", worker.undelivered, worker.slot)
            else:
                log.warning("worker %d does not stop by itself and is ended", worker.slot)

    # ---------------------------------------------------------------------------- talking to the zygote

    def _spawn(self, slot: int) -> Worker:
        worker = Worker(slot, self._deliver, self._gone)
        self._board.clear(slot)
        self._workers[slot] = worker
        request = MESSAGE.pack(zygote.SPAWN, slot, 0)
        descriptors = [worker.theirs.fileno(), worker.crash_file.fileno()]
        try:
            socket.send_fds(self._control, [request], descriptors)
        except OSError as error:
            if self._loop is None:
                raise
            self._loop.call_soon(worker.ended, f"could not be started: {error.strerror}")
        worker.theirs.close()
        if self._loop is not None:
            worker.attach(self._loop)
        return worker

    def _listen(self) -> None:
        try:
            data = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._received += data
        while len(self._received) >= MESSAGE.size:
            what, first, second = MESSAGE.unpack_from(self._received)
            del self._received[: MESSAGE.size]
            self._hear(what, first, second)

    def _hear(self, what: int, first: int, second: int) -> None:
        if what == zygote.SPAWNED:
            self._workers[first].pid = second
        elif what == zygote.FAILED:
            self._workers[first].ended(f"could not be started: {os.strerror(second)}")
        elif what == zygote.EXITED:
            for worker in self.workers:
                if worker.pid == first:
                    worker.ended(how_it_ended(second))

    def _lost(self) -> None:
        """Somebody killed the zygote: no more workers can be had, and those there are end with it."""
        assert self._loop is not None
        self.lost = True
        self._loop.remove_reader(self._control)
        if not self._stopping:
            log.critical("the process that starts workers is gone; restart the server to play games again")
        for worker in self.workers:
            if worker.pid is not None:
                _signal(worker.pid, signal.SIGKILL)
            worker.ended("was ended because the process that starts workers is gone")

    def _gone(self, worker: Worker) -> None:
        busy = self._board.busy(worker.slot)
        death = Death(worker.ending, busy.game if busy else None, worker.crash_report())
        self._workers.pop(worker.slot, None)
        self._given_up.discard(worker.slot)
        self._board.clear(worker.slot)
        worker.close()
        if not self._stopping:
            self._died(worker, death)
        elif not self._workers and self._emptied is not None:
            self._emptied.set()

    # --------------------------------------------------------------------------------------- watching

    def _watch(self) -> None:
        assert self._loop is not None
        for worker in self.workers:
            if worker.pid is None or worker.slot in self._given_up:
                continue
            busy = self._board.busy(worker.slot)
            silent = self._board.silent_for(worker.slot)
            if busy.overdue > 0 if busy else silent > SILENCE_SECONDS:
                self._give_up(worker)
        self._watcher = self._loop.call_later(WATCH_SECONDS, self._watch)

    def _give_up(self, worker: Worker) -> None:
        assert self._loop is not None
        assert worker.pid is not None
        self._given_up.add(worker.slot)
        log.error("worker %d (process %d) hangs and is ended", worker.slot, worker.pid)
        self._kill(worker.pid, signal.SIGABRT)
        self._loop.call_later(LAST_WORDS_SECONDS, self._kill, worker.pid, signal.SIGKILL)

    def _kill(self, pid: int, signum: int) -> None:
        """Let the zygote signal a worker: it knows whether the process is still that worker."""
        try:
            self._control.send(MESSAGE.pack(zygote.KILL, pid, signum))
        except OSError:
            log.warning("worker process %d could not be signalled", pid)


def how_it_ended(status: int) -> str:
    """Return how a process ended, from its wait status, as the end of a sentence."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by the signal {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _signal(pid: int, signum: int) -> None:
    try:
        os.kill(pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def _await_child(pid: int) -> None:
    """The zygote ends when its socket is closed; nothing can keep it from that."""
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return
