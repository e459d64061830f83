"""A TURN server on this machine: Debian's coturn, set up as the documentation says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from tests.docs.blocks import blocks

START_SECONDS = 20.0
MANUAL = Path("docs", "how-to", "turn.md")
NOT_HERE = ("tls-listening-port", "cert", "pkey", "denied-peer-ip", "min-port", "max-port")
"""What a server on the internet needs, and one for pages of the same machine cannot have."""


def documented() -> dict[str, str]:
    """Return the settings of coturn that the documentation prints, but for those that tests cannot have."""
    (block,) = (block for block in blocks(MANUAL) if block.language == "ini")
    settings = [line.partition("=") for line in block.code.splitlines()]
    return {name: value for name, _, value in settings if name not in NOT_HERE}


SECRET = documented()["static-auth-secret"]


@contextlib.asynccontextmanager
async def turn_server(folder: Path) -> AsyncIterator[str]:
    """Start coturn with a shared secret, and give its address: ``turn:127.0.0.1:<port>``.

    Args:
        folder: for its configuration, its log and what else it writes.
    """
    port = _free_port()
    settings = {
        **documented(),
        "listening-ip": "127.0.0.1",
        "relay-ip": "127.0.0.1",
        "listening-port": str(port),
        "no-tls": "",
        "no-dtls": "",
        "allow-loopback-peers": "",
        "userdb": str(folder / "turn.db"),
        "pidfile": str(folder / "turn.pid"),
        "log-file": str(folder / "turn.log"),
        "simple-log": "",
    }
    configuration = folder / "turnserver.conf"
    configuration.write_text(
        "".join(f"{name}={value}\n" if value else f"{name}\n" for name, value in settings.items())
    )
    process = await asyncio.create_subprocess_exec(
        "turnserver",
        *("-c", str(configuration)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _listens(port):
                assert process.returncode is None, (folder / "turn.log").read_text()
                await asyncio.sleep(0.05)
        yield f"turn:127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listens(port: int) -> bool:
    """Whether coturn takes connections: it listens for TCP and UDP at the same time."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
