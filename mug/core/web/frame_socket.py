"""The raw frame channel: WebSocket (RFC 6455) straight on an asyncio transport.

Frames are the hot path: thousands a second leave one process. Here a frame costs a header of two to
four bytes and one write. The channel speaks the small part of RFC 6455 that it needs: unfragmented
binary and text messages of at most ``MAX_MESSAGE`` bytes from the browser, ping, pong and close. No
extension is negotiated; anything else closes the connection with the code the RFC gives for it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Final

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MAX_MESSAGE: Final = 1024
HIGH_WATER: Final = 64 * 1024
"""Bytes waiting to be written above which a frame is dropped instead of queued."""

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_EIGHT_BYTE_LENGTH: Final = 127
_NORMAL, _PROTOCOL_ERROR, _POLICY, _TOO_BIG = 1000, 1002, 1008, 1009


def handshake_response(headers: Mapping[str, str]) -> bytes | None:
    """Return the answer to an upgrade request, None if it is not a valid one. RFC 6455 section 4.2."""
    key = headers.get("sec-websocket-key", "")
    if headers.get("upgrade", "").lower() != "websocket" or headers.get("sec-websocket-version") != "13":
        return None
    if len(key) != 24:
        return None
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class FrameSocket(asyncio.Protocol):
    """One browser's raw frame channel, once its first message has proved whose it is."""

    def __init__(self, admit: Callable[[str, FrameSocket], bool]) -> None:
        self._admit = admit
        self._admitted = False
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._congested = False
        self._writer: asyncio.StreamWriter | None = None
        self.receive: Callable[[bytes], None] = lambda payload: None
        self.drained: Callable[[], None] = lambda: None
        self.closed: Callable[[], None] = lambda: None

    # -------------------------------------------------------------------------- towards the browser

    def send(self, payload: bytes) -> bool:
        """Send one binary message; False if it was dropped because the browser does not keep up."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if self._congested:
            return False
        size = len(payload)
        if size < 126:
            header = bytes((0x82, size))
        elif size < 65536:
            header = struct.pack(">BBH", 0x82, 126, size)
        else:
            header = struct.pack(">BBQ", 0x82, 127, size)
        transport.write(header + payload)
        return True

    def close(self, code: int = _NORMAL) -> None:
        """Say goodbye and close."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(struct.pack(">BBH", 0x88, 2, code))
            transport.close()

    def keep_alive(self, writer: asyncio.StreamWriter) -> None:
        """Hold the stream writer that the connection began with: it closes the transport when freed."""
        self._writer = writer

    # ------------------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the connection after the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER, low=HIGH_WATER // 8)

    def pause_writing(self) -> None:
        """The browser does not keep up: drop frames from now on."""
        self._congested = True

    def resume_writing(self) -> None:
        """The browser has caught up."""
        self._congested = False
        self.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._transport = None
        self._writer = None
        self.closed()

    def data_received(self, data: bytes) -> None:
        """Parse what came in, message by message."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= 2:
            first, second = buffer[0], buffer[1]
            size, offset = second & 0x7F, 2
            if size == 126:
                if len(buffer) < 4:
                    return
                size, offset = (buffer[2] << 8) | buffer[3], 4
            if size > MAX_MESSAGE or second & 0x7F == _EIGHT_BYTE_LENGTH:
                self._fail(_TOO_BIG)
                return
            if not second & 0x80 or not first & 0x80 or first & 0x70:
                self._fail(_PROTOCOL_ERROR)
                return
            end = offset + 4 + size
            if len(buffer) < end:
                return
            mask = buffer[offset : offset + 4]
            payload = _unmask(buffer[offset + 4 : end], mask)
            del buffer[:end]
            if not self._message(first & 0x0F, payload):
                return

    def _message(self, opcode: int, payload: bytes) -> bool:
        if opcode == _BINARY and self._admitted:
            self.receive(payload)
        elif opcode == _TEXT and not self._admitted:
            self._admitted = self._admit(payload.decode("ascii", "replace"), self)
            if not self._admitted:
                self._fail(_POLICY)
        elif opcode == _PING and len(payload) < 126 and self._transport is not None:
            self._transport.write(bytes((0x80 | _PONG, len(payload))) + payload)
        elif opcode == _CLOSE:
            self.close()
        elif opcode != _PONG:
            self._fail(_PROTOCOL_ERROR)
        return self._transport is not None and not self._transport.is_closing()

    def _fail(self, code: int) -> None:
        self._buffer.clear()
        self.close(code)


def _unmask(payload: bytearray, mask: bytearray) -> bytes:
    size = len(payload)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")
