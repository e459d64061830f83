"""A saved game as bytes, and into another engine of the same experiment.

What both engines have anyway (their environment's layers, policies, windows, functions) is not in the
bytes but named there, and is the receiving engine's own.
"""

from __future__ import annotations

import io
import pickle
import sys
import types
from collections.abc import Mapping
from typing import Any

from mug.engine.environments import layers
from mug.engine.errors import EnvironmentFault
from mug.engine.walk import is_left_alone, items_of

_WHERE = "a snapshot for another engine"


def dump(graph: Mapping[str, Any], contents: Mapping[str, Any]) -> bytes:
    """Contents of a game, as bytes.

    Args:
        graph: the game's parts by name; the other engine has the same.
        contents: anything that refers to parts of the graph.

    Raises:
        EnvironmentFault: something cannot be turned into bytes.
    """
    file = io.BytesIO()
    try:
        _Pickler(file, graph).dump(contents)
    except Exception as error:
        raise EnvironmentFault(f"this game cannot be turned into bytes: {error}", _WHERE) from error
    return file.getvalue()


def load(blob: bytes, graph: Mapping[str, Any]) -> dict[str, Any]:
    """Contents of a game from bytes, referring to this graph.

    Raises:
        EnvironmentFault: this game lacks something that the bytes name.
    """
    try:
        contents: dict[str, Any] = _Unpickler(io.BytesIO(blob), graph).load()
    except Exception as error:
        raise EnvironmentFault(f"this snapshot does not fit this engine: {error}", _WHERE) from error
    return contents


def parts(graph: Mapping[str, Any], env: Any) -> dict[str, Any]:
    """What two engines of one experiment both have, by name."""
    found = dict(graph)
    found.update((f"layer {depth}", layer) for depth, layer in enumerate(layers(env)))
    found.update((f"policy of {agent}", policy) for agent, policy in graph["seats"].policies.items())
    return found


def contents_of(part: Any) -> dict[Any, Any]:
    """The dict that holds a part's contents: its attributes, or itself."""
    return part if isinstance(part, dict) else vars(part)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, graph: Mapping[str, Any]) -> None:
        super().__init__(file, protocol=5)
        self._graph = graph
        self._names = {id(part): name for name, part in graph.items()}

    def persistent_id(self, obj: Any) -> Any:
        name = self._names.get(id(obj))
        if name is not None:
            return "part", name
        if isinstance(obj, types.ModuleType):
            return "module", obj.__name__
        if is_left_alone(type(obj)) and not _can_be_named(obj):
            return "place", _way_to(obj, self._graph)
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, graph: Mapping[str, Any]) -> None:
        super().__init__(file)
        self._graph = graph

    def persistent_load(self, pid: Any) -> Any:
        kind, name = pid
        if kind == "part":
            if name not in self._graph:
                raise LookupError(f"there is no {name} here")
            return self._graph[name]
        return sys.modules[name] if kind == "module" else _follow(name, self._graph)


def _can_be_named(value: Any) -> bool:
    """Whether pickle can write a value that never changes: a public function or class, or a small value."""
    if isinstance(value, (types.FunctionType, type)):
        home: Any = sys.modules.get(value.__module__)
        for step in value.__qualname__.split("."):
            home = getattr(home, step, None)
        return home is value
    if getattr(type(value), "__mug_constant__", False):
        return False
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


def _way_to(target: Any, graph: Mapping[str, Any]) -> tuple[str, ...]:
    seen: set[int] = set()
    level: list[tuple[tuple[str, ...], Any]] = [((name,), part) for name, part in graph.items()]
    while level:
        following: list[tuple[tuple[str, ...], Any]] = []
        for way, value in level:
            if value is target:
                return way
            if id(value) not in seen:
                seen.add(id(value))
                following += [((*way, step), item) for step, item in items_of(value)]
        level = following
    raise LookupError(f"there is no way to {target!r}")


def _follow(way: tuple[str, ...], graph: Mapping[str, Any]) -> Any:
    value = graph[way[0]]
    for step in way[1:]:
        items = dict(items_of(value))
        if step not in items:
            raise LookupError(f"there is no {''.join(way)} here")
        value = items[step]
    return value
