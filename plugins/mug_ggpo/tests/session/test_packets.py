"""Packets as bytes."""

from __future__ import annotations

from binascii import crc32
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_ggpo.session.coding import Malformed
from mug_ggpo.session.packets import Hello, Play, Wire

WIRE = Wire(0xC0FFEE, (1, 2, 0))
KEY = WIRE.key(1, 0, 1, 1)

frames = st.integers(0, 10**6)
singles = st.lists(st.tuples(st.integers(1, 60), st.tuples(st.binary(max_size=5))), max_size=4)
doubles = st.lists(
    st.tuples(st.integers(1, 60), st.tuples(st.binary(max_size=5), st.binary(max_size=2))), max_size=4
)
plays = st.builds(
    Play,
    epoch=st.integers(0, 255),
    seq=st.integers(0, 65535),
    frame=frames,
    ack=st.integers(-1, 10**6),
    lag=st.none() | st.integers(-400, 400).map(lambda quarter: quarter / 4),
    start=frames,
    runs=doubles,
    ahead=st.booleans(),
    restoring=st.booleans(),
    echo=st.none() | st.integers(0, 255),
    held=st.just(0),
    pace=st.just(1.0) | st.integers(1, 255).map(lambda step: 1 + step / 64),
    dropped=st.sampled_from([0, 1, 4, 5]),
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 10**6)), max_size=3).map(tuple),
    forwards=st.lists(st.tuples(st.just(0), frames, singles), max_size=2).map(tuple),
    checksums=st.lists(st.tuples(st.integers(0, 255), frames, st.integers(0, 2**32 - 1)), max_size=3).map(
        tuple
    ),
)


@given(plays)
def test_a_packet_of_play_is_read_as_it_was_written(play):
    """Every field survives."""
    assert WIRE.read(WIRE.play(play, KEY), 1, KEY) == play


@given(plays, st.data())
def test_a_damaged_packet_is_never_taken_for_another_one(play, data):
    """A packet with flipped bits or a missing end is malformed."""
    packet = bytearray(WIRE.play(play, KEY))
    if data.draw(st.booleans()):
        packet = packet[: data.draw(st.integers(0, len(packet) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            packet[data.draw(st.integers(0, len(packet) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    if bytes(packet) == WIRE.play(play, KEY):
        return
    with pytest.raises(Malformed):
        WIRE.read(bytes(packet), 1, KEY)


@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_malformed(data, sealed):
    """Garbage is malformed, even when its checksum is right; nothing else is raised."""
    if sealed:
        data = b"\x11" + data
        data += crc32(data, KEY).to_bytes(4, "little")
    with suppress(Malformed):
        assert isinstance(WIRE.read(data, 1, KEY), Play)


def test_keys_tell_everybody_apart():
    """A packet for one way is worth nothing on any other one, in either direction, session or incarnation."""
    play = Play(0, 0, 0, -1, None, 0, [])
    packet = WIRE.play(play, KEY)
    others = [WIRE.key(0, 1, 1, 1), WIRE.key(1, 2, 1, 1), WIRE.key(1, 0, 2, 1), WIRE.key(1, 0, 1, 2)]
    others.append(Wire(0xC0FFEF, (1, 2, 0)).key(1, 0, 1, 1))
    for key in others:
        with pytest.raises(Malformed, match="damaged"):
            WIRE.read(packet, 1, key)
    with pytest.raises(Malformed, match="early"):
        WIRE.read(packet, 1, None)


def test_a_hello_is_read_as_it_was_written():
    """Every field of an introduction survives; other sessions and versions are named."""
    hello = Hello(1, 0, 3, 2, 0xC0FFEE, 8, 29970, 2, 15, 3, bytes((0, 1, 1)), b"digest")
    packet = WIRE.hello(hello)
    assert WIRE.read(packet, 1, None) == hello
    with pytest.raises(Malformed, match="session"):
        Wire(1, (1, 2, 0)).read(packet, 1, None)


def test_a_usual_packet_is_small():
    """With two changes of input under way, everything fits into some thirty bytes."""
    runs = [(4, (b"\1",)), (3, (b"\2",)), (2, (b"\0",))]
    play = Play(1, 500, 9000, 8996, 3.25, 8990, runs, echo=3, held=20)
    assert len(Wire(7, (1, 1)).play(play, 5)) <= 32
