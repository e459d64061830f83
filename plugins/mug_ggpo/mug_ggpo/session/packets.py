"""The packets that peers send each other, as bytes and as objects.

The first byte is version and kind, the last four are a CRC-32. Numbers are varints unless said otherwise.

``HELLO`` is sent until both have met. It says who sends it to whom, as which incarnation, which one of the
recipient is known (0: none), and everything that must be equal on both.

``PLAY`` is everything else: a sequence number, the sender's frame and acknowledgement, figures for time and
pacing, and all inputs that the recipient has not acknowledged. Both know who they are, so that is not sent:
session, sender, recipient and both incarnations are in the seed of the CRC, and a packet of somebody else
fails it.
"""

from __future__ import annotations

from binascii import crc32
from dataclasses import dataclass

from mug_ggpo.session.coding import Malformed, Reader, put_runs, put_signed, put_varint
from mug_ggpo.session.stream import CAPACITY, Run

VERSION = 1
HELLO, PLAY, WATCH, SHOW = range(4)
LAG_UNIT = 4
"""Lags are sent in parts of a frame."""
PACE_UNIT = 64

# Flags of PLAY.
AHEAD = 1
RESTORING = 2
_ECHO = 4
_PACE = 8
_ROWS = 16
_FORWARDS = 32
_CHECKSUMS = 64

_HEAD = 5
_CRC = 4
_MAX_FRAME = 2**31


@dataclass(slots=True)
class Hello:
    """Who plays what. ``window`` need not be equal on both."""

    sender: int
    recipient: int
    incarnation: int
    known_incarnation: int
    session_id: int
    window: int
    fps_thousandths: int
    input_delay: int
    checksum_interval: int
    peers: int
    owners: bytes
    digest: bytes


Stretch = tuple[int, int, list[Run]]
"""A peer, a frame, and that peer's inputs from this frame on."""
Report = tuple[int, int, int]
"""The low byte of an epoch, a frame, and the checksum of the confirmed state before it."""


@dataclass(slots=True)
class Play:
    """One packet of play.

    ``epoch`` is the low byte, ``seq`` the low 16 bits, ``echo`` the low byte of the newest sequence number
    received, ``held`` how many ms ago. ``frame`` is the sender's next one, ``ack`` the last frame of the
    recipient's that it has. ``lag`` is how many frames ahead of what it has of the recipient the sender is.
    ``pace`` is how much longer than it should the sender's tick takes. ``dropped`` is a set of bits, ``rows``
    says of absent peers which is the last frame of theirs that the sender has.
    """

    epoch: int
    seq: int
    frame: int
    ack: int
    lag: float | None
    start: int
    runs: list[Run]
    ahead: bool = False
    restoring: bool = False
    echo: int | None = None
    held: int = 0
    pace: float = 1.0
    dropped: int = 0
    rows: tuple[tuple[int, int], ...] = ()
    forwards: tuple[Stretch, ...] = ()
    checksums: tuple[Report, ...] = ()


class Wire:
    """Writes and reads the packets of one session."""

    __slots__ = ("_session_id", "_widths")

    def __init__(self, session_id: int, widths: tuple[int, ...]) -> None:
        self._session_id = session_id
        self._widths = widths

    def hello(self, hello: Hello) -> bytes:
        """A HELLO as bytes."""
        out = bytearray((VERSION << 4 | HELLO, hello.sender << 4 | hello.recipient))
        out += hello.session_id.to_bytes(4, "little")
        put_varint(out, hello.incarnation)
        put_varint(out, hello.known_incarnation)
        put_varint(out, hello.window)
        put_varint(out, hello.fps_thousandths)
        put_varint(out, hello.input_delay)
        put_varint(out, hello.checksum_interval)
        out.append(hello.peers)
        out.append(len(hello.owners))
        out += hello.owners
        out.append(len(hello.digest))
        out += hello.digest
        return _sealed(out, 0)

    def key(self, sender: int, recipient: int, incarnation: int, known_incarnation: int) -> int:
        """What both ends of a way know, to seed the checksums with."""
        both = incarnation.to_bytes(4, "little") + known_incarnation.to_bytes(4, "little")
        return crc32(bytes((sender, recipient)) + both, self._session_id)

    def play(self, play: Play, key: int) -> bytes:
        """A PLAY as bytes."""
        seq, frame = play.seq, play.frame
        flags = (AHEAD if play.ahead else 0) | (RESTORING if play.restoring else 0)
        out = bytearray((VERSION << 4 | PLAY, play.epoch, seq & 0xFF, seq >> 8, 0))
        put_varint(out, frame)
        put_signed(out, frame - play.ack)
        _put_lag(out, play.lag)
        if play.echo is not None:
            flags |= _ECHO
            out.append(play.echo)
            put_varint(out, play.held)
        if play.pace > 1.01:
            flags |= _PACE
            out.append(min(255, round((play.pace - 1) * PACE_UNIT)))
        put_signed(out, frame - play.start)
        put_runs(out, play.runs)
        if play.dropped or play.rows:
            flags |= _ROWS
            out.append(play.dropped)
            out.append(len(play.rows))
            for peer, last in play.rows:
                out.append(peer)
                put_signed(out, frame - last)
        if play.forwards:
            flags |= _FORWARDS
            out.append(len(play.forwards))
            for peer, start, runs in play.forwards:
                out.append(peer)
                put_signed(out, frame - start)
                put_runs(out, runs)
        if play.checksums:
            flags |= _CHECKSUMS
            out.append(len(play.checksums))
            for epoch, at, value in play.checksums:
                out.append(epoch)
                put_varint(out, at)
                out += value.to_bytes(4, "little")
        out[4] = flags
        return _sealed(out, key)

    def watch(self, wanted: int, key: int) -> bytes:
        """A WATCH as bytes: the first frame of the feed that a spectator lacks."""
        out = bytearray((VERSION << 4 | WATCH,))
        put_varint(out, wanted)
        return _sealed(out, key)

    def read_watch(self, data: bytes, key: int) -> int:
        """Read a WATCH."""
        reader = self._reader(data, WATCH, key)
        wanted = reader.varint()
        reader.end()
        return wanted

    def show(self, start: int, runs: list[Run], key: int) -> bytes:
        """A SHOW as bytes: frames of the feed."""
        out = bytearray((VERSION << 4 | SHOW,))
        put_varint(out, start)
        put_runs(out, runs)
        return _sealed(out, key)

    def read_show(self, data: bytes, width: int, key: int) -> tuple[int, list[Run]]:
        """Read a SHOW of bundles of this width: the first frame and the runs."""
        reader = self._reader(data, SHOW, key)
        start = reader.varint()
        runs = reader.runs(width, CAPACITY)
        reader.end()
        return start, runs

    @staticmethod
    def _reader(data: bytes, kind: int, key: int) -> Reader:
        if len(data) < 1 + _CRC:
            raise Malformed("truncated")
        if data[0] != VERSION << 4 | kind:
            raise Malformed("kind")
        return Reader(data, 1, _checked(data, key))

    def read(self, data: bytes, sender: int, key: int | None) -> Hello | Play:
        """Read a packet that came from a peer; ``key`` is what both know, None if they have not met.

        Raises:
            Malformed: If it is not a packet of this version, session and peer; with one word that says why.
        """
        if len(data) < _HEAD + _CRC:
            raise Malformed("truncated")
        if data[0] >> 4 != VERSION:
            # The first byte and the checksum of a HELLO are the same in all versions.
            _checked(data, 0)
            raise Malformed("version")
        kind = data[0] & 0x0F
        if kind == PLAY:
            if key is None:
                raise Malformed("early")
            return self._read_play(data, sender, _checked(data, key))
        if kind == HELLO:
            return self._read_hello(data, _checked(data, 0))
        raise Malformed("kind")

    def _read_hello(self, data: bytes, end: int) -> Hello:
        reader = Reader(data, 2, end)
        session_id = int.from_bytes(reader.take(4), "little")
        if session_id != self._session_id:
            raise Malformed("session")
        hello = Hello(
            data[1] >> 4,
            data[1] & 0x0F,
            reader.varint(),
            reader.varint(),
            session_id,
            reader.varint(),
            reader.varint(),
            reader.varint(),
            reader.varint(),
            reader.byte(),
            reader.take(reader.byte()),
            reader.take(reader.byte()),
        )
        reader.end()
        return hello

    def _read_play(self, data: bytes, sender: int, end: int) -> Play:
        flags = data[4]
        reader = Reader(data, 5, end)
        frame = reader.varint()
        if frame > _MAX_FRAME:
            raise Malformed("frame")
        ack = frame - reader.signed()
        lag = reader.varint()
        play = Play(
            data[1],
            data[2] | data[3] << 8,
            frame,
            ack,
            _lag(lag),
            0,
            [],
            bool(flags & AHEAD),
            bool(flags & RESTORING),
        )
        if flags & _ECHO:
            play.echo = reader.byte()
            play.held = reader.varint()
        if flags & _PACE:
            play.pace = 1 + reader.byte() / PACE_UNIT
        play.start = frame - reader.signed()
        play.runs = reader.runs(self._widths[sender], CAPACITY)
        if flags & _ROWS:
            play.dropped = reader.byte() & (1 << len(self._widths)) - 1 & ~(1 << sender)
            play.rows = tuple([(self._peer(reader), frame - reader.signed()) for _ in range(reader.byte())])
        if flags & _FORWARDS:
            play.forwards = tuple([self._stretch(reader, frame) for _ in range(reader.byte())])
        if flags & _CHECKSUMS:
            play.checksums = tuple(
                [
                    (reader.byte(), reader.varint(), int.from_bytes(reader.take(4), "little"))
                    for _ in range(reader.byte())
                ]
            )
        reader.end()
        if play.start < 0 or ack < -1:
            raise Malformed("frame")
        return play

    def _peer(self, reader: Reader) -> int:
        peer = reader.byte()
        if peer >= len(self._widths):
            raise Malformed("peer")
        return peer

    def _stretch(self, reader: Reader, frame: int) -> Stretch:
        peer = self._peer(reader)
        start = frame - reader.signed()
        if start < 0:
            raise Malformed("frame")
        return peer, start, reader.runs(self._widths[peer], CAPACITY)


def _put_lag(out: bytearray, lag: float | None) -> None:
    """0 for none; else the number, with its sign as the lowest bit, after it."""
    if lag is None:
        out.append(0)
    else:
        steps = round(lag * LAG_UNIT)
        put_varint(out, (abs(steps) << 1 | (steps < 0)) + 1)


def _lag(coded: int) -> float | None:
    if not coded:
        return None
    steps = coded - 1 >> 1
    return (-steps if coded - 1 & 1 else steps) / LAG_UNIT


def _sealed(out: bytearray, seed: int) -> bytes:
    """The packet with its checksum."""
    out += crc32(out, seed).to_bytes(4, "little")
    return bytes(out)


def _checked(data: bytes, seed: int) -> int:
    """Where the packet ends and its checksum begins, if the checksum is right."""
    end = len(data) - _CRC
    if crc32(data[:end], seed) != int.from_bytes(data[end:], "little"):
        raise Malformed("damaged")
    return end
