"""How each kind of object is remembered: what to keep of it, and how to put that back.

A memento is ``(put_back, target, saved)``; ``put_back(target, saved)`` gives the target the contents
it had. A function of this module makes the mementos of one object, and leads the walk to the objects
that it refers to.
"""

from __future__ import annotations

import collections
import functools
import random
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from mug.engine.values import ATOMIC
from mug.rendering import Surface

if TYPE_CHECKING:
    from mug.engine.walk import Walk

Memento: TypeAlias = tuple[Callable[[Any, Any], None], Any, Any]
Handler: TypeAlias = Callable[[Any, "Walk"], None]

_SLOTS: dict[type, tuple[str, ...]] = {}
_SURFACE_ATTRIBUTES = frozenset(vars(Surface(1, 1)))


class Stuck(Exception):  # noqa: N818 - it is caught where it can be named
    """An object on the way cannot be remembered."""

    def __init__(self, value: object, why: str) -> None:
        super().__init__(value, why)
        self.value = value
        self.why = why


def ignore(value: Any, walk: Walk) -> None:
    """Nothing of it changes."""


def give_up(value: Any, walk: Walk) -> None:
    """It cannot be remembered."""
    raise Stuck(value, "a generator's place in its code cannot be saved")


def copied(value: Any, walk: Walk) -> None:
    """It can only be copied; whoever refers to it gets a copy back."""
    walk.copied.append(value)


def plain_dict(value: dict[Any, Any], walk: Walk) -> None:
    """A dict: its items, in their order."""
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
    attributes(value, walk)


def _put_dict_subclass(target: dict[Any, Any], saved: dict[Any, Any]) -> None:
    dict.clear(target)
    dict.update(target, saved)


def _ordered_dict(value: collections.OrderedDict[Any, Any], walk: Walk) -> None:
    saved = list(value.items())
    walk.remember(_put_ordered_dict, value, saved)
    for pair in saved:
        walk.lead_to(pair)
    attributes(value, walk)


def _put_ordered_dict(target: collections.OrderedDict[Any, Any], saved: list[tuple[Any, Any]]) -> None:
    collections.OrderedDict.clear(target)
    collections.OrderedDict.update(target, saved)


def _list(value: list[Any], walk: Walk) -> None:
    saved = list.copy(value)
    walk.mementos.append((_put_list, value, saved))
    if not ATOMIC.issuperset(map(type, saved)):
        walk.lead_to(saved)
    if type(value) is not list:
        attributes(value, walk)


def _put_list(target: list[Any], saved: list[Any]) -> None:
    list.__setitem__(target, slice(None), saved)


def _tuple(value: tuple[Any, ...], walk: Walk) -> None:
    walk.lead_to(tuple.__iter__(value))
    if type(value) is not tuple:
        attributes(value, walk)


def _set(value: set[Any], walk: Walk) -> None:
    saved = set.copy(value)
    # a set's order depends on its past: from here on it is the one that it has after loading
    _put_set(value, saved)
    walk.remember(_put_set, value, saved)
    walk.lead_to(saved)
    attributes(value, walk)


def _put_set(target: set[Any], saved: set[Any]) -> None:
    set.clear(target)
    set.update(target, saved)


def _frozenset(value: frozenset[Any], walk: Walk) -> None:
    walk.lead_to(value)


def _deque(value: collections.deque[Any], walk: Walk) -> None:
    saved = tuple(value)
    walk.remember(_put_deque, value, saved)
    walk.lead_to(saved)
    attributes(value, walk)


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
        attributes(value, walk)


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
    attributes(value, walk)


def _surface(value: Surface, walk: Walk) -> None:
    walk.remember(Surface.load, value, value.save())
    if type(value) is not Surface:
        added = {name: part for name, part in vars(value).items() if name not in _SURFACE_ATTRIBUTES}
        walk.remember(_put_some, vars(value), added)
        walk.lead_to(added.values())


def _put_some(target: dict[str, Any], saved: dict[str, Any]) -> None:
    target.update(saved)


def leaf_space(value: Any, walk: Walk) -> None:
    """A space never changes, but it draws from a generator of its own."""
    generator = value._np_random
    walk.mementos.append((_put_generator, value, generator))
    if generator is not None:
        walk.lead_to((generator,))


def _put_generator(target: Any, saved: Any) -> None:
    target._np_random = saved


def composite_space(value: Any, walk: Walk) -> None:
    """A space made of spaces."""
    leaf_space(value, walk)
    spaces = value.spaces
    walk.lead_to(spaces.values() if isinstance(spaces, dict) else spaces)


def _method(value: types.MethodType, walk: Walk) -> None:
    walk.lead_to((value.__self__,))


def _partial(value: functools.partial[Any], walk: Walk) -> None:
    walk.lead_to((value.func, value.args, value.keywords))


def attributes(value: Any, walk: Walk) -> None:
    """An object of a Python class: its attributes."""
    own = getattr(value, "__dict__", None)
    if own is not None:
        plain_dict(own, walk)
    slots = slots_of(type(value))
    if slots:
        saved = {name: getattr(value, name) for name in slots if hasattr(value, name)}
        walk.remember(_put_slots, value, saved)
        walk.lead_to(saved.values())


def _put_slots(target: Any, saved: dict[str, Any]) -> None:
    for name in slots_of(type(target)):
        if name in saved:
            # frozen classes refuse setattr
            object.__setattr__(target, name, saved[name])
        elif hasattr(target, name):
            object.__delattr__(target, name)


def slots_of(kind: type) -> tuple[str, ...]:
    """The names of a class's slots, those of its bases included."""
    known = _SLOTS.get(kind)
    if known is not None:
        return known
    names: list[str] = []
    for base in kind.__mro__:
        declared = vars(base).get("__slots__", ())
        for name in (declared,) if isinstance(declared, str) else declared:
            if name not in ("__dict__", "__weakref__"):
                hidden = name.startswith("__") and not name.endswith("__")
                names.append(f"_{base.__name__.lstrip('_')}{name}" if hidden else name)
    _SLOTS[kind] = tuple(names)
    return _SLOTS[kind]


BY_BASE: Final[tuple[tuple[type | tuple[type, ...], Handler], ...]] = (
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
    ((str, bytes, int, float, complex), attributes),
)
