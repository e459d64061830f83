"""What a forked process does before anything else, so that it shares nothing by accident with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import random
import resource
import signal
import stat
import sys
from collections.abc import Collection

import numpy as np

_LEFT_TO_THE_SERVER = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_PR_SET_PDEATHSIG = 1


def flush_output() -> None:
    """Write out what is buffered, so that no forked process writes it again."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def detach(keep: Collection[int]) -> None:
    """Let go of the parent's terminal input, signals and open sockets.

    Args:
        keep: file descriptors that stay.
    """
    gc.disable()
    signal.set_wakeup_fd(-1)
    for name in _LEFT_TO_THE_SERVER:
        # A handler, not SIG_IGN: programs that an environment starts would inherit that.
        signal.signal(getattr(signal, name), _leave_it)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Workers leave the terminal's foreground, and may still write to it.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    for fd in _open_descriptors():
        if fd > 2 and fd not in keep and fd != null and _belongs_to_the_server(fd):
            # Replaced, not closed: an object that still refers to the number must not meet another file.
            os.dup2(null, fd, inheritable=False)
    os.close(null)


def become_worker() -> None:
    """Set a process up to run environments."""
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        # When memory runs out, a worker can be replaced and the web process cannot.
        file.write("500")
    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    gc.freeze()
    # Ticks make and drop much that needs no collector: look less often, for less jitter.
    gc.set_threshold(5_000, 20, 20)
    gc.enable()


def _leave_it(signum: int, frame: object) -> None:
    """The web process decides; it ends its workers by closing their sockets."""


def _open_descriptors() -> list[int]:
    for directory in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(name) for name in os.listdir(directory)]  # noqa: PTH208
    return list(range(3, 256))


def _belongs_to_the_server(fd: int) -> bool:
    """Sockets, and what event loops are made of; files the script opened stay usable."""
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode))
