"""Copies of what environments hand out, so that a record does not change when the environment does."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

_ATOMIC: frozenset[type] = frozenset(
    {int, float, bool, str, bytes, complex, type(None), *(np.dtype(code).type for code in "?bBhHiIlLqQefdg")}
)


def clone(value: Any) -> Any:
    """A copy that shares nothing changeable with the value; what cannot be copied is shared."""
    kind = type(value)
    if kind in _ATOMIC:
        return value
    if kind is np.ndarray and not value.dtype.hasobject:
        return value.copy()
    if kind is dict:
        return {key: clone(item) for key, item in value.items()}
    if kind is list:
        return [clone(item) for item in value]
    if kind is tuple:
        return tuple([clone(item) for item in value])
    try:
        return copy.deepcopy(value)
    except Exception:
        return value
