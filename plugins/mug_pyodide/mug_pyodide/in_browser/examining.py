"""Does in a browser what nobody plays: games are played again, and environments are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from numpy.typing import NDArray

from mug.engine.models import Inference
from mug.game.json_lines import encode
from mug.game.spec import GameSpec
from mug_pyodide.in_browser import checks
from mug_pyodide.in_browser.findings import Comparison
from mug_pyodide.in_browser.player import array_of, request_for
from mug_pyodide.in_browser.recorded import read
from mug_pyodide.in_browser.rerun import Rerun
from mug_pyodide.in_browser.scene import load_scene


class Examiner:
    """One task; the worker around it calls `turn` until there is a result.

    Args:
        scene: the packed scene.
        task: JSON: ``{"kind": "replay", "seed": …}``, or ``{"kind": "checks", "steps": …}``.
        records: for ``replay``: a game's records, joined by newlines.
    """

    def __init__(self, scene: bytes, task: str, records: bytes) -> None:
        spec = load_scene(bytes(scene))
        wanted = json.loads(task)
        self._result: Any = None
        self._asked: tuple[Inference, ...] = ()
        if wanted["kind"] == "replay":
            self._work = self._replay(spec, bytes(records).split(b"\n"), wanted["seed"])
        else:
            self._work = self._check(spec, wanted["steps"])

    def turn(self) -> str:
        """Go on; return JSON: ``infer``, what models have to answer before the next call, and ``result``."""
        self._asked = next(self._work, ())
        infer = [request_for(inference) for inference in self._asked]
        return encode({"infer": infer, "result": self._result}).decode()

    def feed(self, number: int, name: str) -> NDArray[Any]:
        """An input of the model that was asked for at this place of ``infer``."""
        return self._asked[number].feed[name]

    def answer(self, number: int, results: Sequence[Any]) -> None:
        """Give what the model at this place of ``infer`` gave."""
        self._asked[number].answer([array_of(numbers, shape) for numbers, shape in results])

    def _replay(
        self, spec: GameSpec, records: list[bytes], seed: int | None
    ) -> Iterator[tuple[Inference, ...]]:
        """Play a game again in the arithmetic in which it was played: nothing may differ."""
        rerun = Rerun(spec, read(records, seed), drawn=True)
        comparison = Comparison(exact=True)
        for _ in rerun.play(comparison):
            yield rerun.engine.inferences()
        self._result = [finding.record() for finding in comparison.findings()]

    def _check(self, spec: GameSpec, steps: int) -> Iterator[tuple[Inference, ...]]:
        result: dict[str, Any] = {}
        parts: dict[str, Callable[[GameSpec, int], Any]] = {
            "lines": lambda spec, steps: [line.decode() for line in checks.lines(spec, steps)],
            "repeats": checks.repeats,
            "rewinds": checks.rewinds,
            "speed": checks.speed,
        }
        for name, check in parts.items():
            try:
                found = check(spec, steps)
            except checks.Broken as reason:
                result[name] = {"broken": str(reason)}
            else:
                result[name] = asdict(found) if isinstance(found, checks.Place) else found
            yield ()
        self._result = result
