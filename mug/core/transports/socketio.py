"""Frames over the participant's Socket.IO connection: works wherever the page itself works."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from mug.components import Channel, Connection, Transport

MAX_BACKLOG = 8
"""Messages waiting for a browser above which frames are dropped instead of queued."""


class SocketIOTransport(Transport):
    """Sends each frame as a binary ``frame`` event."""

    name: ClassVar[str] = "socketio"

    def open(
        self, connection: Connection, receive: Callable[[bytes], None], drained: Callable[[], None]
    ) -> Channel:
        """Carry frames on the control connection; inputs arrive there as ``input`` events."""
        return SocketIOChannel(connection, drained)


class SocketIOChannel:
    """Frames as events, the latest only while the connection is congested."""

    def __init__(self, connection: Connection, drained: Callable[[], None]) -> None:
        self._connection = connection
        self._drained = drained
        self._dropped = False

    def send(self, payload: bytes) -> bool:
        """Emit a frame unless the connection has a backlog; ask for a full frame once it is gone."""
        if self._connection.backlog() > MAX_BACKLOG:
            self._dropped = True
            return False
        if self._dropped:
            self._dropped = False
            self._drained()
            return False
        self._connection.emit("frame", payload)
        return True

    def close(self) -> None:
        """Nothing to release: the control connection lives on."""
