"""Compares what an environment does now with what the records say it did, and judges what differs.

WebAssembly and native processors round ``sin``, ``exp``, matrix products and the like differently in the last
bits. Such deviations begin at the resolution of the numbers and grow no faster than the environment lets
them grow; a record that somebody changed jumps. A deviation that was not announced by smaller ones is a
`Suspicion`; whether other roundings could explain it is for `mug_pyodide.trust.roundings` to find out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

GROWTH: Final = 64.0
"""By how much a deviation may grow in one step without being suspicious."""
ALIKE: Final = 1e-4
"""How far off a model's numbers may be after one run, as `mug.engine.decisions` measures it."""
APART: Final = 1e-3
"""From this deviation on, relative to numbers above 1, two trajectories go ways of their own."""
_DOUBLE: Final = float(np.finfo(np.float64).eps)
_NOTHING: Final = object()


@dataclass(slots=True)
class Difference:
    """One value that is another one now.

    ``field`` says where it is (``observations.player_0.2``), ``size`` how far the two are apart, relative to
    numbers above 1; infinite when it is no matter of size. ``resolution`` is the distance of neighboring
    numbers at 1.
    """

    field: str
    recorded: Any
    recomputed: Any
    size: float = float("inf")
    resolution: float = _DOUBLE

    @property
    def absolute(self) -> float:
        """The distance between two numbers; infinite for anything else."""
        if self.size == float("inf"):
            return self.size
        return abs(float(self.recorded) - float(self.recomputed))

    @property
    def relative(self) -> float:
        """The distance as a share of the larger number."""
        if self.size == float("inf"):
            return self.size
        return self.absolute / max(abs(float(self.recorded)), abs(float(self.recomputed)))


def differences(recorded: Any, recomputed: Any, original: Any, name: str) -> Iterator[Difference]:
    """Yield what differs between two JSON values.

    Args:
        recorded: the value in the records.
        recomputed: the same as it came out now, as JSON has it.
        original: the same as the environment gave it, for the resolution of its numbers.
        name: where it is.
    """
    if recorded == recomputed:
        return
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        for key in recorded.keys() | recomputed.keys():
            if key in recorded and key in recomputed:
                inner = _part(original, key)
                yield from differences(recorded[key], recomputed[key], inner, f"{name}.{key}")
            else:
                yield Difference(f"{name}.{key}", recorded.get(key), recomputed.get(key))
    elif isinstance(recorded, list) and isinstance(recomputed, list) and len(recorded) == len(recomputed):
        for index, (one, other) in enumerate(zip(recorded, recomputed, strict=True)):
            yield from differences(one, other, _item(original, index), f"{name}.{index}")
    elif _is_number(recorded) and isinstance(recomputed, float):
        yield Difference(name, recorded, recomputed, _size(recorded, recomputed), resolution_of(original))
    else:
        yield Difference(name, recorded, recomputed)


def resolution_of(value: Any) -> float:
    """Return the distance of neighboring numbers at 1, of the kind of number this is."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind in "fc":
        return float(np.finfo(dtype).eps)
    return _DOUBLE


def last_bits(resolution: float) -> float:
    """Return how far apart numbers of this resolution may be for no reason but one rounding."""
    return 8 * resolution


@dataclass(slots=True)
class Suspicion:
    """What rounding does not explain by itself: at this step, this difference."""

    step: int
    difference: Difference


@dataclass
class Judge:
    """Follows the deviations of one episode.

    Attributes:
        exact: nothing may differ: the records come from the very same arithmetic.
        absolute: the largest deviation of a number so far.
        relative: the largest deviation of a number so far, as a share of it.
        apart: from which step on there is nothing to compare, None while there is.
        suspicion: the first deviation that rounding does not explain.
        largest: the largest of the other deviations, by the resolution of their numbers.
        decided: how many of the models' decisions were another one by rounding alone.
        missed: the decisions that were missed by more, each by the size of its difference. A model that
            remembers may have come so far by roundings.
    """

    exact: bool = False
    absolute: float = 0.0
    relative: float = 0.0
    apart: int | None = None
    suspicion: Suspicion | None = None
    largest: dict[float, Suspicion] = field(default_factory=dict)
    decided: int = 0
    missed: list[Suspicion] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether the rest of the episode need not be compared."""
        return self.apart is not None or self.suspicion is not None

    def hear(self, step: int, found: Iterable[Difference]) -> None:
        """Take in what differs at a step."""
        before = {resolution: seen.difference.size for resolution, seen in self.largest.items()}
        largest: Difference | None = None
        for difference in found:
            if self.exact or difference.size > self._bearable(difference.resolution, before):
                if largest is None or difference.size > largest.size:
                    largest = difference
            else:
                self._note(step, difference)
        if largest is not None:
            self.suspicion = Suspicion(step, largest)
        elif self.level > APART:
            self.apart = step

    def hear_decision(self, step: int, missed: Difference, found: Iterable[Difference]) -> None:
        """Take in that a model decided otherwise.

        Args:
            step: when.
            missed: the two actions; its size says by how much the model missed the recorded one.
            found: what differs between them.
        """
        if missed.size > ALIKE:
            self.missed.append(Suspicion(step, missed))
            return
        sizes = [difference.size for difference in found]
        if float("inf") in sizes:
            self.decided += 1
        else:
            for difference in found:
                self._measure(difference)

    @property
    def level(self) -> float:
        """The largest deviation so far, relative to numbers above 1."""
        return max((seen.difference.size for seen in self.largest.values()), default=0.0)

    def part(self, step: int) -> None:
        """Something other than numbers went another way, and rounding explains it."""
        self.suspicion, self.apart = None, step

    def _bearable(self, resolution: float, levels: Mapping[float, float]) -> float:
        """How far numbers of this resolution may be apart, after what was seen of them and of finer ones."""
        seen = max((level for finer, level in levels.items() if finer <= resolution), default=0.0)
        return max(GROWTH * seen, last_bits(resolution))

    def _note(self, step: int, difference: Difference) -> None:
        before = self.largest.get(difference.resolution)
        if before is None or before.difference.size < difference.size:
            self.largest[difference.resolution] = Suspicion(step, difference)
        self._measure(difference)

    def _measure(self, difference: Difference) -> None:
        self.absolute = max(self.absolute, difference.absolute)
        self.relative = max(self.relative, difference.relative)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _size(recorded: float, recomputed: float) -> float:
    try:
        return abs(recorded - recomputed) / max(1.0, abs(recorded), abs(recomputed))
    except OverflowError:
        return float("inf")


def _part(original: Any, key: str) -> Any:
    """The part of a mapping whose key is this text in JSON."""
    if not isinstance(original, Mapping):
        return None
    part = original.get(key, _NOTHING)
    if part is not _NOTHING:
        return part
    return next((item for own, item in original.items() if str(own) == key), None)


def _item(original: Any, index: int) -> Any:
    if isinstance(original, list | tuple):
        return original[index] if index < len(original) else None
    return original
