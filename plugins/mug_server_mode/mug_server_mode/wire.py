"""Messages between the web process and its workers: msgpack values, each after its length.

To a worker: ``[command, game, *arguments]``; the commands are the names of methods of
`mug_server_mode.worker.Loop`. From a worker: one batch per turn of its loop, a list of
``[game, records, output]``. ``records`` are kinds and lines in turn; ``output`` holds, in order,
``[seat, frame]`` and ``[EVENT, name, *arguments]``. Game 0 is the worker itself.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import msgpack

WORKER: Final = 0
_LENGTH: Final = struct.Struct("<I")
_pack = msgpack.Packer(use_bin_type=True).pack


def packed(message: Any) -> bytes:
    """Return a message with its length in front."""
    body: bytes = _pack(message)
    return _LENGTH.pack(len(body)) + body


class Inbox:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """Return the messages that these bytes complete."""
        buffer = self._data
        buffer += data
        messages: list[Any] = []
        start, end = 0, len(buffer)
        with memoryview(buffer) as view:
            while end - start >= 4:
                (length,) = _LENGTH.unpack_from(view, start)
                stop = start + 4 + length
                if stop > end:
                    break
                messages.append(msgpack.unpackb(view[start + 4 : stop], strict_map_key=False, use_list=True))
                start = stop
        if start:
            del buffer[:start]
        return messages
