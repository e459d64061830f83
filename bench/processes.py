"""The server under load: one process tree on one core, and what it uses."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import attrs

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ROOT = Path(__file__).resolve().parents[1]


@attrs.frozen
class Usage:
    """CPU seconds so far and memory in bytes of a process tree."""

    cpu: float
    memory: int


def process_tree(pid: int) -> list[int]:
    """Return the pids of a process and everything it started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def usage_of(pids: list[int]) -> dict[int, Usage]:
    """Return what each of these processes uses."""
    usages = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / TICKS
            smaps = Path(f"/proc/{pid}/smaps_rollup").read_text()
            private = sum(int(line.split()[1]) for line in smaps.splitlines() if line.startswith("Private_"))
            usages[pid] = Usage(cpu, private * 1024)
    return usages


@attrs.define
class ServerUnderLoad:
    """A running server and the pid it began with."""

    url: str
    pid: int
    data: Path

    def usage(self) -> dict[int, Usage]:
        """Return what each process of the tree uses."""
        return usage_of(process_tree(self.pid))

    def cpu(self) -> float:
        """Return the CPU seconds of the whole tree so far."""
        return sum(usage.cpu for usage in self.usage().values())


@contextlib.contextmanager
def server(scene: str, cores: set[int], module: str = "bench.experiment") -> Iterator[ServerUnderLoad]:
    """Start the server with everything it starts pinned to these cores; stop it in the end."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="mug-bench-") as data:
        environment = os.environ | {
            "BENCH_SCENE": scene,
            "BENCH_DATA": data,
            "BENCH_PORT": str(port),
            "PYTHONPATH": str(ROOT),
        }
        environment.setdefault("MUG_WORKERS", str(len(cores)))
        log = Path(data) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                env=environment,
                cwd=data,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
        running = ServerUnderLoad(f"http://127.0.0.1:{port}", process.pid, Path(data))
        try:
            _wait_until_up(running.url, process, log)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/-/health", timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
