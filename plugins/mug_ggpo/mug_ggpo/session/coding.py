"""Numbers and inputs as bytes."""

from __future__ import annotations

from mug_ggpo.session.stream import Bundle, Run

_MAX_VARINT_BYTES = 5


class Malformed(Exception):  # noqa: N818  an answer, not an error: it never leaves this package
    """These bytes are not what they should be; ``args[0]`` says in a word what is wrong."""


def put_varint(out: bytearray, value: int) -> None:
    """Append a number from 0 on, seven bits to a byte."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def put_signed(out: bytearray, value: int) -> None:
    """Append a number of any sign; small ones are short."""
    put_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def put_runs(out: bytearray, runs: list[Run]) -> None:
    """Append run-length coded inputs."""
    put_varint(out, len(runs))
    for count, bundle in runs:
        put_varint(out, count)
        for data in bundle:
            out.append(len(data))
            out += data


class Reader:
    """Reads what the functions above wrote; raises :class:`Malformed` and nothing else."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = at
        self._end = len(data) if end is None else end

    def byte(self) -> int:
        """Read one byte."""
        at = self._at
        if at >= self._end:
            raise Malformed("truncated")
        self._at = at + 1
        return self._data[at]

    def take(self, size: int) -> bytes:
        """Read so many bytes."""
        at = self._at
        if at + size > self._end:
            raise Malformed("truncated")
        self._at = at + size
        return self._data[at : at + size]

    def varint(self) -> int:
        """Read a number from 0 on."""
        data, start = self._data, self._at
        value = shift = 0
        for at in range(start, min(self._end, start + _MAX_VARINT_BYTES)):
            byte = data[at]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self._at = at + 1
                return value
            shift += 7
        raise Malformed("number")

    def signed(self) -> int:
        """Read a number of any sign."""
        value = self.varint()
        return -(value + 1 >> 1) if value & 1 else value >> 1

    def runs(self, width: int, most: int) -> list[Run]:
        """Read runs of bundles of so many inputs, for at most so many frames."""
        runs: list[Run] = []
        total = 0
        for _ in range(self.varint()):
            count = self.varint()
            total += count
            if not count or total > most:
                raise Malformed("inputs")
            bundle: Bundle = (
                (self.take(self.byte()),)
                if width == 1
                else tuple([self.take(self.byte()) for _ in range(width)])
            )
            runs.append((count, bundle))
        return runs

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != self._end:
            raise Malformed("too long")
