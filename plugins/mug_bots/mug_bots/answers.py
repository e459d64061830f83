"""What a bot answers: decided from what the page shows of its form fields, whatever made them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import attrs

Field = Mapping[str, Any]


@attrs.define
class Wanted:
    """Answers that a researcher wants, by the name of a field in small letters; and what became of them.

    Attributes:
        unasked: the names that no page has asked for so far.
        misfits: what is no option of the field that it was wanted for, in sentences.
    """

    answers: Mapping[str, str] = attrs.field(factory=dict)
    unasked: set[str] = attrs.field(init=False)
    misfits: set[str] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self.unasked = set(self.answers)

    def answer(self, names: Sequence[str]) -> str | None:
        """Return the answer that is wanted for a field with these names, None if there is none."""
        for name in (name.lower() for name in names):
            if name in self.answers:
                self.unasked.discard(name)
                return self.answers[name]
        return None

    def notes(self) -> list[str]:
        """Return which answers were not given, and why."""
        unasked = [f"no page asked for '{name}', for which an answer was given" for name in self.unasked]
        return sorted([*unasked, *self.misfits])


CHOICES: Final = ("radio", "select", "checkbox", "order", "combobox")
"""The kinds of fields that are answered by choosing among options."""
_WORDS: Final = ("a", "green", "square", "was", "there", "and", "we", "moved", "to", "it", "together")


def answer(field: Field, attempt: int, wanted: Wanted, chance: random.Random) -> Any:
    """Return an answer to a field, as `mug_bots.forms` puts it into the page.

    Args:
        field: what the page says about it: ``kind``, ``names`` that it goes by, ``options``, limits.
        attempt: how often the page refused an answer to it before; other answers are tried then.
        wanted: what a researcher wants to be answered.
        chance: what the rest is drawn from.

    Returns:
        A list of places of options to tick, press or choose, or a text.
    """
    given = wanted.answer(field["names"])
    kind = field["kind"]
    if kind in CHOICES:
        places = None if given is None else _named(field, given)
        if places == []:
            wanted.misfits.add(f"'{field['names'][0]}' has no option '{given}'")
        return places or _places(field, attempt, chance)
    if given is not None:
        return given
    return _typed(field, attempt, chance)


def _named(field: Field, given: str) -> list[int]:
    """Return the places of the options that are named, in the order in which they are."""
    names = [name.strip().lower() for name in given.split("|")]
    options = list(enumerate(field["options"]))
    return [place for name in names for place, option in options if is_named(option, name)]


def _places(field: Field, attempt: int, chance: random.Random) -> list[int]:
    options: Sequence[Mapping[str, str]] = field["options"]
    if field["kind"] == "order":
        return chance.sample(range(len(options)), len(options))
    if field["kind"] == "checkbox":
        return sorted(chance.sample(range(len(options)), min(len(options), 1 + attempt)))
    # each refusal turns to the next option: after as many as there are, the right one was among them
    start = random.Random(f"{field['names']} {len(options)}").randrange(len(options))
    return [(start + attempt) % len(options)] if attempt else [chance.randrange(len(options))]


def is_named(option: Mapping[str, str], name: str) -> bool:
    """Whether a name, in small letters, is an option's label or value."""
    value = option["value"].lower()
    return name in (option["label"].lower(), value, str(json.loads(value)) if value[:1] == '"' else value)


def _typed(field: Field, attempt: int, chance: random.Random) -> str:
    kind = field["kind"]
    if kind in ("number", "range") or (kind == "text" and attempt % 5 == 1):
        return _number(field, chance)
    if kind == "date" or (kind == "text" and attempt % 5 == 3):
        return _date(field, chance)
    if kind == "email" or (kind == "text" and attempt % 5 == 2):
        return "bot@example.org"
    if kind == "color":
        return f"#{chance.randrange(1 << 24):06x}"
    if kind in _FIXED:
        return _FIXED[kind]
    text = words(chance, max(int(field["minlength"] or 0), 200 if attempt % 5 == 4 else 0))
    return text[: int(field["maxlength"])] if field["maxlength"] else text


def words(chance: random.Random, least: int = 0) -> str:
    """Return a few words that mean nothing, of at least so many characters."""
    chosen = chance.sample(_WORDS, 4)
    while len(" ".join(chosen)) < least:
        chosen.append(chance.choice(_WORDS))
    return " ".join(chosen)


_FIXED: Final = {
    "tel": "5550100",
    "url": "https://example.org/",
    "time": "12:00",
    "month": "2020-06",
    "week": "2020-W20",
    "datetime-local": "2020-06-01T12:00",
}


def _number(field: Field, chance: random.Random) -> str:
    low, high = _float(field["min"]), _float(field["max"])
    if low is None:
        low = 18.0 if high is None or high >= 18 else high - 100
    if high is None:
        high = low + 50
    step = _float(field["step"]) or 1.0
    steps = max(0, math.floor((high - low) / step))
    return f"{low + step * chance.randint(0, steps):.10g}"


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(field: Field, chance: random.Random) -> str:
    first = date.fromisoformat(field["min"]) if field["min"] else date(1970, 1, 1)
    last = date.fromisoformat(field["max"]) if field["max"] else max(first, date(2005, 1, 1))
    first = min(first, last)
    return (first + timedelta(days=chance.randint(0, (last - first).days))).isoformat()
