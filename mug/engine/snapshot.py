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

from mug.engine.digest import digest_of, parts_of
from mug.engine.environments import layers
from mug.engine.errors import EnvironmentFault
from mug.engine.mementos import Memento, Stuck
from mug.engine.portable import contents_of, dump, load, parts
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
    """A saved state; opaque. Nothing that happens later changes it, and it can be loaded repeatedly.

    It can be pickled, and loaded by another engine of the same experiment, in another process too.
    """

    __slots__ = ("_copies", "_env", "_graph", "_mementos", "_own", "_state")

    def __init__(
        self,
        graph: Graph,
        env: Any,
        own: dict[str, Any],
        mementos: list[Memento],
        copies: list[Copy],
        state: tuple[Any, Any] | None,
    ) -> None:
        self._graph = graph
        self._env = env
        self._own = own
        self._mementos = mementos
        self._copies = copies
        self._state = state

    def restore(self, graph: Graph, env: Any) -> dict[str, Any]:
        """Put the saved contents back into the game it was taken from, or into another engine's.

        Args:
            graph: as for `capture`.
            env: as for `capture`.

        Returns:
            The engine's own values.

        Raises:
            EnvironmentFault: the environment's own ``set_state`` raised, or it is another experiment's.
        """
        if env is not self._env:
            return PortableSnapshot(self.as_bytes()).restore(graph, env)
        self._put_back()
        return self._own

    def as_bytes(self) -> bytes:
        """The saved state, for another engine.

        Raises:
            EnvironmentFault: something in it cannot be turned into bytes.
        """
        present = capture(self._graph, self._env, {})
        self._put_back()
        try:
            return _to_bytes(self._graph, self._env, self._own)
        finally:
            present._put_back()

    def digest(self) -> int:
        """32 bits that stand for the saved state; the same in every engine that is in this state."""
        return digest_of(self._mementos, self._own, self._state and self._state[1])

    def parts(self) -> dict[str, int]:
        """The same for each object in it, by where it is, to say in what two states differ."""
        found = {name: digest_of((), value) for name, value in self._own.items()}
        if self._state is not None:
            found["get_state()"] = digest_of((), self._state[1])
        names = _names_in(self._graph)
        for memento in self._mementos:
            name, attributes = names.get(id(memento[1]), ("the environment", False))
            for part, number in parts_of(memento):
                step = "" if part is None else f".{part}" if attributes else f"[{part!r}]"
                found[name + step] = (found.get(name + step, 0) + number) & 0xFFFFFFFF
        return found

    def __reduce__(self) -> tuple[type[PortableSnapshot], tuple[bytes]]:
        return PortableSnapshot, (self.as_bytes(),)

    def _put_back(self) -> None:
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


class PortableSnapshot:
    """A snapshot that was pickled; loads like any other."""

    __slots__ = ("_blob",)

    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    def restore(self, graph: Graph, env: Any) -> dict[str, Any]:
        """Put the saved contents into an engine's game; returns the engine's own values.

        Raises:
            EnvironmentFault: the environment's own ``set_state`` raised, or it is another experiment's.
        """
        everything = parts(graph, env)
        contents = load(self._blob, everything)
        stateful = stateful_layer(env)
        if stateful is not None:
            _set_state(stateful, contents["state"])
        for name, saved in contents["parts"].items():
            held = contents_of(everything[name])
            if name not in contents["partial"]:
                held.clear()
            held.update(saved)
        own: dict[str, Any] = contents["own"]
        return own


def _to_bytes(graph: Graph, env: Any, own: dict[str, Any]) -> bytes:
    everything = parts(graph, env)
    stateful = stateful_layer(env)
    inside = {id(layer) for layer in layers(stateful)} if stateful is not None else set()
    partial = [name for name, part in everything.items() if id(part) in inside]
    contents = {
        "own": own,
        "state": None if stateful is None else _get_state(stateful),
        "partial": partial,
        "parts": {
            name: _kept_besides(part) if name in partial else dict(contents_of(part))
            for name, part in everything.items()
        },
    }
    return dump(everything, contents)


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
            for layer in layers(stateful):
                walk.skip(layer)
                kept = _kept_besides(layer)
                walk.remember(dict.update, vars(layer), kept)
                walk.lead_to(kept.values())
        walk.visit(graph.values())
        copies = _copies(walk) if walk.copied else []
    except Stuck as stuck:
        name = _name_in(graph, stuck.value)
        raise EnvironmentFault(
            f"{name} is a {type(stuck.value).__qualname__}, which cannot be saved: {stuck.why}", name, _FIX
        ) from stuck
    return Snapshot(graph, env, own, walk.mementos, copies, state)


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


def _kept_besides(layer: Any) -> dict[str, Any]:
    """What an environment's own state usually leaves out."""
    return {
        name: value
        for name, value in vars(layer).items()
        if name in _KEPT_BESIDES_STATE or isinstance(value, (Surface, np.random.Generator))
    }


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


def _names_in(graph: Graph) -> dict[int, tuple[str, bool]]:
    """How a programmer would write each object, by its id, and whether that holds an object's attributes."""
    names: dict[int, tuple[str, bool]] = {}
    level = list(graph.items())
    while level:
        following: list[tuple[str, Any]] = []
        for name, value in level:
            if id(value) not in names:
                shown = name.replace("environment.wrapped", "env", 1)
                names[id(value)] = shown, False
                names.setdefault(id(getattr(value, "__dict__", value)), (shown, True))
                following += [(name + step, item) for step, item in items_of(value)]
        level = following
    return names


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
