"""The whole state of a game, to save and load.

A snapshot is taken by walking everything that can be reached from the environment and the policies,
and keeping a shallow copy of each thing that can change: an object's attributes, a dict's items, an
array's numbers, a generator's state. Loading puts these contents back into the same objects. So
whatever refers to them (views of an array, bound methods, the environment's wrappers) stays right,
and what cannot be copied (modules, functions, windows) is simply left alone.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from mug.engine.environments import layers
from mug.engine.errors import EnvironmentFault
from mug.engine.mementos import Memento, Stuck
from mug.engine.values import clone
from mug.engine.walk import Walk, items_of
from mug.rendering import Surface

Graph: TypeAlias = Mapping[str, Any]
Copy: TypeAlias = tuple[Callable[[Any, Any, Any], None], Any, Any, Any]

_SAVING: dict[type, bool] = {}
_FIX = "give the environment get_state() and set_state(state)"
_KEPT_BESIDES_STATE = (
    "_np_random",
    "np_random",
    "_np_random_seed",
    "agents",
    "action_space",
    "observation_space",
)


class Snapshot:
    """A saved state; opaque. Nothing that happens later changes it, and it can be loaded repeatedly."""

    __slots__ = ("_copies", "_mementos", "_own", "_state")

    def __init__(
        self,
        own: dict[str, Any],
        mementos: list[Memento],
        copies: list[Copy],
        state: tuple[Any, Any] | None,
    ) -> None:
        self._own = own
        self._mementos = mementos
        self._copies = copies
        self._state = state

    def restore(self) -> dict[str, Any]:
        """Put the saved contents back; returns the engine's own values.

        Raises:
            EnvironmentFault: the environment's own ``set_state`` raised.
        """
        if self._state is not None:
            _set_state(*self._state)
        for put_back, target, saved in self._mementos:
            put_back(target, saved)
        if self._copies:
            fresh: dict[int, Any] = {}
            for put_into, holder, place, saved in self._copies:
                if id(saved) not in fresh:
                    fresh[id(saved)] = copy.deepcopy(saved)
                put_into(holder, place, fresh[id(saved)])
        return self._own


def capture(graph: Graph, env: Any, own: dict[str, Any]) -> Snapshot:
    """Take a snapshot.

    Args:
        graph: what to walk from, each with the name it has in errors.
        env: the environment in its wrappers. The outermost layer with both ``get_state()`` and
            ``set_state(state)`` saves itself and what it wraps; then only its generators, its spaces',
            its surfaces and its list of agents are saved besides.
        own: the engine's own values, which nobody changes.

    Raises:
        EnvironmentFault: something cannot be saved; says which attribute.
    """
    walk = Walk()
    state = None
    try:
        stateful = stateful_layer(env)
        if stateful is not None:
            state = stateful, _get_state(stateful)
            walk.skip(stateful)
            _keep_besides(stateful, walk)
        walk.visit(graph.values())
        copies = _copies(walk) if walk.copied else []
    except Stuck as stuck:
        name = _name_in(graph, stuck.value)
        raise EnvironmentFault(
            f"{name} is a {type(stuck.value).__qualname__}, which cannot be saved: {stuck.why}", name, _FIX
        ) from stuck
    return Snapshot(own, walk.mementos, copies, state)


def stateful_layer(env: Any) -> Any | None:
    """The outermost layer of an environment that can save itself."""
    return next((layer for layer in layers(env) if _saves_itself(type(layer))), None)


def _saves_itself(kind: type) -> bool:
    if kind not in _SAVING:
        _SAVING[kind] = _accepts(kind, "get_state", 0) and _accepts(kind, "set_state", 1)
    return _SAVING[kind]


def _accepts(kind: type, name: str, count: int) -> bool:
    method = getattr(kind, name, None)
    if not callable(method):
        return False
    try:
        inspect.signature(method).bind(*[None] * (count + 1))
    except (TypeError, ValueError):
        return False
    return True


def _get_state(env: Any) -> Any:
    try:
        return clone(env.get_state())
    except Exception as error:
        raise EnvironmentFault(
            f"get_state() raised {type(error).__name__}: {error}", "the environment's get_state()"
        ) from error


def _set_state(env: Any, state: Any) -> None:
    try:
        env.set_state(clone(state))
    except Exception as error:
        raise EnvironmentFault(
            f"set_state() raised {type(error).__name__}: {error}", "the environment's set_state()"
        ) from error


def _keep_besides(env: Any, walk: Walk) -> None:
    """What an environment's own state usually leaves out."""
    for layer in layers(env):
        attributes = vars(layer)
        kept = {name: attributes[name] for name in _KEPT_BESIDES_STATE if name in attributes}
        walk.remember(dict.update, attributes, kept)
        walk.lead_to(kept.values())
        walk.lead_to(
            value for value in attributes.values() if isinstance(value, (Surface, np.random.Generator))
        )


def _copies(walk: Walk) -> list[Copy]:
    """For what can only be copied: which saved contents refer to it, so that these get a copy of it."""
    saved = {id(value): _copy_of(value) for value in walk.copied}
    found: list[Copy] = []
    held: set[int] = set()
    for _, target, contents in walk.mementos:
        if isinstance(contents, dict):
            places: Any = contents.items()
        elif isinstance(contents, list):
            places = enumerate(contents)
        else:
            continue
        for place, item in places:
            if id(item) in saved:
                held.add(id(item))
                found.append((_putter(target), target, place, saved[id(item)]))
    for value in walk.copied:
        if id(value) not in held:
            raise Stuck(value, "it is neither an attribute nor in a list or dict")
    return found


def _putter(holder: Any) -> Callable[[Any, Any, Any], None]:
    if isinstance(holder, dict):
        return dict.__setitem__
    return list.__setitem__ if isinstance(holder, list) else object.__setattr__


def _copy_of(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise Stuck(value, f"copying it raised {type(error).__name__}: {error}") from error


def _name_in(graph: Graph, target: object) -> str:
    """Where an object is, as a programmer would write it, by the shortest way."""
    seen: set[int] = set()
    level = list(graph.items())
    while level:
        following: list[tuple[str, Any]] = []
        for name, value in level:
            if value is target:
                return name.replace("environment.wrapped", "env", 1)
            if id(value) not in seen:
                seen.add(id(value))
                following += [(name + step, item) for step, item in items_of(value)]
        level = following
    return "the environment"
