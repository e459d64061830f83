"""The WebSocket of an Engine.IO session: one task reads, one writes, and none is made for a message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from engineio.async_drivers import asgi
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import Packet

log = logging.getLogger(__name__)

Message = dict[str, Any]


class EngineSocket:
    """Stands between a session and ASGI's messages, in the place of the library's own.

    The library waits for each message in a task with a timer, which costs more than most messages do.

    Args:
        handler: what the library would have done with the connection; a method of the session.
        server: the session's.
    """

    def __init__(self, handler: Any, server: engineio.AsyncServer) -> None:
        self._handler = handler
        self._server = server
        self._session = handler.__self__

    async def __call__(self, environ: Message) -> str:
        """Serve the connection to its end; nothing is left to answer."""
        session = self._session
        if session.connected:
            # A session that began with polling goes over to this: that is left to the library.
            await asgi.WebSocket(self._handler, self._server)(environ)
            return ""
        send = environ["asgi.send"]
        await send({"type": "websocket.accept"})
        session.connected = session.upgraded = True
        writing = asyncio.create_task(self._write(send))
        try:
            await self._read(environ["asgi.receive"])
        finally:
            session.queue.put_nowait(None)
            try:
                await writing
            finally:
                await session.close(wait=False, abort=True, reason=self._server.reason.TRANSPORT_CLOSE)
        return ""

    async def _read(self, receive: Callable[[], Awaitable[Message]]) -> None:
        """Take messages until the page is gone, or silent for longer than pages that live are."""
        server, clock = self._server, asyncio.get_running_loop().time
        patience = server.ping_interval + server.ping_timeout
        try:
            async with asyncio.timeout(patience) as silence:
                while (message := await receive())["type"] == "websocket.receive":
                    silence.reschedule(clock() + patience)
                    data = message.get("bytes")
                    data = message["text"] if data is None else data
                    if len(data) > server.max_http_buffer_size or not await self._take(data):
                        return
        except TimeoutError:
            return

    async def _take(self, data: str | bytes) -> bool:
        """Let the session take a message; False if it has ended."""
        try:
            await self._session.receive(Packet(encoded_packet=data))
        except SocketIsClosedError:
            return False
        except UnknownPacketError:
            pass
        except Exception:
            log.exception("a message of a browser could not be taken")
        return True

    async def _write(self, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send packets up to the mark that says that there are no more."""
        queue = self._session.queue
        while True:
            packet = await queue.get()
            queue.task_done()
            if packet is None:
                break
            data = packet.encode()
            await send({"type": "websocket.send", "bytes" if isinstance(data, bytes) else "text": data})
        await send({"type": "websocket.close"})
