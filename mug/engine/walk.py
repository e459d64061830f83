"""A walk over everything that can be reached from some objects, to remember all of it."""

from __future__ import annotations

import collections
import datetime
import enum
import logging
import pathlib
import random
import re
import types
import weakref
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Generic

import numpy as np

from mug.engine import mementos
from mug.engine.mementos import Handler, Memento, slots_of
from mug.engine.values import ATOMIC
from mug.rendering import RenderPacket

_UNCHANGING_TYPES = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MappingProxyType,
    types.CodeType,
    types.GenericAlias,
    re.Pattern,
    enum.Enum,
    pathlib.PurePath,
    Fraction,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    np.dtype,
    np.ufunc,
    np.generic,
    np.random.SeedSequence,
    random.SystemRandom,
    weakref.ReferenceType,
    logging.Logger,
    logging.Handler,
    BaseException,
    RenderPacket,
)
_STUCK_TYPES = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)

# windows, sounds, connections and the like: part of the machine, not of the game
_MACHINERY_NAMES = """
    _io _queue _socket _sqlite3 _ssl _thread _tkinter OpenGL asyncio concurrent cv2 glfw io matplotlib
    multiprocessing onnxruntime PIL pyglet queue sdl2 select selectors socket sqlite3 ssl subprocess
    threading tkinter
"""
_MACHINERY = frozenset(_MACHINERY_NAMES.split())
_PYGAME_VALUES = frozenset(("Rect", "FRect", "Vector2", "Vector3", "Color"))
_CONSTANT_CLASSES = frozenset((("gymnasium", "EnvSpec"), ("gymnasium", "WrapperSpec")))
_LEAF_SPACES = frozenset(("Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text"))
_COMPOSITE_SPACES = frozenset(("Dict", "Tuple"))


class Walk:
    """One walk over everything reachable: visits each object once, and gathers the mementos."""

    __slots__ = ("_seen", "_waiting", "copied", "mementos")

    def __init__(self) -> None:
        self.mementos: list[Memento] = []
        self.copied: list[Any] = []
        self._seen: set[int] = set()
        self._waiting: list[Any] = []

    def skip(self, value: object) -> None:
        """Do not visit an object."""
        self._seen.add(id(value))

    def remember(self, put_back: Callable[[Any, Any], None], target: Any, saved: Any) -> None:
        """Add a memento."""
        self.mementos.append((put_back, target, saved))

    def lead_to(self, values: Iterable[Any]) -> None:
        """Visit these objects as well."""
        waiting = self._waiting
        for value in values:
            if type(value) not in ATOMIC:
                waiting.append(value)

    def visit(self, values: Iterable[Any]) -> None:
        """Walk over these objects and all they lead to.

        Raises:
            Stuck: one of them cannot be remembered.
        """
        self.lead_to(values)
        waiting, seen, handlers = self._waiting, self._seen, _HANDLERS
        while waiting:
            value = waiting.pop()
            key = id(value)
            if key in seen:
                continue
            seen.add(key)
            kind = type(value)
            handler = handlers.get(kind)
            if handler is None:
                handler = handlers[kind] = _handler_of(kind)
            handler(value, self)


def is_left_alone(kind: type) -> bool:
    """Whether objects of a type are taken as they are: they never change, or belong to the machine."""
    if kind not in _HANDLERS:
        _HANDLERS[kind] = _handler_of(kind)
    return kind not in ATOMIC and _HANDLERS[kind] is mementos.ignore


def items_of(value: Any) -> list[tuple[str, Any]]:
    """What an object leads to, each with how a programmer would write it; to name an object in an error."""
    if isinstance(value, dict):
        found = [(f"[{key!r}]", item) for key, item in value.items()]
        found += [(f".keys()[{index}]", key) for index, key in enumerate(value)]
    elif isinstance(value, (list, tuple, collections.deque)):
        found = [(f"[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, (set, frozenset)):
        found = [(f"{{{index}}}", item) for index, item in enumerate(value)]
    elif isinstance(value, types.MethodType):
        found = [(".__self__", value.__self__)]
    elif isinstance(value, np.ndarray):
        items = value.ravel().tolist() if value.dtype.hasobject else []
        found = [(f".flat[{index}]", item) for index, item in enumerate(items)]
    elif isinstance(value, np.random.Generator):
        found = [(".bit_generator", value.bit_generator)]
    else:
        found = []
    if not isinstance(value, _UNCHANGING_TYPES):
        found += [(f".{name}", item) for name, item in getattr(value, "__dict__", {}).items()]
        found += [
            (f".{name}", getattr(value, name)) for name in slots_of(type(value)) if hasattr(value, name)
        ]
    return found


def _handler_of(kind: type) -> Handler:
    """The handler for a type that was not met before."""
    root = kind.__module__.partition(".")[0]
    if (
        issubclass(kind, _UNCHANGING_TYPES)
        or root in _MACHINERY
        or (root, kind.__name__) in _CONSTANT_CLASSES
        or getattr(kind, "__mug_constant__", False)
    ):
        return mementos.ignore
    if issubclass(kind, _STUCK_TYPES):
        return mementos.give_up
    if kind.__module__.startswith("gymnasium.spaces."):
        if kind.__name__ in _LEAF_SPACES:
            return mementos.leaf_space
        if kind.__name__ in _COMPOSITE_SPACES:
            return mementos.composite_space
    for base, handler in mementos.BY_BASE:
        if issubclass(kind, base):
            return handler
    if root == "pygame" and not _is_python_class(kind):
        return mementos.copied if kind.__name__ in _PYGAME_VALUES else mementos.ignore
    return mementos.attributes if _has_no_hidden_state(kind) else mementos.copied


def _is_python_class(kind: type) -> bool:
    """Whether a class statement made it; then all its state is in attributes."""
    return (
        "__slots__" in vars(kind)
        or "__weakref__" in vars(kind)
        or any(base is not object and _is_python_class(base) for base in kind.__bases__)
    )


def _has_no_hidden_state(kind: type) -> bool:
    return _is_python_class(kind) and all(
        base in _WITHOUT_STATE or _is_python_class(base) for base in kind.__mro__
    )


# Generic is written in C from Python 3.12 on.
_WITHOUT_STATE = (object, Generic)


_HANDLERS: dict[type, Handler] = {dict: mementos.plain_dict}
