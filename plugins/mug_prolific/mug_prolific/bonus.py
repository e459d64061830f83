"""Bonus rules: what somebody has earned beyond the reward, worked out from what the server has stored."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from mug.errors import Problem, did_you_mean
from mug.outcomes import COMPLETED, ENDINGS, LEFT_LOBBY, LOBBY_TIMEOUT, PARTNER_LEFT, TECHNICAL_FAULT
from mug_prolific.money import SYMBOLS, amount, shown, to_cents

PLAY_COUNTS = (COMPLETED, PARTNER_LEFT, TECHNICAL_FAULT)
"""The outcomes with which points and episodes are paid: it was done, or broke off by no fault of theirs."""


FLAT_FOR = {COMPLETED: "for completing", LOBBY_TIMEOUT: "for waiting", LEFT_LOBBY: "for waiting"}
"""What people read that a fixed amount is for, by outcome."""
MOST = 1_000_000_000
"""Points or episodes beyond this are no game's."""


@attrs.frozen
class Line:
    """One item of a bonus: what for, as the participant reads it, and how much."""

    what: str
    amount: Decimal


@attrs.frozen
class Earned:
    """What somebody has earned: the items, and their sum after the cap."""

    lines: tuple[Line, ...]
    amount: Decimal
    currency: str

    def sentence(self) -> str:
        """Return what the participant reads, empty when there is nothing to say."""
        if not self.amount:
            return ""
        items = ", ".join(f"{line.what} {shown(line.amount, self.currency)}" for line in self.lines)
        only = self.lines[0].what if len(self.lines) == 1 else items
        return f"Your bonus is {shown(self.amount, self.currency)}: {only}. It is paid separately."


class Bonus:
    """What participants can earn beyond the reward.

    Args:
        currency: the study's currency: ``"GBP"``, ``"USD"`` or ``"EUR"``.
        per_point: the worth of one point of reward in the games of ``scenes``.
        per_episode: what each episode of them is worth that was played to its end.
        scenes: the ids of the game scenes that count for both.
        flat: fixed amounts, by the outcome with which somebody ends: ``{"lobby_timeout": "0.50"}``.
        cap: the most that one participant can earn.
        budget: the most that is ever paid for the whole study.

    Amounts are texts such as ``"0.05"``. Points and episodes count for those who completed, whose partner
    left, and whom a technical fault stopped; a negative sum of points counts as none.
    """

    def __init__(
        self,
        currency: str,
        *,
        budget: object,
        cap: object,
        per_point: object = None,
        per_episode: object = None,
        scenes: Sequence[str] = (),
        flat: Mapping[str, object] | None = None,
    ) -> None:
        self.currency = currency
        self.scenes = tuple(scenes)
        self._given = {"per_point": per_point, "per_episode": per_episode, "cap": cap, "budget": budget}
        self._flat = dict(flat or {})
        self.budget = amount(budget) or Decimal(0)
        self._cap = to_cents(amount(cap) or Decimal(0))

    def problems(self, where: str, games: Collection[str]) -> Iterator[Problem]:
        """Yield what is wrong with the rules, given the ids of the script's game scenes."""
        if self.currency not in SYMBOLS:
            what = f"currency must be {' or '.join(map(repr, SYMBOLS))}, got {self.currency!r}"
            yield Problem(where, what, 'write Bonus("GBP", …)')
        for name, value in self._given.items():
            missing = name in ("cap", "budget") and value is None
            if missing or (value is not None and amount(value) is None):
                yield Problem(
                    where, f"{name} must be an amount of money, got {value!r}", f'write {name}="0.50"'
                )
        for outcome, value in self._flat.items():
            if outcome not in ENDINGS:
                fix = did_you_mean(outcome, ENDINGS) or f"the outcomes are {', '.join(ENDINGS)}"
                yield Problem(where, f"flat has no outcome {outcome!r}", fix)
            if amount(value) is None:
                fix = f'write flat={{"{outcome}": "0.50"}}'
                yield Problem(where, f"flat[{outcome!r}] must be an amount of money, got {value!r}", fix)
        played = self._given["per_point"] is not None or self._given["per_episode"] is not None
        if played and not self.scenes:
            listed = ", ".join(repr(game) for game in sorted(games))
            yield Problem(where, "scenes must name the games that count", f"write scenes=[{listed}]")
        for scene in self.scenes:
            if scene not in games:
                yield Problem(where, f"there is no game scene {scene!r}", did_you_mean(scene, games))

    def earned(self, facts: Mapping[str, object], outcome: str) -> Earned:
        """Return what somebody with these facts has earned who ended with this outcome."""
        lines = []
        if outcome in PLAY_COUNTS:
            points = sum(_number(facts.get(f"{scene}.total_reward")) for scene in self.scenes)
            episodes = sum(int(_number(facts.get(f"{scene}.total_episodes"))) for scene in self.scenes)
            lines += self._line("per_point", points, "points")
            lines += self._line("per_episode", episodes, "rounds")
        flat = amount(self._flat.get(outcome))
        if flat:
            lines.append(Line(FLAT_FOR.get(outcome, "for your time"), to_cents(flat)))
        whole = sum((line.amount for line in lines), Decimal(0))
        if whole > self._cap:
            lines.append(Line("at most", self._cap))
        return Earned(tuple(lines), min(whole, self._cap), self.currency)

    def _line(self, rule: str, count: float, noun: str) -> list[Line]:
        worth = amount(self._given[rule])
        count = min(count, MOST)
        if worth is None or count <= 0:
            return []
        number = f"{count:.2f}".rstrip("0").rstrip(".")
        word = noun.removesuffix("s") if number == "1" else noun
        return [Line(f"{number} {word}", to_cents(worth * Decimal(str(count))))]


def _number(value: object) -> float:
    """A fact as a number; what is none, or no finite one, counts nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return value
