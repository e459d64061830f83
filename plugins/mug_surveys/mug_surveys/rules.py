"""What is wrong with an answer: the rules of every type of question.

A question is given as its definition: the JSON that the page gets. ``client/src/rules.ts`` has the same rules
for the page; ``tests/examples.json`` and a test that compares the two on random answers hold them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from mug_surveys.patterns import fits
from mug_surveys.values import number_in, number_text, same

LARGEST = 2**53
"""Whole numbers beyond this are not exact in a browser."""
_BLANK = re.compile("[ \t\r\n\u00a0\u2000-\u200f\u3000\ufeff]*")
_HALVES = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"""[^ \t\r\n\u00a0@<>"']+@[^ \t\r\n\u00a0@<>"'.]+(\.[^ \t\r\n\u00a0@<>"'.]+)+""")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

Definition = Mapping[str, Any]


@attrs.frozen
class Complaint:
    """What is wrong: the name of a text, and what to fill into it."""

    text: str
    values: Mapping[str, str] = attrs.field(factory=dict)


def is_empty(value: object) -> bool:
    """Whether a value is no answer: nothing, a blank text, an empty list or object."""
    if isinstance(value, str):
        return _BLANK.fullmatch(value) is not None
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def complaint(question: Definition, value: object) -> Complaint | None:
    """Return what is wrong with an answer, None when it can be stored as it is."""
    if question["type"] == "agree":
        return _agree(question, value)
    if is_empty(value):
        return Complaint("required") if question["required"] else None
    return _RULES[question["type"]](question, value)


def _agree(question: Definition, value: object) -> Complaint | None:
    if value is not None and not isinstance(value, bool):
        return Complaint("option")
    return Complaint("agree") if question["required"] and value is not True else None


def _text(question: Definition, value: object) -> Complaint | None:
    if not isinstance(value, str) or _HALVES.search(value):
        return Complaint("not_text")
    if len(value) > question["most"]:
        return Complaint("too_long", {"most": str(question["most"])})
    if len(value) < question["least"]:
        return Complaint("too_short", {"least": str(question["least"])})
    if question["format"] == "email" and not _EMAIL.fullmatch(value):
        return Complaint("email")
    pattern = question["pattern"]
    if pattern and not fits(pattern, value):
        return Complaint("pattern")
    return None


def _number(question: Definition, value: object) -> Complaint | None:
    number = number_in(value)
    if number is None or abs(number) > LARGEST:
        return Complaint("whole" if question["whole"] else "number")
    if question["whole"] and number != int(number):
        return Complaint("whole")
    low, high = question["minimum"], question["maximum"]
    if low is not None and high is not None and not low <= number <= high:
        return Complaint("range", {"minimum": number_text(low), "maximum": number_text(high)})
    if low is not None and number < low:
        return Complaint("too_small", {"minimum": number_text(low)})
    if high is not None and number > high:
        return Complaint("too_large", {"maximum": number_text(high)})
    return None


def _slider(question: Definition, value: object) -> Complaint | None:
    number = number_in(value)
    if number is None or not question["minimum"] <= number <= question["maximum"]:
        return Complaint("option")
    return None


def _one(question: Definition, value: object) -> Complaint | None:
    return None if _is_option(question["options"], value) else Complaint("option")


def _several(question: Definition, value: object) -> Complaint | None:
    chosen = _distinct(question["options"], value)
    if chosen is None:
        return Complaint("option")
    alone = [option["value"] for option in question["options"] if option.get("exclusive")]
    if len(chosen) > 1 and any(same(one, other) for one in chosen for other in alone):
        return Complaint("exclusive")
    least, most = question["least"], question["most"]
    if len(chosen) < least and not any(same(one, other) for one in chosen for other in alone):
        return Complaint("too_few", {"least": str(least)})
    if most is not None and len(chosen) > most:
        return Complaint("too_many", {"most": str(most)})
    return None


def _matrix(question: Definition, value: object) -> Complaint | None:
    rows = [row["value"] for row in question["lines"]]
    if not isinstance(value, Mapping) or not set(value) <= set(rows):
        return Complaint("option")
    given = {row: answer for row, answer in value.items() if answer is not None}
    if not all(_is_option(question["options"], answer) for answer in given.values()):
        return Complaint("option")
    return Complaint("rows") if question["required"] and len(given) < len(rows) else None


def _ranking(question: Definition, value: object) -> Complaint | None:
    ranked = _distinct(question["options"], value)
    if ranked is None:
        return Complaint("option")
    most = question["most"]
    if len(ranked) == (most or len(question["options"])):
        return None
    return Complaint("rank_some", {"most": str(most)}) if most else Complaint("rank")


def _date_rule(question: Definition, value: object) -> Complaint | None:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not _exists(*map(int, found.groups())):
        return Complaint("date")
    if question["minimum"] and found[0] < question["minimum"]:
        return Complaint("date_early", {"minimum": question["minimum"]})
    if question["maximum"] and found[0] > question["maximum"]:
        return Complaint("date_late", {"maximum": question["maximum"]})
    return None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_option(options: Sequence[Definition], value: object) -> bool:
    return any(same(option["value"], value) for option in options)


def _distinct(options: Sequence[Definition], value: object) -> Sequence[object] | None:
    """Return the chosen values, None when they are no options or one comes twice."""
    if not isinstance(value, list | tuple) or len(value) > len(options):
        return None
    for place, one in enumerate(value):
        if not _is_option(options, one) or any(same(one, other) for other in value[:place]):
            return None
    return value


_RULES: dict[str, Callable[[Definition, object], Complaint | None]] = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "yes_no": _one,
    "choice": _one,
    "choices": _several,
    "dropdown": _one,
    "likert": _one,
    "matrix": _matrix,
    "slider": _slider,
    "ranking": _ranking,
    "date": _date_rule,
}
