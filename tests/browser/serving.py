"""A server as researchers start it: a process of its own, which tests may kill and start again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

START_SECONDS = 120.0
PYTHON = (sys.executable,)
MUG_RUN = (str(Path(sys.executable).with_name("mug")), "run")
ADDRESS = re.compile(rb"http://localhost:(\d+)")


class ServerProcess:
    """One experiment script with a folder for its data.

    A server that is started again comes back at the same address, as it does for participants. ``log`` has
    what it printed.

    Args:
        command: what runs the script: `PYTHON`, or `MUG_RUN`.
        script: the script.
        folder: for the data, and the log.
        environment: variables in addition to those of the tests' own environment.
    """

    def __init__(
        self, command: Sequence[str], script: Path, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.script = script
        self._command = command
        self.data_dir = folder / "data"
        self.port = 0
        self._log = folder / "server.log"
        self._environment = {**os.environ, **environment}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where the server is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server printed so far, in all its lives."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        """Start the script and wait until it serves."""
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                str(self.script),
                *("--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.data_dir)),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=self._environment,
            )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        found = ADDRESS.search(line)
        assert found, f"{self.script.name} does not serve: {line!r}\n{self.log}"
        self.port = int(found[1])

    async def kill(self) -> None:
        """End the server as a power failure does: without a word."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End the server as Ctrl-C does."""
        await self._end(signal.SIGINT)

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        await process.communicate()


async def until_empty(url: str) -> None:
    """Wait until an experiment has noticed that everybody is gone; one that does not run is empty."""

    def connected() -> int:
        try:
            with urllib.request.urlopen(f"{url}/-/health", timeout=10) as answer:
                return int(json.load(answer)["connected"])
        except OSError:
            return 0

    async with asyncio.timeout(10):
        while await asyncio.to_thread(connected):
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def serving(
    command: Sequence[str], script: Path, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[ServerProcess]:
    """Serve a script while the block runs."""
    server = ServerProcess(command, script, folder, environment)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
