"""The raw frame channel: a WebSocket that carries nothing but a game's frames and inputs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mug.core.protocol import MAX_PACKET_BYTES
from mug.core.web.websocket import BINARY, POLICY, PROTOCOL_ERROR, TEXT, WebSocket

TICKET_SECONDS = 10.0
"""How long a channel may take to prove whose it is."""


class FrameSocket(WebSocket):
    """One browser's frame channel, once its first message has proved whose it is."""

    max_message = MAX_PACKET_BYTES

    def __init__(self, writer: asyncio.StreamWriter, admit: Callable[[str, FrameSocket], bool]) -> None:
        super().__init__(writer)
        self._admit = admit
        self._admitted = False
        loop = asyncio.get_running_loop()
        self._patience: asyncio.TimerHandle | None = loop.call_later(TICKET_SECONDS, self.close, POLICY)
        self.on_input: Callable[[bytes], None] = lambda payload: None
        self.on_drained: Callable[[], None] = lambda: None
        self.on_closed: Callable[[], None] = lambda: None

    def send(self, payload: bytes) -> bool:
        """Send one frame; False if it was dropped because the browser does not keep up, or is gone."""
        if self.congested or not self.open:
            return False
        self.write(BINARY, payload)
        return True

    def message(self, opcode: int, payload: bytes) -> None:
        """Take the ticket first, then inputs."""
        if opcode == BINARY and self._admitted:
            self.on_input(payload)
        elif opcode == TEXT and not self._admitted:
            self._admitted = self._admit(payload.decode("ascii", "replace"), self)
            if not self._admitted:
                self.close(POLICY)
            self._stop_waiting()
        else:
            self.close(PROTOCOL_ERROR)

    def drained(self) -> None:
        """Tell whoever sends frames that the browser has caught up."""
        self.on_drained()

    def lost(self) -> None:
        """Tell whoever sends frames that the connection is gone."""
        self._stop_waiting()
        self.on_closed()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
