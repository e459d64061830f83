"""The port: reads each request's head, keeps raw frame channels, and hands the rest to Hypercorn.

Two things that Hypercorn does for every WebSocket would cost mug dear: about 100 µs for each message,
and a deflate context of some 300 KiB for each connection. So frame channels never reach it, and
``Sec-WebSocket-Extensions`` is taken out of the other upgrades.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
from collections.abc import Callable
from typing import Any, Final, cast

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.utils import wrap_app

from mug.core.web.frame_socket import FrameSocket, handshake_response
from mug.errors import MugError

log = logging.getLogger(__name__)

MAX_HEAD: Final = 32 * 1024
HEAD_SECONDS: Final = 20.0
_EXTENSIONS: Final = re.compile(rb"\r\nsec-websocket-extensions:[^\r]*", re.IGNORECASE)
_NOT_FOUND: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FORBIDDEN: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Admission = Callable[[str, dict[str, str]], Callable[[str, FrameSocket], bool] | int]
"""(path, headers) -> who admits the channel by its ticket, or the HTTP status of a refusal."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        MugError: the port is in use, not allowed, or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        where = f"host {host!r}, port {port}"
        if error.errno == errno.EADDRINUSE:
            raise MugError(
                "the port is in use by another program", where, "choose another: --port 8001"
            ) from None
        if error.errno == errno.EACCES:
            raise MugError(
                "this port is not allowed here", where, "choose one above 1023: --port 8000"
            ) from None
        raise MugError(f"the server cannot listen there: {error.strerror or error}", where) from None
    sock.setblocking(False)
    return sock


class Front:
    """Listens on a socket and serves an ASGI application and raw frame channels on it."""

    def __init__(self, app: Any, admission: Admission) -> None:
        config = Config()
        config.h11_max_incomplete_size = MAX_HEAD
        config.websocket_max_message_size = 1024 * 1024
        config.keep_alive_timeout = 30
        config.accesslog = None
        config.errorlog = logging.getLogger("mug.http")
        config.include_server_header = False
        self._config = config
        self._app = wrap_app(app, config.wsgi_max_body_size, "asgi")
        self._admission = admission
        self._connections: set[asyncio.Task[None]] = set()
        self._context: WorkerContext | None = None
        self._server: asyncio.Server | None = None

    async def start(self, sock: socket.socket) -> None:
        """Begin to accept connections on a bound socket."""
        self._context = WorkerContext(None)
        self._server = await asyncio.start_server(self._accept, sock=sock, backlog=4096, limit=MAX_HEAD)

    async def stop(self, grace: float = 2.0) -> None:
        """Stop accepting, let running requests finish for ``grace`` seconds, then close."""
        assert self._server is not None
        assert self._context is not None
        self._server.close()
        await self._context.terminated.set()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        _send_at_once(writer)
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
            writer.close()
            return
        path, headers = _parse_head(head)
        if path.endswith("/-/frames"):
            self._open_channel(path, headers, writer)
        else:
            await self._hand_over(_EXTENSIONS.sub(b"", head), reader, writer)

    def _open_channel(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        admit = self._admission(path, headers)
        response = handshake_response(headers)
        if isinstance(admit, int) or response is None:
            transport.write(_FORBIDDEN if admit == 403 else _NOT_FOUND)
            transport.close()
            return
        transport.write(response)
        channel = FrameSocket(admit)
        channel.keep_alive(writer)
        transport.set_protocol(channel)
        channel.connection_made(transport)

    async def _hand_over(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert self._context is not None
        replay = _ReplayReader(head, reader)
        loop = asyncio.get_running_loop()
        await TCPServer(
            self._app, loop, self._config, self._context, {}, cast(asyncio.StreamReader, replay), writer
        )


class _ReplayReader:
    """A stream reader that first gives back what has been read already."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        self._head = head
        self._reader = reader

    def at_eof(self) -> bool:
        return not self._head and self._reader.at_eof()

    async def read(self, limit: int) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return await self._reader.read(limit)


def _parse_head(head: bytes) -> tuple[str, dict[str, str]]:
    request, _, rest = head.decode("latin-1").partition("\r\n")
    parts = request.split(" ")
    path = parts[1].partition("?")[0] if len(parts) == 3 else ""
    headers = {}
    for line in rest.split("\r\n"):
        name, separator, value = line.partition(":")
        if separator:
            headers[name.strip().lower()] = value.strip()
    return path, headers


def _send_at_once(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
