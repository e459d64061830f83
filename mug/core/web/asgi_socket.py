"""A WebSocket of the application (Socket.IO): the ASGI messages of one connection."""

from __future__ import annotations

import asyncio
from typing import Any

from mug.core.protocol import MAX_RUNTIME_BYTES
from mug.core.web.websocket import BINARY, NORMAL, TEXT, WebSocket

MAX_UNREAD = 64
"""Messages that the application has not taken yet above which nothing more is read."""
MAX_UNREAD_BYTES = 2 * MAX_RUNTIME_BYTES
"""The same for their size."""
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Message = dict[str, Any]


class AsgiSocket(WebSocket):
    """Speaks ASGI's ``websocket`` messages to an application and RFC 6455 to the browser."""

    max_message = MAX_RUNTIME_BYTES + 64 * 1024

    def __init__(self, writer: asyncio.StreamWriter, response: bytes) -> None:
        super().__init__(writer)
        self._response = response
        self._inbound: asyncio.Queue[Message] = asyncio.Queue()
        self._inbound.put_nowait({"type": "websocket.connect"})
        self._unread_bytes = 0
        self._writable = asyncio.Event()
        self._writable.set()
        self._accepted = False

    async def receive(self) -> Message:
        """Return the next message for the application."""
        message = await self._inbound.get()
        self._unread_bytes -= _size(message)
        if self._transport is not None and not self._much_unread(0.5):
            self._transport.resume_reading()
        return message

    async def send(self, message: Message) -> None:
        """Do what the application says; waits while the browser does not keep up."""
        match message["type"]:
            case "websocket.accept":
                assert self._writer is not None
                self._writer.write(self._response)
                self._accepted = True
                self.take_over()
            case "websocket.send":
                text = message.get("text")
                if text is None:
                    self.write(BINARY, message["bytes"])
                else:
                    self.write(TEXT, text.encode())
                await self._writable.wait()
            case "websocket.close":
                self.end(message.get("code", NORMAL))

    def end(self, code: int) -> None:
        """Close, or refuse what was never accepted."""
        if self._accepted:
            self.close(code)
        elif self._writer is not None:
            self._writer.write(REFUSED)
            self._writer.close()
            self._writer = None

    def message(self, opcode: int, payload: bytes) -> None:
        """Pass a message on to the application."""
        kind = "bytes" if opcode == BINARY else "text"
        content = payload if opcode == BINARY else payload.decode("utf-8", "replace")
        message = {"type": "websocket.receive", kind: content}
        self._inbound.put_nowait(message)
        self._unread_bytes += _size(message)
        if self._transport is not None and self._much_unread(1):
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """The browser does not keep up."""
        super().pause_writing()
        self._writable.clear()

    def drained(self) -> None:
        """The browser has caught up."""
        self._writable.set()

    def lost(self) -> None:
        """Tell the application."""
        self._writable.set()
        self._inbound.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def _much_unread(self, part: float) -> bool:
        return self._inbound.qsize() >= part * MAX_UNREAD or self._unread_bytes >= part * MAX_UNREAD_BYTES


def _size(message: Message) -> int:
    return len(message.get("bytes") or message.get("text") or "")
