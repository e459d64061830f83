"""An environment's own code: its modules, what these keep outside of objects, and what their text says."""

from __future__ import annotations

import ast
import hashlib
import inspect
import pickle
import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import attrs

from mug.engine.environments import layers
from mug.engine.walk import items_of

_LIBRARIES: Final = frozenset(("numpy", "gymnasium", "pettingzoo", "mug", "mug_pyodide", "builtins"))
_LARGEST: Final = 1 << 20
_MOST_OBJECTS: Final = 20_000
_DESCRIPTORS: Final = (
    property,
    staticmethod,
    classmethod,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
)


@attrs.frozen
class OwnCode:
    """The modules that an environment is made of: those of its classes, and those beside them."""

    modules: tuple[types.ModuleType, ...]

    @classmethod
    def of(cls, env: object) -> Self:
        """Return the modules of an environment."""
        names = {kind.__module__ for layer in layers(env) for kind in type(layer).__mro__}
        own = {name for name in names if _is_own(name)}
        files = [path for name in own if (path := _file(sys.modules.get(name))) is not None]
        folders = {path.parent for path in files if path.parent.name != "site-packages"}
        packages = {name.partition(".")[0] for name in own if "." in name}

        def is_beside(name: str, module: types.ModuleType) -> bool:
            path = _file(module)
            return name.partition(".")[0] in packages or (path is not None and path.parent in folders)

        loaded = list(sys.modules.items())
        return cls(tuple(m for name, m in loaded if name in own or (_is_own(name) and is_beside(name, m))))

    def calls_of(self, *prefixes: str) -> list[tuple[str, str, int]]:
        """Return every call in the modules' text that is written with one of these prefixes."""
        return [
            (f"{text}()", str(path), node.lineno)
            for path, tree in self._trees()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and (text := ast.unparse(node.func)).rpartition(".")[0] in prefixes
            and not text.endswith(("default_rng", "Generator", "RandomState"))
        ]

    def orders_of_sets(self) -> list[tuple[str, str, int]]:
        """Return where the modules' text goes through a set that is written there, or uses ``hash()``."""
        found = []
        for path, tree in self._trees():
            for node in ast.walk(tree):
                for part in _gone_through(node):
                    if _is_set(part):
                        found.append(("the order of a set", str(path), part.lineno))
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "hash":
                    found.append(("hash()", str(path), node.lineno))
        return found

    def _trees(self) -> Iterator[tuple[Path, ast.Module]]:
        for module in self.modules:
            path = _file(module)
            if path is not None and path.suffix == ".py":
                try:
                    yield path, ast.parse(path.read_bytes())
                except (OSError, SyntaxError, ValueError):
                    continue


def sets_of_text(env: object) -> list[str]:
    """Return which attributes of an environment are sets whose order depends on the hashes of their items."""
    found: list[str] = []
    seen: set[int] = set()
    level: list[tuple[str, Any]] = [("env", env)]
    while level and len(seen) < _MOST_OBJECTS:
        following: list[tuple[str, Any]] = []
        for name, value in level:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, set | frozenset):
                if len(value) > 1 and not all(isinstance(item, int | float) for item in value):
                    found.append(name)
            elif not isinstance(value, str | bytes | int | float | types.ModuleType):
                following += [(name + step, item) for step, item in items_of(value)]
        level = following
    return found


def outside_state(own: OwnCode, env: object) -> dict[str, bytes]:
    """Return a digest of everything that the modules keep outside of the environment, by its name."""
    found: dict[str, bytes] = {}
    inside = {id(layer) for layer in layers(env)}
    for module in own.modules:
        for name, value in list(vars(module).items()):
            # code for the browser leaves the environment itself in a variable
            if name.startswith("__") or id(value) in inside:
                continue
            if isinstance(value, type):
                if value.__module__ == module.__name__:
                    _of_class(f"{module.__name__}.{value.__qualname__}", value, found)
            elif inspect.isfunction(value):
                if value.__module__ == module.__name__:
                    _of_function(f"{module.__name__}.{name}", value, found)
            else:
                _put(f"{module.__name__}.{name}", value, found)
    return found


def _of_class(where: str, kind: type, found: dict[str, bytes]) -> None:
    for name, value in list(vars(kind).items()):
        if inspect.isfunction(value):
            _of_function(f"{where}.{name}", value, found)
        elif not name.startswith("__") and not isinstance(value, _DESCRIPTORS):
            _put(f"{where}.{name}", value, found)


def _of_function(where: str, function: types.FunctionType, found: dict[str, bytes]) -> None:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    for name, default in zip(reversed(names), reversed(function.__defaults__ or ()), strict=False):
        _put(f"the default of {where}({name}=)", default, found)
    for name, value in vars(function).items():
        if not name.startswith("__"):
            _put(f"{where}.{name}", value, found)


def _put(name: str, value: Any, found: dict[str, bytes]) -> None:
    if callable(value) or isinstance(value, (types.ModuleType, *_DESCRIPTORS)):
        return
    if getattr(type(value), "__module__", "").partition(".")[0] in ("mug", "mug_pyodide"):
        return
    try:
        data = pickle.dumps(value, protocol=5)
    except Exception:
        return
    found[name] = hashlib.blake2b(data[:_LARGEST], digest_size=16).digest()


def _gone_through(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in ("list", "tuple", "enumerate", "iter", "next"):
            return node.args[:1]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pop" and not node.args:
            return [node.func.value]
    return []


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("set", "frozenset")


def _is_own(name: str) -> bool:
    if name.startswith("gymnasium.envs."):
        return name != "gymnasium.envs.registration"
    root = name.partition(".")[0]
    return root == "__main__" or (root not in _LIBRARIES and root not in sys.stdlib_module_names)


def _file(module: types.ModuleType | None) -> Path | None:
    """The file of a module that is nobody's standard library."""
    name = getattr(module, "__file__", None)
    if not isinstance(name, str):
        return None
    path = Path(name)
    is_standard = path.is_relative_to(sysconfig.get_path("stdlib")) and "site-packages" not in path.parts
    return None if is_standard else path
