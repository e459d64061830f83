"""The port: reads each request's head, keeps the WebSockets, and hands everything else to Hypercorn."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import unquote

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.utils import wrap_app

from mug.core.web.asgi_socket import AsgiSocket
from mug.core.web.frame_socket import FrameSocket
from mug.core.web.websocket import GOING_AWAY, handshake_response
from mug.errors import MugError

log = logging.getLogger(__name__)

MAX_HEAD: Final = 32 * 1024
HEAD_SECONDS: Final = 20.0
_NOT_FOUND: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FORBIDDEN: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Admission = Callable[[str, dict[str, str]], Callable[[str, FrameSocket], bool] | int]
"""(request target, headers) -> who admits the channel by its ticket, or the HTTP status of a refusal."""


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
        # Only a connection's first request is looked at here. A proxy that keeps connections would send an
        # upgrade down one that Hypercorn has already, so each serves one request.
        config.keep_alive_max_requests = 1
        config.accesslog = None
        config.errorlog = logging.getLogger("mug.http")
        config.include_server_header = False
        self._config = config
        self._app = app
        self._wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
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
        target, headers = _parse_head(head)
        if headers.get("upgrade", "").lower() != "websocket":
            await self._hand_over(head, reader, writer)
        elif target.partition("?")[0].endswith("/-/frames"):
            self._open_channel(target, headers, writer)
        else:
            await self._open_socket(target, headers, writer)

    def _open_channel(self, target: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        admit = self._admission(target, headers)
        response = handshake_response(headers)
        if isinstance(admit, int) or response is None:
            writer.write(_FORBIDDEN if admit == 403 else _NOT_FOUND)
            writer.close()
            return
        writer.write(response)
        FrameSocket(writer, admit).take_over()

    async def _open_socket(self, target: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        response = handshake_response(headers)
        if response is None:
            writer.write(_BAD_REQUEST)
            writer.close()
            return
        path, _, query = target.partition("?")
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": writer.get_extra_info("peername", ("", 0))[:2],
            "server": writer.get_extra_info("sockname", ("", 0))[:2],
            "subprotocols": [],
        }
        connection = AsgiSocket(writer, response)
        try:
            await self._app(scope, connection.receive, connection.send)
        except Exception:
            log.exception("a socket of a browser failed")
        finally:
            connection.end(GOING_AWAY)

    async def _hand_over(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert self._context is not None
        replay = _ReplayReader(head, reader)
        loop = asyncio.get_running_loop()
        await TCPServer(
            self._wrapped, loop, self._config, self._context, {}, cast(asyncio.StreamReader, replay), writer
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
    target = parts[1] if len(parts) == 3 else ""
    headers = {}
    for line in rest.split("\r\n"):
        name, separator, value = line.partition(":")
        if separator:
            headers[name.strip().lower()] = value.strip()
    return target, headers


def _send_at_once(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
