"""Models that are asked for decisions: those that run here, and those that run beside the interpreter."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mug.engine.errors import PolicyFault

Arrays = Mapping[str, NDArray[Any]]

_NAMES = {"float": "float32", "double": "float64"}
_DTYPES = frozenset(np.dtype(code).name for code in "efdbhilqBHILQ?")


@dataclass(frozen=True)
class Model:
    """What a model takes and gives; ``run`` is None for one that runs beside the interpreter.

    Attributes:
        name: its file, or the name it was registered with.
        inputs: by name, the type of its numbers (``"tensor(float)"``, ``"float32"``), and how many
            dimensions there are.
        outputs: their names.
        run: takes the names of outputs and the inputs, and returns the outputs.
    """

    __mug_constant__: ClassVar[bool] = True

    name: str
    inputs: Mapping[str, tuple[str, int]]
    outputs: tuple[str, ...]
    run: Callable[[Sequence[str], Arrays], list[NDArray[Any]]] | None

    def dtype(self, name: str) -> Any:
        """The NumPy type of an input."""
        given = self.inputs[name][0].removeprefix("tensor(").removesuffix(")")
        own = _NAMES.get(given, given)
        return np.dtype(own if own in _DTYPES else "float32").type

    def rank(self, name: str) -> int:
        """How many dimensions an input has."""
        return self.inputs[name][1]


class Inference:
    """One run of a model beside the interpreter, which somebody else has to see to.

    Attributes:
        model: the name it was registered with.
        outputs: the outputs that are wanted.
        feed: its inputs, contiguous.
    """

    __slots__ = ("_take", "feed", "model", "outputs")

    def __init__(
        self,
        model: str,
        outputs: tuple[str, ...],
        feed: Arrays,
        take: Callable[[list[NDArray[Any]]], None],
    ) -> None:
        self.model = model
        self.outputs = outputs
        self.feed = {name: np.require(value, requirements="C") for name, value in feed.items()}
        self._take = take

    def answer(self, results: Sequence[NDArray[Any]]) -> None:
        """Give what the model gave.

        Args:
            results: one array for each of ``outputs``.

        Raises:
            PolicyFault: there are more or fewer.
        """
        if len(results) != len(self.outputs):
            what = f"the model gave {len(results)} outputs; expected {len(self.outputs)}"
            raise PolicyFault(what, f"model {self.model}")
        self._take(list(results))


_registered: dict[str, Model] = {}


def register_model(name: str, inputs: Mapping[str, tuple[str, int]], outputs: Sequence[str]) -> None:
    """Let policies use a model that runs beside the interpreter: `mug.engine.engine.Engine.inferences`.

    Args:
        name: what ``onnx_path`` has instead of a file.
        inputs: by name, the type of the numbers (``"tensor(float)"``, ``"float32"``), and the number of
            dimensions.
        outputs: their names.
    """
    _registered[name] = Model(name, dict(inputs), tuple(outputs), None)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Load a model, or find the one that was registered; the same file is loaded once.

    Raises:
        PolicyFault: onnxruntime is not installed, or the file is no model.
    """
    name = os.fspath(path)
    if name in _registered:
        return _registered[name]
    try:
        return _load_model(name, os.stat(name).st_mtime_ns)  # noqa: PTH116 - pathlib would do the same slower
    except OSError as error:
        raise PolicyFault(f"the model cannot be read: {error}", f"onnx_path={name!r}") from error


@functools.lru_cache(maxsize=64)
def _load_model(path: str, changed: int) -> Model:
    try:
        import onnxruntime
    except ImportError as error:
        raise PolicyFault(
            "running ONNX models needs onnxruntime", f"onnx_path={path!r}", "pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    # many games share a processor: threads of its own would only get in each other's way
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise PolicyFault(f"this is not an ONNX model: {error}", f"onnx_path={path!r}") from error
    inputs = {part.name: (part.type, len(part.shape)) for part in session.get_inputs()}
    outputs = tuple(part.name for part in session.get_outputs())
    return Model(path, inputs, outputs, lambda wanted, feed: session.run(list(wanted), dict(feed)))
