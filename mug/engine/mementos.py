"""How each kind of object is remembered: what to keep of it, and how to put that back.

A memento is ``(put_back, target, saved)``; ``put_back(target, saved)`` gives the target the contents
it had. A handler makes the mementos of one object and names the objects it leads to.
"""

from __future__ import annotations

import collections
import datetime
import enum
import functools
import logging
import pathlib
import random
import re
import types
import weakref
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np

from mug.rendering import RenderPacket, Surface

Memento: TypeAlias = tuple[Callable[[Any, Any], None], Any, Any]
Handler: TypeAlias = Callable[[Any, "Walk"], None]

_NUMBERS = [np.dtype(code).type for code in "?bBhHiIlLqQefdgFDGSUMm"]
ATOMIC: Final[frozenset[type]] = frozenset(
    {int, float, bool, str, bytes, complex, type(None), range, slice, type(...), *_NUMBERS}
)
"""Types whose objects cannot change and lead to nothing that can."""

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
_MACHINERY = frozenset(
    [
        "_io",
        "_queue",
        "_socket",
        "_sqlite3",
        "_ssl",
        "_thread",
        "_tkinter",
        "OpenGL",
        "asyncio",
        "concurrent",
        "cv2",
        "glfw",
        "io",
        "matplotlib",
        "multiprocessing",
        "onnxruntime",
        "PIL",
        "pyglet",
        "queue",
        "sdl2",
        "select",
        "selectors",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "threading",
        "tkinter",
    ]
)
_PYGAME_VALUES = frozenset(("Rect", "FRect", "Vector2", "Vector3", "Color"))
_CONSTANT_CLASSES = frozenset((("gymnasium", "EnvSpec"), ("gymnasium", "WrapperSpec")))
_LEAF_SPACES = frozenset(("Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text"))
_COMPOSITE_SPACES = frozenset(("Dict", "Tuple"))
_SURFACE_ATTRIBUTES = frozenset(vars(Surface(1, 1)))


class Stuck(Exception):  # noqa: N818 - it is caught where it can be named
    """An object on the way cannot be remembered."""

    def __init__(self, value: object, why: str) -> None:
        super().__init__(value, why)
        self.value = value
        self.why = why


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


def items_of(value: Any) -> list[tuple[str, Any]]:
    """What an object leads to, each with how a programmer would write it; to name an object in an error."""
    if isinstance(value, dict):
        found = [(f"[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, (list, tuple, collections.deque)):
        found = [(f"[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, (set, frozenset)):
        found = [("{…}", item) for item in value]
    elif isinstance(value, types.MethodType):
        found = [(".__self__", value.__self__)]
    elif isinstance(value, np.ndarray):
        found = [("[…]", item) for item in value.ravel().tolist()] if value.dtype.hasobject else []
    else:
        found = []
    if not isinstance(value, _UNCHANGING_TYPES):
        found += [(f".{name}", item) for name, item in getattr(value, "__dict__", {}).items()]
        found += [(f".{name}", getattr(value, name)) for name in _slots(type(value)) if hasattr(value, name)]
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
        return _ignore
    if issubclass(kind, _STUCK_TYPES):
        return _give_up
    if kind.__module__.startswith("gymnasium.spaces."):
        if kind.__name__ in _LEAF_SPACES:
            return _leaf_space
        if kind.__name__ in _COMPOSITE_SPACES:
            return _composite_space
    for base, handler in _BASES:
        if issubclass(kind, base):
            return handler
    if root == "pygame" and not _is_python_class(kind):
        return _copied if kind.__name__ in _PYGAME_VALUES else _ignore
    return _attributes if _has_no_hidden_state(kind) else _copied


def _ignore(value: Any, walk: Walk) -> None:
    pass


def _give_up(value: Any, walk: Walk) -> None:
    raise Stuck(value, "a generator's place in its code cannot be saved")


def _copied(value: Any, walk: Walk) -> None:
    walk.copied.append(value)


def _plain_dict(value: dict[Any, Any], walk: Walk) -> None:
    saved = value.copy()
    walk.mementos.append((_put_dict, value, saved))
    waiting = walk._waiting
    for item in saved.values():
        if type(item) not in ATOMIC:
            waiting.append(item)
    if not ATOMIC.issuperset(map(type, saved)):
        walk.lead_to(saved)


def _put_dict(target: dict[Any, Any], saved: dict[Any, Any]) -> None:
    if list(target) != list(saved):  # their order is part of the state
        target.clear()
    target.update(saved)


def _dict(value: dict[Any, Any], walk: Walk) -> None:
    saved = dict.copy(value)
    walk.remember(_put_dict_subclass, value, saved)
    walk.lead_to(saved.values())
    walk.lead_to(saved)
    _attributes(value, walk)


def _put_dict_subclass(target: dict[Any, Any], saved: dict[Any, Any]) -> None:
    dict.clear(target)
    dict.update(target, saved)


def _ordered_dict(value: collections.OrderedDict[Any, Any], walk: Walk) -> None:
    saved = list(value.items())
    walk.remember(_put_ordered_dict, value, saved)
    for pair in saved:
        walk.lead_to(pair)
    _attributes(value, walk)


def _put_ordered_dict(target: collections.OrderedDict[Any, Any], saved: list[tuple[Any, Any]]) -> None:
    collections.OrderedDict.clear(target)
    collections.OrderedDict.update(target, saved)


def _list(value: list[Any], walk: Walk) -> None:
    saved = list.copy(value)
    walk.mementos.append((_put_list, value, saved))
    if not ATOMIC.issuperset(map(type, saved)):
        walk.lead_to(saved)
    if type(value) is not list:
        _attributes(value, walk)


def _put_list(target: list[Any], saved: list[Any]) -> None:
    list.__setitem__(target, slice(None), saved)


def _tuple(value: tuple[Any, ...], walk: Walk) -> None:
    walk.lead_to(tuple.__iter__(value))
    if type(value) is not tuple:
        _attributes(value, walk)


def _set(value: set[Any], walk: Walk) -> None:
    saved = set.copy(value)
    walk.remember(_put_set, value, saved)
    walk.lead_to(saved)
    _attributes(value, walk)


def _put_set(target: set[Any], saved: set[Any]) -> None:
    set.clear(target)
    set.update(target, saved)


def _frozenset(value: frozenset[Any], walk: Walk) -> None:
    walk.lead_to(value)


def _deque(value: collections.deque[Any], walk: Walk) -> None:
    saved = tuple(value)
    walk.remember(_put_deque, value, saved)
    walk.lead_to(saved)
    _attributes(value, walk)


def _put_deque(target: collections.deque[Any], saved: tuple[Any, ...]) -> None:
    target.clear()
    target.extend(saved)


def _bytearray(value: bytearray, walk: Walk) -> None:
    walk.remember(_put_bytes, value, bytes(value))


def _put_bytes(target: bytearray, saved: bytes) -> None:
    target[:] = saved


def _array(value: np.ndarray[Any, Any], walk: Walk) -> None:
    if value.flags.writeable:
        walk.mementos.append((_put_array, value, value.copy()))
    elif value.base is not None:
        walk.lead_to((value.base,))
    if value.dtype.hasobject:
        walk.lead_to(value.ravel().tolist())
    if type(value) is not np.ndarray:
        _attributes(value, walk)


def _put_array(target: np.ndarray[Any, Any], saved: np.ndarray[Any, Any]) -> None:
    target[...] = saved


def _generator(value: np.random.Generator, walk: Walk) -> None:
    walk.lead_to((value.bit_generator,))


def _bit_generator(value: np.random.BitGenerator, walk: Walk) -> None:
    walk.mementos.append((_put_state, value, value.state))


def _put_state(target: Any, saved: Any) -> None:
    target.state = saved


def _random_state(value: np.random.RandomState, walk: Walk) -> None:
    walk.remember(np.random.RandomState.set_state, value, value.get_state(legacy=False))


def _python_random(value: random.Random, walk: Walk) -> None:
    walk.remember(random.Random.setstate, value, value.getstate())
    _attributes(value, walk)


def _surface(value: Surface, walk: Walk) -> None:
    walk.remember(Surface.load, value, value.save())
    if type(value) is not Surface:
        attributes = {k: v for k, v in vars(value).items() if k not in _SURFACE_ATTRIBUTES}
        walk.remember(_put_some, vars(value), attributes)
        walk.lead_to(attributes.values())


def _put_some(target: dict[str, Any], saved: dict[str, Any]) -> None:
    target.update(saved)


def _leaf_space(value: Any, walk: Walk) -> None:
    """A space never changes, but it draws from a generator of its own."""
    generator = value._np_random
    walk.mementos.append((_put_generator, value, generator))
    if generator is not None:
        walk.lead_to((generator,))


def _put_generator(target: Any, saved: Any) -> None:
    target._np_random = saved


def _composite_space(value: Any, walk: Walk) -> None:
    _leaf_space(value, walk)
    spaces = value.spaces
    walk.lead_to(spaces.values() if isinstance(spaces, dict) else spaces)


def _method(value: types.MethodType, walk: Walk) -> None:
    walk.lead_to((value.__self__,))


def _partial(value: functools.partial[Any], walk: Walk) -> None:
    walk.lead_to((value.func, value.args, value.keywords))


def _attributes(value: Any, walk: Walk) -> None:
    attributes = getattr(value, "__dict__", None)
    if attributes is not None:
        _plain_dict(attributes, walk)
    slots = _slots(type(value))
    if slots:
        saved = {name: getattr(value, name) for name in slots if hasattr(value, name)}
        walk.remember(_put_slots, value, saved)
        walk.lead_to(saved.values())


def _put_slots(target: Any, saved: dict[str, Any]) -> None:
    for name in _slots(type(target)):
        if name in saved:
            # frozen classes refuse setattr
            object.__setattr__(target, name, saved[name])
        elif hasattr(target, name):
            object.__delattr__(target, name)


@functools.cache
def _slots(kind: type) -> tuple[str, ...]:
    names: list[str] = []
    for base in kind.__mro__:
        declared = vars(base).get("__slots__", ())
        for name in (declared,) if isinstance(declared, str) else declared:
            if name not in ("__dict__", "__weakref__"):
                hidden = name.startswith("__") and not name.endswith("__")
                names.append(f"_{base.__name__.lstrip('_')}{name}" if hidden else name)
    return tuple(names)


def _is_python_class(kind: type) -> bool:
    """Whether a class statement made it; then all its state is in attributes."""
    return (
        "__slots__" in vars(kind)
        or "__weakref__" in vars(kind)
        or any(base is not object and _is_python_class(base) for base in kind.__bases__)
    )


def _has_no_hidden_state(kind: type) -> bool:
    return _is_python_class(kind) and all(base is object or _is_python_class(base) for base in kind.__mro__)


_BASES: Final[tuple[tuple[type, Handler], ...]] = (
    (Surface, _surface),
    (collections.OrderedDict, _ordered_dict),
    (dict, _dict),
    (list, _list),
    (tuple, _tuple),
    (set, _set),
    (frozenset, _frozenset),
    (collections.deque, _deque),
    (bytearray, _bytearray),
    (np.ndarray, _array),
    (np.random.Generator, _generator),
    (np.random.BitGenerator, _bit_generator),
    (np.random.RandomState, _random_state),
    (random.Random, _python_random),
    (types.MethodType, _method),
    (functools.partial, _partial),
    ((str, bytes, int, float, complex), _attributes),  # type: ignore[arg-type]
)
_HANDLERS: dict[type, Handler] = {dict: _plain_dict}
