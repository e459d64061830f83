"""How pictures travel from a worker to the page: a header for each seat, and msgpack that all seats share."""

from __future__ import annotations

import struct
from typing import Final

import msgpack

from mug.game.venue import FrameEncoder, Place
from mug.rendering.packet import Delta

HEADER: Final = struct.Struct("<BBHIII")
"""Type, flags, episode, frame, step, sequence number of the seat's last input that took effect."""
HAS_HUD: Final = 1


class BinaryFrames(FrameEncoder):
    """Writes frames as bytes; the client reads them in ``client/src/game/frame.ts``."""

    def __init__(self) -> None:
        self._pack = msgpack.Packer(use_bin_type=True).pack

    def body(self, delta: Delta, hud: str | None) -> bytes:
        """Write a picture for everybody who sees it."""
        packed: bytes = self._pack(delta if hud is None else [*delta, hud])
        return packed

    def frame(self, kind: int, place: Place, ack: int, body: bytes | None, *, has_hud: bool) -> bytes:
        """Put a seat's header before it."""
        return HEADER.pack(kind, HAS_HUD if has_hud else 0, *place, ack) + (body or b"")
