"""A scene's game as one value that browsers can read; see `mug_pyodide.in_browser.scene`."""

from __future__ import annotations

import enum
import importlib
import io
import pickle
import sys
import types
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from mug.configurations.configuration_constants import ModelConfig
from mug_pyodide.in_browser import scene
from mug_pyodide.packing.functions import described, text_of
from mug_pyodide.packing.project import Project
from mug_pyodide.packing.shippable import is_data, is_of_server, script_source
from mug_pyodide.packing.slicing import Slicer, Unshippable, is_alive
from mug_pyodide.packing.sources import globals_of, source_of


class ScenePickler(pickle.Pickler):
    """Writes values so that they refer to shipped modules and to parts of scripts, and to nothing else.

    Args:
        project: where the researcher's files are.
        slicer: collects what is needed of scripts.
        models: collects model files, and gives each its name.
        files: collects the researcher's files that values name.
    """

    def __init__(
        self, project: Project, slicer: Slicer, models: Callable[[Path], str], files: set[Path]
    ) -> None:
        self._buffer = io.BytesIO()
        super().__init__(self._buffer, protocol=5)
        self._project = project
        self._slicer = slicer
        self._models = models
        self._files = files
        self._sets: dict[int, tuple[int, object]] = {}
        self._tried: set[int] = set()

    def written(self) -> bytes:
        """Return everything that was dumped so far."""
        return self._buffer.getvalue()

    def persistent_id(self, value: Any) -> Any:
        """Write paths so that they are right in browsers, and sets in an order that is always the same."""
        kind = type(value)
        if kind is str or isinstance(value, PurePath):
            relative = self._project.relative(value)
            if relative is not None:
                found = self._project.root / relative
                if found.is_file() and found.suffix != ".py" and self._project.holds(found):
                    self._files.add(found)
                return ("text" if kind is str else "path", relative)
        elif kind is set or kind is frozenset:
            number, _ = self._sets.setdefault(id(value), (len(self._sets), value))
            return (kind.__name__, number, _sorted(value))
        return None

    def reducer_override(self, value: Any) -> Any:
        """Write what cannot be written as it is."""
        if isinstance(value, types.FunctionType):
            named = self._by_name(value)
            return self._by_source(value) if named is None else named
        if isinstance(value, type):
            named = self._by_name(value)
            if named is None and "<locals>" in value.__qualname__:
                return self._refuse_class(value)
            return NotImplemented if named is None else named
        if isinstance(value, types.ModuleType):
            return self._module(value)
        if isinstance(value, ModelConfig):
            return self._model(value)
        if isinstance(value, enum.Enum) and type(value).__module__ == ModelConfig.__module__:
            return (str, (str(value.value),))
        if isinstance(value, types.CellType):
            return (scene.empty_cell, ())
        if is_alive(value) or is_of_server(type(value).__module__):
            raise Unshippable(f"{_shown(value)} only exists on the server")
        if hasattr(value, "__qualname__") and hasattr(value, "__module__") and callable(value):
            named = self._by_name(value)
            return NotImplemented if named is None else named
        return NotImplemented

    def _by_name(self, value: Any) -> Any:
        """Refer to it by its module and name, if that leads to it."""
        module, name = str(value.__module__ or ""), str(value.__qualname__)
        if _found(module, name) is not value:
            return None
        if is_of_server(module):
            raise Unshippable(f"{name} is a part of the server ({module})", "do not use it in the browser")
        source = script_source(module)
        if source is None:
            return NotImplemented if module != "__main__" else self._refuse_class(value)
        self._slicer.need(source, name.partition(".")[0])
        return (scene.attribute, (name_in_browser(module), name))

    def _refuse_class(self, value: Any) -> Any:
        what = f"{value.__qualname__} is made inside a function, so that no name leads to it"
        raise Unshippable(what, "define it at the top level of a .py file")

    def _by_source(self, function: types.FunctionType) -> Any:
        code = function.__code__
        module = str(function.__globals__.get("__name__", ""))
        script = script_source(module)
        text = text_of(function, script or source_of(module))
        if script is not None:
            self._slicer.open(script)
            for name in sorted(globals_of(code)):
                self._slicer.need(script, name, (described(function),))
        cells = function.__closure__ or ()
        contents = []
        for name, cell in zip(code.co_freevars, cells, strict=True):
            contents.append((cell, self._contents(function, name, cell)))
        state = {
            "cells": contents,
            "defaults": function.__defaults__,
            "kwdefaults": function.__kwdefaults__,
            "qualname": function.__qualname__,
            "attributes": {k: v for k, v in function.__dict__.items() if k != "__wrapped__"},
        }
        arguments = (name_in_browser(module), function.__name__, self._text(text), cells)
        return (scene.function_of, arguments, state, None, None, scene.complete)

    def _contents(self, function: types.FunctionType, name: str, cell: types.CellType) -> list[Any]:
        """Return a variable's value, in a list of its own; an empty one if it has none yet.

        Raises:
            Unshippable: the value cannot be taken along; this is where its name is known.
        """
        try:
            value = cell.cell_contents
        except ValueError:
            return []
        if is_data(value) or id(cell) in self._tried:
            return [value]
        self._tried.add(id(cell))
        try:
            self._beside().dump(value)
        except Exception as error:
            what = f"{described(function)} uses the variable '{name}' of the function around it, "
            what += f"{_shown(value)}, which cannot be taken to a browser: {error}"
            raise Unshippable(what, f"make '{name}' inside the function that uses it") from error
        return [value]

    def _beside(self) -> ScenePickler:
        other = ScenePickler(self._project, self._slicer, self._models, self._files)
        other._tried = self._tried
        return other

    def _text(self, text: scene.Text) -> scene.Text:
        if self._project.relative(text.file) is not None:
            return text
        return scene.Text(text.source, f"<{Path(text.file).name}>", text.line, text.variables)

    def _module(self, module: types.ModuleType) -> Any:
        if is_of_server(module.__name__) or module.__name__ == "__main__":
            raise Unshippable(f"the module {module.__name__} is a part of the server")
        return (importlib.import_module, (module.__name__,))

    def _model(self, config: ModelConfig) -> Any:
        path = Path(config.onnx_path)
        values = {
            "name": path.name if path.is_absolute() else path.as_posix(),
            "onnx_path": self._models(path),
            "obs_input": config.obs_input,
            "logit_output": config.logit_output,
            "state_inputs": tuple(config.state_inputs),
            "state_outputs": tuple(config.state_outputs),
            "state_shape": tuple(config.state_shape),
            "fixed_inputs": dict(config.fixed_inputs),
            "sampling": config.sampling,
            "temperature": config.temperature,
            "seeded": config.seeded,
        }
        return (scene.model_of, (values,))


def name_in_browser(module: str) -> str:
    """Return the name under which a module is known in browsers."""
    return scene.SCRIPT if module == "__main__" else module


def _found(module: str, name: str) -> object:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _sorted(items: set[Any] | frozenset[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=lambda item: (type(item).__qualname__, repr(item)))


def _shown(value: object) -> str:
    return f"an object of the class {type(value).__qualname__}"
