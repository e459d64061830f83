"""The report of a rehearsal, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from mug.outcomes import OUTCOMES
from mug_bots.bot import Result
from mug_bots.data import Data
from mug_bots.scenarios import EXPECTED, SCENARIOS


@attrs.frozen
class Report:
    """All that came of a rehearsal."""

    results: list[Result]
    data: Data
    data_dir: Path
    log: Path
    faults: list[str]
    """What went wrong besides bots and data, in sentences."""
    notes: list[str] = attrs.field(factory=list)
    """What else there is to know, in sentences; no failure."""

    @property
    def failed(self) -> bool:
        """Whether there is something that the researcher has to look at."""
        return any(one.failed for one in self.results) or bool(self.data.missing or self.faults)

    def unlike_its_scenario(self, one: Result) -> str:
        """Return how it ended for a bot, in a sentence, if that is not what its scenario leads to."""
        outcome = self.data.outcomes.get(one.number, "") or one.ending
        if outcome in EXPECTED[one.scenario] or one.ending in EXPECTED[one.scenario]:
            return ""
        meaning = OUTCOMES.get(outcome)
        return f"{SCENARIOS[one.scenario]}, but: {outcome}" + (f" ({meaning})" if meaning else "")

    def record(self) -> dict[str, Any]:
        """Return what there is as plain values."""
        bots = [
            attrs.asdict(one)
            | {
                "failed": one.failed,
                "outcome": self.data.outcomes.get(one.number, ""),
                "unlike": self.unlike_its_scenario(one),
            }
            for one in self.results
        ]
        data = {"people": self.data.people, "scenes": self.data.scenes, "missing": self.data.missing}
        return {
            "bots": bots,
            "data": data,
            "data_dir": str(self.data_dir),
            "server_log": str(self.log),
            "faults": self.faults,
            "notes": self.notes,
            "failed": self.failed,
        }

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        head = ("bot", "scenario", "ending", "outcome", "code", "at", "seconds")
        yield from table([head, *(self._row(one) for one in self.results)])
        for one in self.results:
            way = "  ".join(f"{passed.scene_id} {passed.seconds:g}s" for passed in one.scenes)
            yield f"\nbot {one.number}: {way or 'saw no scene'}"
            if one.ending in ("stuck", "stopped"):
                yield f"  {one.ending} at '{one.where or 'the start'}': {one.note}"
            elif unlike := self.unlike_its_scenario(one):
                yield f"  {unlike}"
            if one.sent_to:
                yield f"  sent to {one.sent_to}"
            yield from (f"  error: {error}" for error in one.errors)
        yield f"\ndata of {self.data.people} participants in {self.data_dir}"
        rows = [(name, counts["people"], counts["rows"]) for name, counts in self.data.scenes.items()]
        yield from table([("scene", "people", "rows"), *rows])
        yield from (f"missing: {sentence}" for sentence in self.data.missing)
        yield from (f"note: {note}" for note in self.notes)
        yield from (f"fault: {fault}: see {self.log}" for fault in self.faults)

    def _row(self, one: Result) -> tuple[object, ...]:
        seconds = sum(passed.seconds for passed in one.scenes)
        outcome = self.data.outcomes.get(one.number) or "-"
        code = one.code or "-"
        return (one.number, one.scenario, one.ending, outcome, code, one.where or "-", f"{seconds:.0f}")


def table(rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield rows as lines with aligned columns."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (str(cell).ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
