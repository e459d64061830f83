"""A server in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp


class ServerProcess:
    """Runs a script; the same port and data folder every time it is started."""

    def __init__(self, script: Path, data: Path) -> None:
        self._script = script
        self._data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.log = data.parent / "server.log"

    @property
    def pid(self) -> int:
        """The pid of the running server."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start and wait until it answers."""
        arguments = [str(self._script), "--port", str(self._port), "--data-dir", str(self._data)]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=log, stderr=log, cwd=self._data.parent
            )
        async with asyncio.timeout(60), aiohttp.ClientSession() as http:
            while True:
                assert self._process.returncode is None, self.log.read_text()
                try:
                    async with http.get(f"{self.url}/-/health"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)

    async def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(with_signal)
            await asyncio.wait_for(process.wait(), 30)

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self.stop(signal.SIGKILL)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()
