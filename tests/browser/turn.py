"""A TURN server on this machine: Debian's coturn, set up as the documentation says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

SECRET = "north-west-passage"
START_SECONDS = 20.0


@contextlib.asynccontextmanager
async def turn_server(folder: Path) -> AsyncIterator[str]:
    """Start coturn with a shared secret, and give its address: ``turn:127.0.0.1:<port>``.

    Args:
        folder: for its configuration, its log and what else it writes.
    """
    port = _free_port()
    configuration = folder / "turnserver.conf"
    configuration.write_text(
        f"""
listening-ip=127.0.0.1
relay-ip=127.0.0.1
listening-port={port}
min-port=50000
max-port=50999
fingerprint
use-auth-secret
static-auth-secret={SECRET}
realm=mug.test
no-tls
no-dtls
no-cli
allow-loopback-peers
userdb={folder / "turn.db"}
pidfile={folder / "turn.pid"}
log-file={folder / "turn.log"}
simple-log
"""
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
