"""Records as JSON lines: everything that can happen can be written, and reads back."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.core.records.events import MalformedRecord, decode, encode

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_a_record_reads_back_as_it_was(record: dict[str, Any]) -> None:
    """decode(encode(r)) == r for everything JSON has, integers of any size included; always one line."""
    line = encode(record)
    assert b"\n" not in line
    assert line[:1] + line[-1:] == b"{}"
    assert decode(line) == record
    assert json.loads(line) == record


@given(st.lists(st.floats(), min_size=1))
def test_numbers_that_json_has_not_are_words(floats: list[float]) -> None:
    """NaN and the infinities are written as words, in lists and in arrays; None stays null."""
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    expected = ["NaN" if math.isnan(x) else words.get(x, x) for x in floats]
    for given_as in (floats, np.array(floats), tuple(floats), [np.float64(x) for x in floats]):
        assert decode(encode({"x": given_as, "none": None})) == {"x": expected, "none": None}


class Color(Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: list[float]


@pytest.mark.parametrize("other", [1, math.nan], ids=["fast", "thorough"])
def test_what_json_libraries_know_is_written_alike_on_both_paths(other: float) -> None:
    """Enums, dates and dataclasses do not change their form because of what stands beside them."""
    record = {
        "enum": Color.RED,
        "date": date(2026, 1, 2),
        "when": datetime(2026, 1, 2, 3, 4),
        "p": Point(1, [2.0]),
    }
    expected = {"enum": "red", "date": "2026-01-02", "when": "2026-01-02T03:04:00", "p": {"x": 1, "y": [2.0]}}
    assert decode(encode(record | {"other": other})).items() >= expected.items()


def test_values_of_environments_are_written_as_plain_ones() -> None:
    """Arrays, numpy scalars, sets, bytes, non-text keys, and objects as their str()."""
    record = {
        "array": np.arange(6, dtype=np.int8).reshape(2, 3),
        "turned": np.arange(6).reshape(2, 3).T,
        "scalars": [np.float32(0.5), np.int64(-3), np.bool_(True)],
        "set": {1},
        "bytes": b"\x00\xff",
        0: {1: "int keys", None: "null"},
        "object": range(3),
        "text": np.str_("x"),
    }
    expected = {
        "array": [[0, 1, 2], [3, 4, 5]],
        "turned": [[0, 3], [1, 4], [2, 5]],
        "scalars": [0.5, -3, True],
        "set": [1],
        "bytes": base64.b64encode(b"\x00\xff").decode(),
        "0": {"1": "int keys", "null": "null"},
        "object": "range(0, 3)",
        "text": "x",
    }
    assert decode(encode(record)) == expected


def test_half_surrogate_pairs_do_not_stop_a_record() -> None:
    """Text that UTF-8 cannot carry is written with the replacement character; whole pairs are joined."""
    assert decode(encode({"t": "a\ud800b", "\udfff": "\ud83d\ude00"})) == {"t": "a\ufffdb", "\ufffd": "😀"}


def test_integers_too_long_for_python_to_write_become_hexadecimal() -> None:
    """Even those do not stop a record."""
    assert decode(encode({"n": 1 << 20_000})) == {"n": hex(1 << 20_000)}
    assert decode(encode({"n": 10**4000})) == {"n": 10**4000}


def test_literals_of_other_writers_are_understood() -> None:
    """Lines with NaN or Infinity literals are read."""
    record = decode(b'{"a":NaN,"b":[-Infinity,12345678901234567890123]}')
    assert math.isnan(record["a"])
    assert record["b"] == [-math.inf, 12345678901234567890123]


@pytest.mark.parametrize(
    "line", [b"", b"x", b"[1]", b'{"a":', b'"\xff"', b'{"a":"\xff"}', b"null", b"[" * 100_000]
)
def test_what_is_no_record_is_refused(line: bytes) -> None:
    """Anything but a JSON object raises MalformedRecord."""
    with pytest.raises(MalformedRecord):
        decode(line)


def test_a_plain_record_is_written_as_orjson_would() -> None:
    """The ordinary case stays compact, readable JSON."""
    record = {"kind": "step", "wall": 1, "x": [1.5, True, "é"]}
    assert encode(record) == orjson.dumps(record)
