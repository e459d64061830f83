"""Records as lines of JSON, with the standard library and NumPy alone.

The values are those that `mug.records.encode` writes: NaN and the infinities are words, numbers of NumPy are
as short as their precision allows, bytes are Base64 text, and what JSON cannot express is its ``str()``.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final

import numpy as np

_LONGEST_INTEGER: Final = 14_000
"""Bits; Python refuses to write longer integers as decimals."""

_EXACT: Final = np.float32(2**11)
"""Below it, whole numbers are the same in every precision."""


def encode(record: object) -> bytes:
    """Return a record, or any value, as one line of JSON, without line end."""
    try:
        return _encode(record).encode()
    except (ValueError, TypeError, RecursionError):
        # A number that is none, half a surrogate pair, an odd key: each part is looked at by itself.
        return _encode(_plain(record)).encode()


def decode(line: bytes | str) -> dict[str, Any]:
    """Return the record in a line; an empty one if there is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _other(value: Any) -> Any:
    """What the encoder does not know, as what it does."""
    if isinstance(value, np.ndarray | np.generic):
        return _of_numpy(value)
    if isinstance(value, Mapping):
        return {_key(key): item for key, item in value.items()}
    if isinstance(value, Set):
        return list(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_other).encode


def _of_numpy(value: Any) -> Any:
    """NumPy's numbers as Python's; those of single and half precision without digits that say nothing."""
    kind = value.dtype.kind
    if kind == "f" and value.dtype.itemsize < 8:
        return value.tolist() if _are_small_and_whole(value) else _shortest(value)
    return value.astype("datetime64[us]").tolist() if kind == "M" else value.tolist()


def _are_small_and_whole(value: Any) -> bool:
    """Whether no number has digits that say nothing: observations of zeros and ones are written fast."""
    return bool(np.all((np.abs(value) < _EXACT) & (value == np.rint(value))))


def _shortest(value: Any) -> Any:
    if value.ndim:
        return [_shortest(part) for part in value]
    return float(str(np.float32(value)))


def _plain(value: Any) -> Any:
    """A value with nothing in it but what every JSON has."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _LONGEST_INTEGER else hex(value)
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else non_finite(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain(_other(value))


def _key(key: object) -> str:
    plain = _plain(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def non_finite(value: float) -> str:
    """Return the word for a number that JSON has not."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
