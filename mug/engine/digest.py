"""Whether two games are in the same state, told by a number each.

The number is made of the contents of everything that a snapshot remembers, whatever the order in which the
walk met it; two engines of one experiment that did the same have the same number. Pictures are left out: they
show a state and are no part of it. Which of two objects with equal contents something refers to makes no
difference.
"""

from __future__ import annotations

import datetime
import enum
import pathlib
import random
import types
import zlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from mug.engine.mementos import Memento
from mug.engine.values import ATOMIC
from mug.rendering import Surface


def digest_of(mementos: Iterable[Memento], *further: Any) -> int:
    """Return 32 bits that stand for contents.

    Args:
        mementos: what was remembered of each object.
        further: values that belong to the state besides, with all that is in them.
    """
    total = sum(zlib.crc32(part) for part in map(_whole, further))
    for memento in mementos:
        total += of_memento(memento)
    return total & 0xFFFFFFFF


def of_memento(memento: Memento) -> int:
    """Return 32 bits that stand for the contents of one object; 0 for pictures."""
    _, target, saved = memento
    if isinstance(target, Surface):
        return 0
    name = type(target).__qualname__.encode()
    return zlib.crc32(_whole(saved) if isinstance(target, _UNDIVIDED) else _outside(saved), zlib.crc32(name))


def parts_of(memento: Memento) -> Iterable[tuple[Any, int]]:
    """The same for each item of what has items, by its key; with None for what is one thing."""
    _, target, saved = memento
    if isinstance(saved, dict) and not isinstance(target, (*_UNDIVIDED, Surface)):
        return [(key, zlib.crc32(_text(value))) for key, value in saved.items()]
    return [(None, of_memento(memento))]


_UNDIVIDED = (np.ndarray, np.random.BitGenerator, np.random.RandomState, random.Random, bytearray)
"""What is remembered as a whole; the parts of everything else are remembered by themselves."""


def _outside(value: Any) -> bytes:
    """The contents of a container, but for what has contents of its own."""
    if isinstance(value, dict):
        return b"{" + b",".join(sorted(_text(key) + b":" + _text(item) for key, item in value.items())) + b"}"
    if isinstance(value, set | frozenset):
        return b"(" + b",".join(sorted(map(_text, value))) + b")"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(_text, value)) + b"]"
    return _text(value)


def _text(value: Any) -> bytes:
    """A value that has no contents of its own; the name of its type for one that has."""
    kind = type(value)
    text = _TEXTS.get(kind)
    if text is None:
        text = _TEXTS[kind] = _writer_of(kind)
    return text(value)


def _writer_of(kind: type) -> Callable[[Any], bytes]:
    """How values of a type are written."""
    name = kind.__qualname__.encode()
    if kind in ATOMIC or issubclass(kind, (np.generic, *_WRITTEN_AS_THEY_ARE)):
        return lambda value: repr(value).encode()
    if issubclass(kind, enum.Enum):
        return lambda value: b"%s.%s=%s" % (name, str(value._name_).encode(), _text(value._value_))
    if issubclass(kind, tuple | frozenset):
        return _outside if kind in (tuple, frozenset) else lambda value: name + _outside(value)
    if issubclass(kind, _NAMED):
        return lambda value: name + b" " + value.__qualname__.encode()
    # classes of one's own that are numbers or texts
    base = next((base for base in (int, float, complex, str, bytes) if issubclass(kind, base)), None)
    if base is not None:
        return lambda value: name + b" " + base.__repr__(value).encode()
    return lambda value: name


_TEXTS: dict[type, Callable[[Any], bytes]] = {}
_WRITTEN_AS_THEY_ARE = (Fraction, Decimal, datetime.date, datetime.time, datetime.timedelta, pathlib.PurePath)
_NAMED = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def _whole(value: Any) -> bytes:
    """A value with all that is in it."""
    if isinstance(value, Mapping):
        parts = sorted(_text(key) + b":" + _whole(item) for key, item in value.items())
        return b"{" + b",".join(parts) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(_whole, value)) + b"]"
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    attributes = getattr(value, "__dict__", None) or _slots(value)
    if attributes and type(value) not in ATOMIC and not isinstance(value, type):
        return type(value).__qualname__.encode() + _whole(attributes)
    return _outside(value) if isinstance(value, set | frozenset) else _text(value)


def _slots(value: Any) -> dict[str, Any]:
    names = getattr(type(value), "__slots__", ())
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _array(value: np.ndarray[Any, Any]) -> bytes:
    head = f"{value.dtype.str}{value.shape}".encode()
    if value.dtype.hasobject:
        return head + _whole(value.ravel().tolist())
    if value.dtype.kind in "fc" and np.isnan(value).any():
        # the bits of what is not a number mean nothing, and differ between machines
        value = np.where(np.isnan(value), value.dtype.type(np.nan), value)
    return head + value.tobytes()
