"""The process that worker processes are forked from.

It is forked itself before the server starts, so it holds the researcher's script as it was then, and never
anything of the running server. It has one thread and runs nobody's code; whatever a worker does, a fresh one
can be forked at once. It ends, and ends all workers, when the web process is gone.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import traceback
import warnings
from collections.abc import Callable
from typing import Final, NoReturn

from mug_server_mode import child

MESSAGE: Final = struct.Struct("<iii")
"""Both directions. To the zygote: (SPAWN, slot, 0) with the worker's two descriptors, and
(KILL, pid, signal). From it: (SPAWNED, slot, pid), (FAILED, slot, errno) and (EXITED, pid, wait status)."""
SPAWN, KILL, SPAWNED, FAILED, EXITED = range(1, 6)

WorkerMain = Callable[[int, socket.socket, int], None]
"""Called in the worker with its slot, its socket and the descriptor of its crash file."""


def fork(main: WorkerMain) -> tuple[int, socket.socket]:
    """Fork the zygote; return its process id and the socket to it."""
    ours, theirs = socket.socketpair()
    child.flush_output()
    pid = _fork()
    if pid == 0:
        _never_return(lambda: _Zygote(theirs, main).run())
    theirs.close()
    return pid, ours


def _fork() -> int:
    with warnings.catch_warnings():
        # Numerical libraries keep threads that wait for work, and are made for this. Others are the server's,
        # and nothing of the server is used in the child.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _never_return(body: Callable[[], object]) -> NoReturn:
    """Run the body as the rest of this process's life."""
    code = 1
    try:
        body()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        child.flush_output()
        os._exit(code)


class _Zygote:
    def __init__(self, control: socket.socket, main: WorkerMain) -> None:
        self._control = control
        self._main = main
        self._workers: set[int] = set()

    def run(self) -> None:
        child.detach({self._control.fileno()})
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._private = (self._control, woken, waker)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(woken, select.POLLIN)
        try:
            while True:
                ready = {fd for fd, _ in poll.poll()}
                if woken.fileno() in ready:
                    with contextlib.suppress(BlockingIOError):
                        woken.recv(4096)
                    self._reap()
                if self._control.fileno() in ready and not self._obey():
                    return
        finally:
            for pid in self._workers:
                _kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        """Carry out one command; False when the web process is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE.size, 2)
        except ConnectionResetError:
            return False
        while data and len(data) < MESSAGE.size:
            more = self._control.recv(MESSAGE.size - len(data))
            if not more:
                return False
            data += more
        if not data:
            return False
        command, first, second = MESSAGE.unpack(data)
        if command == SPAWN:
            self._spawn(first, *descriptors)
        elif command == KILL and first in self._workers:
            _kill(first, second)
        return True

    def _spawn(self, slot: int, connection: int, crash_file: int) -> None:
        try:
            pid = _fork()
        except OSError as error:
            pid = -1
            self._tell(FAILED, slot, error.errno or 0)
        if pid == 0:
            _never_return(lambda: self._work(slot, connection, crash_file))
        os.close(connection)
        os.close(crash_file)
        if pid > 0:
            self._workers.add(pid)
            self._tell(SPAWNED, slot, pid)

    def _work(self, slot: int, connection: int, crash_file: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in self._private:
            end.close()
        os.set_inheritable(connection, False)
        os.set_inheritable(crash_file, False)
        child.become_worker()
        self._main(slot, socket.socket(fileno=connection), crash_file)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._workers.discard(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            self._tell(EXITED, pid, status)

    def _tell(self, what: int, first: int, second: int) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.sendall(MESSAGE.pack(what, first, second))


def _kill(pid: int, signum: int) -> None:
    """Signal a worker, and with SIGKILL everything it started as well."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if signum == signal.SIGKILL:
            os.killpg(pid, signum)
        os.kill(pid, signum)
