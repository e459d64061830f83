"""What a bot answers: decided from what the page shows of its form fields, whatever made them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

Field = Mapping[str, Any]
_WORDS: Final = ("a", "green", "square", "was", "there", "and", "we", "moved", "to", "it", "together")


def answer(field: Field, attempt: int, wanted: Mapping[str, str], chance: random.Random) -> Any:
    """Return an answer to a field, as `mug_bots.forms` puts it into the page.

    Args:
        field: what the page says about it: ``kind``, ``names`` that it goes by, ``options``, limits.
        attempt: how often the page refused an answer to it before; other answers are tried then.
        wanted: answers by a field's name, in small letters.
        chance: what the rest is drawn from.

    Returns:
        A list of places of options to tick, press or choose, or a text.
    """
    given = next((wanted[name.lower()] for name in field["names"] if name.lower() in wanted), None)
    kind = field["kind"]
    if kind in ("radio", "select", "checkbox", "order"):
        return _places(field, attempt, given, chance)
    if given is not None:
        return given
    return _typed(field, attempt, chance)


def _places(field: Field, attempt: int, given: str | None, chance: random.Random) -> list[int]:
    options: Sequence[Mapping[str, str]] = field["options"]
    if given is not None:
        names = [name.strip().lower() for name in given.split("|")]
        found = [place for place, option in enumerate(options) if names_option(option, names)]
        if found:
            return found
    if field["kind"] == "order":
        return chance.sample(range(len(options)), len(options))
    if field["kind"] == "checkbox":
        return sorted(chance.sample(range(len(options)), min(len(options), 1 + attempt)))
    # each refusal turns to the next option: after as many as there are, the right one was among them
    start = random.Random(f"{field['names']} {len(options)}").randrange(len(options))
    return [(start + attempt) % len(options)] if attempt else [chance.randrange(len(options))]


def names_option(option: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether one of these names, in small letters, is an option's label or value."""
    value = option["value"].lower()
    own = {option["label"].lower(), value}
    if value.startswith('"'):
        own.add(str(json.loads(value)))
    return not own.isdisjoint(names)


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
    least = max(int(field["minlength"] or 0), 200 if attempt % 5 == 4 else 0)
    words = chance.sample(_WORDS, 4)
    while len(" ".join(words)) < least:
        words.append(chance.choice(_WORDS))
    text = " ".join(words)
    return text[: int(field["maxlength"])] if field["maxlength"] else text


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
