"""What bots are up to: each goes through the study in one of a few ways, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from typing import Final

import attrs

from mug.errors import MugError, did_you_mean
from mug.outcomes import COMPLETED, DECLINED, EXCLUDED

COMPLETE: Final = "complete"
QUITS: Final = "quits"
RELOADS: Final = "reloads"
DECLINES: Final = "declines"
INACTIVE: Final = "inactive"
MIXED: Final = "mixed"

SCENARIOS: Final[Mapping[str, str]] = {
    COMPLETE: "takes part to the end",
    QUITS: "closes the page somewhere on the way",
    RELOADS: "reloads the page once in each scene",
    DECLINES: "declines where one can",
    INACTIVE: "never presses a key in games",
    MIXED: "each bot does one of these, most of them the first",
}
"""Every scenario, with what a bot does in it."""

EXPECTED: Final[Mapping[str, Collection[str]]] = {
    COMPLETE: (COMPLETED,),
    QUITS: ("quit",),
    RELOADS: (COMPLETED,),
    DECLINES: (DECLINED, COMPLETED),
    INACTIVE: (COMPLETED, EXCLUDED),
}
"""By scenario: the outcomes that it leads to, or what a bot does itself."""

_WEIGHTS: Final = {COMPLETE: 6, QUITS: 1, RELOADS: 1, DECLINES: 1, INACTIVE: 1}


@attrs.frozen
class Part:
    """What one bot does: its number from 1, its scenario, and the seed of all it draws."""

    number: int
    scenario: str
    seed: str


def parts(scenario: str, count: int, seed: int) -> list[Part]:
    """Return what each of so many bots does; the same for the same seed.

    Raises:
        MugError: there is no such scenario.
    """
    if scenario not in SCENARIOS:
        raise MugError(
            f"there is no scenario '{scenario}'",
            "--scenario",
            did_you_mean(scenario, SCENARIOS) or f"one of {', '.join(SCENARIOS)}",
        )
    chance = random.Random(f"{seed} scenarios")
    drawn = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=count)
    own = drawn if scenario == MIXED else [scenario] * count
    return [Part(number, one, f"{seed} {number}") for number, one in enumerate(own, start=1)]
