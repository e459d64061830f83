"""What a returning peer needs besides the engine's snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from mug_ggpo.session.coding import Malformed, Reader, put_runs, put_varint
from mug_ggpo.session.stream import CAPACITY, Bundle, InputStream

_FORMAT = 1
_MAX_PEERS = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A confirmed frame and the inputs that are known around it.

    ``inputs`` holds for each peer the first frame and the bundles from there on, so many that nothing
    before ``frame`` is needed. ``dropped`` are the peers that have left, with the last frame of each that the
    survivors agreed on, or None where they have not yet.
    """

    epoch: int
    frame: int
    inputs: tuple[tuple[int, tuple[Bundle, ...]], ...]
    dropped: tuple[tuple[int, int | None], ...]
    seats: tuple[int, ...]

    def widths(self) -> tuple[int, ...]:
        """How many seats each peer owns."""
        return self.seats

    def gone(self) -> int:
        """The peers that have left, as bits."""
        return sum(1 << peer for peer, _ in self.dropped)

    def streams(self) -> list[InputStream]:
        """The inputs of each peer, to go on from."""
        return [_stream(first, bundles) for first, bundles in self.inputs]

    def to_bytes(self) -> bytes:
        """Write it down, to be sent to the returning peer."""
        out = bytearray((_FORMAT, len(self.seats), *self.seats))
        put_varint(out, self.epoch)
        put_varint(out, self.frame)
        for stream in self.streams():
            put_varint(out, stream.first)
            put_runs(out, stream.runs(stream.first, stream.last + 1))
        out.append(len(self.dropped))
        for peer, last in self.dropped:
            out.append(peer)
            put_varint(out, 0 if last is None else last + 2)
        return bytes(out)

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """Read what :meth:`to_bytes` wrote.

        Raises:
            ValueError: If it is anything else.
        """
        try:
            return cls._read(Reader(data))
        except Malformed as error:
            raise ValueError(f"not a checkpoint: {error}") from None

    @classmethod
    def _read(cls, reader: Reader) -> Checkpoint:
        if reader.byte() != _FORMAT:
            raise Malformed("version")
        peers = reader.byte()
        if not 2 <= peers <= _MAX_PEERS:
            raise Malformed("peers")
        seats = tuple(reader.byte() for _ in range(peers))
        epoch, frame = reader.varint(), reader.varint()
        inputs = []
        for width in seats:
            first = reader.varint()
            runs = reader.runs(width, CAPACITY)
            inputs.append((first, tuple(bundle for count, bundle in runs for _ in range(count))))
        dropped = []
        for _ in range(reader.byte()):
            peer, last = reader.byte(), reader.varint()
            if peer >= peers:
                raise Malformed("peers")
            dropped.append((peer, last - 2 if last else None))
        reader.end()
        gone = {peer for peer, _ in dropped}
        for peer, (first, bundles) in enumerate(inputs):
            if peer not in gone and (first > max(0, frame - 1) or first + len(bundles) < frame):
                raise Malformed("inputs that are not enough")
        return cls(epoch, frame, tuple(inputs), tuple(dropped), seats)


def _stream(first: int, bundles: tuple[Bundle, ...]) -> InputStream:
    stream = InputStream(first)
    for bundle in bundles:
        stream.append(bundle)
    return stream
