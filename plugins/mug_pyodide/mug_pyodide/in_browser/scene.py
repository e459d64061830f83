"""A packed scene, and how it becomes a game again.

A scene is several pickles one after the other: where it was packed; a part of each script that functions come
from, with the values that part needs; and the game itself, whose functions refer to those parts and to
modules that were shipped as they are.
"""

from __future__ import annotations
import __future__

import ast
import importlib
import io
import linecache
import os
import pickle
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mug.game.spec import GameSpec

SITE: Final = Path(__file__).resolve().parents[2]
"""Where packs are unpacked."""
PROJECT: Final = "_experiment"
"""The folder in it that stands for the one in which the experiment's own files lie."""
home: Path = SITE / PROJECT
"""Where that folder is; a process of the server's that tries a scene out sets it to the researcher's own."""
SCRIPT: Final = "mug_script"
"""The name under which the experiment's script is known here."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that the page has loaded, as `mug.engine.onnx` reads it.

    ``onnx_path`` is its name in the page, ``name`` the path that the script gave, for the records.
    """

    name: str
    onnx_path: str
    obs_input: str
    logit_output: str
    state_inputs: tuple[str, ...] = ()
    state_outputs: tuple[str, ...] = ()
    state_shape: tuple[int, ...] = ()
    fixed_inputs: Mapping[str, object] = field(default_factory=dict)
    sampling: str = "argmax"
    temperature: float = 1.0
    seeded: bool = True


@dataclass(frozen=True)
class Part:
    """The part of a script that a game needs: its source, and the values of the names that are only data."""

    module: str
    file: str
    source: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Text:
    """A function's source: a function that makes it out of the variables of those around it.

    ``line`` is the line of the file on which ``source`` begins.
    """

    source: str
    file: str
    line: int
    variables: tuple[str, ...]


def load_scene(blob: bytes) -> GameSpec:
    """Return the game that was packed.

    Raises:
        Exception: whatever the researcher's code raises when it is imported.
    """
    reader = _Reader(blob, home)
    place = reader.load()
    for folder in reversed(place["path"]):
        entry = str(reader.home / folder)
        if entry not in sys.path:
            sys.path.insert(0, entry)
    folder = reader.home / place["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    for _ in range(place["parts"]):
        _run(reader.load())
    game = reader.load()
    if game["environments"]:
        import gymnasium

        for environment in game["environments"]:
            gymnasium.registry.setdefault(environment.id, environment)
    spec: GameSpec = game["spec"]
    return spec


class _Reader(pickle.Unpickler):
    """Knows where the experiment's files are here, and builds sets in the order in which they were packed."""

    def __init__(self, blob: bytes, home: Path) -> None:
        super().__init__(io.BytesIO(blob))
        self.home = home
        self._sets: dict[int, Any] = {}

    def persistent_load(self, reference: Any) -> Any:
        """Return what the pickle cannot hold itself."""
        match reference:
            case ("text", str(relative)):
                return str(self.home / relative)
            case ("path", str(relative)):
                return self.home / relative
            case ("set", int(number), list(items)):
                return self._sets.setdefault(number, set(items))
            case ("frozenset", int(number), list(items)):
                return self._sets.setdefault(number, frozenset(items))
        raise pickle.UnpicklingError(f"unknown reference {reference!r}")


def _run(part: Part) -> None:
    """Make the module of a part."""
    module = types.ModuleType(part.module)
    module.__file__ = file = part.file
    module.__package__ = part.module.rpartition(".")[0]
    sys.modules[part.module] = module
    vars(module).update(part.values)
    linecache.cache[file] = (len(part.source), None, part.source.splitlines(keepends=True), file)
    exec(_compiled(part.source, file), vars(module))


def _compiled(source: str | ast.Module, file: str) -> types.CodeType:
    """Annotations are left unread, as newer versions of Python do by themselves."""
    unread = __future__.annotations.compiler_flag if sys.version_info < (3, 14) else 0
    code: types.CodeType = compile(source, file, "exec", flags=unread, dont_inherit=True)
    return code


def model_of(values: Mapping[str, Any]) -> Model:
    """Make a model's description."""
    return Model(**values)


def empty_cell() -> types.CellType:
    """Make a variable that functions share; `complete` gives it its value."""
    return types.CellType()


def attribute(module: str, name: str) -> Any:
    """Return what a module has under a dotted name; the packed scene refers to its functions with this."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def function_of(module: str, name: str, text: Text, cells: Sequence[types.CellType]) -> types.FunctionType:
    """Make a function from its source; `complete` then gives it its values.

    Args:
        module: the module whose global names it uses.
        name: what it is called.
        text: its source.
        cells: the variables of the functions around it, in the order of ``text.variables``.
    """
    namespace = vars(importlib.import_module(module))
    tree = ast.parse("\n" * (text.line - 1) + text.source)
    (maker,) = tree.body
    assert isinstance(maker, ast.FunctionDef)
    _simplify(maker.body[0])
    made = next(_codes(_compiled(tree, text.file).co_consts))
    code = next(_codes(made.co_consts))
    by_name = dict(zip(text.variables, cells, strict=True))
    closure = tuple(by_name[variable] for variable in code.co_freevars)
    return types.FunctionType(code, namespace, name, None, closure)


def complete(function: types.FunctionType, state: Mapping[str, Any]) -> None:
    """Give a function its defaults, its attributes, and the values of the variables around it."""
    for cell, values in state["cells"]:
        for value in values:
            cell.cell_contents = value
    function.__defaults__ = state["defaults"]
    function.__kwdefaults__ = state["kwdefaults"]
    function.__qualname__ = state["qualname"]
    function.__dict__.update(state["attributes"])


def _codes(constants: Iterable[object]) -> Iterator[types.CodeType]:
    return (constant for constant in constants if isinstance(constant, types.CodeType))


def _simplify(node: ast.stmt) -> None:
    """Take out of a function what was evaluated when it was defined: that is in the state."""
    function: Any = node
    if isinstance(node, ast.Return):
        function = node.value
    else:
        function.decorator_list = []
        function.returns = None
    arguments = function.args
    nothing = ast.copy_location(ast.Constant(None), function)
    arguments.defaults = [nothing for _ in arguments.defaults]
    arguments.kw_defaults = [default and nothing for default in arguments.kw_defaults]
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    for argument in filter(None, (arguments.vararg, arguments.kwarg)):
        argument.annotation = None
