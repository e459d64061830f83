"""The WebSocket protocol (RFC 6455) straight on an asyncio transport.

Frames are the hot path: thousands a second leave one process, and hundreds of people wait in another. So
a message costs its header and one write, and a connection little more than its transport. No extension is
negotiated, which also means that no connection holds a compression context of some 300 KiB.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
from collections.abc import Mapping
from typing import Final

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, TEXT, BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL, _RESERVED, _MASKED, _LENGTH = 0x80, 0x70, 0x80, 0x7F
_TWO_BYTES, _EIGHT_BYTES = 126, 127
STALL_SECONDS: Final = 20.0
"""How long a browser may take nothing of what waits for it before its connection is cut."""
NORMAL, GOING_AWAY, PROTOCOL_ERROR, POLICY, TOO_BIG = 1000, 1001, 1002, 1008, 1009
_RECEIVED: Final = memoryview(bytearray(64 * 1024))


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


class WebSocket(asyncio.BufferedProtocol):
    """The server's end of one connection after the handshake.

    Subclasses take messages in ``message`` and learn in ``lost`` that the connection is gone. Whatever
    breaks the protocol, or is longer than ``max_message`` bytes, closes the connection with the code that
    the RFC gives for it.
    """

    max_message = 1024
    high_water = 64 * 1024
    """Bytes waiting to be written above which the browser counts as not keeping up."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        # The stream writer closes the transport when it is freed, so it is kept as long as the transport.
        self._writer: asyncio.StreamWriter | None = writer
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._parts = bytearray()
        self._opcode = _CONTINUATION
        self.congested = False
        self._stall: asyncio.TimerHandle | None = None

    def take_over(self) -> None:
        """Begin to speak for the connection that the stream writer has held so far."""
        assert self._writer is not None
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.set_protocol(self)
        self._transport = transport
        transport.set_write_buffer_limits(high=self.high_water, low=self.high_water // 8)

    # ------------------------------------------------------------------------------ what subclasses say

    def message(self, opcode: int, payload: bytes) -> None:
        """A whole text or binary message has come in."""
        raise NotImplementedError

    def lost(self) -> None:
        """The connection is gone."""

    def drained(self) -> None:
        """The browser has caught up."""

    # -------------------------------------------------------------------------- towards the browser

    @property
    def open(self) -> bool:
        """Whether something can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def write(self, opcode: int, payload: bytes) -> None:
        """Send one message; the caller looks at ``congested``."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        size = len(payload)
        if size < _TWO_BYTES:
            header = bytes((_FINAL | opcode, size))
        elif size < 65536:
            header = struct.pack(">BBH", _FINAL | opcode, _TWO_BYTES, size)
        else:
            header = struct.pack(">BBQ", _FINAL | opcode, _EIGHT_BYTES, size)
        transport.write(header + payload)

    def close(self, code: int = NORMAL) -> None:
        """Say goodbye and close, at the latest when the browser has taken nothing for long."""
        if self._transport is not None and not self._transport.is_closing():
            self.write(_CLOSE, struct.pack(">H", code))
            self._transport.close()
            self._await_progress()

    # ---------------------------------------------------------------------- asyncio.BufferedProtocol

    def pause_writing(self) -> None:
        """The browser does not keep up; if it takes nothing for long, the connection is dead."""
        self.congested = True
        self._await_progress()

    def resume_writing(self) -> None:
        """The browser has caught up."""
        self.congested = False
        if self.open:
            self._forget_stall()
        self.drained()

    def _await_progress(self) -> None:
        if self._transport is not None and self._stall is None:
            loop = asyncio.get_running_loop()
            self._stall = loop.call_later(STALL_SECONDS, self._transport.abort)

    def _forget_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._transport = None
        self._writer = None
        self._forget_stall()
        self.lost()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to receive to: one place for all connections, for no two receive at once."""
        return _RECEIVED

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what came in, frame by frame."""
        buffer = self._buffer
        buffer += _RECEIVED[:nbytes]
        while len(buffer) >= 2:
            first, second = buffer[0], buffer[1]
            size, offset = second & _LENGTH, 2
            if size == _TWO_BYTES:
                if len(buffer) < 4:
                    return
                size, offset = (buffer[2] << 8) | buffer[3], 4
            elif size == _EIGHT_BYTES:
                if len(buffer) < 10:
                    return
                size, offset = int.from_bytes(buffer[2:10], "big"), 10
            if len(self._parts) + size > self.max_message:
                self._fail(TOO_BIG)
                return
            if not second & _MASKED or first & _RESERVED:
                self._fail(PROTOCOL_ERROR)
                return
            end = offset + 4 + size
            if len(buffer) < end:
                return
            payload = _unmask(buffer[offset + 4 : end], buffer[offset : offset + 4])
            del buffer[:end]
            self._frame(first & 0x0F, bool(first & _FINAL), payload)
            if not self.open:
                return

    def _frame(self, opcode: int, final: bool, payload: bytes) -> None:
        if opcode in (TEXT, BINARY, _CONTINUATION):
            if (opcode == _CONTINUATION) == (self._opcode == _CONTINUATION):
                self._fail(PROTOCOL_ERROR)
            elif final and opcode != _CONTINUATION:
                self.message(opcode, payload)
            else:
                self._gather(opcode, final, payload)
        elif not final or len(payload) > 125:
            self._fail(PROTOCOL_ERROR)
        elif opcode == _PING:
            # Who floods and does not read gets no answers piled up.
            if not self.congested:
                self.write(_PONG, payload)
        elif opcode == _CLOSE:
            self.close()
        elif opcode != _PONG:
            self._fail(PROTOCOL_ERROR)

    def _gather(self, opcode: int, final: bool, payload: bytes) -> None:
        self._opcode = opcode or self._opcode
        self._parts += payload
        if final:
            whole, kind = bytes(self._parts), self._opcode
            self._parts.clear()
            self._opcode = _CONTINUATION
            self.message(kind, whole)

    def _fail(self, code: int) -> None:
        self._buffer.clear()
        self.close(code)


def _unmask(payload: bytearray, mask: bytearray) -> bytes:
    size = len(payload)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")
