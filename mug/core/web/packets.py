"""The packets of control connections, as Socket.IO has them."""

from __future__ import annotations

from typing import Any, Final

import engineio.json
import orjson
import socketio

MAX_ATTACHMENTS: Final = 4


class QuickJson:
    """Reads and writes JSON as the standard library does, and mostly much faster."""

    @staticmethod
    def loads(text: str) -> Any:
        """Return the value in a text.

        Raises:
            ValueError: there is none.
        """
        try:
            return orjson.loads(text)
        except ValueError:
            # It is stricter; what is wrong with a message is for those to say whom it is for.
            return engineio.json.loads(text)

    @staticmethod
    def dumps(value: Any, separators: tuple[str, str]) -> str:
        """Return a value as text, without spaces."""
        try:
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError:
            return str(engineio.json.dumps(value, separators=separators))


class SmallPacket(socketio.packet.Packet):  # type: ignore[misc]
    """A packet with few attachments: they are kept until all that it announces have come."""

    json = QuickJson

    def decode(self, encoded_packet: str) -> int:
        """Read a packet; return how many attachments are to come.

        Raises:
            ValueError: it announces more than any page sends.
        """
        count = int(super().decode(encoded_packet))
        if count > MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        return count
