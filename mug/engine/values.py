"""Values that cannot change, and copies of those that can."""

from __future__ import annotations

import copy
from typing import Any, Final

import numpy as np

_NUMPY_NUMBERS = [np.dtype(code).type for code in "?bBhHiIlLqQefdgFDGUSMm"]
ATOMIC: Final[frozenset[type]] = frozenset(
    {int, float, bool, str, bytes, complex, type(None), range, slice, type(...), *_NUMPY_NUMBERS}
)
"""Types whose objects cannot change and lead to nothing that can."""


def clone(value: Any) -> Any:
    """A copy that shares nothing changeable with the value; what cannot be copied is shared."""
    kind = type(value)
    if kind in ATOMIC:
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
