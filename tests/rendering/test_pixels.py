"""RGB arrays as pictures."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mug.rendering import PixelFrames, SurfaceError
from mug.rendering.pixels import encode_png


def decode(png: bytes) -> np.ndarray[Any, Any]:
    """A PNG decoder that knows every row filter mug may use, and no more of the format."""
    file = io.BytesIO(png)
    assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while head := file.read(8):
        length, name = struct.unpack(">I4s", head)
        body = file.read(length)
        assert struct.unpack(">I", file.read(4))[0] == zlib.crc32(name + body)
        chunks[name] = body
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {0: 1, 2: 3, 6: 4}[kind]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    picture = np.zeros((height, width * channels), np.uint8)
    above = np.zeros(width * channels, np.uint8)
    for y, row in enumerate(rows):
        assert row[0] in (0, 2)
        above = picture[y] = row[1:] + above if row[0] == 2 else row[1:]
    return picture.reshape(height, width, channels)


PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3, 4])))


@given(PICTURES)
def test_png_holds_the_pixels(picture: np.ndarray[Any, Any]) -> None:
    """Decoding the PNG gives the array back."""
    assert np.array_equal(decode(encode_png(picture)), picture)


def shown(packet: Any) -> np.ndarray[Any, Any]:
    ((_, _, kind, props),) = packet
    assert kind == 9
    assert (props["x"], props["y"], props["w"], props["h"]) == (0, 0, packet.width, packet.height)
    return decode(props["png"])


@pytest.mark.parametrize(
    ("array", "pixel"),
    [
        (np.full((2, 3, 3), 7, np.int64), [7, 7, 7]),
        (np.full((2, 3), 7, np.uint8), [7]),
        (np.full((2, 3), True), [255]),
        (np.full((2, 3, 4), 0.5, np.float32), [128, 128, 128, 128]),
        (np.zeros((2, 3, 3), np.uint8)[::-1, ::-1], [0, 0, 0]),
    ],
)
def test_any_array_of_levels_is_a_picture(array: np.ndarray[Any, Any], pixel: list[int]) -> None:
    """Whole numbers, booleans, fractions, grey, strided views: all become height x width pixels."""
    packet = PixelFrames().packet(array)
    picture = shown(packet)
    assert (packet.width, packet.height) == (3, 2)
    assert picture[1, 2].tolist() == pixel


def test_an_equal_array_is_the_same_packet() -> None:
    """Nothing is encoded or sent again for an equal array, even one drawn into in between."""
    frames = PixelFrames()
    array = np.zeros((4, 4, 3), np.uint8)
    first = frames.packet(array)
    assert frames.packet(array.copy()) is first
    array[0, 0] = 255
    second = frames.packet(array)
    assert second is not first
    assert shown(second)[0, 0].tolist() == [255, 255, 255]
    delta = second.delta(first)
    assert delta is not None
    assert len(delta[0]) == 1


def test_a_picture_of_another_size_says_so() -> None:
    """The delta to a picture of another size brings the new size."""
    frames = PixelFrames()
    small, large = frames.packet(np.zeros((2, 2), np.uint8)), frames.packet(np.zeros((4, 6), np.uint8))
    delta = large.delta(small)
    assert delta is not None
    assert [0, {"width": 6, "height": 4}] in [[kind, props] for _, _, kind, props in delta[0]]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2, 2)),
        np.zeros(4),
        np.zeros((0, 2, 3)),
        np.full((2, 2, 3), 300),
        np.full((2, 2, 3), -1),
        np.full((2, 2, 3), 1.5),
        np.full((2, 2, 3), np.nan),
        np.full((2, 2, 3), "a"),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray[Any, Any]) -> None:
    """An array of another shape, or with values that are no levels, is no picture."""
    with pytest.raises(SurfaceError, match="is not a picture"):
        PixelFrames().packet(array)
