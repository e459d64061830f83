"""What is found when a game is played again: one `Finding` for each episode."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias

from mug.engine.engine import Engine
from mug.game.json_lines import encode
from mug_pyodide.in_browser.comparison import Difference, Judge, differences
from mug_pyodide.in_browser.recorded import Episode, Flaw, first
from mug_pyodide.in_browser.rerun import Moment

Verdict: TypeAlias = Literal["verified", "rounding", "different", "unknown"]

_LONGEST: Final = 1000


@dataclass
class Finding:
    """What came of playing one episode again.

    Attributes:
        episode: counts from 1.
        steps: how many steps were recorded.
        verdict: ``"verified"``: all is equal; ``"rounding"``: but for roundings; ``"different"``: the records
            do not tell what this environment does; ``"unknown"``: it could not be played again.
        deviation: the largest difference of two numbers, of those that rounding explains.
        relative: the largest such difference as a share of the number.
        step: ``"different"``: the first step that differs, 0 is the reset; ``"rounding"``: from which step on
            the two trajectories are too far apart to be compared, None when all could be.
        field: what differs there, such as ``rewards.player_0``.
        recorded: its value in the records.
        recomputed: the value now, or what was expected.
        detail: what else there is to say.
    """

    episode: int
    steps: int = 0
    verdict: Verdict = "verified"
    deviation: float = 0.0
    relative: float = 0.0
    step: int | None = None
    field: str = ""
    recorded: Any = None
    recomputed: Any = None
    detail: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as JSON values, to be stored or printed."""
        return asdict(self)


@dataclass
class Case:
    """One episode as it is judged."""

    episode: Episode
    judge: Judge
    objections: list[Flaw] = field(default_factory=list)

    @property
    def flaw(self) -> Flaw | None:
        """The first thing in the records that cannot be, if it comes before what differs."""
        found = first((*self.episode.flaws, *self.objections))
        suspicion = self.judge.suspicion
        return None if found is None or (suspicion and suspicion.step < found.place) else found

    def finding(self) -> Finding:
        """Return what is to be said about it."""
        judge, suspicion = self.judge, self.judge.suspicion
        found = Finding(self.episode.number, len(self.episode.steps))
        found.deviation, found.relative = judge.absolute, judge.relative
        flaw = self.flaw
        if flaw is not None:
            found.verdict, found.step, found.field = "different", flaw.step, flaw.field
            found.recorded, found.recomputed = _clipped(flaw.recorded), _clipped(flaw.expected)
        elif suspicion is not None:
            found.verdict, found.step, found.field = "different", suspicion.step, suspicion.difference.field
            found.recorded = _clipped(suspicion.difference.recorded)
            found.recomputed = _clipped(suspicion.difference.recomputed)
        elif judge.apart is not None or judge.absolute or judge.decided:
            found.verdict, found.step = "rounding", judge.apart
            found.detail = self._extent()
        return found

    def _extent(self) -> str:
        parts = []
        if self.judge.apart is not None:
            parts.append(f"from step {self.judge.apart} on, roundings have grown too large to tell")
        if self.judge.decided:
            times = "once" if self.judge.decided == 1 else f"{self.judge.decided} times"
            parts.append(f"rounding made a model decide otherwise {times}")
        return "; ".join(parts)


class Comparison:
    """Compares what comes out with what was recorded.

    Args:
        exact: the records were made by the very same arithmetic: rounding explains nothing.
        left_out: fields that are not compared, with all that is in them.

    Attributes:
        cases: by episode.
    """

    def __init__(self, *, exact: bool = False, left_out: Collection[str] = ()) -> None:
        self.cases: dict[int, Case] = {}
        self._exact = exact
        self._left_out = frozenset(left_out)
        self._case: Case

    def begins(self, episode: Episode, engine: Engine) -> None:
        """Begin to judge an episode."""
        self._case = self.cases[episode.number] = Case(episode, Judge(self._exact))

    def sees(self, moment: Moment) -> None:
        """Compare one step."""
        now = json.loads(encode(moment.now))
        if now != moment.recorded:
            self._hear(
                moment.step,
                [
                    difference
                    for name, value in now.items()
                    for difference in differences(moment.recorded.get(name), value, moment.now[name], name)
                ],
            )

    def decided_otherwise(
        self, step: int, agent: str, recorded: Any, decided: Any, distance: float | None
    ) -> None:
        """A policy decided otherwise: the records are wrong, unless a model had nearly done the same."""
        name = f"actions.{agent}"
        now = json.loads(encode({"": decided}))[""]
        found = list(differences(recorded, now, decided, name))
        if distance is None or self._exact:
            self._hear(step, found)
        elif found:
            self._case.judge.hear_decision(step, Difference(name, recorded, now, distance), found)

    def objects(self, step: int, field: str, recorded: Any, expected: Any) -> None:
        """The records say something that cannot be."""
        self._case.objections.append(Flaw(step, field, recorded, expected))

    def ends(self, engine: Engine) -> None:
        """The episode is judged."""

    @property
    def satisfied(self) -> bool:
        """Whether what follows in this episode has nothing to say any more."""
        return self._case.judge.done or bool(self._case.objections)

    def findings(self) -> list[Finding]:
        """Return one for each episode."""
        return [case.finding() for _, case in sorted(self.cases.items())]

    def _hear(self, step: int, found: list[Difference]) -> None:
        self._case.judge.hear(step, [one for one in found if not self._is_left_out(one.field)])

    def _is_left_out(self, field: str) -> bool:
        return any(field == one or field.startswith(f"{one}.") for one in self._left_out)


def _clipped(value: Any) -> Any:
    """A value that is no longer than somebody would read."""
    if value is None or isinstance(value, bool | float):
        return value
    text = repr(value)
    return value if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
