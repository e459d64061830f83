"""Streams of inputs, and numbers and inputs as bytes."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_ggpo.session.checkpoint import Checkpoint
from mug_ggpo.session.coding import Malformed, Reader, put_runs, put_signed, put_varint
from mug_ggpo.session.stream import CAPACITY, InputStream

bundles = st.tuples(st.sampled_from([b"", b"\0", b"\1", b"long" * 60]), st.binary(max_size=3))
runs = st.lists(st.tuples(st.integers(1, 40), bundles), max_size=8)
stretches = st.lists(st.tuples(st.integers(0, 60), runs), max_size=30)


class Model:
    """What a stream of inputs is: a list that grows at its end, and never changes."""

    def __init__(self) -> None:
        self.known: list[tuple[bytes, ...]] = []

    def learn(self, start, runs):
        given = [bundle for count, bundle in runs for _ in range(count)]
        if start > len(self.known):
            return True
        overlap = min(len(given), len(self.known) - start)
        if self.known[start : start + overlap] != given[:overlap]:
            return False
        self.known += given[overlap:]
        return True


@given(stretches)
def test_a_stream_is_a_list_that_only_grows(stretches):
    """Whatever overlaps, repeats, leaves holes or contradicts: the stream holds what the model holds."""
    stream, model = InputStream(), Model()
    for start, pieces in stretches:
        if len(model.known) > CAPACITY // 2:
            break
        assert stream.learn(start, pieces) == model.learn(start, pieces)
        assert [stream[frame] for frame in range(stream.last + 1)] == model.known


@given(st.lists(bundles, min_size=1, max_size=60), st.data())
def test_runs_say_what_was_appended(given_bundles, data):
    """A part of a stream, as runs, is that part, and no two runs in a row are equal."""
    stream = InputStream()
    for bundle in given_bundles:
        stream.append(bundle)
    start = data.draw(st.integers(0, len(given_bundles)))
    found = stream.runs(start, stream.last + 1)
    assert [bundle for count, bundle in found for _ in range(count)] == given_bundles[start:]
    assert all(one[1] != other[1] for one, other in pairwise(found))


def test_a_stream_remembers_the_newest_only():
    """A stream has one size for ever; what it has forgotten contradicts nothing."""
    stream = InputStream()
    for frame in range(CAPACITY + 100):
        stream.append((bytes([frame % 251]),))
    assert stream.oldest == 100
    assert stream[100] == (bytes([100]),)
    assert stream.learn(0, [(50, (b"something else",))])
    assert not stream.learn(50, [(60, (b"something else",))])


@given(st.integers(0, 2**35 - 1), st.integers(-(2**31), 2**31), runs)
def test_what_is_written_is_read(number, signed, pieces):
    """Numbers and inputs come out as they went in."""
    out = bytearray()
    put_varint(out, number)
    put_signed(out, signed)
    put_runs(out, pieces)
    reader = Reader(bytes(out))
    assert (reader.varint(), reader.signed(), reader.runs(2, 400)) == (number, signed, pieces)
    reader.end()


@given(st.binary(max_size=60))
def test_garbage_is_malformed_and_nothing_else(data):
    """A reader of garbage gives values or says that it is malformed."""
    for read in (Reader.varint, Reader.signed, lambda reader: reader.runs(2, 100)):
        with suppress(Malformed):
            assert read(Reader(data)) is not None


@given(st.binary(max_size=80))
def test_a_checkpoint_of_garbage_is_refused(data):
    """Only ValueError comes out of what somebody sent as a checkpoint."""
    with pytest.raises(ValueError, match="not a checkpoint"):
        Checkpoint.from_bytes(data)


def test_a_checkpoint_survives_its_journey():
    """A checkpoint that was written is read as it was."""
    inputs = ((4, ((b"a", b""), (b"a", b""), (b"b", b""))), (4, ((b"x",),) * 9), (2, ()))
    one = Checkpoint(3, 5, inputs, ((2, 1),), (2, 1, 1))
    assert Checkpoint.from_bytes(one.to_bytes()) == one
    undecided = Checkpoint(3, 5, inputs, ((2, None),), (2, 1, 1))
    assert Checkpoint.from_bytes(undecided.to_bytes()) == undecided
