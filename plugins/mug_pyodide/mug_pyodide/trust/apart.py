"""Work that is done in a process of its own: whatever it does to itself, to its memory or to time.

The process is forked, because specs hold lambdas and classes of the script, which no other process could be
sent; it has one thread and never returns.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import select
import signal
import stat
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

Result = TypeVar("Result")

_PR_SET_PDEATHSIG = 1


class Interrupted(Exception):  # noqa: N818 - says why there is no result
    """There is no result: the process died, took too long, or is not wanted any more."""


def run_apart(work: Callable[[], Result], seconds: float, unwanted: int | None = None) -> Result:
    """Return what a function returns in a forked process of low priority, or in this one without `os.fork`.

    Args:
        work: the function; its result is pickled.
        seconds: how long it may take.
        unwanted: a descriptor; when something can be read there, the result is not wanted any more.

    Raises:
        Interrupted: there is no result.
        Exception: whatever the function raised, if it can be pickled.
    """
    if not hasattr(os, "fork"):
        return work()
    reading, writing = os.pipe()
    pid = fork()
    if pid == 0:
        never_return(lambda: _work(work, writing, reading))
    os.close(writing)
    try:
        data = _read(reading, time.monotonic() + seconds, unwanted)
    except BaseException:
        _kill(pid)
        raise
    finally:
        os.close(reading)
        status = _reap(pid)
    if not data:
        raise Interrupted(_death(status))
    succeeded, result = pickle.loads(data)
    if not succeeded:
        raise result
    value: Result = result
    return value


def fork() -> int:
    """Fork this process; what is buffered is written first, so that nobody writes it again."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    with warnings.catch_warnings():
        # Numerical libraries keep threads that wait for work, and are made for this.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def never_return(body: Callable[[], object]) -> NoReturn:
    """Run the body as the rest of this process's life."""
    code = 1
    try:
        body()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def detach(keep: Collection[int]) -> None:
    """Let go of the parent's signals, event loop and connections.

    Args:
        keep: descriptors that stay.
    """
    signal.set_wakeup_fd(-1)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        # The parent decides: it closes its end of the connection.
        signal.signal(getattr(signal, name), lambda signum, frame: None)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    for descriptor in sorted(int(path.name) for path in _descriptors()):
        if descriptor > 2 and descriptor != null and descriptor not in keep and _is_connection(descriptor):
            # Replaced, not closed: an object that still refers to the number must not meet another file.
            os.dup2(null, descriptor, inheritable=False)
    os.close(null)


def _work(work: Callable[[], Any], writing: int, reading: int) -> None:
    import resource

    os.close(reading)
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        # When memory runs out, this can be done without.
        file.write("1000")
    outcome: tuple[bool, Any]
    try:
        outcome = True, work()
    except Exception as error:
        outcome = False, error
    try:
        data = pickle.dumps(outcome)
        pickle.loads(data)
    except Exception as error:
        data = pickle.dumps((False, Interrupted(f"{type(error).__name__}: {error}; of {outcome[1]!r:.200}")))
    with os.fdopen(writing, "wb") as file:
        file.write(data)


def _read(reading: int, until: float, unwanted: int | None) -> bytes:
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    if unwanted is not None:
        poll.register(unwanted, select.POLLIN)
    data = bytearray()
    while True:
        left = until - time.monotonic()
        ready = dict(poll.poll(max(0.0, left) * 1000))
        if not ready:
            raise Interrupted("it took too long")
        if unwanted in ready:
            raise Interrupted("it is not wanted any more")
        piece = os.read(reading, 1 << 20)
        if not piece:
            return bytes(data)
        data += piece


def _reap(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # What the environment started goes with it.
        os.killpg(pid, signal.SIGKILL)
    return status


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"its process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"its process ended with status {os.WEXITSTATUS(status)}"


def _descriptors() -> list[Any]:
    from pathlib import Path

    # Linux has the first, macOS and the BSDs the second.
    for folder in (Path("/proc/self/fd"), Path("/dev/fd")):
        if folder.is_dir():
            return [path for path in folder.iterdir() if path.name.isdecimal()]
    return []


def _is_connection(descriptor: int) -> bool:
    """Sockets, and what event loops are made of; files that the script opened stay usable."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode))
