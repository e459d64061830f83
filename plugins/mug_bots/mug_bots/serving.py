"""The script under rehearsal, served by a process of its own as `mug run` serves it, to this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import attrs

from mug.errors import MugError

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
_ADDRESS: Final = re.compile(r"mug is serving at http://localhost:(\d+)")
_MUG: Final = "from mug.cli import main; main()"


@attrs.frozen
class Served:
    """A server that runs; ``url`` is its address, without a slash at the end."""

    url: str
    _process: asyncio.subprocess.Process

    async def ended(self) -> str:
        """Wait until it ends by itself; return a sentence about that."""
        status = await self._process.wait()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return f"the server ended in the middle of the rehearsal, with {how}"


@contextlib.asynccontextmanager
async def serving(script: Path, data_dir: Path, log: Path) -> AsyncIterator[Served]:
    """Serve a script while the block runs.

    Args:
        script: the experiment script.
        data_dir: where its data goes.
        log: a new file for what it prints.

    Raises:
        MugError: it does not serve.
    """
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _MUG, "run", str(script)),
            *("--host", "127.0.0.1", "--port", "0", "--data-dir", str(data_dir)),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Served(await _address(process, script, log), process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def export(data_dir: Path, log: Path) -> None:
    """Write an experiment's tables anew, so that they have all that is in its journal.

    Raises:
        MugError: that did not work.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _MUG, "export", str(data_dir)), stdout=output, stderr=output
        )
    if await process.wait():
        raise MugError(f"the data could not be exported: see {log}", str(data_dir))


async def _address(process: asyncio.subprocess.Process, script: Path, log: Path) -> str:
    """Wait until the server says where it is."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while process.returncode is None:
                found = _ADDRESS.search(text_of(log))
                if found:
                    return f"http://127.0.0.1:{found[1]}"
                await asyncio.sleep(_LOOK_SECONDS)
    said = text_of(log).strip()
    raise MugError(f"the script does not serve\n{said}".strip(), str(script), "mug check finds what is wrong")


def text_of(log: Path) -> str:
    """Return what the server printed so far."""
    return log.read_text(encoding="utf-8", errors="replace")
