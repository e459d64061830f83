"""Undoes what a game that nobody plays leaves behind in the researcher's modules."""

from __future__ import annotations

import importlib.machinery
import random
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from mug_pyodide.in_browser import scene

MOST_OBJECTS: Final = 20_000
"""How many objects are remembered at most; modules with larger tables than that rarely write into them."""


class Traces:
    """What the researcher's modules hold, to be put back when the ``with`` block is left.

    That is: their variables, the attributes of the classes in them and of objects of these classes, the
    content of lists, dicts, sets and arrays in all of these, and what NumPy and `random` draw next. A module
    that is first imported within the block is put back to how it was after its import.

    Args:
        more: further objects to remember.
    """

    def __init__(self, more: Iterable[object] = ()) -> None:
        self._more = tuple(more)
        self._restore: list[Callable[[], None]] = []
        self._seen: dict[int, object] = {}
        self._own: set[str] = set()

    def __enter__(self) -> Traces:
        draws, numpy_draws = random.getstate(), np.random.get_state()
        self._restore += (lambda: random.setstate(draws), lambda: np.random.set_state(numpy_draws))
        modules = [module for module in [*sys.modules.values()] if _is_own(module)]
        self._own |= {module.__name__ for module in modules}
        for module in modules:
            self._remember_all([module])
        self._remember_all(self._more)
        sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *error: object) -> None:
        sys.meta_path.remove(self)
        for restore in self._restore:
            restore()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module of the researcher's, and remember it as soon as it is there."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None or not _is_at_home(spec.origin):
            return None
        execute = spec.loader.exec_module

        def execute_and_remember(module: types.ModuleType) -> None:
            execute(module)
            self._own.add(module.__name__)
            self._remember_all([module])

        vars(spec.loader)["exec_module"] = execute_and_remember
        return spec

    # ---------------------------------------------------------------------------------------- within

    def _remember_all(self, things: Iterable[object]) -> None:
        waiting = deque(things)
        while waiting and len(self._seen) < MOST_OBJECTS:
            thing = waiting.popleft()
            if id(thing) not in self._seen:
                within = self._remember(thing)
                if within is not None:
                    # Kept, so that nothing else gets its id.
                    self._seen[id(thing)] = thing
                    waiting += within

    def _remember(self, thing: object) -> Iterable[object] | None:
        """Remember one object; return what is in it, None if it is nothing to remember."""
        kind = type(thing)
        if kind in (tuple, frozenset):
            return thing  # type: ignore[return-value]
        if kind in _CONTENTS:
            return self._remember_content(thing)
        if isinstance(thing, np.ndarray):
            return self._remember_array(thing)
        if isinstance(thing, types.ModuleType):
            return self._remember_attributes(thing) if thing.__name__ in self._own else None
        if isinstance(thing, type):
            return self._remember_class(thing) if thing.__module__ in self._own else None
        if isinstance(thing, random.Random) and not isinstance(thing, random.SystemRandom):
            state = thing.getstate()
            self._restore.append(lambda: thing.setstate(state))
            return ()
        if isinstance(thing, np.random.Generator):
            bits, numbers = thing.bit_generator, thing.bit_generator.state
            self._restore.append(lambda: setattr(bits, "state", numbers))
            return ()
        if isinstance(thing, staticmethod | classmethod):
            return (thing.__func__,)
        if isinstance(thing, types.FunctionType):
            return self._remember_function(thing) if thing.__module__ in self._own else None
        if kind.__module__ in self._own and hasattr(thing, "__dict__"):
            return (kind, *self._remember_attributes(thing))
        return None

    def _remember_content(self, thing: Any) -> Iterable[object]:
        kept = thing.copy()
        empty, fill = thing.clear, _CONTENTS[type(thing)]

        def restore() -> None:
            empty()
            fill(thing, kept)

        self._restore.append(restore)
        return [*kept.values()] if isinstance(kept, dict) else [*kept]

    def _remember_array(self, array: np.ndarray[Any, Any]) -> Iterable[object]:
        if array.flags.writeable and array.dtype != object:
            kept = array.copy()
            self._restore.append(lambda: np.copyto(array, kept))
        return ()

    def _remember_attributes(self, thing: Any) -> Iterable[object]:
        values = vars(thing)
        kept = dict(values)

        def restore() -> None:
            # An import makes a module an attribute of its package, and happens only once.
            imported = {
                name: value
                for name, value in values.items()
                if name not in kept and isinstance(value, types.ModuleType)
            }
            values.clear()
            values.update(kept | imported)

        self._restore.append(restore)
        return [*kept.values()]

    def _remember_class(self, cls: type) -> Iterable[object]:
        kept = {name: value for name, value in vars(cls).items() if not _is_special(name)}

        def restore() -> None:
            for name in [name for name in vars(cls) if not _is_special(name) and name not in kept]:
                delattr(cls, name)
            for name, value in kept.items():
                if vars(cls).get(name, restore) is not value:
                    setattr(cls, name, value)

        self._restore.append(restore)
        return [*kept.values()]

    def _remember_function(self, function: types.FunctionType) -> Iterable[object]:
        within = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        within += self._remember_attributes(function)
        for cell in function.__closure__ or ():
            try:
                value = cell.cell_contents
            except ValueError:
                continue
            self._restore.append(lambda cell=cell, value=value: setattr(cell, "cell_contents", value))  # type: ignore[misc]
            within.append(value)
        return within


_CONTENTS: Final[dict[type, Callable[[Any, Any], None]]] = {
    list: list.extend,
    dict: dict.update,
    set: set.update,
    deque: deque.extend,
    bytearray: bytearray.extend,
}


def _is_own(module: object) -> bool:
    """Whether a module is the researcher's: shipped from their folder, or the part of a script."""
    if not isinstance(module, types.ModuleType) or module.__name__ == "__main__":
        return False
    file = getattr(module, "__file__", None)
    return _is_at_home(file) or (isinstance(file, str) and module.__spec__ is None)


def _is_at_home(file: object) -> bool:
    return isinstance(file, str) and file.startswith(f"{scene.home}/")


def _is_special(name: str) -> bool:
    return name.startswith(("__", "_abc_"))
