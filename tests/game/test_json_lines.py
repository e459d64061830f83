"""Records written without anything but the standard library and NumPy."""

from __future__ import annotations

import datetime
import enum
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mug.game.json_lines import decode, encode
from mug.records import decode as core_decode
from mug.records import encode as core_encode


class Color(enum.Enum):
    RED = "red"
    TWO = 2


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Point:
    x: float
    y: Any


NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=10**17, max_value=10**30),
    st.floats(),
    st.booleans(),
    st.none(),
)
TEXT = st.text(st.characters(exclude_categories=()))
NUMPY_DTYPES = st.one_of(
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness="="),
    hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
    hnp.boolean_dtypes(),
)
ARRAYS = NUMPY_DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0)))
SCALARS = NUMPY_DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, 1)).map(lambda array: array[0])
OTHERS = st.one_of(
    st.binary(),
    st.dates(),
    st.datetimes(),
    # orjson loses zeros of microseconds
    st.times().map(lambda time: time.replace(microsecond=0)),
    st.sampled_from([*Color, *Level, Point(1.5, None), np.datetime64("2024-05-06T07:08:09"), 1 + 2j]),
    st.frozensets(st.integers(0, 1000), max_size=1),
)
KEYS = st.one_of(
    TEXT, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.one_of(NUMBERS, TEXT, ARRAYS, SCALARS, OTHERS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_the_values_are_those_of_the_servers_encoder(record: dict[str, Any]) -> None:
    """Whatever is recorded reads the same, whether a browser or the server wrote it."""
    ours = encode(record)
    assert b"\n" not in ours
    assert core_decode(ours) == core_decode(core_encode(record))
    assert decode(ours) == core_decode(ours)


@given(hnp.arrays(np.float32, 20, elements=st.floats(width=32)))
def test_single_precision_is_written_without_digits_that_say_nothing(array: Any) -> None:
    """A number of single precision has at most nine digits, and reads back as it was."""
    (again,) = json.loads(encode({"": array})).values()
    for number, read in zip(array, again, strict=True):
        if np.isfinite(number):
            assert np.float32(read) == number
            assert read == float(str(number))
        else:
            assert read == {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]


@given(st.dictionaries(st.text(), st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.text())))
def test_plain_values_come_back_as_they_were(record: dict[str, Any]) -> None:
    """Writing and reading changes nothing that JSON has."""
    assert decode(encode(record)) == record


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"12", b"\xff", b"[" * 200_000])
def test_what_is_no_record_reads_as_an_empty_one(line: bytes) -> None:
    """Reading never raises."""
    assert decode(line) == {}


def test_keys_and_objects_become_text() -> None:
    """What JSON cannot express is its text."""
    record = {"a": {(1, 2): slice(3), b"k": range(2), datetime.date(2024, 1, 2): object}}
    assert decode(encode(record)) == core_decode(core_encode(record))
    assert decode(encode(record))["a"]["[1, 2]"] == "slice(None, 3, None)"
