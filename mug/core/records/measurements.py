"""What was measured of steps, told beside them: the record of a page about its own seat, for example.

Any record of a game is a *measurement of a seat* if it has these fields; its ``kind`` is for its writer:

- ``seat``: the agent whose participant it is about
- ``episode``: a number
- ``steps``: numbers of steps of the episode, in any order
- ``columns``: by name, a list with a value for each of the steps, in their order; null is nothing

Each value stands in the row of its step in the file of the participant in that seat, as column
``measured.<name>``. A measurement may come before its steps or long after them. Where several give a step a
value of the same name, the last one counts; of a step that was played again, only what came since then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs

from mug.core.records.cells import Row, cell

GROUP = "measured"


@attrs.frozen
class Measurement:
    """Figures of some steps of an episode: by name, one for each of them."""

    seat: str
    episode: int
    steps: Sequence[int]
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self | None:
        """Return the measurement that a record is; None if it is something else."""
        seat, episode, steps, columns = map(record.get, ("seat", "episode", "steps", "columns"))
        if not isinstance(steps, list) or not isinstance(columns, dict) or not isinstance(seat, str | int):
            return None
        numbers = all(type(number) is int for number in (episode, *steps))
        whole = all(isinstance(values, list) and len(values) == len(steps) for values in columns.values())
        if not (steps and numbers and whole):
            return None
        named = {f"{GROUP}.{name}": values for name, values in columns.items()}
        return cls(str(seat), episode, steps, named)  # type: ignore[arg-type]


class Measured:
    """The measurements of one seat, by step."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], list[tuple[int, int, Measurement]]] = {}

    def add(self, measurement: Measurement, attempt: int) -> None:
        """Take a measurement that came during this attempt at its episode."""
        for place, step in enumerate(measurement.steps):
            self._found.setdefault((measurement.episode, step), []).append((attempt, place, measurement))

    def put_into(self, row: Row, episode: int, attempt: int, step: int) -> None:
        """Add to the row of a step what was measured of it."""
        for came_in, place, measurement in self._found.get((episode, step), ()):
            if came_in >= attempt:
                for column, values in measurement.columns.items():
                    row[column] = cell(values[place])
