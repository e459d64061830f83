"""RGB arrays, as many environments render them, as packets of one picture."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mug.rendering.errors import SurfaceError
from mug.rendering.packet import PIXELS, RenderPacket

_PIXELS_KEY = 1
_COLOR_TYPES = {1: 0, 3: 2, 4: 6}


class PixelFrames:
    """Turns one view's arrays into packets; an array equal to the last one gives the same packet."""

    __slots__ = ("_array", "_packet")

    def __init__(self) -> None:
        self._array: NDArray[np.uint8] | None = None
        self._packet: RenderPacket | None = None

    def packet(self, array: NDArray[Any]) -> RenderPacket:
        """The packet that shows an array.

        Args:
            array: height x width (grey), or height x width x 1, 3 or 4 channels; whole numbers
                from 0 to 255, booleans, or floats from 0 to 1.

        Raises:
            SurfaceError: the array is not a picture.
        """
        picture = _as_bytes(array)
        if self._packet is None or self._array is None or not np.array_equal(picture, self._array):
            height, width = picture.shape[:2]
            props = {"x": 0, "y": 0, "w": width, "h": height, "png": encode_png(picture)}
            # the environment may draw its next frame into the same array
            self._array = picture.copy()
            self._packet = RenderPacket(width, height, (), [(_PIXELS_KEY, 0, PIXELS, props)])
        return self._packet


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """A height x width x channels array (1, 3 or 4 channels) as a PNG file."""
    height, width, channels = picture.shape
    rows = picture.reshape(height, width * channels)
    filtered = np.empty((height, width * channels + 1), np.uint8)
    filtered[:, 0] = 2  # each row is stored as its difference to the row above: flat areas become zeros
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", packer.compress(filtered.data) + packer.flush()),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _as_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    picture = array[:, :, np.newaxis] if array.ndim == 2 else array
    if picture.ndim != 3 or picture.shape[2] not in _COLOR_TYPES or 0 in picture.shape:
        raise SurfaceError(
            f"an array of shape {array.shape} is not a picture",
            "render()",
            "return height x width x 3 (RGB) or x 4 (RGBA)",
        )
    if picture.dtype == np.uint8:
        return np.ascontiguousarray(picture)
    if picture.dtype == np.bool_:
        return np.ascontiguousarray(picture.astype(np.uint8) * np.uint8(255))
    kind = picture.dtype.kind
    top = 255 if kind in "iu" else 1 if kind == "f" else None
    if top is None or not (picture.min() >= 0 and picture.max() <= top):
        raise SurfaceError(
            f"an array of {picture.dtype} with values outside 0 to {top or 255} is not a picture",
            "render()",
            "return whole numbers from 0 to 255 (uint8), or floats from 0 to 1",
        )
    levels = picture * 255 + 0.5 if kind == "f" else picture
    return np.ascontiguousarray(levels.astype(np.uint8))
