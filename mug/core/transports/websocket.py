"""Frames over a raw WebSocket of their own, with Socket.IO until it stands and whenever it breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

import attrs

from mug.components import Channel, Connection, Transport
from mug.core.transports.socketio import SocketIOChannel
from mug.core.web.frame_socket import FrameSocket
from mug.core.web.tokens import Tickets

PATH = "-/frames"


class WebSocketTransport(Transport):
    """Offers each player a raw frame channel; see ``mug.core.web.frame_socket``."""

    name: ClassVar[str] = "websocket"

    def __init__(self) -> None:
        self._tickets = Tickets(time.monotonic)
        self._waiting: dict[str, WebSocketChannel] = {}

    def open(
        self, connection: Connection, receive: Callable[[bytes], None], drained: Callable[[], None]
    ) -> Channel:
        """Offer the channel to the page, and carry frames on the control connection meanwhile."""
        channel = WebSocketChannel(self, connection, receive, drained)
        self._waiting[connection.participant_id] = channel
        ticket = self._tickets.issue(connection.participant_id)
        connection.emit("channel", {"url": PATH, "ticket": ticket})
        return channel

    def admit(self, ticket: str, socket: FrameSocket) -> bool:
        """Join a raw connection to the channel that its ticket was issued for."""
        participant_id = self._tickets.redeem(ticket)
        channel = self._waiting.pop(participant_id, None) if participant_id else None
        if channel is None:
            return False
        channel.join(socket)
        return True

    def forget(self, channel: WebSocketChannel, participant_id: str) -> None:
        """Stop waiting for the raw connection of a closed channel."""
        if self._waiting.get(participant_id) is channel:
            del self._waiting[participant_id]


@attrs.define(eq=False)
class WebSocketChannel:
    """One player's frames: raw once the browser has connected, over Socket.IO otherwise."""

    transport: WebSocketTransport
    connection: Connection
    receive: Callable[[bytes], None]
    drained: Callable[[], None]
    _socket: FrameSocket | None = None
    _fallback: SocketIOChannel | None = None
    _closed: bool = False

    def __attrs_post_init__(self) -> None:
        """Begin on the control connection."""
        self._fallback = SocketIOChannel(self.connection, self.drained)

    def join(self, socket: FrameSocket) -> None:
        """Use the raw connection from now on; the page starts it with a full frame."""
        socket.on_input = self.receive
        socket.on_drained = self.drained
        socket.on_closed = self._lost
        self._socket = socket
        self.drained()

    def send(self, payload: bytes) -> bool:
        """Send a frame the fastest way that stands."""
        if self._socket is not None:
            return self._socket.send(payload)
        assert self._fallback is not None
        return self._fallback.send(payload)

    def close(self) -> None:
        """Close the raw connection."""
        self._closed = True
        self.transport.forget(self, self.connection.participant_id)
        if self._socket is not None:
            self._socket.close()

    def _lost(self) -> None:
        self._socket = None
        if not self._closed:
            self.drained()
